/**
 * Custody of processes: starts them, writes to them, hands on what they say, ends them with everything that descends from them, and
 * proves it. Bytes only: what they mean is for {@code cli} to know. Knows nothing of sessions, events or people.
 *
 * <p>The same classes serve the server that has its processes beside it and the runner that has them elsewhere.
 */
package dev.dashboard.custody;
