package dev.dashboard.support;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a server showed to Prometheus at one moment. */
public record Scrape(List<Series> series) {
    private static final Pattern LINE = Pattern.compile("(\\w+)(?:\\{(.*)})? (\\S+)");
    private static final Pattern LABEL = Pattern.compile("(\\w+)=\"((?:[^\"\\\\]|\\\\.)*)\"");

    /** One line of it. */
    public record Series(String name, Map<String, String> labels, double value) {
        boolean is(String wanted, Map<String, String> withThese) {
            return name.equals(wanted) && labels.entrySet().containsAll(withThese.entrySet());
        }
    }

    /** @param managementPort on loopback */
    public static Scrape of(int managementPort) throws IOException, InterruptedException {
        try (HttpClient client = HttpClient.newHttpClient()) {
            HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + managementPort + "/metrics"))
                    .header("Accept", "text/plain")
                    .build();
            HttpResponse<String> answer = client.send(request, HttpResponse.BodyHandlers.ofString());
            if (answer.statusCode() != 200) {
                throw new IOException("the metrics answered " + answer.statusCode() + " " + answer.body());
            }
            return parse(answer.body());
        }
    }

    static Scrape parse(String text) {
        List<Series> series = new ArrayList<>();
        text.lines().filter(line -> !line.isBlank() && !line.startsWith("#")).forEach(line -> {
            Matcher parts = LINE.matcher(line);
            if (!parts.matches()) {
                throw new AssertionError("no line of a scrape: " + line);
            }
            series.add(new Series(parts.group(1), labels(parts.group(2)), Double.parseDouble(parts.group(3))));
        });
        return new Scrape(series);
    }

    private static Map<String, String> labels(String text) {
        Map<String, String> labels = new HashMap<>();
        if (text != null) {
            Matcher label = LABEL.matcher(text);
            while (label.find()) {
                labels.put(label.group(1), label.group(2));
            }
        }
        return labels;
    }

    public boolean has(String name) {
        return series.stream().anyMatch(one -> one.name().equals(name));
    }

    /** All series of a name that have these labels, whatever others, added up; names and values alternate. */
    public double sum(String name, String... labels) {
        Map<String, String> wanted = new HashMap<>();
        for (int i = 0; i + 1 < labels.length; i += 2) {
            wanted.put(labels[i], labels[i + 1]);
        }
        return series.stream()
                .filter(one -> one.is(name, wanted))
                .mapToDouble(Series::value)
                .sum();
    }
}
