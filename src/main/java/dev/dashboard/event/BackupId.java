package dev.dashboard.event;

import java.util.UUID;

/** Identifies a backup that a person asked for; made by the client, so that asking twice is harmless. */
public record BackupId(UUID value) {
    /** Reads the canonical form. */
    public static BackupId parse(String text) {
        return new BackupId(Ids.parse("backupId", text));
    }

    @Override
    public String toString() {
        return value.toString();
    }
}
