package dev.dashboard.auth;

import com.nulabinc.zxcvbn.Strength;
import com.nulabinc.zxcvbn.Zxcvbn;
import dev.dashboard.problem.Problem;
import dev.dashboard.problem.Problem.Kind;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.text.Normalizer;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bouncycastle.crypto.generators.Argon2BytesGenerator;
import org.bouncycastle.crypto.params.Argon2Parameters;

/**
 * Argon2id (RFC 9106), kept as PHC strings so that each hash carries its own parameters. The only code that sees a password.
 *
 * <p>Each computation takes {@value #MEMORY_KIB} KiB and a core for about a tenth of a second, so only a few run at once; who
 * waits longer than {@link #WAIT} is told to come back.
 */
final class Password {
    static final int MEMORY_KIB = 32 * 1024;
    static final int ITERATIONS = 2;
    static final int LANES = 1;
    static final int LEAST_LENGTH = 12;
    static final int MOST_LENGTH = 256;

    /** The highest of 0 to 4: ten thousand million guesses, each of which costs a tenth of a second. */
    private static final int LEAST_SCORE = 4;

    /** Characters that are looked at for that: the time grows faster than the length. */
    private static final int MEASURED = 64;

    private static final int SALT_BYTES = 16;
    private static final int HASH_BYTES = 32;
    private static final Duration WAIT = Duration.ofSeconds(5);
    private static final Pattern PHC = Pattern.compile(
            "\\$argon2id\\$v=19\\$m=(\\d{1,7}),t=(\\d{1,3}),p=(\\d{1,2})\\$([A-Za-z0-9+/]+)\\$([A-Za-z0-9+/]+)");
    private static final Base64.Encoder ENCODER = Base64.getEncoder().withoutPadding();

    private final SecureRandom random = new SecureRandom();
    private final Semaphore slots =
            new Semaphore(Math.max(1, Runtime.getRuntime().availableProcessors() / 2), true);
    /** Random bytes in the place of a hash: costs as much to verify as a real one, and nothing at the start. */
    private final String nobody = phc(randomBytes(SALT_BYTES), randomBytes(HASH_BYTES));

    /** A password for a first sign-in: 128 random bits, easy to copy. */
    String oneTime() {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(randomBytes(16));
    }

    /**
     * Refuses what is too short, too long, or guessed early: a common password, words that belong to this place, a pattern. What makes
     * a password long makes it good; no kinds of characters are asked for (OWASP ASVS 5.0, 6.2).
     *
     * @param name of its person
     */
    static void checkNew(String field, String password, String name) {
        int length = password.codePointCount(0, password.length());
        if (length < LEAST_LENGTH || length > MOST_LENGTH) {
            throw Problem.invalid(
                            "password-length",
                            field + " must have " + LEAST_LENGTH + " to " + MOST_LENGTH + " characters.")
                    .with("field", field);
        }
        // Read anew each time: passwords are chosen rarely, and the lists would take ten MiB for good.
        Strength strength = new Zxcvbn()
                .measure(
                        password.substring(0, Math.min(password.length(), MEASURED)),
                        List.of(name, "claude", "dashboard"));
        if (strength.getScore() < LEAST_SCORE) {
            String warning = strength.getFeedback().getWarning(Locale.ENGLISH);
            throw Problem.invalid(
                            "password-guessable",
                            "This password is too easy to guess. " + (warning.isEmpty() ? "" : warning + " ")
                                    + "Take several words that do not belong together, or let a password manager make one.")
                    .with("field", field);
        }
    }

    String hash(String password) {
        byte[] salt = randomBytes(SALT_BYTES);
        return phc(salt, compute(password, salt, MEMORY_KIB, ITERATIONS, LANES, HASH_BYTES));
    }

    private static String phc(byte[] salt, byte[] hash) {
        return "$argon2id$v=19$m=" + MEMORY_KIB + ",t=" + ITERATIONS + ",p=" + LANES + "$"
                + ENCODER.encodeToString(salt) + "$" + ENCODER.encodeToString(hash);
    }

    private byte[] randomBytes(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    /** Whether the password fits; takes the same time whether it nearly fits or not at all. */
    boolean verify(String password, String phc) {
        Matcher matcher = PHC.matcher(phc);
        if (!matcher.matches()) {
            throw new IllegalStateException("a stored password hash is not an Argon2id PHC string");
        }
        byte[] expected = Base64.getDecoder().decode(matcher.group(5));
        byte[] actual = compute(
                password,
                Base64.getDecoder().decode(matcher.group(4)),
                Integer.parseInt(matcher.group(1)),
                Integer.parseInt(matcher.group(2)),
                Integer.parseInt(matcher.group(3)),
                expected.length);
        return MessageDigest.isEqual(expected, actual);
    }

    /** The same work as {@link #verify} for a name nobody has, so that time does not tell which names exist. */
    void verifyNobody(String password) {
        verify(password, nobody);
    }

    private byte[] compute(String password, byte[] salt, int memory, int iterations, int lanes, int length) {
        acquire();
        try {
            Argon2BytesGenerator generator = new Argon2BytesGenerator();
            generator.init(new Argon2Parameters.Builder(Argon2Parameters.ARGON2_id)
                    .withVersion(Argon2Parameters.ARGON2_VERSION_13)
                    .withMemoryAsKB(memory)
                    .withIterations(iterations)
                    .withParallelism(lanes)
                    .withSalt(salt)
                    .build());
            byte[] out = new byte[length];
            // Composed form, so that the same password typed on another system is the same bytes.
            String text = Normalizer.normalize(password, Normalizer.Form.NFC);
            generator.generateBytes(text.getBytes(StandardCharsets.UTF_8), out);
            return out;
        } finally {
            slots.release();
        }
    }

    private void acquire() {
        boolean got = false;
        try {
            got = slots.tryAcquire(WAIT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (!got) {
            throw new Problem(Kind.BUSY, "sign-in-busy", "Too many sign-ins at the same moment; try again.")
                    .retryAfter(WAIT);
        }
    }
}
