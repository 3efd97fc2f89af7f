package dev.dashboard.store;

import java.time.Duration;

/** Is told how the housekeeping goes. Called on its thread. */
public interface HousekeepingListener {
    /** What stood in the write-ahead log alone was taken over into the database, beside the writer. */
    void checkpointed(Duration took);

    /** One slice of work had the writer. @param took from asking for the writer to the slice being stored */
    void held(Duration took);

    /** A run is over, and all of it was done. @param freedBytes what the file is smaller by */
    void done(Duration took, long freedBytes);

    /** A run was given up; the next one begins anew. */
    void failed();
}
