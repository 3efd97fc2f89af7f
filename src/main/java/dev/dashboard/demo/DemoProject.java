package dev.dashboard.demo;

import dev.dashboard.problem.Problem;
import java.io.File;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * The small project in which the demo's stories play: a shell script with a wrong comparison, and tests that find it. A git
 * repository with one commit where git is installed, so that the bug can be brought back.
 */
public final class DemoProject {
    private static final Logger LOG = System.getLogger(DemoProject.class.getName());
    private static final long GIT_SECONDS = 20;

    static final String SCRIPT = "discount.sh";
    static final String BUG = "if ((quantity > 50)); then";
    static final String FIX = "if ((quantity >= 50)); then";

    private static final String DISCOUNT = """
            #!/usr/bin/env bash
            # Prints what an order costs, in cents, after the discount for its quantity.
            #
            # Usage: discount.sh PRICE_CENTS QUANTITY
            #
            #   1 to 9 pieces      no discount
            #   10 to 49 pieces    5 %
            #   50 and more        10 %
            set -euo pipefail

            price_cents=${1:?price in cents is missing}
            quantity=${2:?quantity is missing}

            if [[ ! $quantity =~ ^[1-9][0-9]*$ ]]; then
              echo "discount.sh: quantity must be a whole number from 1" >&2
              exit 64
            fi

            BUG
              percent=10
            elif ((quantity >= 10)); then
              percent=5
            else
              percent=0
            fi

            echo $((price_cents * quantity * (100 - percent) / 100))
            """.replace("BUG", BUG);

    private static final String TESTS = """
            #!/usr/bin/env bash
            # Tests discount.sh on both sides of each boundary. Prints TAP; exits with 1 when a test fails.
            set -uo pipefail
            cd "$(dirname "$0")" || exit 1

            number=0
            failed=0

            expect() { # QUANTITY CENTS: at 10.00 a piece
              local actual
              number=$((number + 1))
              actual=$(./discount.sh 1000 "$1")
              if [[ $actual == "$2" ]]; then
                echo "ok $number - $1 pieces cost $2"
              else
                failed=$((failed + 1))
                echo "not ok $number - $1 pieces cost $2"
                echo "  # expected $2, got $actual"
              fi
            }

            echo "1..6"
            expect 1 1000
            expect 9 9000
            expect 10 9500
            expect 49 46550
            expect 50 45000
            expect 51 45900

            echo "# $((number - failed)) passed, $failed failed"
            ((failed == 0))
            """;

    private static final String README = """
            # Discount

            A tiny project to try Claude Code Dashboard with. `discount.sh` prints what an order costs, in cents, after
            the discount for its quantity; `run-tests.sh` tests it.

                ./run-tests.sh

            One test fails. Ask for it to be fixed. To bring the bug back: `git checkout discount.sh`.
            """;

    private DemoProject() {}

    /**
     * Makes the project in the given folder, which is made too. Files that are there already are left alone, whatever they hold:
     * a person may have worked on them.
     *
     * @return the real path of the folder
     * @throws Problem (unavailable, {@code demo-project-failed}) when the folder cannot be written
     */
    public static Path create(Path folder) {
        try {
            Files.createDirectories(folder);
            Path root = folder.toRealPath();
            writeIfMissing(root.resolve("README.md"), README, "rw-r--r--");
            writeIfMissing(root.resolve(SCRIPT), DISCOUNT, "rwxr-xr-x");
            writeIfMissing(root.resolve("run-tests.sh"), TESTS, "rwxr-xr-x");
            commit(root);
            return root;
        } catch (IOException e) {
            throw new Problem(
                            Problem.Kind.UNAVAILABLE,
                            "demo-project-failed",
                            "The demo's sample project cannot be made in " + folder + ": is the folder writable?")
                    .causedBy(e);
        }
    }

    private static void writeIfMissing(Path file, String content, String permissions) throws IOException {
        if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        Files.writeString(file, content, StandardCharsets.UTF_8, StandardOpenOption.CREATE_NEW);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
    }

    /** One commit of the three files; the demo works without it, so a missing or failing git is only noted. */
    private static void commit(Path root) throws IOException {
        if (Files.exists(root.resolve(".git"), LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        boolean done = git(root, "init", "--quiet")
                && git(root, "add", "README.md", SCRIPT, "run-tests.sh")
                && git(root, "commit", "--quiet", "--message", "Work out discounts by quantity");
        if (!done) {
            LOG.log(Level.INFO, "the demo's sample project has no git history; install git to get one");
        }
    }

    /** Without pipes, without anybody's git settings and hooks, and for a bounded time. */
    private static boolean git(Path root, String... arguments) {
        List<String> command = new ArrayList<>(List.of(
                "git",
                "-c",
                "init.defaultBranch=main",
                "-c",
                "user.name=Demo",
                "-c",
                "user.email=demo@localhost",
                "-c",
                "commit.gpgSign=false"));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(root.toFile())
                .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")))
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.DISCARD);
        builder.environment().keySet().removeIf(name -> name.startsWith("GIT_"));
        builder.environment()
                .putAll(Map.of(
                        "GIT_CONFIG_GLOBAL", "/dev/null", "GIT_CONFIG_NOSYSTEM", "1", "GIT_TERMINAL_PROMPT", "0"));
        try {
            Process process = builder.start();
            if (!process.waitFor(GIT_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                return false;
            }
            return process.exitValue() == 0;
        } catch (IOException e) {
            LOG.log(Level.DEBUG, "git cannot be started", e);
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
