package dev.dashboard.docs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/** The rules of Prometheus and their tests, as they are written. */
final class AlertRules {
    private static final Path FOLDER = Path.of("compose/monitoring/prometheus/rules");
    private static final Path TESTS = Path.of("src/test/prometheus");

    /** One rule that may fire; several may have one name. */
    record Alert(String name, String expression, Map<String, String> labels, Map<String, String> annotations) {
        String severity() {
            return labels.getOrDefault("severity", "");
        }

        String annotation(String name) {
            return annotations.getOrDefault(name, "");
        }

        @Override
        public String toString() {
            return name + labels;
        }
    }

    /** What a test expects of an alert at one time: the labels of each that fires. */
    record Check(String alert, List<Map<String, String>> expected) {}

    /** @param inputs the series that there are */
    record Trial(String name, List<String> inputs, List<Check> checks) {
        List<Map<String, String>> labels() {
            return checks.stream().flatMap(check -> check.expected().stream()).toList();
        }
    }

    private AlertRules() {}

    static List<Path> files() throws IOException {
        return list(FOLDER, ".yml");
    }

    static List<Alert> alerts() throws IOException {
        List<Alert> alerts = new ArrayList<>();
        for (Map<String, Object> rule : rules()) {
            if (rule.containsKey("alert")) {
                alerts.add(new Alert(
                        rule.get("alert").toString(),
                        rule.get("expr").toString(),
                        strings(rule.get("labels")),
                        strings(rule.get("annotations"))));
            }
        }
        return alerts;
    }

    private static List<Map<String, Object>> rules() throws IOException {
        List<Map<String, Object>> rules = new ArrayList<>();
        for (Path file : files()) {
            for (Object group : list(map(load(file)).get("groups"))) {
                list(map(group).get("rules")).forEach(rule -> rules.add(map(rule)));
            }
        }
        return rules;
    }

    static List<Trial> trials() throws IOException {
        List<Trial> trials = new ArrayList<>();
        for (Path file : list(TESTS, ".test.yml")) {
            for (Object test : list(map(load(file)).get("tests"))) {
                Map<String, Object> trial = map(test);
                trials.add(new Trial(
                        trial.get("name").toString(),
                        list(trial.get("input_series")).stream()
                                .map(series -> map(series).get("series").toString())
                                .toList(),
                        list(trial.get("alert_rule_test")).stream()
                                .map(AlertRules::check)
                                .toList()));
            }
        }
        return trials;
    }

    private static Check check(Object check) {
        return new Check(
                map(check).get("alertname").toString(),
                list(map(check).get("exp_alerts")).stream()
                        .map(alert -> strings(map(alert).get("exp_labels")))
                        .toList());
    }

    /** Names of the files of rules that tests load. */
    static Set<String> filesOfTests() throws IOException {
        Set<String> names = new TreeSet<>();
        for (Path file : list(TESTS, ".test.yml")) {
            list(map(load(file)).get("rule_files"))
                    .forEach(name ->
                            names.add(Path.of(name.toString()).getFileName().toString()));
        }
        return names;
    }

    private static List<Path> list(Path folder, String end) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(end)).sorted().toList();
        }
    }

    private static Object load(Path file) throws IOException {
        return new Yaml(new SafeConstructor(new LoaderOptions())).load(Files.readString(file));
    }

    private static List<?> list(Object value) {
        return value == null ? List.of() : (List<?>) value;
    }

    private static Map<String, Object> map(Object value) {
        Map<String, Object> map = new TreeMap<>();
        ((Map<?, ?>) value).forEach((key, inner) -> map.put(key.toString(), inner));
        return map;
    }

    private static Map<String, String> strings(Object value) {
        Map<String, String> strings = new TreeMap<>();
        if (value != null) {
            ((Map<?, ?>) value).forEach((key, inner) -> strings.put(key.toString(), inner.toString()));
        }
        return strings;
    }
}
