package dev.dashboard.docs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The ticked lines of a document. Behind the last colon of each stands what shows it: names of tests, and files from the root of the
 * repository.
 *
 * @param wrong what is ticked without evidence, or with some that is not there
 */
record Ticks(int number, List<String> wrong) {
    private static final Pattern EVIDENCE = Pattern.compile("`([^`]+)`");

    static Ticks of(String document) throws IOException {
        Set<String> classes = classes();
        List<String> ticked =
                document.lines().filter(line -> line.startsWith("- [x] ")).toList();
        List<String> wrong = new ArrayList<>();
        for (String line : ticked) {
            // Words of the sentence itself are no evidence.
            List<String> evidence = evidence(line.substring(line.lastIndexOf(": `") + 1));
            if (!line.contains(": `") || evidence.isEmpty()) {
                wrong.add("no evidence: " + line);
            }
            missing(evidence, classes).forEach(name -> wrong.add("there is no " + name + ": " + line));
        }
        return new Ticks(ticked.size(), List.copyOf(wrong));
    }

    /** What stands in code marks. */
    static List<String> evidence(String text) {
        return EVIDENCE.matcher(text).results().map(name -> name.group(1)).toList();
    }

    /** Those that are neither a class of the tests nor a file. */
    static List<String> missing(List<String> evidence, Set<String> classes) {
        return evidence.stream()
                .filter(name -> !classes.contains(name) && !Files.isRegularFile(Path.of(name)))
                .toList();
    }

    static Set<String> classes() throws IOException {
        try (Stream<Path> files = Files.walk(Path.of("src/test/java"))) {
            return files.map(file -> file.getFileName().toString().replace(".java", ""))
                    .collect(Collectors.toSet());
        }
    }
}
