package dev.dashboard.demo;

/** The longer texts of the stories. */
final class Texts {
    private Texts() {}

    static final String HELP = """
            I am the **demo model**: scripted, offline and free. The Claude CLI is real, and so are the commands and \
            edits; only my words are prepared. Try one of these:

            - **fix the failing test**: runs the sample project's tests, finds a bug, fixes it and checks
            - **write notes.md**: creates a file
            - **explain the code**: a long answer with code and a table
            - **slow**: counts for a minute, so that you can interrupt me
            - **ask**: asks you two questions
            - **plan**: proposes a plan (start the session in plan mode)
            - **bash git status**: runs one command and shows what it printed
            - **background ./run-tests.sh**: runs a command while you go on, and says when it has ended
            - **echo anything**: says exactly that
            - **error**, **error 500**, **error overloaded**, **error 401**, **error 400**: what failures look like
            - **many 500**: a burst of 500 small blocks
            """;

    static final String FIXED = """
            All tests pass now.

            | Quantity | Before | After |
            | ---: | ---: | ---: |
            | 49 | 5 %% | 5 %% |
            | **50** | 5 %% | **10 %%** |
            | 51 | 10 %% | 10 %% |

            The whole change, in `discount.sh`:

            ```diff
            -%s
            +%s
            ```

            What I did:

            1. Ran the tests: one of six failed, at exactly 50 pieces.
            2. Compared the comment with the code: *50 and more* against *more than 50*.
            3. Changed one character, and ran the tests again.
            """;

    static final String EXPLAIN_THOUGHT =
            "They want to understand the script. I'll begin with what it promises, then how, then where it is fragile.";

    static final String EXPLANATION = """
            # How the discount is worked out

            `discount.sh` answers one question: *what does an order cost after the discount for its quantity?* It \
            takes a price in cents and a number of pieces, and prints the sum in cents.

            ## The rule

            | Pieces | Discount |
            | --- | ---: |
            | 1 to 9 | none |
            | 10 to 49 | 5 % |
            | 50 and more | 10 % |

            ## The code

            ```bash
            if ((quantity >= 50)); then
              percent=10
            elif ((quantity >= 10)); then
              percent=5
            else
              percent=0
            fi
            echo $((price_cents * quantity * (100 - percent) / 100))
            ```

            Three things are worth noticing:

            1. **Cents, not euros.** Whole numbers cannot be off by a fraction, and the shell has no others.
            2. **The largest limit comes first.** The first branch that fits wins, so the order *is* the rule.
            3. **One division, at the end.** Dividing earlier would throw away cents at each step.

            ## What can go wrong

            - A boundary written with `>` instead of `>=` moves the rule by one piece. That is the classic, and \
            the tests look at both sides of each boundary because of it.
            - Division rounds *down*: 30 pieces at 33 cents with 5 % are 940 cents, not 940.5.
            - Negative quantities are refused with exit code 64:

            ```console
            $ ./discount.sh 1000 -1
            discount.sh: quantity must be a whole number from 1
            ```

            > The tests print [TAP](https://testanything.org), so any harness can read them.

            Ask me to **fix the failing test** if you would like to see one of these go wrong.
            """;

    static final String NOTES = """
            # %s

            Written by the demo model.

            - The price is counted in cents.
            - The tests print TAP: run `./run-tests.sh`.
            """;

    static final String PLAN = """
            # Round prices fairly

            1. Add a test for a sum that ends in half a cent.
            2. Round half up in `discount.sh`, in one place.
            3. Run the tests and note the change in the README.
            """;

    static final String COMPACTION = """
            <analysis>The conversation was a demonstration with the scripted model.</analysis>
            <summary>The person tried the demo's stories in the sample project. Nothing is pending.</summary>""";

    /** As a fenced block whose fence is longer than any inside. */
    static String fenced(String text) {
        String fence = "```";
        while (text.contains(fence)) {
            fence += "`";
        }
        return "\n\n" + fence + "\n" + text.strip() + "\n" + fence;
    }
}
