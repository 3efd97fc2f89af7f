/**
 * What travels between browser and server. The names mirror the HTTP API and `Event.java` one for one; nothing here is ours
 * to invent. Optional members are absent, never null. Times are ISO-8601 in UTC.
 */

// ---- people, projects, sessions --------------------------------------------------------------------------------------

export interface Person {
  readonly id: string;
  readonly name: string;
}

export type Role = 'admin' | 'operator' | 'viewer';

export interface User extends Person {
  readonly role: Role;
}

/** Who else may come to a session: nobody, the team to read, the team to work in it. */
export type Sharing = 'private' | 'team-read' | 'team-write';

/** How far who asks may go with a session; each includes the ones before it. The server says it, nobody here works it out. */
export type AccessLevel = 'read' | 'write' | 'own';

export interface CliInfo {
  readonly state: 'ok' | 'missing' | 'other-version' | 'not-executable' | 'broken' | 'runner-away';
  readonly version?: string;
  readonly message?: string;
}

export interface ServerInfo {
  readonly version: string;
  readonly demo: boolean;
  readonly cli: CliInfo;
  readonly credential: 'api-key' | 'oauth-token' | 'demo' | 'none';
  /** Who holds the credential; with `cli`, every command that the model runs can read it. */
  readonly modelAccess: 'gateway' | 'cli';
  readonly isolation: 'runner' | 'same-user';
  /** What a session gets of which nothing else is said. */
  readonly usualSharing: Sharing;
}

// ---- the server itself, for administrators

/** `GET /system`; the configuration is for administrators. */
export interface SystemFacts extends ServerInfo {
  readonly profile: 'dev' | 'staging' | 'production';
  readonly uptimeSeconds: number;
  readonly configuration?: readonly ConfiguredValue[];
  readonly logLevel?: LogLevel;
  readonly runtime?: {
    readonly java: string;
    readonly databaseBytes?: number;
    /** Absent when there never was one. */
    readonly lastBackupAt?: string;
    /** Whether it was restored and compared. */
    readonly backupVerified?: boolean;
  };
}

export type LogLevelName = 'error' | 'warn' | 'info' | 'debug';

/** How much the server's own code logs: as configured, or otherwise for some time. */
export interface LogLevel {
  readonly level: LogLevelName;
  readonly configured: LogLevelName;
  /** When the configured one holds again; absent while it does. */
  readonly until?: string;
}

export interface BackupRun {
  readonly id: string;
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly trigger: 'clock' | 'person' | 'deploy';
  readonly outcome: 'good' | 'failed';
  /** In which it failed. */
  readonly phase?: string;
  /** Why it failed; of a good one, what is worth knowing all the same. */
  readonly message?: string;
  readonly bytes?: number;
  readonly seconds?: number;
  /** Whether it was stored there; absent where that was not tried. */
  readonly local?: boolean;
  readonly remote?: boolean;
}

export interface BackupRunning {
  readonly id: string;
  readonly startedAt: string;
  readonly phase: string;
  /** Bytes; absent where it cannot tell. */
  readonly done?: number;
  readonly of?: number;
}

export interface Backups {
  /** Whether anything takes requests. */
  readonly available: boolean;
  /** Why not: nothing ever did, or it does not show itself any more. */
  readonly reason?: 'none' | 'silent';
  readonly silentSince?: string;
  readonly running?: BackupRunning;
  /** Until a backup has come of it; where it does not wait, none will. */
  readonly requested?: { readonly id: string; readonly by: string; readonly at: string; readonly waiting: boolean };
  readonly lastGood?: { readonly finishedAt: string; readonly seconds: number; readonly bytes: number; readonly verified: boolean };
  /** Newest first. */
  readonly history: readonly BackupRun[];
}

/** @see SystemFacts; of a secret the value is `present` or `missing` */
export interface ConfiguredValue {
  readonly key: string;
  readonly value: string;
  /** `system property`, `environment` and the variable, the name of a file, or `default`. */
  readonly source: string;
}

export interface HealthCheck {
  readonly name: string;
  /** What follows when it fails: the process is beyond help, gets no requests, or serves with something missing. */
  readonly effect: 'dead' | 'unready' | 'degraded';
  readonly ok: boolean;
  /** A sentence for operators, when it is not ok. */
  readonly message?: string;
  /** The page that says what to do, from the root of the checkout. */
  readonly runbook?: string;
}

export interface Health {
  readonly live: boolean;
  readonly ready: boolean;
  readonly started: boolean;
  readonly degraded: boolean;
  readonly checkedAt: string;
  readonly checks: readonly HealthCheck[];
}

export type FigureUnit = 'number' | 'per-second' | 'seconds' | 'bytes' | 'cores';

export interface Figure {
  readonly name: string;
  readonly unit: FigureUnit;
  readonly limit?: number;
}

export interface FigureSample {
  readonly time: string;
  /** In the order of the figures; nothing where nothing was measured. */
  readonly values: readonly (number | null)[];
}

export interface FigurePage {
  readonly intervalSeconds: number;
  readonly figures: readonly Figure[];
  readonly samples: readonly FigureSample[];
}

export interface Limit {
  readonly name: string;
  readonly used: number;
  readonly limit: number;
  readonly unit: 'number' | 'bytes';
  /** The key of the configuration that sets it; absent where none does. */
  readonly key?: string;
}

export interface LogLine {
  readonly time: string;
  readonly level: 'WARN' | 'ERROR';
  readonly logger: string;
  readonly message: string;
  readonly requestId?: string;
  readonly sessionId?: string;
  readonly exception?: string;
}

/** What sign-in, `GET /auth/me`, a refresh and a password change answer. */
export interface SignedIn {
  readonly user: User;
  readonly csrfToken: string;
  readonly mustChangePassword: boolean;
  readonly server: ServerInfo;
}

export interface Project {
  readonly id: string;
  readonly path: string;
  readonly name: string;
  readonly createdAt: string;
  /** Absent where it was not looked at. */
  readonly trust?: TrustState;
  /** For how long what is said in its sessions is kept; absent for ever. */
  readonly retentionDays?: number;
}

/** `GET /projects/{id}/retention`; with a number of days asked for, how many sessions would lose their contents now. */
export interface Retention {
  /** Null for ever. */
  readonly retentionDays: number | null;
  readonly days?: number;
  readonly sessionsDue?: number;
}

/** How it stands with the settings that a project's repository brings: hooks, rules, MCP servers, variables. */
export type TrustState = 'nothing-to-load' | 'untrusted' | 'trusted' | 'changed' | 'unreadable';

export interface TrustHook {
  readonly event: string;
  /** Which calls it is about; empty for all. */
  readonly matcher: string;
  readonly command: string;
  readonly file: string;
}

export interface TrustServer {
  readonly name: string;
  /** Of one that is started here. */
  readonly commandLine?: readonly string[];
  /** Of one elsewhere. */
  readonly url?: string;
  /** Names of variables, or of headers. */
  readonly environment: readonly string[];
}

export interface TrustSummary {
  readonly hooks: readonly TrustHook[];
  readonly allow: readonly string[];
  readonly ask: readonly string[];
  readonly deny: readonly string[];
  readonly mcpServers: readonly TrustServer[];
  readonly environment: readonly { readonly name: string; readonly file: string; readonly value?: string }[];
  /** What is not loaded, trusted or not. */
  readonly leftOut: readonly { readonly file: string; readonly name: string; readonly why: string }[];
  readonly others: readonly string[];
}

export interface TrustFile {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
  /** For who may decide. */
  readonly text?: string;
}

/** What `GET /projects/{id}/trust` answers. Without fingerprint, summary and files when they are unreadable, and then with the reason. */
export interface Trust {
  readonly state: TrustState;
  readonly reason?: string;
  readonly fingerprint?: string;
  readonly summary?: TrustSummary;
  readonly files?: readonly TrustFile[];
  readonly trustedBy?: string;
  readonly trustedAt?: string;
}

export type SessionState =
  | 'starting'
  | 'idle'
  | 'working'
  | 'asking'
  | 'queued'
  | 'parked'
  | 'stopped'
  | 'interrupted'
  | 'failed';

export type PermissionMode = 'default' | 'acceptEdits' | 'plan';

export interface Tokens {
  readonly input: number;
  readonly output: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
}

export interface SessionFailure {
  readonly code: string;
  readonly message: string;
  readonly remedy: string;
  readonly exitCode?: number;
  readonly stderrTail?: string;
}

export interface Session {
  readonly id: string;
  readonly projectId: string;
  readonly projectName: string;
  readonly cwd: string;
  /** Absent until the first prompt names the session, unless it was given one. */
  readonly title?: string;
  readonly state: SessionState;
  readonly stateSince: string;
  readonly owner: Person;
  readonly sharing: Sharing;
  readonly access: AccessLevel;
  readonly model?: string;
  readonly permissionMode: string;
  readonly effort?: string;
  readonly cliSessionId: string;
  readonly createdAt: string;
  /** Number of the newest event of this session. */
  readonly lastSeq: number;
  /** The number up to which this picture is true. */
  readonly seq: number;
  readonly prompts: number;
  readonly turns: number;
  /** US dollars at list prices. */
  readonly cost: number;
  readonly tokens: Tokens;
  readonly contextTokens?: number;
  readonly contextWindow?: number;
  /** One line: what it does now. */
  readonly activity?: string;
  readonly pendingApprovals: number;
  /** Its place in the line, from 1, while it is queued. */
  readonly queuePosition?: number;
  /** Why its waiting prompts do not go on. */
  readonly held?: 'interrupted' | 'turn-failed' | (string & {});
  readonly stalled?: { readonly cause: StallCause | (string & {}); readonly since: string };
  /** Its last turn failed, or was cut by a stop of the server or its runner; gone with the next turn. */
  readonly turnFault?: { readonly kind: 'failed' | 'cut' | (string & {}); readonly message?: string };
  readonly failure?: SessionFailure;
  readonly pid?: number;
  readonly cliVersion?: string;
  /** Since when what was said in it is gone. */
  readonly expiredAt?: string;
}

export type StallCause = 'model-silent' | 'tool-running' | 'retrying' | 'rate-limited';

export type PromptState = 'submitted' | 'delivered' | 'completed' | 'failed' | 'cancelled' | 'cut' | 'removed';

/** An open prompt as `GET /sessions/{id}/prompts` lists it; those that wait stand in their order. */
export interface OpenPrompt {
  readonly promptId: string;
  readonly text: string;
  readonly state: PromptState;
  /** Number of the event that submitted it. */
  readonly seq: number;
  /** Absent when the server sent it. */
  readonly author?: Person;
}

export interface OpenPrompts {
  readonly prompts: readonly OpenPrompt[];
  readonly held?: string;
  /** The number up to which this picture is true. */
  readonly seq: number;
}

/** One of the CLI's permission updates, as it suggests them; `destination` is always `session` when we send one. */
export interface PermissionUpdate {
  readonly type: 'addRules' | 'addDirectories' | 'setMode' | (string & {});
  readonly rules?: readonly { readonly toolName: string; readonly ruleContent?: string }[];
  readonly behavior?: string;
  readonly directories?: readonly string[];
  readonly mode?: string;
  readonly destination: string;
}

/** `GET /processes`: what is live, what it takes, and who waits. */
export interface Processes {
  readonly limit: number;
  readonly parallelStarts: number;
  readonly queueLimit: number;
  /** Of all, also of sessions that who asks may not see; the lists hold only the ones they may. */
  readonly liveCount: number;
  readonly queueCount: number;
  readonly live: readonly ProcessUse[];
  readonly queue: readonly { readonly sessionId: string; readonly position: number; readonly since: string }[];
}

export interface ProcessUse {
  readonly sessionId: string;
  readonly pid: number;
  readonly startedAt: string;
  /** The CLI and all that descends from it. */
  readonly processes: number;
  readonly residentBytes: number;
  /** Of one core, over the last seconds; 200 is two cores. */
  readonly cpuPercent: number;
}

export type ApprovalKind = 'permission' | 'question' | 'plan';
export type ApprovalState = 'pending' | 'allowed' | 'denied' | 'withdrawn';
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };
export type JsonObject = { readonly [name: string]: Json };

export interface Approval {
  readonly id: string;
  readonly sessionId: string;
  readonly sessionTitle?: string;
  readonly kind: ApprovalKind;
  readonly tool: string;
  readonly input: JsonObject;
  readonly description?: string;
  readonly reason?: string;
  readonly state: ApprovalState;
  /** How far a decision came: written down, acted on by the CLI, or not known. */
  readonly delivery?: 'recorded' | 'delivered' | 'unknown';
  readonly suggestions: readonly PermissionUpdate[];
  readonly requestedAt: string;
  readonly expiresAt?: string;
  readonly seq: number;
  readonly decidedAt?: string;
  /** A person, or the server when the request expired. */
  readonly decidedBy?: Actor;
  readonly remembered?: readonly PermissionUpdate[];
  readonly decisionReason?: string;
  /** What ran instead of what was asked. */
  readonly changedInput?: JsonObject;
}

// ---- people, tokens and the audit ----------------------------------------------------------------------------------------

/** A person as administrators see them. */
export interface Account extends User {
  /** `invited`: has not chosen a password yet. */
  readonly state: 'active' | 'invited' | 'disabled';
  readonly createdAt: string;
  readonly lastSignInAt?: string;
  /** Of the newest link that is still good. */
  readonly invitationExpiresAt?: string;
}

/** A link for one use; its token is shown once. */
export interface Invitation {
  readonly token: string;
  readonly path: string;
  readonly expiresAt: string;
}

export interface ApiToken {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  readonly user: Person;
  readonly createdAt: string;
  readonly expiresAt: string;
  readonly lastUsedAt?: string;
}

/** One link of the audit's chain. */
export interface AuditRecord {
  readonly n: number;
  readonly time: string;
  readonly actor: Actor;
  readonly action: string;
  readonly summary: string;
  readonly sessionId?: string;
  readonly seq: number;
  readonly detail: JsonObject;
  readonly digest: string;
  readonly hash: string;
}

export interface AuditPage {
  readonly records: readonly AuditRecord[];
  /** The `before` of the next older page. */
  readonly next: number | null;
}

export interface AuditVerification {
  readonly whole: boolean;
  readonly records: number;
  readonly head: { readonly n: number; readonly hash: string };
  /** The newest head that is also kept outside the database. */
  readonly anchored?: { readonly n: number; readonly hash: string; readonly at: string };
  readonly fault?: { readonly n: number; readonly reason: string };
}

// ---- events ----------------------------------------------------------------------------------------------------------

/** `token`: the name of the API token that the person's script used. */
export type Actor = ({ readonly kind: 'person'; readonly token?: string } & Person) | { readonly kind: 'cli' } | { readonly kind: 'server' };

/** Proof of what a stop did to the process tree. */
export interface Leftover {
  readonly found: number;
  readonly killed: number;
  readonly remaining: number;
}

export interface TurnError {
  readonly code: string;
  readonly message: string;
  readonly remedy: string;
  readonly status?: number;
}

export interface TurnOutcome {
  readonly cliUuid: string;
  readonly isError: boolean;
  readonly reason: string;
  readonly error?: TurnError;
  readonly durationMs: number;
  readonly rounds: number;
  readonly tokens: Tokens;
  readonly costUsd: number;
  readonly contextTokens?: number;
  readonly contextWindow?: number;
  readonly promptIds: readonly string[];
}

/** Every event, by its name on the wire, with its data. */
export interface EventData {
  'user-created': { userId: string; name: string; role: string };
  'signed-in': { userId: string; name: string; address: string };
  'sign-in-refused': { name: string; address: string; reason: string };
  'signed-out': { userId: string };
  'password-changed': { userId: string };
  'signed-out-everywhere': { userId: string; name?: string };
  'invitation-issued': { userId: string; name?: string; expiresAt: string };
  'invitation-accepted': { userId: string; name: string; address: string };
  'role-changed': { userId: string; name: string; role: string };
  'user-disabled': { userId: string; name: string };
  'user-enabled': { userId: string; name: string };
  'api-token-issued': { tokenId: string; userId: string; name: string; role: string; expiresAt: string };
  'api-token-revoked': { tokenId: string; userId: string; name: string; userName?: string };
  'access-refused': { route: string; code: string; address: string };
  'audit-exported': { records: number };
  'configuration-changed': { before: JsonObject; now: JsonObject };
  'log-level-changed': { before: string; level: string; until?: string };
  'project-added': { projectId: string; path: string; name: string };
  'project-trusted': { projectId: string; name: string; fingerprint: string; files: string[] };
  /** Absent days are for ever. */
  'project-retention-changed': { projectId: string; name: string; before?: number; days?: number };
  'project-trust-withdrawn': { projectId: string; name: string; reason: 'changed' | 'person' | (string & {}) };

  'session-created': {
    projectId: string;
    cwd: string;
    title?: string;
    model?: string;
    permissionMode: string;
    effort?: string;
    /** The id of the person; the actor of the event carries the name. */
    owner: string;
    sharing: Sharing;
  };
  'session-shared': { sharing: Sharing };
  'session-queued': { position: number };
  'session-titled': { title: string };
  'session-started': { launch: string; cliSessionId: string; resumed: boolean };
  'process-started': { launch: string; pid: number; startTicks: number; startedAt: string };
  'session-ready': { cliVersion: string; accountSource: string; model?: string };
  'activity-changed': { activity: 'running' | 'requires_action' | 'idle' | (string & {}) };
  'turn-started': { model: string; permissionMode: string; tools: readonly string[] };
  'conversation-reset': { cliSessionId: string };
  'interruption-requested': Record<never, never>;
  'stop-requested': { reason: string };
  'session-ended': { reason: 'stopped' | 'server-stopped' | 'parked' | (string & {}); exitCode?: number; leftover: Leftover };
  'session-failed': SessionFailure & { leftover: Leftover };
  'session-interrupted': { cause: string; leftover: Leftover };

  'prompt-submitted': { promptId: string; text: string };
  'prompt-edited': { promptId: string; text: string };
  'prompt-removed': { promptId: string };
  'prompt-hastened': { promptId: string };
  'prompts-reordered': { order: readonly string[] };
  'queue-held': { cause: 'interrupted' | 'turn-failed' | (string & {}) };
  'queue-released': Record<never, never>;
  'delivery-requested': { promptId: string };
  'prompt-delivered': { promptId: string };
  'prompt-finished': { promptId: string; outcome: 'completed' | 'failed' | 'cancelled' | (string & {}) };

  'assistant-replied': {
    cliUuid: string;
    messageId: string;
    index: number;
    text: string;
    aborted: boolean;
    parentToolUseId?: string;
  };
  'assistant-thought': { cliUuid: string; messageId: string; index: number; text: string; parentToolUseId?: string };
  'tool-called': {
    cliUuid: string;
    messageId: string;
    index: number;
    toolUseId: string;
    tool: string;
    input: JsonObject;
    parentToolUseId?: string;
  };
  'tool-returned': {
    cliUuid: string;
    toolUseId: string;
    isError: boolean;
    content: string;
    result?: JsonObject;
    parentToolUseId?: string;
  };
  'turn-ended': TurnOutcome;
  'turn-interrupted': TurnOutcome;

  'turn-stalled': { cause: StallCause | (string & {}); tool?: string; silentMs: number; interrupts: boolean };
  'turn-revived': Record<never, never>;

  'approval-requested': {
    approvalId: string;
    kind: ApprovalKind;
    cliRequestId: string;
    toolUseId: string;
    tool: string;
    input: JsonObject;
    description?: string;
    reason?: string;
    suggestions: readonly PermissionUpdate[];
    agentId?: string;
    expiresAt?: string;
  };
  'approval-resolved': {
    approvalId: string;
    decision: 'allow' | 'deny';
    input?: JsonObject;
    reason?: string;
    remembered: readonly PermissionUpdate[];
  };
  'approval-delivered': { approvalId: string };
  'approval-withdrawn': {
    approvalId: string;
    cause: 'cli' | 'interrupted' | 'process-ended' | 'server-restarted' | (string & {});
  };
  'approval-unsettled': { approvalId: string };

  'api-retried': { attempt: number; maxRetries: number; delayMs: number; status?: number; error: string };
  'model-answered': { model?: string; status: number; firstByteMs: number; tokens: Tokens };
  'model-fell-back': { from: string; to: string };
  'context-compacted': { trigger: string; preTokens: number; postTokens: number };
  'permission-mode-changed': { permissionMode: string };
  'rate-limit-changed': { status: string; resetsAt?: string; window: string; utilization?: number };
  'permission-denied': { toolUseId: string; tool: string; message: string };
  'background-tasks-changed': { tasks: readonly Json[] };
  'notice-given': { level: 'info' | 'warning' | 'error' | (string & {}); text: string };
  'output-not-understood': { line: string; reason: string };
  'contents-expired': { through: number; days: number; contents: string };
}

export type EventType = keyof EventData;

interface Envelope<T extends EventType> {
  readonly seq: number;
  readonly time: string;
  /** Absent for what belongs to no session. */
  readonly sessionId?: string;
  readonly actor: Actor;
  readonly type: T;
  /** Of one whose contents have expired, there is nothing in it: look at `expired` first. */
  readonly data: Readonly<EventData[T]>;
  readonly expired?: true;
}

/**
 * An event as it travels, told apart by `type`. A newer server may send a type that is not in this list: a switch over it
 * needs a default that keeps the state as it is (or shows the event raw).
 */
export type WireEvent = { [T in EventType]: Envelope<T> }[EventType];
export type EventOf<T extends EventType> = Envelope<T>;

/**
 * Text in the making: no number, the whole text so far; the recorded block with the same key replaces it. An empty text says
 * that it was given up.
 */
export interface Draft {
  readonly sessionId: string;
  readonly messageId: string;
  readonly index: number;
  readonly kind: 'text' | 'thinking';
  readonly text: string;
}

export interface EventPage {
  readonly events: readonly WireEvent[];
  readonly next: number | null;
}

// ---- what the shell hands to a session's view ---------------------------------------------------------------------------

/** A prompt that was sent but is not recorded yet; it leaves when `prompt-submitted` with its id arrives. */
export interface PendingPrompt {
  readonly promptId: string;
  readonly text: string;
  /** Milliseconds since the epoch, by this browser's clock. */
  readonly since: number;
  /** `waiting`: no connection, it is sent by itself, with the same id. `refused`: the text is back in the person's hands. */
  readonly state: 'sending' | 'waiting' | 'refused';
  /** Why it was refused, for people. */
  readonly problem?: string;
  /** It is to cut the running turn and run next. */
  readonly now?: boolean;
}

export type ConnectionState =
  | { readonly kind: 'connecting' }
  /** `stopping`: the server has said that it is about to stop; it still tells what happens. */
  | { readonly kind: 'live'; readonly seq: number; readonly stopping?: true }
  /** `since` is the moment of the last truth, `retryAt` that of the next attempt; both in milliseconds since the epoch. */
  | { readonly kind: 'offline'; readonly seq: number; readonly since: number; readonly retryAt: number }
  /** The server said that it is going down; the stream comes back by itself. */
  | { readonly kind: 'draining'; readonly seq: number; readonly since: number; readonly retryAt: number };

// ---- what a session's view says upwards; all bubble and are composed ----------------------------------------------------

export interface SessionIntents {
  /** `now`: it cuts the running turn and runs next, instead of waiting for its end. */
  'prompt-send': { promptId: string; text: string; now?: boolean };
  'prompt-edit': { promptId: string; text: string };
  /** To this place among those that wait; 0 runs next. */
  'prompt-move': { promptId: string; position: number };
  'prompt-hasten': { promptId: string };
  'prompt-remove': { promptId: string };
  'approval-decide': {
    approvalId: string;
    decision: 'allow' | 'deny';
    reason?: string;
    input?: JsonObject;
    answers?: JsonObject;
    /** What is not asked again in this session; for a plan, the mode to go on in. */
    remember?: readonly PermissionUpdate[];
  };
  'session-interrupt': undefined;
  'session-stop': undefined;
  'session-resume': undefined;
  'session-share': { sharing: Sharing };
  'prompt-deliver': { promptId: string };
  'load-older': undefined;
  /** What stands in the composer, at each change: kept for the session until it is sent. */
  'composer-text': { text: string };
}
