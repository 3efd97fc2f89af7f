package dev.dashboard.config;

import java.io.Serial;
import java.util.List;

/** The configuration cannot be used; carries every fault found, each naming its key and where the value came from. */
public final class ConfigFaults extends RuntimeException {
    @Serial
    private static final long serialVersionUID = 1;

    private final transient List<String> faults;

    ConfigFaults(List<String> faults) {
        super(String.join("\n", faults));
        this.faults = List.copyOf(faults);
    }

    public List<String> faults() {
        return faults;
    }
}
