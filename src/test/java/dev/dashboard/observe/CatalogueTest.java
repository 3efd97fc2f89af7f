package dev.dashboard.observe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dashboard.support.Queries;
import dev.dashboard.support.Queries.Query;
import dev.dashboard.support.Queries.Selector;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Alerts, dashboards and runbooks name what the catalogue has, with labels that are there and values that these may take: a name that is
 * misspelt is no error to Prometheus, only silence. {@code MonitoringIT} holds the catalogue against what a server exposes.
 */
class CatalogueTest {
    private static final Pattern MATCHER = Pattern.compile("(\\w+)\\s*(=~|!~|!=|=)\\s*\"([^\"]*)\"");
    private static final Pattern NAME = Pattern.compile("\\bdashboard_[a-z_]+[a-z]");

    /** Put on by Prometheus, and by the library. */
    private static final Set<String> EVERYWHERE = Set.of("job", "instance", "environment", "scope");

    private final List<String> wrong = new ArrayList<>();
    private int seen;

    @Test
    void whatRulesAndDashboardsAskForIsInTheCatalogue() throws IOException {
        Set<String> used = new TreeSet<>();
        for (Query query : Queries.all()) {
            for (Selector selector : query.selectors()) {
                if (selector.metric().startsWith("dashboard_")) {
                    seen++;
                    of(selector.metric())
                            .ifPresentOrElse(
                                    metric -> {
                                        used.add(metric.exposed());
                                        labels(query, selector, metric);
                                    },
                                    () -> wrong.add(query + "\n  asks for " + selector.metric()));
                }
            }
        }
        assertEquals(List.of(), wrong);
        assertTrue(seen > 200, "only " + seen + " selectors were read");
        // What nobody looks at need not be measured; these are for people who look for a cause by hand.
        Set<String> unused = Arrays.stream(Metric.values())
                .map(Metric::exposed)
                .filter(name -> !used.contains(name))
                .collect(Collectors.toCollection(TreeSet::new));
        assertEquals(
                Set.of(),
                new TreeSet<>(
                        unused.stream().filter(name -> !BY_HAND.contains(name)).toList()));
    }

    /** In no dashboard and no alert, on purpose. */
    private static final Set<String> BY_HAND = Set.of("dashboard_jvm_gc_collections_total", "dashboard_jvm_threads");

    /** A histogram's series, not the histogram; a counter and a gauge as they are. */
    private static Optional<Metric> of(String name) {
        return Arrays.stream(Metric.values())
                .filter(metric -> metric.buckets().isEmpty()
                        ? name.equals(metric.exposed())
                        : name.matches(metric.exposed() + "_(bucket|count|sum|max)"))
                .findFirst();
    }

    private void labels(Query query, Selector selector, Metric metric) {
        Map<String, Label> known = metric.labels().stream().collect(Collectors.toMap(Label::name, label -> label));
        for (MatchResult matcher :
                MATCHER.matcher(selector.matchers()).results().toList()) {
            String name = matcher.group(1);
            if (name.equals("le") && selector.metric().endsWith("_bucket")) {
                if (metric.buckets().stream()
                        .noneMatch(bucket -> matcher.group(3).equals(bucket.toString()))) {
                    wrong.add(query + "\n  has no bucket " + matcher.group(3));
                }
            } else if (!known.containsKey(name)) {
                if (!EVERYWHERE.contains(name)) {
                    wrong.add(query + "\n  " + selector.metric() + " has no label " + name);
                }
            } else if (known.get(name).closed()) {
                values(matcher)
                        .filter(value -> known.get(name).values().stream().noneMatch(real -> real.matches(value)))
                        .forEach(value -> wrong.add(query + "\n  " + name + " is never " + value));
            }
        }
    }

    /** Each that a matcher names; alternatives with something in common, {@code a-(b|c)}, are taken apart too. */
    private static Stream<String> values(MatchResult matcher) {
        if (!matcher.group(2).endsWith("~")) {
            return Stream.of(Pattern.quote(matcher.group(3)));
        }
        String all = matcher.group(3);
        int open = all.indexOf('(');
        String before = open < 0 ? "" : all.substring(0, open);
        String inside = open < 0 ? all : all.substring(open + 1, all.lastIndexOf(')'));
        return Stream.of(inside.split("\\|")).map(value -> before + value);
    }

    @Test
    void runbooksNameWhatIsThere() throws IOException {
        List<Path> pages = new ArrayList<>(List.of(Path.of("src/docs/slo.md")));
        try (Stream<Path> files = Files.list(Path.of("runbooks"))) {
            files.forEach(pages::add);
        }
        for (Path page : pages) {
            NAME.matcher(Files.readString(page))
                    .results()
                    .map(MatchResult::group)
                    .forEach(name -> {
                        seen++;
                        // Or the beginning of several, as grep takes it.
                        if (of(name).isEmpty()
                                && Arrays.stream(Metric.values())
                                        .noneMatch(metric -> (metric.exposed() + "_").startsWith(name + "_"))) {
                            wrong.add(page + ": " + name);
                        }
                    });
        }
        assertEquals(List.of(), wrong);
        assertTrue(seen > 40, "only " + seen + " were read");
    }
}
