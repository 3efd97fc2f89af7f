package dev.dashboard.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * What this machine needs at the least: the stand-in's pipe, a bare reader, and one loopback socket to a second reader. No
 * parsing, no storing. The server's delays are judged by what they add to this.
 */
final class Floor {
    private static final int SECONDS = 60;

    private Floor() {}

    static Delays measure(Path standIn, String wish) throws IOException, InterruptedException {
        try (ServerSocket listening = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                Socket sending = new Socket(listening.getInetAddress(), listening.getLocalPort());
                Socket receiving = listening.accept()) {
            sending.setTcpNoDelay(true);
            receiving.setSoTimeout(SECONDS * 1000);
            Process child = new ProcessBuilder(standIn.toString())
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            try {
                Delays delays = new Delays();
                Thread forward = Thread.ofPlatform().name("floor-pipe").start(() -> forward(child, sending));
                prompt(child, wish);
                BufferedReader lines =
                        new BufferedReader(new InputStreamReader(receiving.getInputStream(), StandardCharsets.UTF_8));
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    delays.take("floor", line, System.nanoTime());
                }
                forward.join();
                return delays;
            } finally {
                child.destroyForcibly();
                child.waitFor(5, TimeUnit.SECONDS);
            }
        }
    }

    private static void prompt(Process child, String wish) throws IOException {
        try (OutputStream stdin = child.getOutputStream()) {
            String escaped = wish.replace("\"", "\\\"");
            stdin.write(("{\"type\":\"user\",\"message\":{\"role\":\"user\",\"content\":\"" + escaped + "\"}}\n")
                    .getBytes(StandardCharsets.UTF_8));
        }
    }

    private static void forward(Process child, Socket sending) {
        try (OutputStream out = sending.getOutputStream()) {
            byte[] chunk = new byte[65_536];
            for (int n = child.getInputStream().read(chunk);
                    n >= 0;
                    n = child.getInputStream().read(chunk)) {
                out.write(chunk, 0, n);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
