/**
 * Who did what, in a chain in which a change shows. Owns the table {@code audit}, which is derived from the journal, and the anchor
 * file beside the database. Knows {@code event} and {@code store}; knows neither {@code web} nor what sessions are.
 */
package dev.dashboard.audit;
