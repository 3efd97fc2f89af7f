package dev.dashboard.attack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.microsoft.playwright.APIResponse;
import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.BrowserType.LaunchOptions;
import com.microsoft.playwright.Frame;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import com.microsoft.playwright.options.RequestOptions;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * A page of somebody else in the browser of an administrator who is signed in. From another port of our own name, cookies and all,
 * and from another name: it posts forms, fetches, opens streams and frames, and nothing comes of it.
 */
@Timeout(120)
class ForgeryIT {
    private static final String PAGE = """
            <!doctype html><title>attack</title><body><script>
            const target = '%s', session = '%s', seen = [];
            const writes = [
              ['POST', '/api/v1/projects', '{"path":"%s"}'],
              ['POST', '/api/v1/sessions', '{"projectId":"' + session + '"}'],
              ['PATCH', '/api/v1/sessions/' + session, '{"title":"forged"}'],
              ['PUT', '/api/v1/sessions/' + session + '/sharing', '{"sharing":"private"}'],
              ['POST', '/api/v1/sessions/' + session + '/prompts', '{"promptId":"' + session + '","text":"forged"}'],
              ['POST', '/api/v1/sessions/' + session + '/stops', '{}'],
              ['POST', '/api/v1/sessions/' + session + '/resumptions', '{}'],
              ['PUT', '/api/v1/approvals/' + session + '/decision', '{"decision":"allow"}'],
              ['PUT', '/api/v1/auth/password', '{"currentPassword":"correct horse battery","newPassword":"forged forged forged"}'],
              ['POST', '/api/v1/auth/refresh', ''],
              ['POST', '/api/v1/auth/logout', '']];
            const reads = ['/api/v1/auth/me', '/api/v1/sessions', '/api/v1/system', '/api/v1/events', '/api/v1/events?after=0'];
            async function ask(path, init) {
              const cut = new AbortController();
              setTimeout(() => cut.abort(), 2000);
              try {
                const answer = await fetch(target + path, {credentials: 'include', redirect: 'manual', signal: cut.signal, ...init});
                seen.push(answer.type === 'opaque' ? 'opaque' : 'read ' + path + ' ' + answer.status + ' ' + await answer.text());
              } catch (e) { seen.push('blocked'); }
            }
            function post(path, body, type) {
              const frame = document.createElement('iframe');
              frame.name = 'f' + Math.random();
              document.body.append(frame);
              const form = document.createElement('form');
              form.method = 'post'; form.action = target + path; form.enctype = type; form.target = frame.name;
              const field = document.createElement('input');
              field.name = body.slice(0, -1) + ',"x":"'; field.value = '"}';
              form.append(field); document.body.append(form); form.submit();
            }
            async function go() {
              for (const [method, path, body] of writes) {
                for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data']) post(path, body, type);
                await ask(path, {method: 'POST', mode: 'no-cors', body, headers: {'Content-Type': 'text/plain'}});
                await ask(path, {method: 'POST', mode: 'no-cors', body: new Blob([body])});
                await ask(path, {method, mode: 'cors', body, headers: {'Content-Type': 'application/json', 'X-CSRF-Token': 'guess'}});
                navigator.sendBeacon(target + path, body);
              }
              for (const path of reads) {
                await ask(path, {mode: 'no-cors'});
                await ask(path, {mode: 'cors'});
                const script = document.createElement('script'); script.src = target + path; document.body.append(script);
                const image = new Image(); image.src = target + path;
              }
              await new Promise(done => {
                const events = new EventSource(target + '/api/v1/events', {withCredentials: true});
                events.onopen = () => { seen.push('read events'); done(); };
                events.onerror = () => { events.close(); done(); };
              });
              const frame = document.createElement('iframe'); frame.src = target + '/'; frame.name = 'framed';
              const loaded = new Promise(done => { frame.onload = done; setTimeout(done, 3000); });
              document.body.append(frame); await loaded;
              return seen;
            }
            </script></body>
            """;

    @RegisterExtension
    static final Target target =
            new Target(Map.of("DASHBOARD_CLI_PATH", "/bin/false", "DASHBOARD_STREAM_PER_PERSON", "3"));

    @Test
    void aForeignPageDoesNothingInOurName() throws Exception {
        Path forged = Files.createDirectories(target.dashboard().projects().resolve("forged"));
        String project = target.admin()
                .addProject(
                        Files.createDirectories(target.dashboard().projects().resolve("own"))
                                .toString());
        String session = target.admin().startSession(project, "title", "own");
        target.admin().awaitState(session, "failed");
        long seq = target.admin().lastSeq();
        HttpServer evil = serve(PAGE.formatted(target.url(), session, forged));
        try (Playwright playwright = Playwright.create();
                Browser browser = launch(playwright)) {
            for (String host : List.of("127.0.0.1", "localhost")) {
                BrowserContext context = browser.newContext();
                signIn(context);
                long begun = target.admin().lastSeq();
                Page page = context.newPage();
                page.navigate("http://" + host + ":" + evil.getAddress().getPort() + "/");

                Set<String> seen = new TreeSet<>();
                ((List<?>) page.evaluate("go()")).forEach(one -> seen.add(String.valueOf(one)));

                assertTrue(Set.of("blocked", "opaque").containsAll(seen), () -> "from " + host + ": " + seen);
                assertTrue(seen.contains("blocked"), seen::toString);
                assertTrue(page.frames().size() > 1, "frames were opened");
                for (Frame frame : page.frames()) {
                    assertFalse(
                            frame.url().startsWith(target.url().toString()),
                            "a page of ours stands in a foreign frame");
                }
                APIResponse me = context.request().get(target.url() + "/api/v1/auth/me");
                assertEquals(200, me.status(), "still signed in");
                target.assertOnlyRefusedSince(begun, "nothing was done of what came from " + host);
                context.close();
            }
        } finally {
            evil.stop(0);
        }
        assertEquals("own", target.admin().session(session).getString("title"));
        assertTrue(target.admin().lastSeq() > seq, "the sign-ins were recorded, so the numbers would tell");
    }

    private static HttpServer serve(String page) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        byte[] bytes = page.getBytes(StandardCharsets.UTF_8);
        server.createContext("/", exchange -> {
            exchange.getResponseHeaders().set("Content-Type", "text/html; charset=utf-8");
            exchange.sendResponseHeaders(200, bytes.length);
            exchange.getResponseBody().write(bytes);
            exchange.close();
        });
        server.start();
        return server;
    }

    private static Browser launch(Playwright playwright) {
        String program = System.getenv("DASHBOARD_TEST_CHROMIUM");
        if (program == null || !Files.isExecutable(Path.of(program))) {
            throw new AssertionError(
                    "This test needs Chromium; name its executable in DASHBOARD_TEST_CHROMIUM. It is never skipped.");
        }
        return playwright
                .chromium()
                .launch(new LaunchOptions()
                        .setExecutablePath(Path.of(program))
                        .setArgs(List.of("--no-sandbox", "--disable-gpu", "--disable-background-networking")));
    }

    private static void signIn(BrowserContext context) {
        APIResponse answer = context.request()
                .post(
                        target.url() + "/api/v1/auth/login",
                        RequestOptions.create()
                                .setHeader("Origin", target.url().toString())
                                .setData(Map.of("username", "admin", "password", "correct horse battery")));
        assertEquals(200, answer.status(), answer.text());
    }
}
