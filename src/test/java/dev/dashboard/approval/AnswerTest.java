package dev.dashboard.approval;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dashboard.event.ApprovalId;
import dev.dashboard.event.SessionId;
import dev.dashboard.problem.Problem;
import jakarta.json.Json;
import jakarta.json.JsonArray;
import jakarta.json.JsonObject;
import jakarta.json.JsonValue;
import java.io.StringReader;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What people may answer to what was asked; everything else is refused with the field's name. */
class AnswerTest {
    private static final String QUESTIONS =
            "{'questions':[{'question':'Which?','options':[{'label':'A'},{'label':'B'}]},{'question':'How?'}]}";

    private static final UnaryOperator<Path> INSIDE = folder -> {
        if (!folder.startsWith("/projects")) {
            throw Problem.invalid("path-not-allowed", "outside");
        }
        return folder;
    };

    @Test
    void everyQuestionGetsItsAnswerAndSeveralLabelsBecomeOneText() {
        Answer.Checked checked = allow("question", QUESTIONS, "{'Which?':['A','B'],'How?':'quickly'}", "[]");
        JsonObject answers = checked.input().orElseThrow().getJsonObject("answers");
        assertEquals(json("{'Which?':'A, B','How?':'quickly'}"), answers);
        assertEquals(2, checked.input().orElseThrow().getJsonArray("questions").size());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'Which?':'A'} | answers-missing | How?",
                "{'Which?':'A','How?':'x','Why?':'y'} | answers-unknown | Why?",
                "{'Which?':'A','How?':' '} | answer-invalid | How?",
                "{'Which?':[],'How?':'x'} | answer-invalid | Which?",
                "{'Which?':7,'How?':'x'} | answer-invalid | Which?",
            })
    void anAnswerThatIsMissingOrNoneIsNamed(String answers, String code, String question) {
        Problem problem = assertThrows(Problem.class, () -> allow("question", QUESTIONS, answers, "[]"));
        assertEquals(code, problem.code());
        assertTrue(problem.getMessage().contains(question), problem.getMessage());
    }

    @Test
    void anAcceptedPlanGoesOnInTheModeThatWasChosenOrAsksBeforeEachChange() {
        assertEquals(
                List.of(new PermissionUpdate.SetMode("default")),
                allow("plan", "{'plan':'x'}", "{}", "[]").remembered());
        assertEquals(
                List.of(new PermissionUpdate.SetMode("acceptEdits")),
                allow("plan", "{'plan':'x'}", "{}", "[{'type':'setMode','mode':'acceptEdits'}]")
                        .remembered());
    }

    @Test
    void whatIsRememberedReachesNoFurtherThanTheSessionWhateverWasSuggested() {
        Answer.Checked checked = allow(
                "permission",
                "{'command':'npm test'}",
                "{}",
                "[{'type':'addRules','rules':[{'toolName':'Bash','ruleContent':'npm test:*'}],'behavior':'allow',"
                        + "'destination':'userSettings'},{'type':'addDirectories','directories':['/projects/b']}]");
        assertEquals(
                List.of(
                        new PermissionUpdate.AllowRule("Bash", Optional.of("npm test:*")),
                        new PermissionUpdate.AddDirectory(Path.of("/projects/b"))),
                checked.remembered());
        JsonArray written = PermissionUpdate.json(checked.remembered());
        assertTrue(written.stream()
                .allMatch(
                        update -> update.asJsonObject().getString("destination").equals("session")));
        assertEquals(checked.remembered(), PermissionUpdate.recorded(written));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "[{'type':'addRules','rules':[{'toolName':'Write'}],'behavior':'allow'}] | toolName",
                "[{'type':'addRules','rules':[{'toolName':'Bash'}],'behavior':'deny'}] | behavior",
                "[{'type':'addRules','rules':[{'toolName':'Bash','ruleContent':''}]}] | ruleContent",
                "[{'type':'addRules','rules':[{'toolName':'Bash','ruleContent':'a\\nb'}]}] | ruleContent",
                "[{'type':'addRules','rules':[{'toolName':'Bash','ruleContent':7}]}] | ruleContent",
                "[{'type':'addRules'}] | rules",
                "[{'type':'removeRules','rules':[]}] | type",
                "[{'type':'setMode','mode':'bypassPermissions'}] | mode",
                "[{'type':'addDirectories','directories':['relative']}] | directories",
                "[7] | object",
            })
    void whatMayNotBeRememberedIsRefusedByName(String remember, String field) {
        Problem problem = assertThrows(Problem.class, () -> allow("permission", "{'command':'x'}", "{}", remember));
        assertEquals("remember-invalid", problem.code());
        assertTrue(problem.getMessage().contains(field), problem.getMessage());
    }

    @Test
    void aFolderOutsideIsNotRemembered() {
        assertEquals(
                "path-not-allowed",
                assertThrows(
                                Problem.class,
                                () -> allow(
                                        "permission", "{}", "{}", "[{'type':'addDirectories','directories':['/etc']}]"))
                        .code());
    }

    @Test
    void aRefusalRemembersNothingAndItsReasonHasALimit() {
        Answer remembering =
                new Answer(false, Optional.empty(), Optional.empty(), Optional.empty(), array("[{'type':'setMode'}]"));
        assertEquals(
                "remember-invalid",
                assertThrows(Problem.class, () -> remembering.against(asked("permission", "{}"), INSIDE))
                        .code());
        Answer long_ = new Answer(
                false, Optional.empty(), Optional.empty(), Optional.of("x".repeat(4_001)), JsonValue.EMPTY_JSON_ARRAY);
        assertEquals(
                "reason-too-long",
                assertThrows(Problem.class, () -> long_.against(asked("permission", "{}"), INSIDE))
                        .code());
    }

    private static Answer.Checked allow(String kind, String input, String answers, String remember) {
        return new Answer(true, Optional.empty(), Optional.of(json(answers)), Optional.empty(), array(remember))
                .against(asked(kind, input), INSIDE);
    }

    private static Approval asked(String kind, String input) {
        return new Approval(
                new ApprovalId(UUID.randomUUID()),
                SessionId.random(),
                Optional.empty(),
                1,
                kind,
                "toolu",
                "Bash",
                json(input),
                Optional.empty(),
                Optional.empty(),
                JsonValue.EMPTY_JSON_ARRAY,
                Instant.EPOCH,
                Optional.empty(),
                "pending",
                Optional.empty(),
                Optional.empty());
    }

    private static JsonObject json(String text) {
        return Json.createReader(new StringReader(text.replace('\'', '"'))).readObject();
    }

    private static JsonArray array(String text) {
        return Json.createReader(new StringReader(text.replace('\'', '"'))).readArray();
    }
}
