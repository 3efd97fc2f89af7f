package dev.dashboard.runner;

import dev.dashboard.problem.Problem;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;

/**
 * The pair of keys (Ed25519, RFC 8032) by which a runner knows its server. The runner has the public one alone: commands that the model
 * runs have its user id and can read whatever it can, and nothing there lets them pass for the server. As files: Base64 of the encoding,
 * PKCS #8 for the private key and X.509 for the public one.
 */
public final class Keys {
    private static final String ALGORITHM = "Ed25519";
    private static final int NONCE_BYTES = 32;
    /** What is signed here is good for nothing else. */
    private static final byte[] PURPOSE = "dashboard runner hello ".getBytes(StandardCharsets.US_ASCII);

    private static final SecureRandom RANDOM = new SecureRandom();

    private Keys() {}

    /**
     * Makes a pair.
     *
     * @throws Problem CONFLICT {@code key-exists}: a key is never written over; UNAVAILABLE {@code key-not-written}
     */
    public static void generate(Path privateFile, Path publicFile) {
        for (Path file : new Path[] {privateFile, publicFile}) {
            if (Files.exists(file)) {
                throw Problem.conflict("key-exists", file + " exists. Move it away first; a key is not written over.");
            }
        }
        try {
            KeyPair pair = KeyPairGenerator.getInstance(ALGORITHM).generateKeyPair();
            write(privateFile, pair.getPrivate().getEncoded(), "rw-------");
            write(publicFile, pair.getPublic().getEncoded(), "rw-r--r--");
        } catch (FileAlreadyExistsException e) {
            throw Problem.conflict(
                    "key-exists", e.getFile() + " exists. Move it away first; a key is not written over.");
        } catch (IOException | GeneralSecurityException e) {
            throw new Problem(
                            Problem.Kind.UNAVAILABLE,
                            "key-not-written",
                            "The keys cannot be written: " + e.getMessage())
                    .causedBy(e);
        }
    }

    private static void write(Path file, byte[] key, String mode) throws IOException {
        Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(mode)));
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
        Files.writeString(file, Base64.getEncoder().encodeToString(key) + "\n", StandardOpenOption.WRITE);
    }

    /** @throws IllegalArgumentException when the text is no such key */
    public static PrivateKey privateKey(String text) {
        try {
            return KeyFactory.getInstance(ALGORITHM)
                    .generatePrivate(new PKCS8EncodedKeySpec(Base64.getDecoder().decode(text.strip())));
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException("no private key of Ed25519", e);
        }
    }

    /** @throws IllegalArgumentException when the text is no such key */
    static PublicKey publicKey(String text) {
        try {
            return KeyFactory.getInstance(ALGORITHM)
                    .generatePublic(new X509EncodedKeySpec(Base64.getDecoder().decode(text.strip())));
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException("no public key of Ed25519", e);
        }
    }

    static byte[] nonce() {
        byte[] nonce = new byte[NONCE_BYTES];
        RANDOM.nextBytes(nonce);
        return nonce;
    }

    static byte[] sign(PrivateKey key, int version, byte[] nonce) {
        try {
            Signature signature = Signature.getInstance(ALGORITHM);
            signature.initSign(key);
            signature.update(signed(version, nonce));
            return signature.sign();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    static boolean isSigned(PublicKey key, int version, byte[] nonce, byte[] signed) {
        try {
            Signature signature = Signature.getInstance(ALGORITHM);
            signature.initVerify(key);
            signature.update(signed(version, nonce));
            return signature.verify(signed);
        } catch (GeneralSecurityException e) {
            return false; // not even the shape of a signature
        }
    }

    private static byte[] signed(int version, byte[] nonce) {
        return ByteBuffer.allocate(PURPOSE.length + Integer.BYTES + nonce.length)
                .put(PURPOSE)
                .putInt(version)
                .put(nonce)
                .array();
    }
}
