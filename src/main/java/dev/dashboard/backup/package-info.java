/**
 * Copies of the database that are known to be good: taken while the server runs, looked through, and only then named. Owns nothing; what
 * it makes belongs to whoever asked. And what another program that makes backups of them says, which is asked for one by a file. Knows what must hold in a database: {@code event} numbers without a gap, {@code audit} a whole
 * chain, {@code store} sound pages. Must not know the web or sessions.
 */
package dev.dashboard.backup;
