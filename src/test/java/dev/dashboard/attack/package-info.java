/**
 * The running server under attack, by its own port and by bytes that no client library sends. Each class is one kind of attack and
 * lists what is tried; all of it is loopback only, and bounded in count and time.
 */
package dev.dashboard.attack;
