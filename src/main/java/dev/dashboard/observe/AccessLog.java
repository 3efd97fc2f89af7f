package dev.dashboard.observe;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One line for each answered request, of a logger of its own. It has the route's pattern and never an address as it was sent,
 * nor anything of headers and bodies. Who asked, and about which session, the line has from its thread, as every line. Any thread.
 */
public final class AccessLog {
    /** Its level is its own: {@code log.access} switches it, and the level of the rest does not. */
    public static final String LOGGER = "dev.dashboard.access";

    private static final Logger LOG = LoggerFactory.getLogger(LOGGER);

    /**
     * An answer, sent or cut.
     *
     * @param method as the route has it, or {@code other}
     * @param route pattern of the route, or {@code other}
     * @param bytes of the answer with its headers, as far as they were written
     * @param millis from the request's arrival to the end of its answer; of an event stream, how long somebody listened
     * @param address of the client, as trusted proxies tell
     */
    public record Answer(String method, String route, int status, long bytes, long millis, String address) {}

    public void line(Answer answer) {
        // The members alone would do for a machine; the message is for who reads the log by eye.
        LOG.atInfo()
                .addKeyValue("method", answer.method())
                .addKeyValue("route", answer.route())
                .addKeyValue("status", answer.status())
                .addKeyValue("bytes", answer.bytes())
                .addKeyValue("millis", answer.millis())
                .addKeyValue("address", answer.address())
                .log("{} {} {}", answer.method(), answer.route(), answer.status());
    }
}
