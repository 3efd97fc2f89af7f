package dev.dashboard.browser;

import java.util.List;

/** Texts whose size or shape would keep a page busy for long, each in the place where it would be felt most. */
enum HugeText {
    A_LINE_OF_A_MEGABYTE(HostilePlace.REPLY, "x".repeat(1_000_000)),
    A_HUNDRED_THOUSAND_LINES(HostilePlace.REPLY, "a\n".repeat(100_000)),
    PARAGRAPHS(HostilePlace.REPLY, "a\n\n".repeat(80_000)),
    ITEMS_OF_A_LIST(HostilePlace.REPLY, "- a\n".repeat(60_000)),
    A_TABLE_OF_TEN_THOUSAND_COLUMNS(HostilePlace.REPLY, "|a".repeat(10_000) + "|\n" + "|-".repeat(10_000) + "|\n"),
    BLOCKS_OF_CODE(HostilePlace.REPLY, "```\na\n```\n".repeat(20_000)),
    OPEN_EMPHASIS(HostilePlace.REPLY, "*a_`[".repeat(50_000)),
    BEGINNINGS_OF_ADDRESSES(HostilePlace.REPLY, "https:".repeat(40_000)),
    TAGS_TO_COLOUR(HostilePlace.REPLY, "```xml\n" + "<a ".repeat(6_600) + "\n```"),
    BRACKETS_TO_COLOUR(HostilePlace.REPLY, "```markdown\n" + "*[_".repeat(6_600) + "\n```"),
    A_THOUGHT_OF_ONE_LINE(HostilePlace.THOUGHT, "x".repeat(300_000)),
    A_PROMPT_OF_ONE_LINE(HostilePlace.PROMPT, "x".repeat(250_000)),
    A_COMMAND_WITH_BLANKS(HostilePlace.COMMAND, "echo" + " ".repeat(300_000)),
    OUTPUT_OF_ONE_LINE(HostilePlace.OUTPUT, "x".repeat(1_000_000)),
    OUTPUT_OF_RETURNS(HostilePlace.OUTPUT, "\r".repeat(1_000_000) + "a"),
    OUTPUT_OF_COLOURS(HostilePlace.OUTPUT, "\u001b[31ma\u001b[32mb".repeat(50_000)),
    A_FILE_OF_ONE_LINE(HostilePlace.WRITE, "x".repeat(1_000_000)),
    AN_INPUT_OF_ONE_LINE(HostilePlace.INPUT, "x".repeat(50_000)),
    A_REQUEST_WITH_BLANKS(HostilePlace.REQUESTED_COMMAND, "echo" + " ".repeat(300_000)),
    A_REQUEST_OF_TWENTY_THOUSAND_LINES(HostilePlace.REQUESTED_EDIT, "a\n".repeat(20_000)),
    A_PLAN_OF_BLANK_LINES(HostilePlace.PLAN, "\n".repeat(100_000));

    private static final int FIRST = 1_000;

    private final HostilePlace place;
    private final String text;

    HugeText(HostilePlace place, String text) {
        this.place = place;
        this.text = text;
    }

    HostilePlace place() {
        return place;
    }

    /** What is seen at its end. */
    String mark() {
        return "⟦" + (FIRST + ordinal()) + ".1⟧";
    }

    HostileText hostile() {
        return new HostileText(FIRST + ordinal(), "huge", name(), text + "\n\n" + mark(), List.of(mark()));
    }
}
