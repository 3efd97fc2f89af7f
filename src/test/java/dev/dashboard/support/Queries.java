package dev.dashboard.support;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/** Everything that is asked of Prometheus: by its rules, by the dashboards of Grafana, and by people whom a runbook tells to. */
public final class Queries {
    public static final Path RULES = Path.of("compose/monitoring/prometheus/rules");
    private static final Path DASHBOARDS = Path.of("compose/monitoring/grafana/dashboards");

    private static final Path RUNBOOKS = Path.of("runbooks");
    private static final Pattern PASTED = Pattern.compile("promtool query instant \\S+ '([^']+)'");

    /** What a metric's name is followed by tells it from a function, a label or a keyword. */
    private static final Pattern SELECTOR =
            Pattern.compile("(?<![\\w:$.\"])([a-zA-Z_:][\\w:]*)(?![\\w:]*\\s*\\()(?:\\{([^}]*)})?");

    private static final Pattern GROUPING =
            Pattern.compile("\\b(?:by|without|on|ignoring|group_left|group_right)\\s*\\([^)]*\\)");

    private static final Set<String> WORDS = Set.of("and", "or", "unless", "bool", "offset", "by", "without", "on");

    /** @param place where it stands, for people */
    public record Query(String place, String expression) {
        /** As Prometheus takes it: without what Grafana fills in. */
        public String filledIn() {
            return expression.replace("$__rate_interval", "1m").replace("$__range", "5m");
        }

        /** Each metric that it looks at. */
        public List<Selector> selectors() {
            String plain = GROUPING.matcher(
                            filledIn().replaceAll("\\[[^]]*]", "").replaceAll("(?m)#.*$", ""))
                    .replaceAll("");
            return SELECTOR.matcher(plain)
                    .results()
                    .filter(found -> !WORDS.contains(found.group(1)))
                    .filter(found -> !inBraces(plain, found.start()))
                    .map(found -> new Selector(found.group(1), found.group(2) == null ? "" : found.group(2)))
                    .toList();
        }

        private static boolean inBraces(String text, int at) {
            return text.lastIndexOf('{', at) > text.lastIndexOf('}', at);
        }

        @Override
        public String toString() {
            return place + ": " + expression.strip();
        }
    }

    /** @param matchers what stands between the braces */
    public record Selector(String metric, String matchers) {}

    /** One rule; {@code alert} is whether it may fire, else it records under its name. */
    public record Rule(String name, boolean alert, Query query) {}

    private Queries() {}

    public static List<Rule> ofRules() throws IOException {
        List<Rule> rules = new ArrayList<>();
        for (Path file : files(RULES, ".yml")) {
            Map<?, ?> document = new Yaml(new SafeConstructor(new LoaderOptions())).load(Files.readString(file));
            for (Object group : (List<?>) document.get("groups")) {
                for (Object each : (List<?>) ((Map<?, ?>) group).get("rules")) {
                    Map<?, ?> rule = (Map<?, ?>) each;
                    boolean alert = rule.containsKey("alert");
                    String name = rule.get(alert ? "alert" : "record").toString();
                    rules.add(new Rule(
                            name,
                            alert,
                            new Query(
                                    file.getFileName() + ", " + name + rule.get("labels"),
                                    rule.get("expr").toString())));
                }
            }
        }
        return rules;
    }

    /** Names that rules give to what they record. */
    public static Set<String> recorded() throws IOException {
        return ofRules().stream().filter(rule -> !rule.alert()).map(Rule::name).collect(Collectors.toSet());
    }

    /** Those for Prometheus; others are for the logs. */
    public static List<Query> ofDashboards() throws IOException {
        List<Query> queries = new ArrayList<>();
        for (Path file : files(DASHBOARDS, ".json")) {
            try (JsonReader reader = Json.createReader(Files.newBufferedReader(file))) {
                JsonObject dashboard = reader.readObject();
                for (JsonObject panel : dashboard.getJsonArray("panels").getValuesAs(JsonObject.class)) {
                    if (panel.containsKey("targets")) {
                        panel.getJsonArray("targets").getValuesAs(JsonObject.class).stream()
                                .filter(Queries::isForPrometheus)
                                .forEach(target -> queries.add(new Query(
                                        file.getFileName() + ", " + panel.getString("title"),
                                        target.getString("expr"))));
                    }
                }
                dashboard.getJsonObject("annotations").getJsonArray("list").getValuesAs(JsonObject.class).stream()
                        .filter(Queries::isForPrometheus)
                        .forEach(one -> queries.add(
                                new Query(file.getFileName() + ", " + one.getString("name"), one.getString("expr"))));
            }
        }
        return queries;
    }

    private static boolean isForPrometheus(JsonObject asked) {
        return asked.getJsonObject("datasource").getString("uid").equals("prometheus");
    }

    /** On pages, for people to paste. */
    public static List<Query> ofRunbooks() throws IOException {
        List<Query> queries = new ArrayList<>();
        for (Path page : files(RUNBOOKS, ".md")) {
            PASTED.matcher(Files.readString(page))
                    .results()
                    .map(pasted -> new Query(page.getFileName().toString(), pasted.group(1)))
                    .forEach(queries::add);
        }
        return queries;
    }

    /** Of rules, dashboards and runbooks. */
    public static List<Query> all() throws IOException {
        List<Query> all = new ArrayList<>(ofDashboards());
        all.addAll(ofRunbooks());
        ofRules().forEach(rule -> all.add(rule.query()));
        return all;
    }

    private static List<Path> files(Path folder, String end) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(end)).sorted().toList();
        }
    }
}
