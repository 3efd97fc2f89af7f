package dev.dashboard.event;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * The current draft of each block in the making. Every change has a version, larger than those before, so that a listener asks
 * for what changed since it last asked, and in between changes merge by themselves.
 *
 * <p>Guarded by its own monitor, which is held for memory operations only. Bounded: beyond its limits the draft that changed
 * least recently is forgotten, which costs a reader some text that is not recorded yet, and nothing else.
 */
final class Drafts {
    static final int COUNT = 1024;
    static final long CHARS = 8L << 20;

    /** Blocks that were recorded lately: a straggler of theirs is refused. */
    static final int RECORDED = 4096;

    private record Key(SessionId session, String messageId, int index) {}

    private record Current(long version, DraftBlock block) {
        boolean isGone() {
            return block.text().isEmpty();
        }
    }

    /** In the order of their last change. */
    private final LinkedHashMap<Key, Current> current = new LinkedHashMap<>();

    private final LinkedHashMap<Key, Boolean> recorded = new LinkedHashMap<>();
    private long chars;
    private volatile long version;

    /** The version of the last change. */
    long version() {
        return version;
    }

    synchronized void put(SessionId session, DraftBlock block) {
        Key key = new Key(session, block.messageId(), block.index());
        if (recorded.containsKey(key) || block.text().length() > CHARS) {
            return;
        }
        set(key, block);
        while (current.size() > COUNT || chars > CHARS) {
            remove(current.firstEntry().getKey());
        }
    }

    private void set(Key key, DraftBlock block) {
        remove(key);
        version++;
        current.put(key, new Current(version, block));
        chars += block.text().length();
    }

    private void remove(Key key) {
        Current removed = current.remove(key);
        if (removed != null) {
            chars -= removed.block().text().length();
        }
    }

    /** Gives up the drafts of a session, or of one message of it; listeners get them once more, empty. */
    synchronized void clear(SessionId session, Optional<String> messageId) {
        List<Map.Entry<Key, Current>> cleared = current.entrySet().stream()
                .filter(entry -> entry.getKey().session().equals(session))
                .filter(entry -> messageId.isEmpty()
                        || messageId.get().equals(entry.getKey().messageId()))
                .filter(entry -> !entry.getValue().isGone())
                .map(entry -> Map.entry(entry.getKey(), entry.getValue()))
                .toList();
        for (var entry : cleared) {
            DraftBlock block = entry.getValue().block();
            set(entry.getKey(), new DraftBlock(block.messageId(), block.index(), block.kind(), ""));
        }
    }

    /** An event is about to be seen: the draft that it replaces goes, without a word, and does not come back. */
    void recorded(Envelope envelope) {
        envelope.session().ifPresent(session -> {
            switch (envelope.event()) {
                case Event.AssistantReplied e -> recorded(new Key(session, e.messageId(), e.index()));
                case Event.AssistantThought e -> recorded(new Key(session, e.messageId(), e.index()));
                case Event.ToolCalled e -> recorded(new Key(session, e.messageId(), e.index()));
                default -> {
                    // Only blocks of a message have drafts.
                }
            }
        });
    }

    private synchronized void recorded(Key key) {
        remove(key);
        recorded.put(key, true);
        if (recorded.size() > RECORDED) {
            recorded.pollFirstEntry();
        }
    }

    /** What changed after the version, oldest change first; on connect, with version 0, only what is not given up. */
    synchronized Changes since(long seen, Predicate<SessionId> allowed) {
        List<SessionDraft> changed = new ArrayList<>();
        Iterator<Map.Entry<Key, Current>> newest =
                current.sequencedEntrySet().reversed().iterator();
        while (newest.hasNext()) {
            Map.Entry<Key, Current> entry = newest.next();
            if (entry.getValue().version() <= seen) {
                break;
            }
            boolean told = seen > 0 || !entry.getValue().isGone();
            if (told && allowed.test(entry.getKey().session())) {
                changed.add(new SessionDraft(
                        entry.getKey().session(), entry.getValue().block()));
            }
        }
        return new Changes(version, changed.reversed());
    }

    record Changes(long version, List<SessionDraft> drafts) {}
}
