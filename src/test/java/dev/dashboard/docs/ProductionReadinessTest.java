package dev.dashboard.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The account of what is ready for production claims nothing that cannot be looked up. */
class ProductionReadinessTest {
    private static final Path ACCOUNT = Path.of("src/docs/production-readiness.md");
    private static final List<String> AREAS =
            List.of("Security", "Automation", "Visibility", "Resilience", "Operations", "Controls");
    private static final Pattern CONTROL = Pattern.compile("\\| (.+) \\| (.+) \\| (.+) \\|");

    private final String account = read();

    @Test
    void everyTickNamesATestOrAFileThatIsThere() throws IOException {
        Ticks ticks = Ticks.of(account);
        assertEquals(List.of(), ticks.wrong());
        assertTrue(ticks.number() >= 30, ticks.number() + " ticks");
    }

    @Test
    void everyAreaIsThereAndNothingInItIsNeitherShownNorOpen() {
        assertEquals(
                AREAS,
                account.lines()
                        .filter(line -> line.startsWith("## "))
                        .map(line -> line.substring(3))
                        .toList());
        String checklists = account.substring(account.indexOf("## Security"), account.indexOf("## Controls"));
        assertEquals(
                List.of(),
                checklists
                        .lines()
                        .filter(line -> !line.isBlank() && !line.startsWith("## "))
                        .filter(line -> !line.startsWith("- [x] ") && !line.startsWith("- [ ] "))
                        .toList());
    }

    @Test
    void everyControlHasEvidence() throws IOException {
        Set<String> classes = Ticks.classes();
        List<String> wrong = new ArrayList<>();
        List<String> rows = account.substring(account.indexOf("## Controls"))
                .lines()
                .filter(line -> line.startsWith("| ") && !line.startsWith("| control |"))
                .toList();
        for (String row : rows) {
            var columns = CONTROL.matcher(row);
            List<String> evidence = columns.matches() ? Ticks.evidence(columns.group(3)) : List.of();
            if (evidence.isEmpty()) {
                wrong.add("no evidence: " + row);
            }
            Ticks.missing(evidence, classes).forEach(name -> wrong.add("there is no " + name + ": " + row));
        }
        assertEquals(List.of(), wrong);
        assertTrue(rows.size() >= 6, rows.size() + " controls");
    }

    private static String read() {
        try {
            return Files.readString(ACCOUNT);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
