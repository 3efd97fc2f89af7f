package dev.dashboard.session;

import dev.dashboard.event.DraftBlock;
import dev.dashboard.event.Feed;
import dev.dashboard.event.SessionId;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalLong;

/**
 * The text in the making of one session: grows with each delta, is shown whole, at most about twenty times a second, and is
 * never stored. Owned by the session's thread.
 */
final class Drafts {
    private static final long INTERVAL_NANOS = Duration.ofMillis(50).toNanos();
    /** Showing all of a long text each time costs its length; beyond this it is shown less often, in proportion. */
    private static final int FREE_LENGTH = 32 * 1024;
    /** Most blocks that are in the making at once; the CLI has one or two. */
    private static final int MAX_OPEN = 64;

    private record Key(String messageId, int index) {}

    private static final class Text {
        final String kind;
        final StringBuilder soFar = new StringBuilder();
        boolean changed;

        Text(String kind) {
            this.kind = kind;
        }
    }

    private final SessionId session;
    private final Feed feed;
    private final Map<Key, Text> open = new LinkedHashMap<>();
    private long nextShow;
    private boolean changed;

    Drafts(SessionId session, Feed feed) {
        this.session = session;
        this.feed = feed;
    }

    void add(String messageId, int index, String kind, String delta) {
        Key key = new Key(messageId, index);
        Text text = open.get(key);
        if (text == null) {
            if (open.size() >= MAX_OPEN) {
                return;
            }
            text = new Text(kind);
            open.put(key, text);
        }
        text.soFar.append(delta);
        text.changed = true;
        changed = true;
    }

    /** The recorded block takes its place. */
    void replaced(String messageId, int index) {
        open.remove(new Key(messageId, index));
    }

    /** The CLI gave this message up, and will make another. */
    void abandon(String messageId) {
        if (open.keySet().removeIf(key -> key.messageId().equals(messageId))) {
            feed.clearDrafts(session, messageId);
        }
    }

    void clear() {
        if (!open.isEmpty()) {
            open.clear();
            feed.clearDrafts(session);
        }
        changed = false;
    }

    /** When {@link #show} wants to be called again, in nanoseconds of {@link System#nanoTime}; empty while nothing changed. */
    OptionalLong due() {
        return changed ? OptionalLong.of(nextShow) : OptionalLong.empty();
    }

    void show(long nowNanos) {
        if (!changed || nowNanos - nextShow < 0) {
            return;
        }
        int longest = 0;
        for (Map.Entry<Key, Text> entry : open.entrySet()) {
            Text text = entry.getValue();
            if (text.changed) {
                text.changed = false;
                longest = Math.max(longest, text.soFar.length());
                feed.draft(
                        session,
                        new DraftBlock(
                                entry.getKey().messageId(), entry.getKey().index(), text.kind, text.soFar.toString()));
            }
        }
        changed = false;
        nextShow = nowNanos + INTERVAL_NANOS * Math.max(1, longest / FREE_LENGTH);
    }
}
