package dev.dashboard.store;

import java.time.Duration;

/** Is told how writing goes. Called on the writer's thread, so it must be quick. */
public interface WriteListener {
    /**
     * A group of units is stored.
     *
     * @param took from the beginning of the commit to the disk saying that it is stored
     * @param events how many events the units said that they store; 0 for a group without any
     */
    void committed(Duration took, int events);

    /** A group of units was lost: nothing of it is stored. */
    void failed();
}
