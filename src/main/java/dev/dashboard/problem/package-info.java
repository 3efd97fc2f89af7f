/**
 * The one exception meant for callers. Knows nobody; everybody may throw it; only {@code web} turns it into a status.
 */
package dev.dashboard.problem;
