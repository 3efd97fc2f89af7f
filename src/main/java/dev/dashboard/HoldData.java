package dev.dashboard;

import dev.dashboard.problem.Problem;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;

/** {@code hold --data DIR}: keeps a server from starting on a data folder, as a running server does, until standard input ends. */
final class HoldData {
    private static final String USAGE = """
            usage: hold --data DIR
              Takes the lock of DIR, which only one program has at a time, writes "held", and keeps it until standard input ends.
              Exit code: 0 held, 1 another program has it, 64 wrong usage.""";
    private static final int HELD = 0;

    private HoldData() {}

    /** @return the exit code: 0 held until standard input ended, 1 not held, 64 wrong usage */
    static int run(String[] args) {
        if (args.length != 3 || !args[1].equals("--data")) {
            System.err.println(USAGE);
            return Main.EXIT_USAGE;
        }
        try (DataFolder held = DataFolder.open(Path.of(args[2]))) {
            System.out.println("held " + held.root());
            System.out.flush();
            System.in.transferTo(OutputStream.nullOutputStream());
            return HELD;
        } catch (Problem | IOException e) {
            System.err.println("hold: " + e.getMessage());
            return Main.EXIT_FAILURE;
        }
    }
}
