/**
 * What operators see: one catalogue of meters, how the main ones moved of late and how full what is bounded is, the last errors of the
 * log, and whether the server lives and is ready. Knows {@code run} alone; every package may be measured by it. Owns the meters, their
 * last half hour, and the checks of health.
 */
package dev.dashboard.observe;
