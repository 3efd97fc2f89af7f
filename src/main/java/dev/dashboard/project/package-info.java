/**
 * Folders that people may work in. Owns the {@code projects} table, which is derived from events. Knows {@code event} and
 * {@code store}; knows nothing of sessions, the CLI or HTTP.
 */
package dev.dashboard.project;
