package dev.dashboard.observe;

import io.helidon.logging.common.LogConfig;

/** Log lines: one JSON object each, on stdout; the layout is in {@code logback.xml}. No user content, no secrets. */
public final class Logs {
    private static final String LEVEL = "dashboard.log.level";

    private Logs() {}

    /** Sets the level and bridges java.util.logging; before the first line is written. */
    public static void start(String level) {
        // logback.xml reads it: the level is known only now, and logback is not on the compile path.
        System.setProperty(LEVEL, level);
        LogConfig.configureRuntime();
    }
}
