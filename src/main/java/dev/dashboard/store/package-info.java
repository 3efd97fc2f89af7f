/**
 * SQLite behind two small helpers: reads on a few threads, writes through one thread that commits in groups.
 *
 * <p>Owns the database file, its two connection pools and every thread that calls into SQLite: a native call holds the carrier
 * of a virtual thread, so callers only ever wait for an answer. Knows {@code problem} and {@code run}; must not know anything of
 * our domain.
 */
package dev.dashboard.store;
