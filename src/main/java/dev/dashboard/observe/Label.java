package dev.dashboard.observe;

import java.util.Arrays;
import java.util.Set;

/**
 * A label of a metric and what it may say. Each value is a time series, kept by the server and by whoever scrapes it, so there is no label
 * without a bound: what is outside of it is counted as {@link #OTHER}.
 *
 * @param values all that it may say; empty for what is learnt as it comes
 * @param most how many values there may be, {@link #OTHER} aside
 */
record Label(String name, Set<String> values, int most) {
    /** Stands for every value outside of the bound. */
    static final String OTHER = "other";

    Label {
        values = Set.copyOf(values);
    }

    /** With these values and no others. */
    static Label of(String name, String... values) {
        return new Label(name, Set.copyOf(Arrays.asList(values)), values.length);
    }

    /** With the first {@code most} values that come. */
    static Label upTo(int most, String name) {
        return new Label(name, Set.of(), most);
    }

    /** Whether its values are known beforehand. */
    boolean closed() {
        return !values.isEmpty();
    }
}
