package dev.dashboard.web;

import java.net.InetAddress;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * What is configured about HTTP.
 *
 * @param port 0 takes a free one, as does the management port
 * @param allowedHosts names without port, in lower case, that the Host header may carry; the host of the public URL is added
 * @param trustedProxy whose X-Forwarded-For is believed
 * @param requestBody bytes of the largest body
 * @param requestTime how long a request may take to arrive
 * @param stuckWrite how long an event stream may wait for its reader
 */
public record WebSettings(
        String host,
        int port,
        String managementHost,
        int managementPort,
        List<String> allowedHosts,
        Predicate<InetAddress> trustedProxy,
        Optional<URI> publicUrl,
        int requestBody,
        int requestHeaders,
        Duration requestTime,
        int connections,
        int writesPerMinute,
        int promptBytes,
        Duration heartbeat,
        Duration stuckWrite,
        int maxSubscribers,
        int subscribersPerPerson) {
    public WebSettings {
        allowedHosts = List.copyOf(allowedHosts);
    }

    boolean tls() {
        return publicUrl.map(url -> url.getScheme().equals("https")).orElse(false);
    }
}
