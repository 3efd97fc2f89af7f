/**
 * Who is asking, and may they. Owns people, their password hashes, their sign-ins, their invitations and their API tokens; the
 * hashes live here and never in an event. Knows {@code run}, {@code event} and {@code store}; knows neither {@code web} nor anything of sessions.
 */
package dev.dashboard.auth;
