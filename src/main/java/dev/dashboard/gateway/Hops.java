package dev.dashboard.gateway;

import io.helidon.http.Header;
import io.helidon.http.Headers;
import java.net.http.HttpHeaders;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.BiConsumer;

/** Which headers pass the gateway: all but those that are about one connection, and those that say who asks. */
final class Hops {
    /** RFC 9110, section 7.6.1, and what others have used for the same. */
    private static final Set<String> OF_A_CONNECTION = Set.of(
            "connection",
            "keep-alive",
            "proxy-connection",
            "proxy-authenticate",
            "proxy-authorization",
            "te",
            "trailer",
            "transfer-encoding",
            "upgrade");

    /** Replaced by the key, or made anew for the other connection. Compression would hide the usage. */
    private static final Set<String> REPLACED =
            Set.of("authorization", "x-api-key", "cookie", "host", "accept-encoding", "content-length", "expect");

    private Hops() {}

    static void copyRequest(Headers headers, BiConsumer<String, String> to) {
        Set<String> stays = new HashSet<>(OF_A_CONNECTION);
        stays.addAll(REPLACED);
        headers.stream()
                .filter(header -> header.name().equalsIgnoreCase("connection"))
                .forEach(header -> addNamed(header.allValues(), stays));
        for (Header header : headers) {
            if (!stays.contains(header.name().toLowerCase(Locale.ROOT))) {
                header.allValues().forEach(value -> to.accept(header.name(), value));
            }
        }
    }

    static void copyResponse(HttpHeaders headers, BiConsumer<String, List<String>> to) {
        Set<String> stays = new HashSet<>(OF_A_CONNECTION);
        addNamed(headers.allValues("connection"), stays);
        headers.map().forEach((name, values) -> {
            if (!stays.contains(name.toLowerCase(Locale.ROOT))) {
                to.accept(name, values);
            }
        });
    }

    private static void addNamed(List<String> connection, Set<String> stays) {
        for (String value : connection) {
            Arrays.stream(value.split(","))
                    .map(name -> name.strip().toLowerCase(Locale.ROOT))
                    .forEach(stays::add);
        }
    }
}
