/**
 * The heart: one session is one CLI process and the one thread that decides for it. Translates the CLI's words into events and
 * nothing else does. Owns the {@code sessions} and {@code prompts} tables, which are derived from events, and the registry of
 * live sessions. Knows {@code cli}, {@code event}, {@code store} and the pure rules of {@code approval} and {@code project};
 * knows nothing of HTTP.
 */
package dev.dashboard.session;
