/**
 * Turns what is recorded, and how sessions stand, into figures for operators. Knows {@code session} and {@code approval}, which know
 * nothing of being measured. Owns what must be remembered to tell how long things took; none of it outlives the server.
 */
package dev.dashboard.measure;
