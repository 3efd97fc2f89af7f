package dev.dashboard.runner;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.PublicKey;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The pair that {@code scripts/rotate-secrets.sh --runner-key} makes without the program is one that the program takes. */
class RotatedKeysTest {
    private static final int VERSION = 1;

    @TempDir
    Path data;

    @Test
    void theRunnerBelievesTheNewKeyAndNoLongerTheOldOne() throws IOException, InterruptedException {
        Files.createDirectory(data.resolve("secrets"));
        rotate();
        PrivateKey before = Keys.privateKey(Files.readString(data.resolve("secrets/runner_key")));
        rotate();
        PrivateKey after = Keys.privateKey(Files.readString(data.resolve("secrets/runner_key")));
        PublicKey believed = Keys.publicKey(Files.readString(data.resolve("secrets/runner.pub")));
        byte[] nonce = Keys.nonce();
        assertTrue(Keys.isSigned(believed, VERSION, nonce, Keys.sign(after, VERSION, nonce)));
        assertFalse(Keys.isSigned(believed, VERSION, nonce, Keys.sign(before, VERSION, nonce)));
    }

    private void rotate() throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(
                        "scripts/rotate-secrets.sh", "--data", data.toString(), "--runner-key")
                .redirectErrorStream(true);
        builder.environment().remove("DASHBOARD_SECRETS_DIR");
        Process process = builder.start();
        String said = new String(process.getInputStream().readAllBytes());
        assertEquals(0, process.waitFor(), said);
    }
}
