package dev.dashboard.runner;

import dev.dashboard.problem.Problem;
import java.io.IOException;
import java.net.ProtocolException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;

/**
 * Asks a runner whether it takes connections, and nothing else: hears its first word and hangs up, so no place is held. Needs no key, and
 * the runner's own user may ask. Starts no log, since whoever probes every few seconds cannot wait for one.
 */
public final class RunnerProbe {
    private RunnerProbe() {}

    /**
     * Returns when the runner has answered; waits for it as long as it takes.
     *
     * @throws Problem UNAVAILABLE {@code runner-unreachable}, {@code runner-incompatible} or {@code runner-full}
     */
    public static void ask(Path socket) {
        try (Link link = new Link(SocketChannel.open(UnixDomainSocketAddress.of(socket)))) {
            judge(socket, link.read());
        } catch (ProtocolException e) {
            throw strange(socket);
        } catch (IOException e) {
            String reason = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
            throw unavailable("runner-unreachable", "No runner answers at " + socket + " (" + reason + ").");
        }
    }

    private static void judge(Path socket, Frame word) {
        switch (word) {
            case Frame.Challenge(int version, byte[] _) when version == Frame.VERSION -> {}
            case Frame.Challenge(int version, byte[] _) ->
                throw unavailable(
                        "runner-incompatible",
                        "The runner speaks version " + version + " of the protocol, this program version "
                                + Frame.VERSION + ".");
            // It looked at who asks, so it is there for those whom it serves.
            case Frame.Refused(String code, String _) when code.equals(Connection.STRANGER) -> {}
            case Frame.Refused(String code, String message) -> throw unavailable(code, message);
            default -> throw strange(socket);
        }
    }

    private static Problem strange(Path socket) {
        return unavailable("runner-incompatible", "What answers at " + socket + " is no runner.");
    }

    private static Problem unavailable(String code, String message) {
        return new Problem(Problem.Kind.UNAVAILABLE, code, message);
    }
}
