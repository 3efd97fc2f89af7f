package dev.dashboard.attack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Bodies that cost their reader time, memory or its composure: each is refused at once, by field where it has one. */
@Timeout(60)
class JsonBombsIT {
    private static final Duration AT_ONCE = Duration.ofSeconds(2);
    private static final double MOST_GROWTH_MEBIBYTES = 400;

    @RegisterExtension
    static final Target target = new Target(Map.of("DASHBOARD_CLI_PATH", "/bin/false"));

    @Test
    void bombsAreRefusedAtOnceAndNamed() throws Exception {
        String project = target.admin()
                .addProject(
                        Files.createDirectories(target.dashboard().projects().resolve("p"))
                                .toString());
        String session = target.admin().startSession(project);
        String sessions = "POST /api/v1/sessions";
        String prompts = "POST /api/v1/sessions/" + session + "/prompts";
        String prompt = "PATCH /api/v1/sessions/" + session + "/prompts/" + session;
        String rename = "PATCH /api/v1/sessions/" + session;
        Map<String, String> bombs = new LinkedHashMap<>();
        // Request, body → code, field
        bombs.put(sessions + "\n" + "[".repeat(16_000), "body-not-json ");
        bombs.put(sessions + "\n" + "{\"a\":".repeat(3_000), "body-not-json ");
        bombs.put(prompts + "\n{\"text\":" + "[".repeat(500_000) + "]".repeat(500_000) + "}", "body-not-json ");
        bombs.put(rename + "\n{\"title\":" + "[".repeat(150) + "]".repeat(150) + "}", "field-depth title");
        bombs.put(rename + "\n{\"title\":" + "{\"a\":".repeat(150) + "1" + "}".repeat(150) + "}", "field-depth title");
        bombs.put(rename + "\n{\"title\":" + "[".repeat(90) + "]".repeat(90) + "}", "field-type title");
        bombs.put(prompt + "\n{\"position\":1e999999999}", "field-value position");
        bombs.put(prompt + "\n{\"position\":-1e999999999}", "field-value position");
        bombs.put(prompt + "\n{\"position\":1e-999999999}", "field-value position");
        bombs.put(prompt + "\n{\"position\":0e999999999}", "field-value position");
        bombs.put(prompt + "\n{\"position\":1e99999999999999999999}", "body-not-json ");
        bombs.put(prompt + "\n{\"position\":" + "9".repeat(1_000_000) + "}", "body-not-json ");
        bombs.put(prompt + "\n{\"position\":0." + "0".repeat(1_000_000) + "1}", "body-not-json ");
        bombs.put(prompt + "\n{\"position\":9007199254740993}", "field-value position");
        bombs.put(prompt + "\n{\"position\":NaN}", "body-not-json ");
        bombs.put(prompt + "\n{\"position\":0x10}", "body-not-json ");
        bombs.put(prompt + "\n{\"position\":01}", "body-not-json ");
        bombs.put(prompt + "\n{\"position\":true}", "field-type position");
        bombs.put(rename + "\n{\"title\":\"a\",\"title\":\"b\"}", "body-not-json ");
        bombs.put(rename + "\n{\"title\":\"a\",\"titl\\u0065\":\"b\"}", "body-not-json ");
        bombs.put(rename + "\n{\"title\":\"\\ud800\"}", "field-text title");
        bombs.put(rename + "\n{\"title\":\"\\udc00\\ud800\"}", "field-text title");
        bombs.put(rename + "\n{\"title\":{\"\\ud800\":1}}", "field-text title");
        bombs.put(prompts + "\n{\"promptId\":\"" + session + "\",\"text\":\"\\ud83d\"}", "field-text text");
        bombs.put(rename + "\n{\"\\ud800\":1}", "unknown-field ?");
        bombs.put(rename + "\n{\"__proto__\":{}}", "unknown-field __proto__");
        bombs.put(rename + "\n{\"" + "n".repeat(5_000) + "\":1}", "unknown-field " + "n".repeat(64));
        bombs.put(rename + "\n{\"title\":\"\\u0000\"}", "title-invalid ");
        bombs.put(rename + "\n{\"title\":[\"a\"]}", "field-type title");
        bombs.put(rename + "\n{\"title\":{}}", "field-type title");
        bombs.put(rename + "\n{\"title\":false}", "field-type title");
        bombs.put(rename + "\n{\"title\":\"" + "t".repeat(201) + "\"}", "field-length title");
        bombs.put(rename + "\n\u00ef\u00bb\u00bf{\"title\":\"a\"}", "body-not-json ");
        bombs.put(rename + "\n" + bytes("{\"title\":\"a\"}".getBytes(StandardCharsets.UTF_16)), "body-not-utf-8 ");
        bombs.put(rename + "\n" + bytes("{\"title\":\"a\"}".getBytes(StandardCharsets.UTF_16LE)), "body-not-json ");
        bombs.put(rename + "\n" + bytes("{\"title\":\"a\"}".getBytes(StandardCharsets.UTF_32BE)), "body-not-json ");
        bombs.put(rename + "\n{\"title\":\"\u00c0\u00ae\"}", "body-not-utf-8 ");
        bombs.put(rename + "\n{\"title\":\"\u00ed\u00a0\u0080\"}", "body-not-utf-8 ");
        bombs.put(rename + "\n{\"title\":\"\u00ff\"}", "body-not-utf-8 ");
        bombs.put(rename + "\n{\"title\":\"a\"} {}", "body-not-json ");
        bombs.put(rename + "\n{\"title\":\"a\",}", "body-not-json ");
        bombs.put(rename + "\n{\"title\":\"a\"/**/}", "body-not-json ");
        bombs.put(rename + "\n{\"title\":\"a\nb\"}", "body-not-json ");
        bombs.put(rename + "\n" + " ".repeat(20_000), "body-too-large ");
        bombs.put(rename + "\nnull", "body-not-json ");

        double before = target.dashboard().program().residentMebibytes();
        for (int round = 0; round < 3; round++) {
            for (Map.Entry<String, String> bomb : bombs.entrySet()) {
                String[] parts = bomb.getKey().split("\n", 2);
                String shown = Wire.shown(bomb.getKey());
                long start = System.nanoTime();
                Wire.Answer answer = Wire.ask(
                        target.url(),
                        parts[0] + " HTTP/1.1\r\n" + target.signedHeaders()
                                + "Content-Type: application/json\r\nContent-Length: " + parts[1].length() + "\r\n\r\n"
                                + parts[1]);
                long took = System.nanoTime() - start;
                assertTrue(Set.of(400, 413).contains(answer.status()), () -> shown + " → " + answer);
                assertEquals(bomb.getValue(), answer.code() + " " + field(answer.body()), () -> shown + " → " + answer);
                assertTrue(took < AT_ONCE.toNanos(), () -> shown + " took " + took + " ns");
            }
        }
        double growth = target.dashboard().program().residentMebibytes() - before;
        System.out.printf("attack: %d JSON bombs, three times each; memory grew by %.0f MiB%n", bombs.size(), growth);
        assertTrue(growth < MOST_GROWTH_MEBIBYTES, "the server grew by " + growth + " MiB");
    }

    private static String bytes(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    private static String field(String problem) {
        int at = problem.indexOf("\"field\":\"");
        return at < 0 ? "" : problem.substring(at + 9, problem.indexOf('"', at + 9));
    }
}
