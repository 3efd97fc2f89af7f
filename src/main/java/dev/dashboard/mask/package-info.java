/** Takes secrets out of text before it is recorded or shown. Pure; knows nobody. */
package dev.dashboard.mask;
