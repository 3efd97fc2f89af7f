package dev.dashboard.config;

import dev.dashboard.config.AppConfig.Profile;
import java.net.InetAddress;
import java.util.List;

/** What production does not start with, though each value by itself is well-formed. */
final class Refusals {
    private Refusals() {}

    static void check(AppConfig config, List<String> faults) {
        if (faults.isEmpty()) {
            // Only then is no value a stand-in.
            checkTogether(config, faults);
        }
        if (config.profile() == Profile.PRODUCTION) {
            checkProduction(config, faults);
        }
    }

    private static void checkTogether(AppConfig config, List<String> faults) {
        if (config.auth().refreshToken().compareTo(config.auth().accessToken()) <= 0) {
            faults.add("auth.refresh-token: must be longer than auth.access-token");
        }
        if (config.auth().longestSignIn().compareTo(config.auth().refreshToken()) < 0) {
            faults.add("auth.longest-sign-in: must not be shorter than auth.refresh-token");
        }
        if (config.gateway().enabled()
                && !loopback(config.gateway().host())
                && config.gateway().url().isEmpty()) {
            faults.add("gateway.url: must be the address by which a CLI comes to gateway.host "
                    + config.gateway().host() + ", which is not this machine's own");
        }
        if (config.limits().prompt() > config.limits().requestBody()) {
            faults.add("limits.prompt: must not be more than limits.request-body");
        }
        if (config.runner().socket().isPresent()
                && config.secrets().anthropicApiKey().isPresent()
                && !config.gateway().enabled()) {
            faults.add(
                    "gateway.enabled: must be true with runner.socket and an API key, which the runner's user cannot read");
        }
        if (config.runner().socket().isPresent() && config.secrets().runnerKey().isEmpty()) {
            faults.add(
                    "runner-key: missing, and runner.socket needs it; make a pair with the subcommand runner-key, and give the"
                            + " runner the public half ("
                            + config.secrets().directory().resolve("runner_key") + ")");
        }
    }

    private static void checkProduction(AppConfig config, List<String> faults) {
        if (config.demo()) {
            faults.add("demo: not allowed in production");
        }
        if (!loopback(config.server().host())
                && config.server().trustedProxies().isEmpty()) {
            faults.add("server.host: " + config.server().host()
                    + " is open to the network; name the TLS proxy in server.trusted-proxies, or listen on 127.0.0.1");
        }
        if (!loopback(config.server().host())
                && config.server()
                        .publicUrl()
                        .filter(url -> url.getScheme().equals("https"))
                        .isEmpty()) {
            faults.add(
                    "server.public-url: must be the https address at which people come through the proxy; without it cookies"
                            + " would travel in the clear");
        }
        config.modelBaseUrl()
                .filter(url -> url.getScheme().equals("http") && !loopback(url.getHost()))
                .ifPresent(url -> faults.add(
                        "model.base-url: must be https, since the model's key is sent there; only an address on"
                                + " this machine may be http"));
    }

    private static boolean loopback(String host) {
        if (host.equals("localhost")) {
            return true;
        }
        try {
            return InetAddress.ofLiteral(host).isLoopbackAddress();
        } catch (IllegalArgumentException e) {
            return false;
        }
    }
}
