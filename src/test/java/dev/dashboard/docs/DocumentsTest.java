package dev.dashboard.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import io.helidon.config.Config;
import io.helidon.config.ConfigSources;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Documents name things; the things must be there. Fails with the document and the name, all of them at once. */
class DocumentsTest {
    private static final Pattern LINK = Pattern.compile("]\\(([^)#]+)(#[^)]*)?\\)");
    private static final Pattern SCRIPT = Pattern.compile("(?:scripts|src/test/sh)/[\\w-]+\\.sh|\\.ci/run\\b");
    private static final Pattern OPTIONS = Pattern.compile("(scripts/[\\w-]+\\.sh)((?: --[a-z-]+)+)");
    private static final Pattern FILE =
            Pattern.compile("`((?:src|config|scripts|runbooks|\\.github|\\.ci)/[\\w./-]+|pom\\.xml)`");
    private static final Pattern KEY = Pattern.compile("`([a-z]+(?:\\.[a-z][a-z-]*)+)`");
    private static final Pattern VARIABLE = Pattern.compile("\\bDASHBOARD_[A-Z_]+\\b");
    private static final Pattern TEST = Pattern.compile("-D(?:it\\.)?test='?([A-Z]\\w+)(?:#(\\w+))?");
    private static final Pattern MACHINE =
            Pattern.compile("(?<![\\w.])/(?:root|work|home|Users|mnt)/\\S*|/tmp/\\w\\S*");

    private static final Pattern NAMED_TEST = Pattern.compile("`(\\w+(?:Test|IT))`");
    private static final Pattern TEST_FILE = Pattern.compile("`(src/(?:main/web/test|test/sh)/[\\w./-]+)`");

    private static final List<String> VERDICTS = List.of("met", "partly", "not met", "not applicable");

    /** Requirements of level 1 and 2 in OWASP ASVS 5.0.0. */
    private static final int ASVS_NUMBERS = 253;

    private static final List<String> PARTS = List.of("Meaning", "Impact", "Diagnosis", "Mitigation", "Verify");

    private static final List<String> INDEX_PARTS = List.of("When something is wrong", "Tasks", "How we work");

    /** The part of the index whose pages are about how people work, not about a fault or a task. */
    private static final String OWN_SHAPE = "How we work";

    private static final String OWN_SHAPE_BEGINS = "Purpose";

    /** Variables that stand for no key of the configuration; the file that reads each. */
    private static final Map<String, String> OTHER_VARIABLES = Map.of(
            "DASHBOARD_RUNNER_PEERS", "src/main/java/dev/dashboard/runner/RunnerSettings.java",
            "DASHBOARD_RUNNER_SPOOL_MIB", "src/main/java/dev/dashboard/runner/RunnerSettings.java",
            "DASHBOARD_RUNNER_DRAIN", "src/main/java/dev/dashboard/runner/RunnerSettings.java",
            "DASHBOARD_SECRETS_DIR", "src/main/java/dev/dashboard/config/ConfigLoader.java",
            "DASHBOARD_PROFILE", "src/main/java/dev/dashboard/config/ConfigLoader.java",
            "DASHBOARD_TEST_CLI", "scripts/test.sh",
            "DASHBOARD_TEST_CHROMIUM", "scripts/test.sh");

    private static final Map<Path, String> DOCUMENTS = new TreeMap<>();

    @BeforeAll
    static void read() throws IOException {
        for (Path root : List.of(Path.of(".github"), Path.of("runbooks"), Path.of("src/docs"))) {
            try (Stream<Path> files = Files.walk(root)) {
                for (Path file : files.filter(DocumentsTest::isDocument).toList()) {
                    DOCUMENTS.put(file, Files.readString(file));
                }
            }
        }
        DOCUMENTS.put(Path.of("README.md"), Files.readString(Path.of("README.md")));
    }

    private static boolean isDocument(Path file) {
        return file.toString().endsWith(".md") && !file.toString().contains("node_modules");
    }

    @Test
    void everyLinkedFileExists() {
        everywhere(LINK, (document, link) -> {
            String target = link.group(1);
            Path file = Path.of("").resolve(document).resolveSibling(target).normalize();
            return target.startsWith("https://") || Files.exists(file);
        });
    }

    @Test
    void everyNamedFileExists() {
        everywhere(FILE, (_, name) -> Files.exists(Path.of(name.group(1))));
    }

    @Test
    void everyNamedScriptCanBeRun() {
        everywhere(SCRIPT, (_, name) -> Files.isExecutable(Path.of(name.group())));
    }

    @Test
    void everyNamedOptionStandsInTheScriptsHelp() {
        everywhere(OPTIONS, (_, call) -> {
            String help = header(Path.of(call.group(1)));
            return Stream.of(call.group(2).strip().split(" "))
                    .allMatch(option -> help.matches("(?s).*\\Q" + option + "\\E\\b.*"));
        });
    }

    /** The comment block at the top, which {@code --help} prints. */
    private static String header(Path script) {
        return text(script).lines().takeWhile(line -> line.startsWith("#")).collect(Collectors.joining("\n"));
    }

    @Test
    void everyNamedSettingExists() {
        Set<String> keys = keys();
        Set<String> tops = keys.stream().filter(key -> !key.contains(".")).collect(Collectors.toSet());
        everywhere(KEY, (_, name) -> {
            String key = name.group(1);
            // runner.pub is the name of a file.
            return !tops.contains(key.substring(0, key.indexOf('.'))) || keys.contains(key) || key.endsWith(".pub");
        });
    }

    @Test
    void everyNamedVariableIsRead() {
        Set<String> variables = keys().stream()
                .map(key -> "DASHBOARD_" + key.toUpperCase(Locale.ROOT).replaceAll("[.-]", "_"))
                .collect(Collectors.toSet());
        everywhere(VARIABLE, (_, name) -> {
            String variable = name.group();
            String reader = OTHER_VARIABLES.get(variable);
            return variables.contains(variable)
                    || reader != null && text(Path.of(reader)).contains(variable);
        });
    }

    private static Set<String> keys() {
        return Config.builder()
                .disableEnvironmentVariablesSource()
                .disableSystemPropertiesSource()
                .addSource(ConfigSources.file("config/application.yaml"))
                .build()
                .traverse()
                .map(node -> node.key().toString())
                .collect(Collectors.toSet());
    }

    @Test
    void everyNamedTestExists() throws IOException {
        Map<String, Path> tests;
        try (Stream<Path> files = Files.walk(Path.of("src/test/java"))) {
            tests = files.filter(Files::isRegularFile)
                    .collect(Collectors.toMap(
                            file -> file.getFileName().toString().replace(".java", ""), file -> file, (a, _) -> a));
        }
        everywhere(TEST, (_, name) -> {
            Path file = tests.get(name.group(1));
            return file != null && (name.group(2) == null || text(file).contains("void " + name.group(2) + "("));
        });
    }

    @Test
    void noPathOfOneMachineIsWritten() {
        everywhere(MACHINE, (_, _) -> false);
    }

    @Test
    void decisionsAreNumberedWithoutGapsAndHaveTheirParts() {
        List<String> wrong = new ArrayList<>();
        int expected = 1;
        for (Path file : in(Path.of("src/docs/adr"))) {
            String text = DOCUMENTS.get(file);
            if (!file.getFileName().toString().matches("%04d-[a-z0-9.-]+\\.md".formatted(expected))
                    || !text.startsWith("# " + expected + ". ")) {
                wrong.add(file + ": expected number " + expected + " in name and title");
            }
            if (!headings(text).containsAll(List.of("Context", "Decision", "What follows"))) {
                wrong.add(file + ": context, decision or what follows is missing");
            }
            expected++;
        }
        none(wrong);
        assertTrue(expected > 1, "there are no decisions");
    }

    @Test
    void everyRunbookHasItsPartsAndStandsInTheIndex() {
        List<String> wrong = new ArrayList<>();
        Path index = Path.of("runbooks/README.md");
        List<Path> pages = in(Path.of("runbooks")).stream()
                .filter(Predicate.not(index::equals))
                .toList();
        Map<String, String> parts = parts(DOCUMENTS.get(index));
        int ownShapes = 0;
        for (Path page : pages) {
            String link = "](" + page.getFileName() + ")";
            boolean ownShape = parts.getOrDefault(OWN_SHAPE, "").contains("| [" + stem(page) + link);
            List<String> headings = headings(DOCUMENTS.get(page));
            if (ownShape) {
                ownShapes++;
                if (!headings.getFirst().equals(OWN_SHAPE_BEGINS)) {
                    wrong.add(page + ": must begin with " + OWN_SHAPE_BEGINS);
                }
            } else if (!headings.equals(PARTS)) {
                wrong.add(page + ": its parts must be " + PARTS);
            }
            if (INDEX_PARTS.stream()
                            .filter(part -> parts.getOrDefault(part, "").contains("| [" + stem(page) + link))
                            .count()
                    != 1) {
                wrong.add(page + ": must stand in one table of the index, and only in one");
            }
        }
        none(wrong);
        assertTrue(ownShapes > 1, "no page has a shape of its own");
        assertTrue(pages.size() > ownShapes + 1, "there are no runbooks");
    }

    private static String stem(Path page) {
        return page.getFileName().toString().replace(".md", "");
    }

    /** The text below each heading of the second level. */
    private static Map<String, String> parts(String text) {
        return Stream.of(text.split("(?m)^## "))
                .skip(1)
                .collect(Collectors.toMap(part -> part.lines().findFirst().orElseThrow(), part -> part));
    }

    @Test
    void theArchitectureNamesEveryPackageAndNoOther() throws IOException {
        Set<String> real;
        try (Stream<Path> folders = Files.list(Path.of("src/main/java/dev/dashboard"))) {
            real = folders.filter(Files::isDirectory)
                    .map(folder -> folder.getFileName().toString())
                    .collect(Collectors.toCollection(TreeSet::new));
        }
        Set<String> named = Pattern.compile("(?m)^\\| `(\\w+)` \\|")
                .matcher(DOCUMENTS.get(Path.of("src/docs/architecture.md")))
                .results()
                .map(row -> row.group(1))
                .collect(Collectors.toCollection(TreeSet::new));
        assertEquals(real, named);
    }

    @ParameterizedTest
    @ValueSource(strings = {"src/docs/threat-model.md", "src/docs/asvs.md"})
    void everyTestThatSecurityRestsOnIsThere(String document) throws IOException {
        List<String> named = NAMED_TEST
                .matcher(DOCUMENTS.get(Path.of(document)))
                .results()
                .map(test -> test.group(1))
                .distinct()
                .toList();
        assertTrue(named.size() > 20, named::toString);
        Set<String> real = tests();
        assertEquals(
                List.of(), named.stream().filter(test -> !real.contains(test)).toList());
    }

    @Test
    void theAsvsHasAVerdictForEachNumberOnceAndItsSummaryCountsThem() throws IOException {
        List<String> wrong = new ArrayList<>();
        Set<String> real = tests();
        Set<String> seen = new TreeSet<>();
        Map<String, List<Integer>> counted = new TreeMap<>();
        for (List<String> row : asvs("\\d.*")) {
            int verdict = row.size() == 5 ? VERDICTS.indexOf(row.get(3)) : -1;
            List<String> numbers = numbers(row.getFirst());
            if (verdict < 0 || verdict == 0 && !namesATest(row.get(4), real)) {
                wrong.add("no verdict, or met without a test: " + row);
                continue;
            }
            numbers.stream().filter(number -> !seen.add(number)).forEach(number -> wrong.add("twice: " + number));
            for (String line : List.of("V" + row.getFirst().split("\\.")[0], "level " + row.get(1), "all")) {
                List<Integer> counts = counted.computeIfAbsent(line, _ -> new ArrayList<>(List.of(0, 0, 0, 0, 0)));
                counts.set(verdict, counts.get(verdict) + numbers.size());
                counts.set(4, counts.get(4) + numbers.size());
            }
        }
        none(wrong);
        assertEquals(ASVS_NUMBERS, seen.size());
        Map<String, List<Integer>> told = asvs("V\\d+ .*|level \\d|all").stream()
                .collect(Collectors.toMap(
                        row -> row.getFirst().replaceFirst("^(V\\d+) .*", "$1"),
                        row -> row.stream().skip(1).map(Integer::valueOf).toList()));
        assertEquals(counted, new TreeMap<>(told));
    }

    /** The cells of the rows whose first one matches. */
    private static List<List<String>> asvs(String first) {
        return DOCUMENTS
                .get(Path.of("src/docs/asvs.md"))
                .lines()
                .filter(line -> line.startsWith("| "))
                .map(line -> List.of(line.substring(2, line.length() - 2).split(" \\| ")))
                .filter(row -> row.getFirst().matches(first))
                .toList();
    }

    /** {@code 1.2.6–1.2.8, 1.3.1} are four. */
    private static List<String> numbers(String cell) {
        List<String> numbers = new ArrayList<>();
        for (String part : cell.split(", ")) {
            String[] ends = part.split("–");
            int dot = ends[0].lastIndexOf('.') + 1;
            int last = Integer.parseInt(ends[ends.length - 1].replaceAll(".*\\.", ""));
            for (int n = Integer.parseInt(ends[0].substring(dot)); n <= last; n++) {
                numbers.add(ends[0].substring(0, dot) + n);
            }
        }
        return numbers;
    }

    private static boolean namesATest(String evidence, Set<String> real) {
        return NAMED_TEST.matcher(evidence).results().anyMatch(test -> real.contains(test.group(1)))
                || TEST_FILE.matcher(evidence).results().anyMatch(file -> Files.exists(Path.of(file.group(1))));
    }

    private static Set<String> tests() throws IOException {
        try (Stream<Path> files = Files.walk(Path.of("src/test/java"))) {
            return files.map(file -> file.getFileName().toString().replace(".java", ""))
                    .collect(Collectors.toSet());
        }
    }

    @Test
    void theFirstScreenSaysHowToStart() {
        List<String> first =
                DOCUMENTS.get(Path.of("README.md")).lines().limit(6).toList();
        assertTrue(first.stream().anyMatch(line -> line.startsWith("scripts/start.sh --demo")), first::toString);
        assertTrue(first.stream().anyMatch(line -> line.matches("scripts/start\\.sh( +#.*)?")), first::toString);
    }

    // ---- reading

    private interface Check {
        boolean holds(Path document, MatchResult match);
    }

    /** A pattern that matches nowhere checks nothing, so that fails too, unless nothing is what is wanted. */
    private static void everywhere(Pattern pattern, Check check) {
        List<String> wrong = new ArrayList<>();
        int seen = 0;
        for (Map.Entry<Path, String> document : DOCUMENTS.entrySet()) {
            for (MatchResult match :
                    pattern.matcher(document.getValue()).results().toList()) {
                seen++;
                if (!check.holds(document.getKey(), match)) {
                    wrong.add(document.getKey() + ": " + match.group());
                }
            }
        }
        none(wrong);
        assertTrue(seen > 0 || pattern == MACHINE, "nothing was looked at: " + pattern);
    }

    private static List<Path> in(Path folder) {
        return DOCUMENTS.keySet().stream()
                .filter(file -> folder.equals(file.getParent()))
                .toList();
    }

    private static List<String> headings(String text) {
        return text.lines()
                .filter(line -> line.startsWith("## "))
                .map(line -> line.substring(3))
                .toList();
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return fail(file + " cannot be read", e);
        }
    }

    private static void none(List<String> wrong) {
        if (!wrong.isEmpty()) {
            fail("\n" + String.join("\n", wrong));
        }
    }
}
