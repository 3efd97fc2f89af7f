package dev.dashboard.gateway;

/** What the model said that a request took, in tokens; 0 for what it did not say. */
record Usage(long input, long output, long cacheRead, long cacheCreation) {
    static final Usage NONE = new Usage(0, 0, 0, 0);
}
