package dev.dashboard.config;

import dev.dashboard.config.AppConfig.Profile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.security.SecureRandom;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Reads secrets from files, and from nowhere else: an environment is inherited, printed and dumped. */
final class SecretFiles {
    static final List<String> KEYS =
            List.of("jwt-secret", "jwt-secret-previous", "anthropic-api-key", "claude-code-oauth-token");

    private static final int LEAST_BYTES = 32;
    private static final int MOST_BYTES = 8 * 1024;
    private static final double LEAST_BITS = 112;
    private static final List<String> WELL_KNOWN = List.of(
            "changeme",
            "change-me",
            "change_me",
            "secret",
            "password",
            "default",
            "example",
            "dashboard",
            "replace",
            "0123456789",
            "abcdefgh",
            "qwerty",
            "dev-only",
            "insecure");

    private final Path dir;
    private final Profile profile;
    private final List<String> faults;
    private final List<String> notices;

    SecretFiles(Path dir, Profile profile, List<String> faults, List<String> notices) {
        this.dir = dir;
        this.profile = profile;
        this.faults = faults;
        this.notices = notices;
    }

    static String refusal(String key, String origin) {
        String name = key.substring(key.lastIndexOf('.') + 1).replace('-', '_');
        return key + ": secrets come from files only; put it into the file " + name
                + " in DASHBOARD_SECRETS_DIR and remove it here (" + origin + ")";
    }

    AppConfig.Secrets read() {
        Map<String, Secret> found = new HashMap<>();
        for (String key : KEYS) {
            one(key).ifPresent(secret -> found.put(key, secret));
        }
        for (String key : List.of("jwt-secret", "jwt-secret-previous")) {
            Optional.ofNullable(found.get(key)).ifPresent(secret -> checkStrength(key, secret.reveal()));
        }
        return new AppConfig.Secrets(
                dir.toAbsolutePath(),
                Optional.ofNullable(found.get("jwt-secret")).orElseGet(this::missingJwt),
                Optional.ofNullable(found.get("jwt-secret-previous")),
                Optional.ofNullable(found.get("anthropic-api-key")),
                Optional.ofNullable(found.get("claude-code-oauth-token")));
    }

    private Optional<Secret> one(String key) {
        Path file = file(key);
        if (!Files.isRegularFile(file)) {
            return Optional.empty();
        }
        try {
            if (Files.size(file) > MOST_BYTES) {
                faults.add(key + ": longer than " + MOST_BYTES + " bytes (" + file + ")");
                return Optional.empty();
            }
            checkReaders(key, file);
            String text = Files.readString(file, StandardCharsets.UTF_8).strip();
            if (text.isEmpty()) {
                notices.add(key + ": the file is empty and counts as missing file=" + file);
                return Optional.empty();
            }
            return Optional.of(new Secret(text));
        } catch (IOException e) {
            faults.add(key + ": cannot be read: " + e.getClass().getSimpleName() + " (" + file + ")");
            return Optional.empty();
        }
    }

    private void checkReaders(String key, Path file) throws IOException {
        Set<PosixFilePermission> modes = Files.getPosixFilePermissions(file);
        boolean open = modes.contains(PosixFilePermission.OTHERS_READ)
                || modes.contains(PosixFilePermission.OTHERS_WRITE)
                || modes.contains(PosixFilePermission.GROUP_WRITE);
        if (!open) {
            return;
        }
        String what = key + ": the file can be read or changed by others; chmod 0400 or 0440";
        if (profile == Profile.PRODUCTION) {
            faults.add(what + " (" + file + ")");
        } else {
            notices.add(what + " file=" + file);
        }
    }

    private void checkStrength(String key, String value) {
        int bytes = value.getBytes(StandardCharsets.UTF_8).length;
        if (bytes < LEAST_BYTES) {
            faults.add(key + ": shorter than " + LEAST_BYTES + " bytes; make one with: openssl rand -base64 48 ("
                    + file(key) + ")");
        } else if (profile == Profile.PRODUCTION && wellKnown(value)) {
            faults.add(
                    key + ": holds a well-known default; make one with: openssl rand -base64 48 (" + file(key) + ")");
        } else if (profile == Profile.PRODUCTION && bits(value) < LEAST_BITS) {
            faults.add(key + ": too regular to be random; make one with: openssl rand -base64 48 (" + file(key) + ")");
        }
    }

    private static boolean wellKnown(String value) {
        String lower = value.toLowerCase(Locale.ROOT);
        return WELL_KNOWN.stream().anyMatch(lower::contains);
    }

    /** Shannon's measure over the characters: 48 random bytes in base64 give about 300, a repeated word under 100. */
    private static double bits(String value) {
        Map<Integer, Integer> counts = new HashMap<>();
        value.chars().forEach(c -> counts.merge(c, 1, Integer::sum));
        double bits = 0;
        for (int count : counts.values()) {
            bits -= count * Math.log((double) count / value.length()) / Math.log(2);
        }
        return bits;
    }

    private Secret missingJwt() {
        if (profile == Profile.DEV) {
            notices.add("jwt-secret: no file, so a random one was made; every sign-in ends at a restart file="
                    + file("jwt-secret"));
        } else {
            faults.add("jwt-secret: missing; make one with: openssl rand -base64 48 (" + file("jwt-secret") + ")");
        }
        byte[] random = new byte[48];
        new SecureRandom().nextBytes(random);
        return new Secret(HexFormat.of().formatHex(random));
    }

    private Path file(String key) {
        return dir.resolve(key.replace('-', '_'));
    }
}
