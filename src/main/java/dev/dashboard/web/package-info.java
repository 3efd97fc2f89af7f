/**
 * The only package that knows HTTP: one table of routes with their access rules, the edge in front of them, event streams, and
 * problems as {@code application/problem+json}. Owns connections and streams; decides nothing about the domain. Knows
 * {@code auth}, {@code event}, {@code session}, {@code approval}, {@code project}, {@code observe}; neither {@code cli} nor
 * {@code store}; nobody knows it.
 */
package dev.dashboard.web;
