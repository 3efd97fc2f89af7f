package dev.dashboard.config;

import java.util.Map;

/** Configurations for tests of other packages. */
public final class Configurations {
    private Configurations() {}

    /** As from this environment alone. */
    public static AppConfig of(Map<String, String> environment) {
        return ConfigLoader.load(Map.of(), environment);
    }
}
