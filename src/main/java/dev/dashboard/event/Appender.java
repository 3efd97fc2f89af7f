package dev.dashboard.event;

import dev.dashboard.store.Transaction;

/** Records events together with tables that are not derived from them. Valid only inside the work it is given to. */
public interface Appender {
    Transaction tx();

    /** Numbers, stores and projects the event at once; it becomes visible to others with the commit. */
    Envelope record(Draft draft);
}
