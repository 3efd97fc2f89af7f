package dev.dashboard.mask;

import java.util.Comparator;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Takes secrets out of text: well-known shapes, and the values that this server itself knows.
 *
 * <p>Takes time in proportion to the text, whatever stands in it: a shape starts only where a word starts or at a fixed word, and
 * never gives back what it took. Pure; safe for any thread. What no shape describes is not found; that is no reason to record more.
 */
public final class Masking {
    /** Stands where a secret stood. */
    public static final String MASK = "[masked]";

    /** Shorter values would take ordinary words out of the text. */
    public static final int SHORTEST_KNOWN_SECRET = 8;

    /** Masks the shapes alone, for those who know no secrets. */
    public static final Masking SHAPES_ALONE = new Masking(List.of());

    private record Shape(Pattern pattern, String replacement) {}

    /** Nothing of a word stands before: otherwise each letter of a long word would be tried as a start. */
    private static final String START = "(?<![A-Za-z0-9_-])";

    private static final String NAME =
            "(?:password|passwd|passphrase|secret|token|api[_-]?key|secret[_-]access[_-]key)";

    private static final List<Shape> SHAPES = List.of(
            // A key without its end was cut off: all that is left of the text may be key.
            whole("-----BEGIN [A-Z0-9 ]{0,32}PRIVATE KEY(?: BLOCK)?-----"
                    + "[\\s\\S]*?(?:-----END [A-Z0-9 ]{0,32}PRIVATE KEY(?: BLOCK)?-----|\\z)"),
            // The same without its beginning; what is left of it begins the text.
            whole("\\A(?:[A-Za-z0-9+/=]{1,128}+\r?+\n)++-----END [A-Z0-9 ]{0,32}PRIVATE KEY(?: BLOCK)?-----"),
            whole(START + "sk-ant-[A-Za-z0-9_-]{8,}+"),
            whole(START + "github_pat_[A-Za-z0-9_]{20,}+"),
            whole(START + "gh[opsur]_[A-Za-z0-9]{20,}+"),
            whole(START + "(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])"),
            whole(START + "xox[a-z]-[A-Za-z0-9-]{10,}+"),
            whole("hooks\\.slack\\.com/services/[A-Za-z0-9/]{20,}+"),
            // A launch's token for the gateway: its id and the proof.
            whole(
                    START
                            + "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\\.[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])"),
            whole(START + "ccd_[A-Za-z0-9_-]{16,}+"),
            whole(START + "eyJ[A-Za-z0-9_-]{8,}+\\.[A-Za-z0-9_-]{8,}+\\.[A-Za-z0-9_-]*+"),
            part("(?i)" + START + "(bearer[ \\t]{1,4})[A-Za-z0-9._~+/=-]{16,}+"),
            part("(?i)" + START
                    + "(authorization[\"']?[ \\t]{0,4}[:=][ \\t]{0,4}[\"']?basic[ \\t]{1,4})[A-Za-z0-9+/=_-]{4,}+"),
            part("(?i)" + START + "(x-api-key[\"']?[ \\t]{0,4}[:=][ \\t]{0,4}[\"']?)[^\\s\"',;]{8,}+"),
            new Shape(Pattern.compile("(://[^\\s/@:]{0,256}+:)[^\\s/@]++@"), "$1" + MASK + "@"),
            part("(?i)" + START + "((?:[a-z0-9]{1,32}[_-]){0,4}" + NAME + "=[\"']?)" + "[^\\s&\"',;]++"),
            // A member of JSON, also of JSON inside of a string.
            part("(?i)" + START + "([a-z0-9_-]{0,64}?" + NAME
                    + "\\\\?[\"'][ \\t]{0,4}:[ \\t]{0,4}\\\\?[\"'])[^\"'\\\\\r\n]++"),
            // A line of YAML or of a header; in the middle of a sentence it would be a word after a colon.
            part("(?im)^((?:[ \\t]|- ){0,32}+[a-z0-9_-]{0,64}?" + NAME + ":[ \\t]{1,4}[\"']?)[^\\s\"']++"));

    private final List<String> known;

    /** @param known secrets of this server; those shorter than {@link #SHORTEST_KNOWN_SECRET} are left out */
    public Masking(List<String> known) {
        this.known = known.stream()
                .filter(secret -> secret.length() >= SHORTEST_KNOWN_SECRET)
                .distinct()
                // One secret may hold another: the longer goes first, or its rest would stay.
                .sorted(Comparator.comparingInt(String::length).reversed())
                .toList();
    }

    /** The text without the known secrets alone: for text whose own shape must stay, a line of JSON for instance. */
    public String maskKnown(String text) {
        String masked = text;
        for (String secret : known) {
            masked = masked.replace(secret, MASK);
        }
        return masked;
    }

    /** The text without its secrets; the same text, when none is found. */
    public String mask(String text) {
        String masked = maskKnown(text);
        for (Shape shape : SHAPES) {
            masked = shape.pattern().matcher(masked).replaceAll(shape.replacement());
        }
        return masked;
    }

    private static Shape whole(String pattern) {
        return new Shape(Pattern.compile(pattern), MASK);
    }

    /** The first group says what kind of secret it was, and stays. */
    private static Shape part(String pattern) {
        return new Shape(Pattern.compile(pattern), "$1" + MASK);
    }
}
