package dev.dashboard.support;

import dev.dashboard.run.Worker;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Reads an event stream as a browser does: by a thread of its own, keeping the last number, and coming back with it. All that came
 * is kept, in the order it came, over all its connections. Any thread may ask.
 */
public final class EventClient implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    /** Words of people and of the model, which no log may hold. */
    private static final Set<String> SAID =
            Set.of("prompt-submitted", "prompt-edited", "assistant-replied", "assistant-thought");

    /** One message of the stream. */
    public sealed interface Heard {
        /** @param text the data as they came, byte for byte */
        record Event(long seq, String text, JsonObject json) implements Heard {
            public String type() {
                return json.getString("type");
            }

            public JsonObject data() {
                return json.getJsonObject("data");
            }

            @Override
            public String toString() {
                return text;
            }

            public boolean isOf(String session) {
                return json.getString("sessionId", "").equals(session);
            }
        }

        record Draft(JsonObject json) implements Heard {}

        /** The server is about to stop. */
        record Draining() implements Heard {}

        record Bye(String reason) implements Heard {}
    }

    private final Person person;
    private final String query;
    /** Guarded by itself, and notified. */
    private final List<Heard> heard = new ArrayList<>();

    private InputStream stream = InputStream.nullInputStream();
    private Optional<Worker> reader = Optional.empty();
    private volatile boolean held;
    private volatile boolean ended;

    private EventClient(Person person, String query) {
        this.person = person;
        this.query = query;
    }

    /** Listens from after this number on. */
    public static EventClient after(long seq, Person person) {
        EventClient client = new EventClient(person, "?after=" + seq);
        client.connect(OptionalLong.empty());
        return client;
    }

    // ---- the connection

    private void connect(OptionalLong lastEventId) {
        ended = false;
        stream = person.stream(query, lastEventId);
        InputStream opened = stream;
        reader = Optional.of(Worker.platform("event-client", () -> read(opened)));
    }

    /** Drops the connection as a network does. */
    public void cut() {
        try {
            stream.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        reader.ifPresent(Worker::close);
        reader = Optional.empty();
    }

    /** Comes back with the number of the last event that it has. */
    public void resume() {
        long last = lastSeq();
        connect(last == 0 ? OptionalLong.empty() : OptionalLong.of(last));
    }

    /** From now on it takes nothing from its connection. */
    public void hold() {
        held = true;
    }

    public void release() {
        synchronized (heard) {
            held = false;
            heard.notifyAll();
        }
    }

    /** Waits until the server has ended the connection, or it broke. */
    public void awaitEnd() throws InterruptedException {
        Await.until("the event stream has ended", () -> ended);
    }

    private void read(InputStream from) throws InterruptedException {
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(from, StandardCharsets.UTF_8))) {
            String name = "";
            String data = "";
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.startsWith("event: ")) {
                    name = line.substring(7);
                } else if (line.startsWith("data: ")) {
                    data = line.substring(6);
                } else if (line.isEmpty()) {
                    take(name, data);
                    name = "";
                    data = "";
                }
            }
        } catch (IOException e) {
            // Cut by us or by the server's death: both are part of stories, which see it by what is missing.
            ended = true;
        } finally {
            ended = true;
        }
    }

    private void take(String name, String data) throws InterruptedException {
        synchronized (heard) {
            while (held) {
                heard.wait();
            }
            switch (name) {
                case "event" -> {
                    JsonObject json = parse(data);
                    if (SAID.contains(json.getString("type"))) {
                        ServerLogs.words(json.getJsonObject("data").getString("text"));
                    }
                    heard.add(new Heard.Event(json.getJsonNumber("seq").longValue(), data, json));
                }
                case "draft" -> heard.add(new Heard.Draft(parse(data)));
                case "draining" -> heard.add(new Heard.Draining());
                case "bye" -> heard.add(new Heard.Bye(parse(data).getString("reason")));
                default -> {
                    // The retry time and the heartbeat have no story.
                }
            }
            heard.notifyAll();
        }
    }

    private static JsonObject parse(String data) {
        try (JsonReader json = Json.createReader(new StringReader(data))) {
            return json.readObject();
        }
    }

    // ---- what it heard

    public List<Heard> heard() {
        synchronized (heard) {
            return List.copyOf(heard);
        }
    }

    public List<Heard.Event> events() {
        return heard().stream()
                .filter(Heard.Event.class::isInstance)
                .map(Heard.Event.class::cast)
                .toList();
    }

    public List<Heard.Event> events(String session) {
        return events().stream().filter(event -> event.isOf(session)).toList();
    }

    public List<Long> numbers() {
        return events().stream().map(Heard.Event::seq).toList();
    }

    /** 0 when it has heard of no event yet. */
    public long lastSeq() {
        List<Long> numbers = numbers();
        return numbers.isEmpty() ? 0 : numbers.getLast();
    }

    /** Waits for an event of this session and type that came after a number. */
    public Heard.Event await(String session, long after, String type) throws InterruptedException {
        return await(session, after, type, _ -> true);
    }

    public Heard.Event await(String session, long after, String type, Predicate<JsonObject> data)
            throws InterruptedException {
        return awaitHeard(
                type + " of " + session + " after " + after,
                heard -> heard instanceof Heard.Event event
                                && event.seq() > after
                                && event.type().equals(type)
                                && event.isOf(session)
                                && data.test(event.data())
                        ? Optional.of(event)
                        : Optional.empty());
    }

    public void awaitBye() throws InterruptedException {
        awaitHeard("a word of goodbye", heard -> heard instanceof Heard.Bye ? Optional.of(heard) : Optional.empty());
    }

    /** The first message that fits, as soon as it is there. */
    public <T> T awaitHeard(String what, java.util.function.Function<Heard, Optional<T>> wanted)
            throws InterruptedException {
        long deadline = System.nanoTime() + LIMIT.toNanos();
        synchronized (heard) {
            for (int next = 0; ; ) {
                for (; next < heard.size(); next++) {
                    Optional<T> found = wanted.apply(heard.get(next));
                    if (found.isPresent()) {
                        return found.get();
                    }
                }
                long left = (deadline - System.nanoTime()) / 1_000_000;
                if (left <= 0) {
                    throw new AssertionError("not heard in " + LIMIT.toSeconds() + " s: " + what + "; the last was\n"
                            + heard.stream()
                                    .skip(Math.max(0, heard.size() - 12))
                                    .map(Heard::toString)
                                    .collect(Collectors.joining("\n")));
                }
                heard.wait(left);
            }
        }
    }

    @Override
    public void close() {
        cut();
    }
}
