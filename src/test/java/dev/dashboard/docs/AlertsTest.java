package dev.dashboard.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dashboard.docs.AlertRules.Alert;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Alerts, their pages and their tests belong together: none without the others. That the rules do what their tests say is shown by
 * promtool, in {@code src/test/sh/alerts-test.sh}.
 */
class AlertsTest {
    private static final String WATCHDOG = "Watchdog";
    private static final Pattern ROW =
            Pattern.compile("(?m)^\\| ([a-z, ]+) \\| [^|]+ \\| \\[(\\w+)]\\((\\w+)\\.md\\) \\|$");
    private static final Pattern CASE = Pattern.compile("(\\w+) (fires|is silent|without its metric)\\b.*");

    /** Labels of a rule are put on after its annotations were written, so there they are empty. */
    private static final Pattern LABEL_IN_TEXT = Pattern.compile("\\$labels\\.(\\w+)");

    private static List<Alert> alerts;
    private final List<String> wrong = new ArrayList<>();

    @BeforeAll
    static void read() throws IOException {
        alerts = AlertRules.alerts();
    }

    @Test
    void everyAlertSaysWhomToCallWhatIsWrongAndWhatToDo() {
        for (Alert alert : alerts) {
            Set<String> severities = alert.name().equals(WATCHDOG) ? Set.of("none") : Set.of("page", "ticket");
            if (!severities.contains(alert.severity())) {
                wrong.add(alert + ": severity must be one of " + severities);
            }
            if (alert.annotation("summary").isBlank()
                    || alert.annotation("description").isBlank()) {
                wrong.add(alert + ": no summary, or no description");
            }
            if (!alert.annotation("runbook").equals("runbooks/" + alert.name() + ".md")) {
                wrong.add(alert + ": its page has its name, not " + alert.annotation("runbook"));
            }
            if (!Files.exists(Path.of("runbooks", alert.name() + ".md"))) {
                wrong.add(alert + ": there is no such page");
            }
            for (String text : alert.annotations().values()) {
                LABEL_IN_TEXT
                        .matcher(text)
                        .results()
                        .map(label -> label.group(1))
                        .filter(alert.labels()::containsKey)
                        .forEach(label -> wrong.add(alert + ": its own label is empty in a text: " + label));
            }
        }
        assertEquals(List.of(), wrong);
        assertTrue(alerts.size() > 30, "only " + alerts.size() + " rules were read");
    }

    /** Whoever gets two messages of one name must see by what they differ. */
    @Test
    void noTwoRulesOfOneNameHaveTheSameLabels() {
        Set<String> seen = new TreeSet<>();
        alerts.stream()
                .map(alert -> alert.name() + new TreeMap<>(alert.labels()))
                .filter(alert -> !seen.add(alert))
                .forEach(wrong::add);
        assertEquals(List.of(), wrong);
    }

    /** As in {@code runbooks/README.md}: each alert with its severities and its page, and no page that no alert leads to. */
    @Test
    void theTableOfTheRunbooksIsWhatTheRulesSay() throws IOException {
        Map<String, String> told = ROW.matcher(Files.readString(Path.of("runbooks/README.md")))
                .results()
                .peek(row -> assertEquals(row.group(2), row.group(3)))
                .collect(Collectors.toMap(row -> row.group(2), row -> row.group(1), (a, _) -> a, TreeMap::new));
        Map<String, String> real = alerts.stream()
                .collect(Collectors.groupingBy(
                        Alert::name,
                        TreeMap::new,
                        Collectors.collectingAndThen(
                                Collectors.mapping(Alert::severity, Collectors.toCollection(TreeSet::new)),
                                severities -> String.join(", ", severities))));
        assertEquals(real, told);
    }

    /** The test's name tells which case it is, and what it expects must be of that kind. */
    @Test
    void everyAlertIsTriedAsItFiresStaysSilentAndLacksItsMetric() throws IOException {
        Map<String, Set<String>> cases = new TreeMap<>();
        Set<Alert> fired = new HashSet<>();
        List<AlertRules.Trial> trials = AlertRules.trials();
        for (AlertRules.Trial trial : trials) {
            MatchResult name = CASE.matcher(trial.name()).results().findFirst().orElse(null);
            if (name == null) {
                if (!trial.name().startsWith("slo:")) {
                    wrong.add("which case is this? " + trial.name());
                }
                continue;
            }
            String alert = name.group(1);
            itIsWhatItsNameSays(trial, alert, name.group(2));
            cases.computeIfAbsent(alert, _ -> new TreeSet<>()).add(name.group(2));
            for (Map<String, String> labels : trial.labels()) {
                alerts.stream()
                        .filter(rule -> rule.name().equals(alert)
                                && labels.entrySet().containsAll(rule.labels().entrySet()))
                        .forEach(fired::add);
            }
        }
        for (Alert alert : alerts) {
            Set<String> needed = alert.name().equals(WATCHDOG)
                    ? Set.of("fires", "without its metric")
                    : Set.of("fires", "is silent", "without its metric");
            if (!cases.getOrDefault(alert.name(), Set.of()).containsAll(needed)) {
                wrong.add(alert + ": tried only as it " + cases.get(alert.name()));
            }
            if (!fired.contains(alert)) {
                wrong.add(alert + ": never fires in a test");
            }
        }
        assertEquals(List.of(), wrong);
        assertFalse(trials.isEmpty());
    }

    private void itIsWhatItsNameSays(AlertRules.Trial trial, String alert, String kind) {
        if (trial.checks().isEmpty()
                || trial.checks().stream().anyMatch(check -> !check.alert().equals(alert))) {
            wrong.add("looks at another alert, or at none: " + trial.name());
        }
        boolean fires =
                trial.checks().stream().anyMatch(check -> !check.expected().isEmpty());
        boolean lacksItsMetric = kind.equals("without its metric");
        if (!lacksItsMetric && kind.equals("fires") != fires) {
            wrong.add("expects something else than it says: " + trial.name());
        }
        if (lacksItsMetric && trial.inputs().stream().anyMatch(of(alert))) {
            wrong.add("has the metric: " + trial.name());
        }
    }

    /** Whether a series is one that the alert's rules look at; what tells that the server is up belongs to another alert. */
    private static Predicate<String> of(String alert) {
        String expressions = alerts.stream()
                .filter(rule -> rule.name().equals(alert))
                .map(Alert::expression)
                .collect(Collectors.joining(" "));
        return series -> {
            String metric = series.replaceFirst("\\{.*", "");
            return !metric.equals("up") && !metric.equals("dashboard_check_failing") && expressions.contains(metric);
        };
    }

    /** Of what no test loads, nobody knows what it does. */
    @Test
    void everyFileOfRulesIsTested() throws IOException {
        Set<String> loaded = AlertRules.filesOfTests();
        for (Path file : AlertRules.files()) {
            if (!loaded.contains(file.getFileName().toString())) {
                wrong.add(file + ": no test loads it");
            }
        }
        assertEquals(List.of(), wrong);
    }
}
