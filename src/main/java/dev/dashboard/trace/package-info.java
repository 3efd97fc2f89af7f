/**
 * The way of each prompt, from its request to the end of its turn, as spans that are sent to a collector over OTLP, when one is
 * configured. Made from what was recorded, so nothing on a prompt's way waits for it. Owns what is remembered of prompts under way;
 * the only package that knows OpenTelemetry. No words of people or of the model are in it.
 */
package dev.dashboard.trace;
