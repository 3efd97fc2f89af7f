package dev.dashboard.audit;

import dev.dashboard.event.Actor;
import dev.dashboard.event.Draft;
import dev.dashboard.event.Envelope;
import dev.dashboard.event.Event;
import dev.dashboard.event.Journal;
import dev.dashboard.event.Projection;
import dev.dashboard.store.Reads;
import dev.dashboard.store.Transaction;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/** What the server was started with, so that a change of it is on record like any other. Any thread. */
public final class Settings {
    private final Journal journal;

    public Settings(Journal journal) {
        this.journal = journal;
    }

    /**
     * Records what is other than at the last start; nothing, when nothing is.
     *
     * @param settings every key with its value as text; no secrets
     * @return the keys of what is other
     */
    public Set<String> record(Map<String, String> settings) {
        return journal.append(appender -> {
            Map<String, String> known = known(appender.tx());
            Map<String, String> before = new HashMap<>();
            Map<String, String> now = new HashMap<>();
            settings.forEach((key, value) -> {
                if (!Objects.equals(known.get(key), value)) {
                    Optional.ofNullable(known.get(key)).ifPresent(old -> before.put(key, old));
                    now.put(key, value);
                }
            });
            if (!now.isEmpty()) {
                appender.record(new Draft(Optional.empty(), Actor.SERVER, new Event.ConfigurationChanged(before, now)));
            }
            return Set.copyOf(now.keySet());
        });
    }

    private static Map<String, String> known(Reads reads) {
        record Setting(String key, String value) {}
        Map<String, String> known = new HashMap<>();
        List<Setting> settings = reads.list(
                "SELECT key, value FROM settings", row -> new Setting(row.string("key"), row.string("value")));
        settings.forEach(setting -> known.put(setting.key(), setting.value()));
        return known;
    }

    public static Projection projection() {
        return new Table();
    }

    private static final class Table implements Projection {
        @Override
        public String name() {
            return "settings";
        }

        @Override
        public void apply(Envelope envelope, Transaction tx) {
            if (envelope.event() instanceof Event.ConfigurationChanged changed) {
                changed.now()
                        .forEach((key, value) ->
                                tx.update("INSERT OR REPLACE INTO settings(key, value) VALUES (?, ?)", key, value));
            }
        }

        @Override
        public void clear(Transaction tx) {
            tx.update("DELETE FROM settings");
        }
    }
}
