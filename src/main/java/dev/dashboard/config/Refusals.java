package dev.dashboard.config;

import dev.dashboard.config.AppConfig.Profile;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** What production does not start with, though each value by itself is well-formed. */
final class Refusals {
    private Refusals() {}

    /** Where nobody comes from outside: this machine, and networks that are not routed in public, as those of containers are. */
    private static final List<Network> INSIDE = Stream.of(
                    "127.0.0.0/8",
                    "10.0.0.0/8",
                    "172.16.0.0/12",
                    "192.168.0.0/16",
                    "100.64.0.0/10",
                    "169.254.0.0/16",
                    "::1/128",
                    "fc00::/7",
                    "fe80::/10")
            .map(Network::parse)
            .toList();

    /** @param own addresses of this machine, or of this container; asked for where an address stands for all of them */
    static void check(AppConfig config, Supplier<List<InetAddress>> own, List<String> faults) {
        if (faults.isEmpty()) {
            // Only then is no value a stand-in.
            checkTogether(config, faults);
        }
        if (config.profile() == Profile.PRODUCTION) {
            checkProduction(config, faults);
            checkInside("management.host", config.management().host(), own, faults);
            if (config.gateway().enabled()) {
                checkInside("gateway.host", config.gateway().host(), own, faults);
            }
        }
    }

    /** Addresses of this machine. */
    static List<InetAddress> ownAddresses() {
        try {
            return NetworkInterface.networkInterfaces()
                    .flatMap(NetworkInterface::inetAddresses)
                    .toList();
        } catch (SocketException e) {
            throw new UncheckedIOException("the addresses of this machine cannot be listed", e);
        }
    }

    /**
     * What has no sign-in, or is for CLIs alone. Every address at once, as containers are configured, is well in a container, whose
     * addresses are all those of its networks; on a machine with a public address it is not.
     */
    private static void checkInside(String key, String host, Supplier<List<InetAddress>> own, List<String> faults) {
        if (host.isEmpty() || loopback(host)) {
            return;
        }
        InetAddress address;
        try {
            address = InetAddress.ofLiteral(host);
        } catch (IllegalArgumentException e) {
            faults.add(
                    key + ": " + host + " must be an address in production, since a name may come to mean another one");
            return;
        }
        List<InetAddress> listening = address.isAnyLocalAddress() ? own.get() : List.of(address);
        listening.stream()
                .filter(one -> INSIDE.stream().noneMatch(network -> network.contains(one)))
                .findFirst()
                .ifPresent(open -> faults.add(key + ": " + host + " would be open to the public at "
                        + open.getHostAddress() + "; name 127.0.0.1, or the address of a network of containers"));
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
