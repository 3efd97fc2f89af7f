package dev.dashboard.gateway;

import java.net.URI;

/**
 * The model's service, and what pays for it.
 *
 * @param base its address, to which {@code /v1/messages} is added
 * @param key an API key of it
 */
public record Upstream(URI base, String key) {
    /** The vendor's own, which the CLI would ask by itself. */
    public static final URI VENDOR = URI.create("https://api.anthropic.com");

    /** @param pathAndQuery as it was asked for, from the slash on */
    URI at(String pathAndQuery) {
        String address = base.toString();
        return URI.create(
                (address.endsWith("/") ? address.substring(0, address.length() - 1) : address) + pathAndQuery);
    }

    /** Without the key. */
    @Override
    public String toString() {
        return "Upstream[base=" + base + "]";
    }
}
