/**
 * What operators see: one catalogue of meters, and whether the server is ready. Knows nobody; every package may be measured by
 * it. Owns the meters and the readiness flags.
 */
package dev.dashboard.observe;
