package dev.dashboard.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import dev.dashboard.docs.Runbooks.Block;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Whoever is woken at night pastes what a runbook says, so all of it must be real: each block is read as the shell reads it, each
 * script, option, subcommand, path of the API, service of compose and variable is looked up. What cannot be judged fails too. Settings
 * and links are held by {@link DocumentsTest}; what can be run without harm is run by {@link RunbookBlocksIT}.
 */
class RunbookCommandsTest {
    private static final Pattern SCRIPT = Pattern.compile("scripts/[\\w-]+\\.sh");
    private static final Pattern OPTION = Pattern.compile("(--[a-z][a-z-]*)(=.*)?");
    private static final Pattern PATH_OF_URL =
            Pattern.compile("(?:\\$(?:MANAGEMENT|SITE)|http://127\\.0\\.0\\.1:\\d+)(/[^\\s\"?]*)");
    private static final Pattern PROJECT =
            Pattern.compile("dashboard-(?:\\$ENVIRONMENT|\\$\\{ENVIRONMENT}|dev|staging|production)");
    private static final Pattern VOLUME = Pattern.compile("dashboard-\\$\\{ENVIRONMENT}_(\\w+)");
    private static final Pattern ASSIGNED =
            Pattern.compile("(?m)(?:^|[ (;])(?:export |read -rs )?([A-Z_]+)(?==|[ ]?&&)");
    private static final Pattern USED = Pattern.compile("\\$\\{?([A-Z_]+)(:-)?");
    private static final Pattern COMMENT = Pattern.compile("(?m)(^|\\s)#.*$");
    private static final Pattern VARIABLE = Pattern.compile("`(?!DASHBOARD_)([A-Z]+(?:_[A-Z]+)+)(?:=[^`]*)?`");
    private static final Pattern LINK = Pattern.compile("]\\(([^)#\\s]*)#([^)\\s]+)\\)");

    /** What the management port answers beside the paths of the API. */
    private static final Set<String> MANAGEMENT_PATHS =
            Set.of("/health/live", "/health/ready", "/health/started", "/metrics");

    /** Programs of the system that pages may call; the packages that have them are Debian's base, or named on the page. */
    private static final Set<String> PROGRAMS = Set.of("""
            apt-get awk base64 cat chmod cp curl cut date df docker du export find free fuser gh git grep head install java kill ls
            mkdir mv pgrep printf ps read reboot rm sed sh sort sqlite3 ssh ssh-keygen ssh-keyscan tail tr true umask unset wc
            """.strip().split("\\s+"));

    /** Of docker compose, those that are used, and their options that take a value. */
    private static final Set<String> COMPOSE_COMMANDS =
            Set.of("ps", "logs", "exec", "restart", "start", "stop", "kill", "down", "up");

    private static final Set<String> COMPOSE_OPTIONS_WITH_VALUE = Set.of("--since", "--format");
    private static final Set<String> COMPOSE_OPTIONS =
            Set.of("--since", "--format", "--timestamps", "--no-log-prefix", "--all", "--volumes", "--build", "-T");

    private final List<String> wrong = new ArrayList<>();
    private int seen;

    @Test
    void everyBlockIsReadByTheShell() throws IOException, InterruptedException {
        for (Block block : Runbooks.commands()) {
            seen++;
            Process bash =
                    new ProcessBuilder("bash", "-n").redirectErrorStream(true).start();
            try (var input = bash.getOutputStream()) {
                input.write(block.text().getBytes(java.nio.charset.StandardCharsets.UTF_8));
            }
            String said = new String(bash.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
            if (bash.waitFor() != 0) {
                wrong.add(block.place() + ": " + said);
            }
        }
        expect(40);
    }

    /** A block without a language, or with a misspelt one, would be passed over by all other checks. */
    @Test
    void everyBlockSaysWhetherItIsCommands() {
        for (Path page : Runbooks.pages()) {
            for (Block block : Runbooks.blocks(page)) {
                seen++;
                boolean output = block.language().isEmpty() && block.text().startsWith("{");
                if (!block.language().equals("bash") && !output) {
                    wrong.add(block.place() + ": neither commands (bash) nor a JSON answer");
                }
            }
        }
        expect(40);
    }

    @Test
    void everyScriptIsThereAndKnowsItsOptions() {
        each((block, command) -> {
            Matcher script = SCRIPT.matcher(command.getFirst());
            if (!script.matches()) {
                return;
            }
            seen++;
            Path file = Path.of(script.group());
            if (!Files.isExecutable(file)) {
                wrong.add(block.place() + ": no script " + file);
                return;
            }
            String help = help(file);
            for (String word : command.subList(1, command.size())) {
                Matcher option = OPTION.matcher(word);
                if (option.matches() && !help.matches("(?s).*\\Q" + option.group(1) + "\\E(?![\\w-]).*")) {
                    wrong.add(block.place() + ": " + file + " knows no " + option.group(1));
                }
            }
            List<String> verbs = command.subList(1, command.size()).stream()
                    .filter(word -> word.matches("[a-z]+"))
                    .filter(word -> !List.of("dev", "staging", "production").contains(word))
                    .toList();
            if (verbs.stream().anyMatch(verb -> !help.matches("(?s).*\\b" + verb + "\\b.*"))) {
                wrong.add(block.place() + ": " + file + " knows not all of " + verbs);
            }
        });
        expect(30);
    }

    /** The comment block at the top, which {@code --help} prints. */
    private static String help(Path script) {
        return text(script).lines().takeWhile(line -> line.startsWith("#")).collect(Collectors.joining("\n"));
    }

    /** The program is asked: a command that it knows says its own usage when its arguments are wrong. */
    @Test
    void everySubcommandOfTheProgramExistsAndKnowsItsOptions() {
        Map<String, String> usages = new HashMap<>();
        each((block, command) -> {
            int jar = IntStream.range(0, command.size())
                    .filter(i -> command.get(i).endsWith("dashboard.jar"))
                    .findFirst()
                    .orElse(-1);
            if (jar < 0 || !Set.of("java", "docker").contains(command.getFirst())) {
                return;
            }
            seen++;
            if (jar + 1 == command.size()) {
                wrong.add(block.place() + ": no subcommand");
                return;
            }
            String name = command.get(jar + 1);
            String usage = usages.computeIfAbsent(name, RunbookCommandsTest::usage);
            if (!usage.startsWith("usage: " + name)) {
                wrong.add(block.place() + ": the program knows no " + name + ", it says: " + usage);
                return;
            }
            command.subList(jar + 2, command.size()).stream()
                    .map(OPTION::matcher)
                    .filter(Matcher::matches)
                    .filter(option -> !usage.contains(option.group(1)))
                    .forEach(option -> wrong.add(block.place() + ": " + name + " knows no " + option.group(1)));
        });
        expect(3);
    }

    private static String usage(String subcommand) {
        List<String> call = List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                "dev.dashboard.Main",
                subcommand,
                "--no-such-option");
        try {
            Process program = new ProcessBuilder(call).redirectErrorStream(true).start();
            String said = new String(program.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
            program.waitFor();
            return said.lines().dropWhile(line -> !line.startsWith("usage:")).collect(Collectors.joining("\n"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void everyPathOfTheApiIsInItsDescription() {
        Set<String> paths = Pattern.compile("(?m)^  (/[^:]*):")
                .matcher(text(Path.of("src/main/resources/openapi.yaml")))
                .results()
                .map(path -> path.group(1))
                .collect(Collectors.toSet());
        assertTrue(paths.size() > 20, paths::toString);
        each((block, command) -> {
            if (!command.getFirst().equals("curl")) {
                return;
            }
            seen++;
            List<String> asked = PATH_OF_URL
                    .matcher(String.join(" ", command))
                    .results()
                    .map(url -> url.group(1))
                    .toList();
            if (asked.isEmpty()) {
                wrong.add(block.place() + ": which path is asked? " + command);
            }
            asked.stream()
                    .filter(path -> !MANAGEMENT_PATHS.contains(path) && !paths.contains(path))
                    .forEach(path -> wrong.add(block.place() + ": the API has no " + path));
        });
        expect(5);
    }

    @Test
    void everyServiceProjectAndVolumeOfComposeExists() {
        Set<String> services = entries("services");
        Set<String> volumes = entries("volumes");
        each((block, command) -> {
            if (command.size() < 2
                    || !command.getFirst().equals("docker")
                    || !command.get(1).equals("compose")) {
                return;
            }
            seen++;
            if (command.size() < 5
                    || !command.get(2).equals("--project-name")
                    || !PROJECT.matcher(command.get(3)).matches()) {
                wrong.add(block.place() + ": must name a project, dashboard-ENV: " + command);
                return;
            }
            int verbAt = 4;
            while (command.get(verbAt).equals("-f")) {
                if (!Files.exists(Path.of(command.get(verbAt + 1)))) {
                    wrong.add(block.place() + ": no file " + command.get(verbAt + 1));
                }
                verbAt += 2;
            }
            String verb = command.get(verbAt);
            if (!COMPOSE_COMMANDS.contains(verb)) {
                wrong.add(block.place() + ": not known to this test: docker compose " + verb);
            }
            for (int i = verbAt + 1; i < command.size(); i++) {
                String word = command.get(i);
                if (word.startsWith("-")) {
                    if (!COMPOSE_OPTIONS.contains(word)) {
                        wrong.add(block.place() + ": not known to this test: " + verb + " " + word);
                    }
                    i += COMPOSE_OPTIONS_WITH_VALUE.contains(word) ? 1 : 0;
                    continue;
                }
                if (!services.contains(word)) {
                    wrong.add(block.place() + ": compose has no service " + word + ", but " + services);
                }
                if (verb.equals("exec")) {
                    break; // the rest is the service's own command
                }
            }
        });
        for (Block block : Runbooks.commands()) {
            VOLUME.matcher(block.text())
                    .results()
                    .map(volume -> volume.group(1))
                    .filter(volume -> !volumes.contains(volume))
                    .forEach(volume ->
                            wrong.add(block.place() + ": compose has no volume " + volume + ", but " + volumes));
        }
        expect(15);
    }

    /** Names below a top-level key in all files of compose. Their tags (!override) are compose's own, so no parser reads them. */
    private static Set<String> entries(String key) {
        Set<String> found = new TreeSet<>();
        Path folder = Path.of("compose");
        assertTrue(Files.isDirectory(folder), "there is no folder compose");
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.filter(name -> name.getFileName().toString().matches("compose(\\.\\w+)?\\.yaml"))
                    .toList()) {
                boolean inside = false;
                for (String line : text(file).lines().toList()) {
                    if (line.matches("\\S.*") && !line.startsWith("#")) {
                        inside = line.startsWith(key + ":");
                    } else if (inside && line.matches("  [\\w-]+:.*")) {
                        found.add(line.strip().replaceFirst(":.*", ""));
                    }
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return found;
    }

    /** A name that is misspelt, or a program that a machine does not have. */
    @Test
    void everyProgramIsKnown() {
        each((block, command) -> {
            seen++;
            String program = command.getFirst();
            boolean variable = program.matches("\\$\\{?[A-Z]+.*");
            if (!variable
                    && !PROGRAMS.contains(program)
                    && !SCRIPT.matcher(program).matches()) {
                wrong.add(block.place() + ": what is \"" + program + "\" in " + command);
            }
        });
        expect(100);
    }

    /** Pages are pasted from the top; what an earlier block did not set is empty, and rm or cp takes it as it is. */
    @Test
    void everyVariableIsSetEarlierOnItsPage() {
        Map<Path, Set<String>> set = new TreeMap<>();
        for (Block block : Runbooks.commands()) {
            Set<String> known = set.computeIfAbsent(block.page(), _ -> new LinkedHashSet<>());
            String text = COMMENT.matcher(block.text()).replaceAll("").replaceAll("'[^']*'", "''");
            for (String line : text.split("\n")) {
                for (MatchResult use : USED.matcher(line).results().toList()) {
                    seen++;
                    boolean setInLine = ASSIGNED.matcher(line.substring(0, use.start()))
                            .results()
                            .anyMatch(name -> name.group(1).equals(use.group(1)));
                    if (use.group(2) == null && !known.contains(use.group(1)) && !setInLine) {
                        wrong.add(block.place() + ": nothing has set " + use.group(1));
                    }
                }
                ASSIGNED.matcher(line).results().forEach(name -> known.add(name.group(1)));
            }
        }
        expect(60);
    }

    /** Settings of an environment; those of the product itself are held by {@link DocumentsTest}. */
    @Test
    void everyVariableOfAnEnvironmentIsReadByComposeOrAScript() throws IOException {
        StringBuilder readers = new StringBuilder();
        for (Path folder : List.of(Path.of("compose"), Path.of("scripts"))) {
            try (Stream<Path> files = Files.list(folder)) {
                files.filter(file -> file.toString().matches(".*\\.(yaml|sh)"))
                        .forEach(file -> readers.append(text(file)));
            }
        }
        for (Path page : Runbooks.pages()) {
            for (MatchResult name : VARIABLE.matcher(text(page)).results().toList()) {
                seen++;
                if (!readers.toString().matches("(?s).*\\b" + name.group(1) + "\\b.*")) {
                    wrong.add(page + ": nothing reads " + name.group());
                }
            }
        }
        expect(8);
    }

    @Test
    void everyAnchorLeadsToAHeading() {
        for (Path page : Runbooks.pages()) {
            for (MatchResult link : LINK.matcher(text(page)).results().toList()) {
                if (link.group(1).startsWith("https://")) {
                    continue;
                }
                Path target = link.group(1).isEmpty()
                        ? page
                        : page.resolveSibling(link.group(1)).normalize();
                Set<String> anchors = text(target)
                        .lines()
                        .filter(line -> line.matches("#{1,6} .*"))
                        .map(line -> line.replaceFirst("#+ ", "").toLowerCase(Locale.ROOT))
                        .map(title -> title.replaceAll("[^\\w\\- ]", "").replace(' ', '-'))
                        .collect(Collectors.toSet());
                if (!anchors.contains(link.group(2))) {
                    wrong.add(page + ": " + link.group());
                }
            }
        }
        assertEquals(List.of(), wrong);
    }

    /** The table is what its two formulas give, and the doctor reckons with the same. */
    @Test
    void theArithmeticOfCapacityIsRight() {
        String page = text(Path.of("runbooks/Capacity.md"));
        int program = number(page, "memory limit of the runner = (\\d+) MiB");
        int perProcess = number(page, "(\\d+) MiB × `cli.max-processes`");
        int ownThreads = number(page, "its processes and threads = (\\d+)");
        int threads = number(page, "threads = \\d+ \\+ (\\d+) × `cli.max-processes`");
        Pattern.compile("(?m)^\\| (\\d+)(?: \\(default\\))? \\| (\\d+) \\| (\\d+) \\| ([\\d.]+) %")
                .matcher(page)
                .results()
                .forEach(row -> {
                    seen++;
                    int processes = Integer.parseInt(row.group(1));
                    assertEquals(program + perProcess * processes, Integer.parseInt(row.group(2)), row.group());
                    assertEquals(ownThreads + threads * processes, Integer.parseInt(row.group(3)), row.group());
                    assertEquals(0.7 * processes, Double.parseDouble(row.group(4)), 0.01, row.group());
                });
        expect(4);
        String deploy = text(Path.of("scripts/deploy.sh"));
        assertTrue(deploy.contains("$((%d + %d * processes))M".formatted(program, perProcess)), "memory in deploy.sh");
        assertTrue(deploy.contains("$((%d + %d * processes))".formatted(ownThreads, threads)), "threads in deploy.sh");
        String doctor = text(Path.of("scripts/doctor.sh"));
        assertEquals(number(page, "(\\d+) MiB for each live session;"), number(doctor, "PROCESS_MEMORY=(\\d+)"));
        assertEquals(number(page, "really needed = (\\d+) MiB for the server"), number(doctor, "SERVER_MEMORY=(\\d+)"));
        assertEquals(
                number(text(Path.of("config/application.yaml")), "max-processes: (\\d+)"),
                number(page, "\\| (\\d+) \\(default\\)"));
    }

    private static int number(String text, String pattern) {
        Matcher matcher = Pattern.compile(pattern).matcher(text);
        assertTrue(matcher.find(), "nothing says " + pattern);
        return Integer.parseInt(matcher.group(1));
    }

    // ---- reading

    /** Calls with each simple command of each block, as words without quotes. */
    private static void each(BiConsumer<Block, List<String>> check) {
        for (Block block : Runbooks.commands()) {
            Runbooks.simpleCommands(block.text()).forEach(command -> check.accept(block, command));
        }
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return fail(file + " cannot be read", e);
        }
    }

    /** A check that looked at too little has not shown anything. */
    private void expect(int least) {
        if (!wrong.isEmpty()) {
            fail("\n" + String.join("\n", wrong));
        }
        assertTrue(seen >= least, "only " + seen + " were looked at");
    }
}
