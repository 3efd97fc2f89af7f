/**
 * What the CLI asks of people. Owns the {@code approvals} table, which is derived from events. Deciding itself goes through the
 * session, whose owner alone talks to the CLI. Knows {@code event} and {@code store}.
 */
package dev.dashboard.approval;
