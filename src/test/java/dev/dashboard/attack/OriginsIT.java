package dev.dashboard.attack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.yaml.snakeyaml.Yaml;

/** Who a request says it comes from and to: names that are not ours, pages that are not ours, addresses that anybody can write. */
@Timeout(60)
class OriginsIT {
    private static final Set<String> WRITES = Set.of("post", "put", "patch", "delete");

    @RegisterExtension
    static final Target target = new Target(Map.of(
            "DASHBOARD_CLI_PATH", "/bin/false",
            "DASHBOARD_AUTH_LOGIN_PER_ADDRESS_PER_MINUTE", "3"));

    @Test
    void onlyOurOwnNamesAreAnswered() throws Exception {
        int port = target.url().getPort();
        List<String> foreign = List.of(
                "evil.example",
                "evil.example:" + port,
                "localhost.evil.example",
                "localhost.",
                "localhost.:" + port,
                "127.0.0.1.",
                "127.0.0.1.nip.io",
                "127.0.0.1.evil.example:" + port,
                "127.0.0.2",
                "127.1",
                "0.0.0.0",
                "2130706433",
                "0x7f000001",
                "0177.0.0.1",
                "127.0.0.1@evil.example",
                "evil.example@127.0.0.1",
                "evil.example#127.0.0.1",
                "evil.example/127.0.0.1",
                "localhost,evil.example",
                "localhost evil.example",
                "evil.example localhost",
                "[::ffff:127.0.0.1]",
                "[::1%25lo]",
                "[0:0:0:0:0:0:0:1]",
                "[::1]evil.example",
                "[::1].evil.example",
                "::1",
                "xn--localhost",
                "LOCALHOST.EVIL.EXAMPLE",
                "local\u00adhost",
                "\u24db\u24de\u24d2\u24d0\u24db\u24d7\u24de\u24e2\u24e3",
                "localhost:0x50",
                "localhost:80:80",
                "localhost:-1",
                "localhost:999999",
                "localhost: 80",
                "localhost:evil",
                "",
                ":",
                ":80",
                "*",
                "null",
                "%6cocalhost");
        for (String host : foreign) {
            for (String path : List.of(
                    "/", "/health/live", "/api/v1/auth/me", "/api/v1/sessions", "/assets/x.js", "/api/v1/none")) {
                Wire.Answer answer = Wire.ask(
                        target.url(),
                        "GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\nCookie: "
                                + target.admin().cookieHeader() + "\r\n\r\n");
                boolean refused =
                        answer.status() == 403 && answer.code().equals("host-not-allowed") || answer.status() == 400;
                assertTrue(refused, () -> "Host: " + host + " " + path + " → " + answer);
            }
        }
        for (String host : List.of("localhost", "LOCALHOST:1", "127.0.0.1:" + port, "[::1]", "[::1]:" + port)) {
            Wire.Answer answer = Wire.ask(target.url(), "GET /health/live HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
            assertEquals(200, answer.status(), () -> host + answer);
        }
        System.out.println("attack: " + foreign.size() + " foreign Host values, on six addresses each");
    }

    /** With the cookies and even the CSRF token: a foreign page's write is refused on every route that the document has. */
    @Test
    void noWriteIsTakenFromAForeignPage() throws Exception {
        URI url = target.url();
        List<String> foreign = new ArrayList<>();
        for (String origin : List.of(
                "null",
                "",
                "http://evil.example",
                "https://evil.example",
                "http://localhost",
                "http://127.0.0.1",
                "http://127.0.0.1:1",
                "http://localhost:" + url.getPort(),
                "http://" + url.getAuthority() + ".evil.example",
                "http://evil.example:" + url.getPort(),
                "file://",
                "http://" + url.getAuthority() + "@evil.example",
                "http://evil.example/" + url.getAuthority(),
                "ftp://" + url.getAuthority(),
                "http://" + url.getAuthority() + "/",
                "chrome-extension://abc",
                url.getAuthority())) {
            foreign.add("Origin: " + origin + "\r\n");
            foreign.add("Origin: " + origin + "\r\nSec-Fetch-Site: same-origin\r\n");
        }
        for (String site : List.of("cross-site", "same-site", "none", "Same-Origin", "same-origin, cross-site", "")) {
            foreign.add("Sec-Fetch-Site: " + site + "\r\n");
            foreign.add("Origin: " + url + "\r\nSec-Fetch-Site: " + site + "\r\n");
        }
        foreign.add("Origin: " + url + "\r\nOrigin: http://evil.example\r\n");
        foreign.add("Origin: http://evil.example\r\nOrigin: " + url + "\r\n");
        foreign.add("Sec-Fetch-Site: same-origin\r\nSec-Fetch-Site: cross-site\r\n");
        long seq = target.admin().lastSeq();
        List<String> routes = writes();
        assertTrue(routes.size() > 10, routes.toString());
        for (String route : routes) {
            for (String headers : foreign) {
                Wire.Answer answer = Wire.ask(
                        url,
                        route + " HTTP/1.1\r\n" + target.signedHeaders() + headers
                                + "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}");
                assertEquals(
                        "403 origin-not-allowed",
                        answer.status() + " " + answer.code(),
                        () -> route + " with " + headers + answer);
            }
            Wire.Answer ours = Wire.ask(
                    url,
                    route + " HTTP/1.1\r\n" + target.host() + "Origin: " + url
                            + "\r\nSec-Fetch-Site: same-origin\r\nContent-Length: 0\r\n\r\n");
            assertTrue(!ours.code().equals("origin-not-allowed"), () -> route + ours);
        }
        target.assertOnlyRefusedSince(seq, "nothing was done, and that it was asked for is on record");
        assertTrue(target.admin().lastSeq() > seq, "the refusals are on record");
        System.out.println("attack: " + routes.size() + " write routes × " + foreign.size() + " origins");
    }

    private static List<String> writes() throws IOException {
        List<String> writes = new ArrayList<>();
        try (InputStream in = OriginsIT.class.getClassLoader().getResourceAsStream("openapi.yaml")) {
            Map<String, Map<String, Map<String, Object>>> document =
                    new Yaml().load(new String(in.readAllBytes(), StandardCharsets.UTF_8));
            document.get("paths")
                    .forEach((path, item) -> item.keySet().stream()
                            .filter(WRITES::contains)
                            .forEach(method -> writes.add(method.toUpperCase(Locale.ROOT) + " "
                                    + path.replaceAll("\\{[^}]*}", "0b6eb9c0-84a8-4c42-8d88-528addfc3b89"))));
        }
        return writes;
    }

    /** Nobody is trusted here, so whatever is claimed, all guesses are of one address. */
    @Test
    void anAddressThatAnybodyCanWriteIsNotBelieved() throws Exception {
        List<String> claims = List.of(
                "X-Forwarded-For: 1.1.1.1",
                "X-Forwarded-For: 2.2.2.2, 3.3.3.3",
                "X-Forwarded-For: ::1",
                "X-Forwarded-For: 127.0.0.1",
                "X-Forwarded-For: [2001:db8::1]:80",
                "Forwarded: for=4.4.4.4",
                "X-Real-IP: 5.5.5.5",
                "X-Client-IP: 6.6.6.6",
                "X-Forwarded-For: ,,,",
                "X-Forwarded-For: %00",
                "True-Client-IP: 7.7.7.7",
                "CF-Connecting-IP: 8.8.8.8",
                "X-Forwarded-For: 9.9.9.9\r\nX-Forwarded-For: 8.8.8.8");
        int limited = 0;
        for (String claim : claims) {
            String body = "{\"username\":\"nobody" + limited + claim.hashCode() + "\",\"password\":\"x\"}";
            Wire.Answer answer = Wire.ask(
                    target.url(),
                    "POST /api/v1/auth/login HTTP/1.1\r\n" + target.host() + claim
                            + "\r\nContent-Type: application/json\r\nContent-Length: " + body.length() + "\r\n\r\n"
                            + body);
            if (answer.status() == 429) {
                limited++;
                assertTrue(Integer.parseInt(answer.header("retry-after")) > 0);
            } else {
                assertEquals(401, answer.status(), answer.toString());
            }
        }
        assertEquals(claims.size() - 3, limited, "only the limit's worth of guesses was looked at");
        // Others are served meanwhile, and who is signed in stays so.
        target.admin().get("/sessions").expect(200);
    }
}
