package dev.dashboard.project;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dashboard.event.Actor;
import dev.dashboard.event.Envelope;
import dev.dashboard.event.Event;
import dev.dashboard.problem.Problem;
import dev.dashboard.support.TestEngine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who said yes to what, and until when that counts. */
class TrustTest {
    private static final String RULES = "{\"permissions\":{\"allow\":[\"WebFetch\"]}}";

    @TempDir
    Path temp;

    private TestEngine engine;
    private Project project;
    private Trust trust;

    @BeforeEach
    void start() throws IOException {
        engine = TestEngine.start(temp, TestEngine.Settings.USUAL);
        project = engine.project("shop");
        trust = engine.trust;
        write(RULES);
    }

    @AfterEach
    void close() {
        engine.close();
    }

    private void write(String text) throws IOException {
        Files.createDirectories(project.path().resolve(".claude"));
        Files.writeString(project.path().resolve(".claude/settings.json"), text);
    }

    private String fingerprint() {
        return trust.view(project.id()).settings().orElseThrow().fingerprint();
    }

    private Trust.State state() {
        Trust.State state = trust.view(project.id()).state();
        assertEquals(state, trust.states(List.of(project)).get(project.id()));
        return state;
    }

    private List<Envelope> recorded() {
        return engine.journal.after(0, 1_000).stream()
                .filter(e ->
                        e.event() instanceof Event.ProjectTrusted || e.event() instanceof Event.ProjectTrustWithdrawn)
                .toList();
    }

    @Test
    void nothingIsLoadedBeforeSomebodySaysYesAndThenWhatWasShown() {
        assertEquals(Trust.State.UNTRUSTED, state());
        assertEquals(new Trust.Launch(Optional.empty(), Optional.empty()), trust.launch(project.id()));

        Trust.View view = trust.mark(project.id(), fingerprint(), TestEngine.MARA);
        trust.mark(project.id(), fingerprint(), TestEngine.MARA);

        assertEquals(Trust.State.TRUSTED, view.state());
        assertEquals(Optional.of(TestEngine.MARA.name()), view.by());
        assertEquals(Trust.State.TRUSTED, state());
        assertEquals(
                List.of("WebFetch"),
                trust.launch(project.id()).settings().orElseThrow().allow());
        assertEquals(1, recorded().size(), "the same again is no news");
        assertEquals(TestEngine.MARA, recorded().getFirst().actor());
    }

    @Test
    void aYesToWhatIsNotThereAnyMoreIsRefusedWithWhatIs() throws IOException {
        String shown = fingerprint();
        write("{\"permissions\":{\"allow\":[\"Bash\"]}}");

        Problem problem = assertThrows(Problem.class, () -> trust.mark(project.id(), shown, TestEngine.MARA));

        assertEquals("trust-outdated", problem.code());
        assertEquals(fingerprint(), problem.details().getString("fingerprint"));
        assertEquals(List.of(), recorded());
    }

    @Test
    void aChangeEndsTheTrustAtTheNextStartAndIsSaidAtEach() throws IOException {
        trust.mark(project.id(), fingerprint(), TestEngine.MARA);
        write("{\"permissions\":{\"allow\":[\"Bash\"]}}");
        assertEquals(Trust.State.CHANGED, state());

        Trust.Launch launch = trust.launch(project.id());

        assertEquals(Optional.empty(), launch.settings());
        assertTrue(launch.notice().orElseThrow().contains("changed since they were trusted"));
        assertEquals(launch, trust.launch(project.id()));
        assertEquals(2, recorded().size());
        assertEquals(Actor.SERVER, recorded().getLast().actor());
        assertEquals(
                new Event.ProjectTrustWithdrawn(project.id(), project.name(), "changed"),
                recorded().getLast().event());
        assertEquals(Trust.State.CHANGED, state());

        write(RULES);
        assertEquals(Optional.empty(), trust.launch(project.id()).settings(), "who withdrew is not asked back in");
        trust.mark(project.id(), fingerprint(), TestEngine.MARA);
        assertEquals(Trust.State.TRUSTED, state());
    }

    @Test
    void aPersonCanWithdrawItAndIsNotToldTwice() {
        trust.mark(project.id(), fingerprint(), TestEngine.MARA);
        trust.withdraw(project.id(), TestEngine.MARA);
        trust.withdraw(project.id(), TestEngine.MARA);

        assertEquals(Trust.State.UNTRUSTED, state());
        assertEquals(new Trust.Launch(Optional.empty(), Optional.empty()), trust.launch(project.id()));
        assertEquals(2, recorded().size());
    }

    @Test
    void whatCannotBeReadCannotBeTrustedAndEndsTrust() throws IOException {
        trust.mark(project.id(), fingerprint(), TestEngine.MARA);
        write("{");
        assertEquals(Trust.State.UNREADABLE, state());
        assertEquals(
                "trust-impossible",
                assertThrows(Problem.class, () -> trust.mark(project.id(), "0".repeat(64), TestEngine.MARA))
                        .code());
        assertTrue(trust.launch(project.id()).notice().orElseThrow().contains("is not one JSON object"));
        assertEquals(2, recorded().size());
    }

    @Test
    void withoutSettingsThereIsNothingToDecide() throws IOException {
        write("{\"model\":\"opus\"}");
        assertEquals(Trust.State.NOTHING_TO_LOAD, state());
        assertEquals(
                "trust-impossible",
                assertThrows(Problem.class, () -> trust.mark(project.id(), fingerprint(), TestEngine.MARA))
                        .code());
    }

    @Test
    void aFolderThatBecameALinkIsNotRead() throws IOException {
        Path away = project.path().resolveSibling("away");
        Files.move(project.path(), away);
        Files.createSymbolicLink(project.path(), away);
        assertEquals(Trust.State.UNREADABLE, state());
        Files.delete(project.path());
        Files.move(away, project.path());
    }
}
