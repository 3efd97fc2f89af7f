package dev.dashboard.auth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dashboard.problem.Problem;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PasswordTest {
    private final Password password = new Password();

    /** At least what OWASP's cheat sheet on storing passwords asks of Argon2id: 19 MiB with two passes. */
    @Test
    void aHashIsArgon2idWithItsParametersAndItsOwnSalt() {
        String hash = password.hash("several words here");

        assertTrue(hash.startsWith("$argon2id$v=19$m=32768,t=2,p=1$"), hash);
        assertNotEquals(hash, password.hash("several words here"));
        assertTrue(password.verify("several words here", hash));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Several words here",
                "several words here ",
                "several  words here",
                "several words her",
            })
    void aPasswordIsTakenAsItWasTyped(String other) {
        assertFalse(password.verify(other, password.hash("several words here")));
    }

    @Test
    void theSameLettersFromAnotherKeyboardAreTheSamePassword() {
        assertTrue(password.verify("scho\u0308ne gru\u0308ne Wiesen", password.hash("sch\u00f6ne gr\u00fcne Wiesen")));
    }

    @Test
    void theParametersInAHashCountNotThoseOfToday() {
        String hash = password.hash("several words here").replace("t=2", "t=1");

        assertFalse(password.verify("several words here", hash));
    }

    @Test
    void oneTimePasswordsHave128RandomBits() {
        byte[] bits = Base64.getUrlDecoder().decode(password.oneTime());

        assertEquals(16, bits.length);
        assertNotEquals(password.oneTime(), password.oneTime());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "password1234",
                "123456789012",
                "qwertyuiopas",
                "correcthorse",
                "dashboardclaude",
                "maramaramara",
                "Summer2026Summer",
                "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            })
    void whatIsGuessedEarlyIsRefusedWithAWayOut(String weak) {
        Problem problem = assertThrows(Problem.class, () -> Password.checkNew("newPassword", weak, "mara"));

        assertEquals("password-guessable", problem.code());
        assertEquals("newPassword", problem.details().getString("field"));
        assertTrue(problem.getMessage().contains("Take several words"), problem.getMessage());
        assertFalse(problem.getMessage().contains(weak), problem.getMessage());
    }

    @Test
    void longOnesAndOnesOfAnyLettersAreTaken() {
        Password.checkNew("newPassword", "correct horse battery", "mara");
        Password.checkNew(
                "newPassword", "\u5929\u6c17\u306f\u826f\u3044\u3067\u3059\u306d\u4eca\u65e5\u306f\u6d77", "mara");
        Password.checkNew("newPassword", "kelp orbit mustard ".repeat(13) + "lantern", "mara");
        Password.checkNew("newPassword", "\ud83d\ude80 rockets and violet tea", "mara");
    }

    @ParameterizedTest
    @ValueSource(ints = {11, 257})
    void theLengthIsCountedInCharacters(int length) {
        String text = "\ud83d\ude80" + "k".repeat(length - 1);

        assertEquals(
                "password-length",
                assertThrows(Problem.class, () -> Password.checkNew("newPassword", text, "mara"))
                        .code());
    }
}
