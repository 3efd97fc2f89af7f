package dev.dashboard.runner;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.dashboard.problem.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.PrivateKey;
import java.security.PublicKey;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeysTest {
    @TempDir
    private Path folder;

    private Path secret;
    private Path open;
    private PrivateKey mine;
    private PublicKey theirs;

    @BeforeEach
    void generate() throws IOException {
        secret = folder.resolve("secret");
        open = folder.resolve("open");
        Keys.generate(secret, open);
        mine = Keys.privateKey(Files.readString(secret));
        theirs = Keys.publicKey(Files.readString(open));
    }

    @Test
    void theRunnerKnowsItsServerAndNobodyElse() {
        byte[] nonce = Keys.nonce();
        Path other = folder.resolve("other");
        Keys.generate(other, folder.resolve("other.pub"));

        assertTrue(Keys.isSigned(theirs, 1, nonce, Keys.sign(mine, 1, nonce)));
        assertFalse(Keys.isSigned(theirs, 1, nonce, Keys.sign(key(other), 1, nonce)));
    }

    @Test
    void aSignatureIsGoodForOneNonceAndOneVersion() {
        byte[] nonce = Keys.nonce();
        byte[] signature = Keys.sign(mine, 1, nonce);

        assertFalse(Keys.isSigned(theirs, 1, Keys.nonce(), signature));
        assertFalse(Keys.isSigned(theirs, 2, nonce, signature));
        assertFalse(Keys.isSigned(theirs, 1, nonce, new byte[0]));
        assertFalse(Keys.isSigned(theirs, 1, nonce, new byte[64]));
        assertFalse(Keys.isSigned(theirs, 1, nonce, new byte[1000]));
    }

    @Test
    void onlyTheServerMayReadItsHalfAndNeitherIsWrittenOver() throws IOException {
        String before = Files.readString(secret);

        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(secret)));
        assertEquals("rw-r--r--", PosixFilePermissions.toString(Files.getPosixFilePermissions(open)));
        assertEquals(
                "key-exists",
                assertThrows(Problem.class, () -> Keys.generate(secret, folder.resolve("new")))
                        .code());
        assertEquals(before, Files.readString(secret));
        assertFalse(Files.exists(folder.resolve("new")));
    }

    @Test
    void whatIsNoKeyIsSaidSo() throws IOException {
        String text = Files.readString(open);

        assertThrows(IllegalArgumentException.class, () -> Keys.publicKey("not base64!"));
        assertThrows(IllegalArgumentException.class, () -> Keys.publicKey("AAAA"));
        assertThrows(IllegalArgumentException.class, () -> Keys.publicKey(""));
        assertThrows(IllegalArgumentException.class, () -> Keys.privateKey(text));
    }

    private static PrivateKey key(Path file) {
        try {
            return Keys.privateKey(Files.readString(file));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
