package dev.dashboard.observe;

import java.util.Arrays;
import java.util.List;

/**
 * The catalogue: everything that is measured, by the name that Prometheus sees. Names follow its conventions, which {@code promtool check
 * metrics} holds: seconds, bytes, {@code _total} for what only grows. Alerts, dashboards and runbooks may name these and no others; {@code
 * MonitoringIT} holds that too.
 */
public enum Metric {
    // ---- the service
    BUILD_INFO("dashboard_build_info", gauge(), "1, with the version that runs", Label.upTo(1, "version")),
    START_TIME("dashboard_start_time_seconds", gauge(), "When the server started, in seconds since 1970"),
    CHECK_FAILING(
            "dashboard_check_failing",
            gauge(),
            "1 while the named check of health fails, with what its failing makes of the server",
            Label.of(
                    "check",
                    "threads",
                    "writer",
                    "journal",
                    "schema",
                    "disk",
                    "draining",
                    "cli",
                    "credential",
                    "runner",
                    "gateway",
                    "housekeeping"),
            Label.of("effect", "dead", "unready", "degraded")),
    HTTP_REQUESTS(
            "dashboard_http_request_seconds",
            seconds(0.005, 0.025, 0.1, 0.25, 1, 5),
            "Time to answer a request; event streams are left out, since they last as long as somebody looks",
            Label.of("method", "GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"),
            Label.upTo(150, "route"),
            Label.of("status", "1xx", "2xx", "3xx", "4xx", "5xx")),
    INCIDENTS("dashboard_incidents_total", counter(), "Requests answered with 500: each is a fault of the dashboard"),
    CONNECTIONS("dashboard_connections", gauge(), "Open connections of the port that people use"),
    CONNECTIONS_LIMIT("dashboard_connections_limit", gauge(), "How many there may be; further ones wait"),
    REFUSALS(
            "dashboard_refusals_total",
            counter(),
            "Requests refused because a limit was reached or a guard said no",
            Label.of(
                    "reason",
                    "rate-limited",
                    "subscribers-full",
                    "journal-busy",
                    "too-large",
                    "csrf",
                    "origin",
                    "host")),
    SIGN_INS(
            "dashboard_sign_ins_total",
            counter(),
            "Attempts to sign in",
            Label.of("outcome", "accepted", "refused", "limited")),
    LOG_LINES(
            "dashboard_log_lines_total",
            counter(),
            "Lines logged as a warning or an error",
            Label.of("level", "warn", "error")),

    // ---- event streams
    SUBSCRIBERS("dashboard_subscribers", gauge(), "Open event streams"),
    SUBSCRIBERS_LIMIT("dashboard_subscribers_limit", gauge(), "How many there may be; further ones are refused"),
    SUBSCRIBER_CLOSES(
            "dashboard_subscriber_closes_total",
            counter(),
            "Event streams that ended; by lag: one write was stuck for too long",
            Label.of("reason", "left", "lag", "access", "stop")),
    DELIVERY(
            "dashboard_delivery_seconds",
            seconds(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5),
            "From the CLI's line to the bytes of its event handed to one event stream"),

    // ---- the journal and its disk
    JOURNAL_COMMIT(
            "dashboard_journal_commit_seconds",
            seconds(0.001, 0.005, 0.025, 0.1, 0.25, 1, 5),
            "Time of one commit, until the disk says that it is stored"),
    JOURNAL_BATCH(
            "dashboard_journal_batch_events", amount(1, 2, 5, 10, 25, 50, 100, 250), "Events stored by one commit"),
    JOURNAL_FAILURES("dashboard_journal_failures_total", counter(), "Commits that failed"),
    JOURNAL_QUEUE("dashboard_journal_queue", gauge(), "Writes that wait for the journal"),
    JOURNAL_QUEUE_LIMIT("dashboard_journal_queue_limit", gauge(), "How many may wait; further ones are refused"),
    DATABASE_SIZE("dashboard_database_bytes", gauge(), "Size of the database file"),
    WAL_SIZE("dashboard_wal_bytes", gauge(), "Size of its write-ahead log"),
    CHECKPOINT(
            "dashboard_checkpoint_seconds",
            seconds(0.005, 0.025, 0.1, 0.5, 2),
            "Taking the write-ahead log over into the database file, beside the writer"),
    DATABASE_FREE("dashboard_database_free_bytes", gauge(), "Space in the database file that nothing is on"),
    DATABASE_FREED(
            "dashboard_database_freed_bytes_total", counter(), "Space of the database file given back to the disk"),
    HOUSEKEEPING_RUNS(
            "dashboard_housekeeping_runs_total",
            counter(),
            "Daily runs of the housekeeping",
            Label.of("outcome", "done", "failed")),
    HOUSEKEEPING_LAST(
            "dashboard_housekeeping_last_run_timestamp_seconds",
            gauge(),
            "When the last one ended, since 1970; 0 when there was none since the start"),
    HOUSEKEEPING_DURATION("dashboard_housekeeping_duration_seconds", gauge(), "How long it took"),
    SESSIONS_EXPIRED(
            "dashboard_expired_sessions_total", counter(), "Sessions whose contents went, as their project has it"),
    EVENTS_EXPIRED("dashboard_expired_events_total", counter(), "Events that have lost their contents"),
    EVENTS_EXPIRED_BYTES("dashboard_expired_bytes_total", counter(), "What was stored of those contents, roughly"),
    HOUSEKEEPING_HELD(
            "dashboard_housekeeping_held_seconds",
            seconds(0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5),
            "For how long one slice of it had the writer, with its commit"),
    DISK_FREE("dashboard_disk_free_bytes", gauge(), "Free on the disk of the data folder"),
    DISK_SIZE("dashboard_disk_size_bytes", gauge(), "Size of that disk"),
    DISK_FREE_LIMIT("dashboard_disk_free_limit_bytes", gauge(), "Below this much free the server is not ready"),

    // ---- sessions and their processes
    SESSIONS(
            "dashboard_sessions",
            gauge(),
            "Sessions by state",
            Label.of(
                    "state",
                    "starting",
                    "idle",
                    "working",
                    "asking",
                    "queued",
                    "parked",
                    "stopped",
                    "interrupted",
                    "failed")),
    SESSIONS_STALLED("dashboard_sessions_stalled", gauge(), "Sessions whose turn has been silent for too long"),
    SESSION_QUEUE_LIMIT("dashboard_session_queue_limit", gauge(), "How many sessions may wait for a process"),
    CLI_PROCESSES("dashboard_cli_processes", gauge(), "Places for CLI processes that are taken"),
    CLI_PROCESSES_LIMIT("dashboard_cli_processes_limit", gauge(), "How many there may be; further sessions wait"),
    CLI_START(
            "dashboard_cli_start_seconds",
            seconds(0.25, 0.5, 1, 2, 5, 15, 60),
            "From the start of a CLI process to its taking prompts"),
    CLI_STARTS(
            "dashboard_cli_starts_total",
            counter(),
            "CLI processes asked for",
            Label.of("outcome", "started", "failed")),
    CLI_EXITS(
            "dashboard_cli_exits_total",
            counter(),
            "CLI processes that ended, by why",
            Label.of(
                    "cause",
                    "stopped",
                    "parked",
                    "server-stopped",
                    "server-died",
                    "runner-lost",
                    "runner-leaving",
                    "failed",
                    "interrupted")),
    CLI_RESIDENT("dashboard_cli_resident_bytes", gauge(), "Resident memory of all CLI processes together"),
    CLI_OUTPUT_NOT_UNDERSTOOD(
            "dashboard_cli_output_not_understood_total", counter(), "Lines of the CLI that this version does not know"),
    TURNS(
            "dashboard_turns_total",
            counter(),
            "Turns by how they ended",
            Label.of("outcome", "completed", "failed", "interrupted")),
    TURN("dashboard_turn_seconds", seconds(1, 5, 15, 60, 300, 1800), "How long turns take"),
    TURN_FAILURES(
            "dashboard_turn_failures_total",
            counter(),
            "Turns that failed, by the code that people see",
            Label.of(
                    "cause",
                    "turn-limit",
                    "budget-reached",
                    "context-full",
                    "request-too-large",
                    "model-not-signed-in",
                    "model-auth",
                    "model-credit",
                    "model-forbidden",
                    "model-unknown",
                    "model-rate-limited",
                    "model-overloaded",
                    "model-unavailable",
                    "model-unreachable",
                    "turn-failed")),
    FIRST_TOKEN(
            "dashboard_first_token_seconds",
            seconds(0.25, 0.5, 1, 2, 5, 15, 60),
            "From the CLI's taking up a prompt to the first of the reply"),
    PROMPTS("dashboard_prompts_total", counter(), "Prompts that people sent"),
    TOKENS(
            "dashboard_tokens_total",
            counter(),
            "Tokens of turns, as the CLI counts them",
            Label.upTo(20, "model"),
            Label.of("kind", "input", "output", "cache-read", "cache-creation")),
    COST(
            "dashboard_cost_dollars_total",
            counter(),
            "Cost of turns in US dollars at list prices",
            Label.upTo(20, "model")),

    // ---- approvals
    APPROVALS_PENDING("dashboard_approvals_pending", gauge(), "Requests that wait for a person"),
    APPROVALS_OLDEST(
            "dashboard_approvals_oldest_seconds", gauge(), "How long the oldest of them has waited; 0 with none"),
    APPROVAL_WAIT(
            "dashboard_approval_wait_seconds",
            seconds(1, 5, 15, 60, 300, 1800, 7200),
            "How long requests waited, by what became of them",
            Label.of("outcome", "allowed", "denied", "expired", "withdrawn")),
    APPROVAL_DELIVERY(
            "dashboard_approval_delivery_seconds",
            seconds(0.01, 0.05, 0.1, 0.25, 0.5, 1, 5, 15),
            "From a recorded decision to the CLI being seen to act on it"),
    APPROVAL_DELIVERIES(
            "dashboard_approval_deliveries_total",
            counter(),
            "Decisions by whether the CLI was seen to act on them",
            Label.of("outcome", "delivered", "unsettled")),

    // ---- runner and gateway
    RUNNER_CONNECTED("dashboard_runner_connected", gauge(), "1 while the runner answers; absent without a runner"),
    RUNNER_RECONNECTS(
            "dashboard_runner_reconnects_total", total(), "Connections to the runner that were lost and came back"),
    MODEL_REQUESTS(
            "dashboard_model_requests_total",
            counter(),
            "Requests to the model's gateway by how they went",
            Label.of("outcome", "2xx", "4xx", "429", "5xx", "unreachable", "cut", "cancelled", "refused", "full")),
    MODEL_FIRST_BYTE(
            "dashboard_model_first_byte_seconds",
            seconds(0.25, 0.5, 1, 2, 5, 15, 60),
            "From a request's arrival at the gateway to the first byte of the model's answer"),
    MODEL_TOKENS(
            "dashboard_model_tokens_total",
            counter(),
            "Tokens that the model has counted",
            Label.of("kind", "input", "output", "cache-read", "cache-creation")),
    MODEL_ANSWERS_UNRECORDED(
            "dashboard_model_answers_unrecorded_total", counter(), "Answers of the model whose tokens are in no event"),
    MODEL_REQUESTS_IN_FLIGHT("dashboard_model_requests_in_flight", gauge(), "Requests to the model under way"),
    MODEL_REQUESTS_LIMIT("dashboard_model_requests_limit", gauge(), "How many there may be; further ones are refused"),

    // ---- backups; all 0 until there is one
    BACKUP_LAST_SUCCESS(
            "dashboard_backup_last_success_timestamp_seconds",
            gauge(),
            "When the last good backup was done, since 1970"),
    BACKUP_DURATION("dashboard_backup_duration_seconds", gauge(), "How long it took"),
    BACKUP_SIZE("dashboard_backup_size_bytes", gauge(), "How large it is"),
    BACKUP_VERIFIED(
            "dashboard_backup_verified",
            gauge(),
            "1 when it was restored and compared, and no later one failed in that"),

    // ---- the machine below
    JVM_MEMORY_USED("dashboard_jvm_memory_used_bytes", gauge(), "Memory in use", Label.of("area", "heap", "nonheap")),
    JVM_MEMORY_LIMIT("dashboard_jvm_memory_limit_bytes", gauge(), "The most that the heap may take"),
    JVM_GC_TIME("dashboard_jvm_gc_seconds_total", total(), "Time spent on collecting garbage"),
    JVM_GC_COLLECTIONS("dashboard_jvm_gc_collections_total", total(), "Collections of garbage"),
    JVM_THREADS("dashboard_jvm_threads", gauge(), "Platform threads"),
    JVM_VIRTUAL_THREADS_MOUNTED(
            "dashboard_jvm_virtual_threads_mounted", gauge(), "Virtual threads that have a carrier, estimated"),
    JVM_VIRTUAL_THREADS_QUEUED(
            "dashboard_jvm_virtual_threads_queued",
            gauge(),
            "Virtual threads that could run and wait for a carrier, estimated"),
    JVM_SCHEDULER_PARALLELISM("dashboard_jvm_scheduler_parallelism", gauge(), "Carriers that the scheduler aims at"),
    PROCESS_CPU("dashboard_process_cpu_seconds_total", total(), "Processor time of the server, without its children"),
    PROCESS_RESIDENT("dashboard_process_resident_bytes", gauge(), "Resident memory of the server"),
    PROCESS_OPEN_FILES("dashboard_process_open_files", gauge(), "Open file descriptors of the server"),
    PROCESS_OPEN_FILES_LIMIT("dashboard_process_open_files_limit", gauge(), "How many it may have");

    /** What can be done with a metric. */
    enum Kind {
        COUNTER,
        /** A counter that somebody else adds up, asked for at each look. */
        TOTAL,
        GAUGE,
        HISTOGRAM_OF_SECONDS,
        HISTOGRAM;

        /** Whether it is told what happens, and not asked how things stand. */
        boolean isRecorded() {
            return this != GAUGE && this != TOTAL;
        }
    }

    /** @param buckets upper bounds of a histogram, ascending */
    private record Shape(Kind kind, List<Double> buckets) {}

    private final String exposed;
    private final Shape shape;
    private final String help;
    private final List<Label> labels;

    Metric(String exposed, Shape shape, String help, Label... labels) {
        this.exposed = exposed;
        this.shape = shape;
        this.help = help;
        this.labels = List.of(labels);
    }

    private static Shape counter() {
        return new Shape(Kind.COUNTER, List.of());
    }

    private static Shape total() {
        return new Shape(Kind.TOTAL, List.of());
    }

    private static Shape gauge() {
        return new Shape(Kind.GAUGE, List.of());
    }

    private static Shape seconds(double... buckets) {
        return new Shape(Kind.HISTOGRAM_OF_SECONDS, boxed(buckets));
    }

    private static Shape amount(double... buckets) {
        return new Shape(Kind.HISTOGRAM, boxed(buckets));
    }

    private static List<Double> boxed(double... values) {
        return Arrays.stream(values).boxed().toList();
    }

    /** The name in a scrape; a histogram's series have this with {@code _bucket, _sum, _count} and {@code _max}. */
    public String exposed() {
        return exposed;
    }

    public String help() {
        return help;
    }

    Kind kind() {
        return shape.kind();
    }

    List<Double> buckets() {
        return shape.buckets();
    }

    List<Label> labels() {
        return labels;
    }

    /** The name as the library wants it, which adds unit and {@code _total} by itself. */
    String registered() {
        return switch (kind()) {
            case COUNTER, TOTAL -> exposed.substring(0, exposed.length() - "_total".length());
            case HISTOGRAM_OF_SECONDS -> exposed.substring(0, exposed.length() - "_seconds".length());
            case GAUGE, HISTOGRAM -> exposed;
        };
    }
}
