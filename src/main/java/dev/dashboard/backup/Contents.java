package dev.dashboard.backup;

import java.util.Map;

/**
 * What is in a database that was looked through.
 *
 * @param schema its version
 * @param journal which journal it is: of its first event, what is never rewritten. A copy of it has the same, a new server another one;
 *     empty when there is no event, or the manifest is of a release that did not say it
 * @param events how many; as they have no gap, also the number of the last
 * @param auditRecords links of the audit's chain
 * @param auditHash of the last one; empty when there is none
 * @param rows of each table
 */
public record Contents(
        int schema, String journal, long events, long auditRecords, String auditHash, Map<String, Long> rows) {
    public Contents {
        rows = Map.copyOf(rows);
    }
}
