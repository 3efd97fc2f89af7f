/** What a transcript shows, one type per kind of entry. Plain data; how it is worded and drawn is decided elsewhere. */
import type { PermissionUpdate } from '../api/types';

/** An event as it comes over the wire, in pages and in the stream alike. */
export interface WireEvent {
  readonly seq: number;
  readonly time: string;
  readonly sessionId?: string | undefined;
  readonly actor: WireActor;
  readonly type: string;
  readonly data: object;
  /** Its contents are gone. */
  readonly expired?: true;
}

export type WireActor =
  | { readonly kind: 'person'; readonly id: string; readonly name: string; readonly token?: string }
  | { readonly kind: 'cli' }
  | { readonly kind: 'server' };

/** Text in the making, not recorded yet. `(messageId, index)` is also the key of the block that replaces it. */
export interface Draft {
  readonly messageId: string;
  readonly index: number;
  readonly kind: 'text' | 'thinking';
  readonly text: string;
}

export type Json = Readonly<Record<string, unknown>>;

interface Base {
  /** Stable over the life of the entry, and the same for a draft and the block that replaces it. */
  readonly key: string;
  /** Number of the event that made the entry: also its permalink. */
  readonly seq: number;
  readonly time: string;
}

/**
 * `waiting`: it was never taken up, and stands in the line and not among the rows. `pending`: it was, was cut, and is to run
 * again.
 */
export type PromptState = 'waiting' | 'pending' | 'delivered' | 'done' | 'cancelled' | 'cut';

export interface PromptEntry extends Base {
  readonly kind: 'prompt';
  readonly promptId: string;
  readonly text: string;
  readonly author: string;
  /** The API token by which it came, where it came by one. */
  readonly via?: string;
  readonly state: PromptState;
}

export interface TextEntry extends Base {
  readonly kind: 'text';
  readonly text: string;
  /** The turn was cut while this was written. */
  readonly aborted: boolean;
}

export interface ThoughtEntry extends Base {
  readonly kind: 'thought';
  readonly text: string;
  /** Time since the event before it; unknown for the first event that was read. */
  readonly durationMs?: number | undefined;
}

export type ToolState = 'running' | 'ok' | 'failed' | 'denied' | 'unknown';

export interface ToolResult {
  readonly isError: boolean;
  readonly content: string;
  readonly result?: Json | undefined;
  readonly time: string;
}

export interface ToolEntry extends Base {
  readonly kind: 'tool';
  readonly toolUseId: string;
  readonly tool: string;
  readonly input: Json;
  readonly parentToolUseId?: string | undefined;
  readonly state: ToolState;
  readonly result?: ToolResult | undefined;
  /** From the call, or from the moment a person allowed it, to the result. */
  readonly durationMs?: number | undefined;
  /** Why it was refused without asking a person. */
  readonly denial?: string | undefined;
  readonly approval?: ApprovalEntry | undefined;
  readonly children: readonly ChildEntry[];
}

/** What a subagent said and did, inside the call that started it. */
export type ChildEntry = ToolEntry | TextEntry | ThoughtEntry;

export type ApprovalState = 'pending' | 'allowed' | 'denied' | 'withdrawn';

export interface ApprovalEntry extends Base {
  readonly kind: 'approval';
  readonly approvalId: string;
  readonly approvalKind: 'permission' | 'question' | 'plan';
  readonly toolUseId: string;
  readonly tool: string;
  readonly input: Json;
  readonly description?: string | undefined;
  readonly reason?: string | undefined;
  readonly agentId?: string | undefined;
  /** What the CLI would take to not ask again. */
  readonly suggestions: readonly PermissionUpdate[];
  readonly expiresAt?: string | undefined;
  readonly state: ApprovalState;
  readonly decidedBy?: string | undefined;
  readonly decidedById?: string | undefined;
  readonly decidedAt?: string | undefined;
  readonly decisionReason?: string | undefined;
  /** What was allowed for the rest of the session. */
  readonly remembered?: readonly PermissionUpdate[] | undefined;
  /** What ran instead of what was asked. */
  readonly decidedInput?: Json | undefined;
  readonly delivery?: 'recorded' | 'delivered' | 'unknown' | undefined;
  readonly withdrawnCause?: string | undefined;
}

export interface TurnTokens {
  readonly input: number;
  readonly output: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
}

export interface TurnEntry extends Base {
  readonly kind: 'turn';
  readonly interrupted: boolean;
  readonly isError: boolean;
  readonly reason: string;
  readonly error?: { code: string; message: string; remedy: string; status?: number | undefined } | undefined;
  readonly durationMs: number;
  readonly rounds: number;
  readonly tokens: TurnTokens;
  readonly costUsd: number;
  readonly contextTokens?: number | undefined;
  readonly contextWindow?: number | undefined;
  readonly promptIds: readonly string[];
  /** Calls of tools, those of subagents included; unknown while some may lie in a page that was not read. */
  readonly calls?: number | undefined;
}

export type NoteType =
  | 'created'
  | 'started'
  | 'interruption-requested'
  | 'stop-requested'
  | 'ended'
  | 'failed'
  | 'cut'
  | 'reset'
  | 'retry'
  | 'fallback'
  | 'compacted'
  | 'mode'
  | 'shared'
  | 'rate-limit'
  | 'stalled'
  | 'denied'
  | 'notice'
  | 'expired';

/** What became of a retry; of most entries nothing is to be known. */
export type Outcome = 'unknown' | 'recovered' | 'given-up';

export interface NoteEntry extends Base {
  readonly kind: 'note';
  readonly note: NoteType;
  readonly actor: WireActor;
  readonly data: Json;
  /** Of a start: the version that answered, once it did. */
  readonly cliVersion?: string | undefined;
}

/** Something this dashboard does not know; kept and shown as it came. */
export interface RawEntry extends Base {
  readonly kind: 'raw';
  readonly type: string;
  readonly text: string;
  readonly reason: string;
}

export type Entry =
  | PromptEntry
  | TextEntry
  | ThoughtEntry
  | ToolEntry
  | ApprovalEntry
  | TurnEntry
  | NoteEntry
  | RawEntry;
