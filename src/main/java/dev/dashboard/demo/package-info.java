/**
 * The product without an account: a scripted Messages API on loopback that the real CLI talks to, and a small project for it to
 * work on. Owns the demo's web server and its key. Knows {@code problem} only; nobody of ours but {@code App} and the
 * tests knows it.
 *
 * <p>The model is a pure function from a conversation to a reply ({@link dev.dashboard.demo.Story}): it keeps no state between
 * requests but a bounded count of attempts, so a resumed or forked session continues the story where its history stands.
 */
package dev.dashboard.demo;
