package dev.dashboard.event;

/**
 * A block in the making: the whole text so far, replaced by each later one and in the end by the recorded event with the same
 * {@code messageId} and {@code index}.
 *
 * @param kind {@code text} or {@code thinking}
 * @param text empty when the draft was given up without a recorded block
 */
public record DraftBlock(String messageId, int index, String kind, String text) {}
