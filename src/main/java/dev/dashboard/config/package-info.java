/**
 * The facts given at start: read once, checked once, immutable. Owns nothing that changes. Only Main and App know it; every
 * other package is handed the values it needs.
 */
package dev.dashboard.config;
