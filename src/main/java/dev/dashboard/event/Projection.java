package dev.dashboard.event;

import dev.dashboard.store.Transaction;

/**
 * Tables that are computed from events, inside the transaction that records them. A pure function of the events: no clock, no
 * chance, no other source, so that {@link Journal#rebuild} gives the same tables.
 */
public interface Projection {
    /** For logs. */
    String name();

    /** Changes the tables for one event; called for every event, in order. What it throws undoes the whole append. */
    void apply(Envelope envelope, Transaction transaction);

    /** Empties the tables. */
    void clear(Transaction transaction);
}
