/**
 * What operators see: one catalogue of meters, and whether the server lives and is ready. Knows {@code run} alone; every package may be
 * measured by it. Owns the meters and the checks of health.
 */
package dev.dashboard.observe;
