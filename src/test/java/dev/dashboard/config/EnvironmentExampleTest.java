package dev.dashboard.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** {@code compose/.env.production.example} against what reads it: the product, compose and the scripts of a deploy. */
class EnvironmentExampleTest {
    private static final Path EXAMPLE = Path.of("compose/.env.production.example");
    private static final Pattern NAME = Pattern.compile("^#? ?([A-Z][A-Z0-9_]*)(?:=(.*))?$");
    private static final Pattern INTERPOLATED = Pattern.compile("\\$\\{([A-Z][A-Z0-9_]*)");
    private static final Pattern SETTING =
            Pattern.compile("\\$\\((?:setting|env_file_value \"\\$\\w+\") \"?([A-Z][A-Z0-9_]*)\"?\\b");
    /** What the deploy script or compose itself tells, or the shell has. */
    private static final Set<String> NOT_SETTINGS =
            Set.of("ENV_FILE", "DOCKER_ROOT", "MONITORING_REVISION", "BACKUP_REVISION", "COMPOSE_PROJECT_NAME");

    private static final Set<String> OWN = Set.of("DASHBOARD_PROFILE", "DASHBOARD_SECRETS_DIR", "DASHBOARD_CONFIG_DIR");

    @Test
    void namesEveryVariableThatIsReadAndNoOther() throws IOException {
        Set<String> read = new TreeSet<>(OWN);
        Values.KEYS.forEach(key -> read.add(ConfigLoader.variable(key)));
        read.addAll(found(INTERPOLATED, composeFiles()));
        read.addAll(found(
                SETTING,
                Stream.of("deploy", "drill", "lib", "monitoring-config")
                        .map(name -> Path.of("scripts/" + name + ".sh"))
                        .toList()));
        read.removeAll(NOT_SETTINGS);

        assertEquals(
                String.join("\n", read),
                String.join("\n", new TreeSet<>(example().keySet())));
    }

    @Test
    void holdsNoSecretAndNoPlaceForOne() throws IOException {
        for (String secret : SecretFiles.KEYS) {
            String variable = ConfigLoader.variable(secret);
            assertTrue(
                    example().keySet().stream().noneMatch(variable::equals),
                    variable + ": a secret is a file, never a variable");
        }
        example().forEach((name, value) -> assertTrue(value.length() < 64, name + " has a value as long as a secret"));
    }

    /** Who takes the sign away in front of a line must get what the line says, and that is what held before. */
    @Test
    void showsTheValueThatHoldsWithoutIt() throws IOException {
        Map<String, String> shown = new TreeMap<>();
        for (String line : Files.readAllLines(EXAMPLE)) {
            if (line.startsWith("#DASHBOARD_")) {
                shown.put(line.substring(1, line.indexOf('=')), line.substring(line.indexOf('=') + 1));
            }
        }
        // The runner's own.
        shown.remove("DASHBOARD_RUNNER_DRAIN");
        Layers defaults = new Layers(new java.util.ArrayList<>());
        defaults.addClasspath("config/application-production.yaml");
        defaults.addClasspath("config/application.yaml");
        Map<String, String> held = Values.KEYS.stream()
                .filter(key -> shown.containsKey(ConfigLoader.variable(key)))
                .collect(Collectors.toMap(
                        ConfigLoader::variable,
                        key -> defaults.find(key).orElseThrow().text(),
                        (a, _) -> a,
                        TreeMap::new));

        assertEquals(held, shown);
    }

    /** Of names that the example has, set or shown. */
    private static Map<String, String> example() throws IOException {
        Map<String, String> names = new TreeMap<>();
        for (String line : Files.readAllLines(EXAMPLE)) {
            Matcher matcher = NAME.matcher(line);
            if (matcher.matches()) {
                names.put(matcher.group(1), matcher.group(2) == null ? "" : matcher.group(2));
            }
        }
        return names;
    }

    private static List<Path> composeFiles() throws IOException {
        try (Stream<Path> files = Files.list(Path.of("compose"))) {
            return files.filter(file -> file.toString().endsWith(".yaml")).toList();
        }
    }

    private static Set<String> found(Pattern pattern, List<Path> files) throws IOException {
        Set<String> names = new TreeSet<>();
        for (Path file : files) {
            Matcher matcher = pattern.matcher(Files.readString(file));
            while (matcher.find()) {
                names.add(matcher.group(1));
            }
        }
        return names;
    }
}
