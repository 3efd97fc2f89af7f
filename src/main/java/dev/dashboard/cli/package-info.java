/**
 * Speaks the Claude CLI's own words: what it may be told, what it says, how it is started. Knows {@code custody}, which has the
 * processes; knows nothing of sessions, events or people.
 *
 * <p>Facts of the protocol were observed with the pinned version, 2.1.330.
 */
package dev.dashboard.cli;
