package dev.dashboard.config;

import java.util.Optional;

/** A secret that does not print itself; {@link #reveal} marks each place that reads it. */
public final class Secret {
    private final String value;

    public Secret(String value) {
        this.value = value;
    }

    public static Optional<String> reveal(Optional<Secret> secret) {
        return secret.map(Secret::reveal);
    }

    public String reveal() {
        return value;
    }

    @Override
    public String toString() {
        return "(secret)";
    }
}
