/**
 * The product's vocabulary and its memory: the closed set of events, the journal that numbers and stores them before anybody
 * sees them, and the feed that hands them on. Knows {@code store}; knows neither {@code cli} nor {@code session}.
 */
package dev.dashboard.event;
