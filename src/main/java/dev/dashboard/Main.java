package dev.dashboard;

/** Reads the configuration, starts {@link App}, waits for the stop signal, closes. */
public final class Main {
    private Main() {}

    public static void main(String[] args) {}
}
