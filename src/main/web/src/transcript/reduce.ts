/**
 * The transcript as a pure function of events.
 *
 * Pages may be read from the end backwards. An event can concern something that an older page will bring (a result before its
 * call, the end of a session before the prompt that it cut). Such events are kept as *echoes* and replayed over the older page
 * when it comes, so that reading backwards ends in the same state as reading forwards.
 */
import { actorName } from '../lib/actor';
import type { PermissionUpdate } from '../api/types';
import type {
  ApprovalEntry,
  ApprovalState,
  ChildEntry,
  Entry,
  Json,
  NoteEntry,
  NoteType,
  PromptEntry,
  PromptState,
  ToolEntry,
  TurnEntry,
  WireEvent,
} from './entries';
import { PersistentMap, Rows } from './persistent';
import { isTaskTool, TURN_OVER } from './tasks';

export interface Transcript {
  /** Entries by key, nested ones too. */
  readonly entries: PersistentMap<Entry>;
  /** The outermost entries in order. */
  readonly rows: Rows;
  /** Numbers of the oldest and newest event that were read; 0 for none. */
  readonly firstSeq: number;
  readonly lastSeq: number;
  /** Nothing is older than what was read. */
  readonly atStart: boolean;
  readonly activity: 'running' | 'requires_action' | 'idle' | '';
  readonly background: readonly Json[];
  /** The model of the newest turn; empty before the first one. */
  readonly model: string;
  /** When the newest event happened; the empty string for none. */
  readonly lastTime: string;
  /** The wait before the next attempt, until something else is heard. */
  readonly retry: Retry | undefined;
  /** What the model service said last about a limit of the plan. */
  readonly limit: Limit | undefined;
  /** Why nothing is heard, while nothing is. */
  readonly stall: Stall | undefined;
  /** Approvals that nobody answered yet, oldest first. */
  readonly waiting: readonly string[];
  /** Prompts and calls that have not come to an end. */
  readonly openPrompts: readonly string[];
  readonly openTools: readonly string[];
  /** Calls of the main line that make or move tasks, and an empty key where a turn came to its end. */
  readonly taskCalls: readonly string[];
  /** Calls since the last end of a turn that was read. */
  readonly openCalls: number;
  /** The first turn whose end was read, and those of its calls that were: more may lie in an older page. */
  readonly firstTurn: string;
  readonly firstCalls: number;
  /** The start that has not been answered yet. */
  readonly openStart: string;
  /** Events that concern, or may concern, entries older than those read; ascending. */
  readonly echoes: readonly WireEvent[];
  /** A thought that was the first event read: its duration follows from the event before it. */
  readonly firstThought: string;
  /** Time of the newest event of the main line, which is what a thought is measured from. */
  readonly lineTime: string;
}

export interface Retry {
  readonly time: string;
  readonly attempt: number;
  readonly maxRetries: number;
  readonly delayMs: number;
  readonly status: number;
  readonly error: string;
}

export interface Limit {
  readonly status: string;
  readonly window: string;
  readonly resetsAt: string;
}

export interface Stall {
  readonly cause: string;
  readonly tool: string;
  /** The moment of the last word before the silence. */
  readonly since: string;
}

/** @param atStart whether reading begins with the very first event of the session */
export function emptyTranscript(atStart = false): Transcript {
  return {
    entries: PersistentMap.empty(),
    rows: Rows.EMPTY,
    firstSeq: 0,
    lastSeq: 0,
    atStart,
    activity: '',
    background: [],
    model: '',
    lastTime: '',
    retry: undefined,
    limit: undefined,
    stall: undefined,
    waiting: [],
    openPrompts: [],
    openTools: [],
    taskCalls: [],
    openCalls: 0,
    firstTurn: '',
    firstCalls: 0,
    openStart: '',
    echoes: [],
    firstThought: '',
    lineTime: '',
  };
}

/** Adds the next event. One that was read before changes nothing. */
export function reduceTranscript(state: Transcript, event: WireEvent): Transcript {
  if (event.seq <= state.lastSeq) return state;
  const begun: Transcript = {
    ...state,
    firstSeq: state.firstSeq || event.seq,
    lastSeq: event.seq,
    lastTime: event.time,
  };
  if (event.expired) return begun;
  const next = listen(apply(begun, event, 'live'), event);
  return opt(dataOf(event), 'parentToolUseId') ? next : { ...next, lineTime: event.time };
}

/**
 * Adds a page that is older than everything read, ascending.
 *
 * @param atStart whether nothing is older than this page
 */
export function prependPage(state: Transcript, events: readonly WireEvent[], atStart = false): Transcript {
  const fresh = state.firstSeq ? events.filter((event) => event.seq < state.firstSeq) : events;
  let older = fresh.reduce<Transcript>(reduceTranscript, emptyTranscript(atStart));
  if (!fresh.length) return atStart ? settle({ ...state, atStart }) : state;
  const boundary = older.lineTime;
  for (const echo of state.echoes) older = apply(older, echo, 'echo');
  const joined = join(older, state);
  return boundary ? timeThought(joined, state.firstThought, boundary) : { ...joined, firstThought: state.firstThought };
}

/** Nothing older will come: what still waits for an older entry is shown by itself. */
function settle(state: Transcript): Transcript {
  const whole = { ...state, echoes: [], entries: wholeTurn(state.entries, state, emptyTranscript(true)) };
  return state.echoes.reduce<Transcript>((next, echo) => apply(next, echo, 'orphan'), whole);
}

export function entryOf(state: Transcript, key: string): Entry | undefined {
  return state.entries.get(key);
}

export function toolOf(state: Transcript, toolUseId: string): ToolEntry | undefined {
  const entry = state.entries.get(toolKey(toolUseId));
  return entry?.kind === 'tool' ? entry : undefined;
}

export function approvalOf(state: Transcript, approvalId: string): ApprovalEntry | undefined {
  const entry = state.entries.get(approvalKey(approvalId));
  return entry?.kind === 'approval' ? entry : undefined;
}

/** Key of the entry that a draft becomes. */
export function blockKey(messageId: string, index: number): string {
  return `b:${messageId}:${index}`;
}

/** Key of the outermost entry that holds this event's entry, for a permalink; empty when it is not loaded. */
export function rowOfSeq(state: Transcript, seq: number): string {
  const at = state.rows.indexOfSeq(seq);
  const row = state.rows.at(at);
  if (row && row.seq === seq) return row.key;
  return state.rows.at(Math.max(0, at - 1))?.key ?? '';
}

// ---- joining two stretches ------------------------------------------------------------------------------------------

function join(older: Transcript, newer: Transcript): Transcript {
  // What the echoes have put into an older entry no longer stands by itself.
  let rows = newer.rows;
  for (const row of newer.rows.slice(0, newer.rows.length)) {
    const before = older.entries.get(row.key);
    const now = newer.entries.get(row.key);
    if (before?.kind === 'approval' && now?.kind === 'approval' && toolOf(older, now.toolUseId)) rows = rows.remove(row.key);
  }
  const unique = (keys: string[]): string[] => [...new Set(keys)];
  const entries = older.entries.union(withoutStale(newer, older));
  return {
    entries: wholeTurn(entries, newer, older),
    rows: older.rows.concat(rows),
    firstSeq: older.firstSeq,
    lastSeq: newer.lastSeq,
    atStart: older.atStart,
    activity: newer.activity || older.activity,
    background: newer.background.length ? newer.background : older.background,
    model: newer.model || older.model,
    lastTime: newer.lastTime,
    lineTime: newer.lineTime || older.lineTime,
    retry: newer.firstSeq ? newer.retry : older.retry,
    limit: newer.limit ?? older.limit,
    stall: newer.firstSeq ? newer.stall : older.stall,
    waiting: unique([...older.waiting, ...newer.waiting]),
    openPrompts: unique([...older.openPrompts, ...newer.openPrompts]),
    openTools: unique([...older.openTools, ...newer.openTools]),
    taskCalls: [...older.taskCalls, ...newer.taskCalls],
    openCalls: newer.firstTurn ? newer.openCalls : older.openCalls + newer.openCalls,
    firstTurn: older.firstTurn || newer.firstTurn,
    firstCalls: older.firstTurn ? older.firstCalls : newer.firstCalls + (newer.firstTurn ? older.openCalls : 0),
    openStart: newer.openStart || older.openStart,
    echoes: mergeEchoes(older, newer),
    firstThought: older.firstThought,
  };
}

/** With its beginning read, too, the newer stretch's first turn knows how many calls it made. */
function wholeTurn(entries: PersistentMap<Entry>, newer: Transcript, older: Transcript): PersistentMap<Entry> {
  const turn = entries.get(newer.firstTurn);
  if (turn?.kind !== 'turn' || (!older.atStart && !older.firstTurn)) return entries;
  return entries.set(turn.key, { ...turn, calls: newer.firstCalls + older.openCalls });
}

/** The newer stretch's entries, without approvals that the older one now holds in their calls. */
function withoutStale(newer: Transcript, older: Transcript): PersistentMap<Entry> {
  let entries = newer.entries;
  for (const echo of newer.echoes) {
    if (echo.type !== 'approval-requested') continue;
    const key = approvalKey(text(dataOf(echo), 'approvalId'));
    if (older.entries.has(key)) entries = entries.remove(key);
  }
  return entries;
}

function mergeEchoes(older: Transcript, newer: Transcript): readonly WireEvent[] {
  if (older.atStart) return [];
  const seen = new Set<number>();
  const kept = [...older.echoes, ...newer.echoes.filter((echo) => echo.type === 'session-started')];
  return kept.filter((echo) => !seen.has(echo.seq) && seen.add(echo.seq)).sort((a, b) => a.seq - b.seq);
}

function timeThought(state: Transcript, key: string, boundary: string): Transcript {
  const thought = state.entries.get(key);
  if (thought?.kind !== 'thought') return state;
  return { ...state, entries: state.entries.set(key, { ...thought, durationMs: between(boundary, thought.time) }) };
}

// ---- one event ------------------------------------------------------------------------------------------------------

/**
 * `live`: the event comes next. `echo`: it came before, and only its effect on older entries is wanted. `orphan`: what it
 * concerns does not exist, so it is shown by itself.
 */
type Mode = 'live' | 'echo' | 'orphan';

function apply(state: Transcript, event: WireEvent, mode: Mode): Transcript {
  const data = dataOf(event);
  switch (event.type) {
    case 'prompt-submitted':
      return addPrompt(state, event, data);
    case 'prompt-edited':
      return editPrompt(state, event, data);
    case 'prompt-removed':
      return removePrompt(state, event, data);
    case 'delivery-requested':
      return movePrompt(state, event, data, 'pending');
    case 'prompt-delivered':
      return movePrompt(state, event, data, 'delivered');
    case 'prompt-finished':
      return movePrompt(state, event, data, text(data, 'outcome') === 'cancelled' ? 'cancelled' : 'done');
    case 'assistant-replied':
    case 'assistant-thought':
      return addBlock(state, event, data, mode);
    case 'tool-called':
      return addTool(state, event, data, mode);
    case 'tool-returned':
      return returnTool(state, event, data, mode);
    case 'permission-denied':
      return denyTool(state, event, data, mode);
    case 'approval-requested':
      return addApproval(state, event, data, mode);
    case 'approval-resolved':
    case 'approval-delivered':
    case 'approval-unsettled':
    case 'approval-withdrawn':
      return changeApproval(state, event, data);
    case 'turn-ended':
    case 'turn-interrupted':
      return endPrompts(mode === 'live' ? addTurn(state, event, data) : state, event, data);
    case 'session-started':
      return started(state, event, data, mode);
    case 'session-ready':
      return ready(state, event, data);
    case 'session-ended':
      return ended(state, event, data, mode, 'ended');
    case 'session-failed':
      return ended(state, event, data, mode, 'failed');
    case 'session-interrupted':
      return ended(state, event, data, mode, 'cut');
    case 'session-created':
      return addNote(state, event, data, 'created');
    case 'interruption-requested':
      return addNote(state, event, data, 'interruption-requested');
    case 'stop-requested':
      return addNote(state, event, data, 'stop-requested');
    case 'conversation-reset':
      return addNote(state, event, data, 'reset');
    case 'api-retried':
      return addNote(state, event, data, 'retry');
    case 'model-fell-back':
      return addNote(state, event, data, 'fallback');
    case 'context-compacted':
      return addNote(state, event, data, 'compacted');
    case 'session-shared':
      return addNote(state, event, data, 'shared');
    case 'permission-mode-changed':
      return addNote(state, event, data, 'mode');
    case 'rate-limit-changed':
      return text(data, 'status') === 'allowed' ? state : addNote(state, event, data, 'rate-limit');
    case 'notice-given':
      return addNote(state, event, data, 'notice');
    case 'contents-expired':
      return addNote(state, event, data, 'expired');
    case 'output-not-understood':
      return addRaw(state, event, text(data, 'line'), text(data, 'reason'));
    case 'activity-changed':
      return { ...state, activity: activity(text(data, 'activity')) };
    case 'background-tasks-changed':
      return { ...state, background: list(data, 'tasks').filter(isJson) };
    case 'turn-stalled':
      return addNote(state, event, data, 'stalled');
    case 'session-titled':
    case 'process-started':
    // The line is told beside the composer, and the place in the queue above the transcript.
    case 'session-queued':
    case 'prompt-hastened':
    case 'prompts-reordered':
    case 'queue-held':
    case 'queue-released':
    case 'turn-revived':
    case 'model-answered':
      return state;
    case 'turn-started':
      return { ...state, model: opt(data, 'model') ?? state.model };
    default:
      return addRaw(state, event, JSON.stringify(event.data), 'This dashboard does not know the event.');
  }
}

// ---- what goes on just now --------------------------------------------------------------------------------------------

/** Keeps why it is quiet; the next word ends that. */
function listen(state: Transcript, event: WireEvent): Transcript {
  const data = dataOf(event);
  switch (event.type) {
    case 'api-retried':
      return { ...state, stall: undefined, retry: retryOf(event, data) };
    case 'rate-limit-changed':
      return { ...state, limit: { status: text(data, 'status'), window: text(data, 'window'), resetsAt: text(data, 'resetsAt') } };
    case 'turn-stalled':
      return { ...state, stall: { cause: text(data, 'cause'), tool: text(data, 'tool'), since: before(event.time, number(data, 'silentMs')) } };
    default:
      return HEARD.has(event.type) && (state.retry || state.stall) ? { ...state, retry: undefined, stall: undefined } : state;
  }
}

/** Words of the CLI, and what ends the turn without one. */
const HEARD: ReadonlySet<string> = new Set([
  'assistant-replied',
  'assistant-thought',
  'tool-called',
  'tool-returned',
  'approval-requested',
  'turn-ended',
  'turn-interrupted',
  'turn-revived',
  'turn-started',
  'session-started',
  'session-ended',
  'session-failed',
  'session-interrupted',
]);

function retryOf(event: WireEvent, data: Json): Retry {
  return {
    time: event.time,
    attempt: number(data, 'attempt'),
    maxRetries: number(data, 'maxRetries'),
    delayMs: number(data, 'delayMs'),
    status: number(data, 'status'),
    error: text(data, 'error'),
  };
}

// ---- prompts --------------------------------------------------------------------------------------------------------

/** It waits in the line; its row begins where it was taken up. */
function addPrompt(state: Transcript, event: WireEvent, data: Json): Transcript {
  const promptId = text(data, 'promptId');
  const key = promptKey(promptId);
  const entry: PromptEntry = {
    kind: 'prompt',
    key,
    seq: event.seq,
    time: event.time,
    promptId,
    text: text(data, 'text'),
    author: event.actor.kind === 'person' ? event.actor.name : 'The server',
    ...(event.actor.kind === 'person' && event.actor.token !== undefined ? { via: event.actor.token } : {}),
    state: 'waiting',
  };
  return { ...state, entries: state.entries.set(key, entry), openPrompts: [...state.openPrompts, key] };
}

function editPrompt(state: Transcript, event: WireEvent, data: Json): Transcript {
  const key = promptKey(text(data, 'promptId'));
  const entry = state.entries.get(key);
  if (entry?.kind !== 'prompt') return keepEcho(state, event);
  return { ...state, entries: state.entries.set(key, { ...entry, text: text(data, 'text') }) };
}

function removePrompt(state: Transcript, event: WireEvent, data: Json): Transcript {
  const key = promptKey(text(data, 'promptId'));
  if (!state.entries.has(key)) return keepEcho(state, event);
  return { ...state, entries: state.entries.remove(key), openPrompts: state.openPrompts.filter((open) => open !== key) };
}

function movePrompt(state: Transcript, event: WireEvent, data: Json, to: PromptState): Transcript {
  const key = promptKey(text(data, 'promptId'));
  const entry = state.entries.get(key);
  if (entry?.kind !== 'prompt') return keepEcho(state, event);
  const rest = state.openPrompts.filter((open) => open !== key);
  const open = to === 'pending' || to === 'delivered';
  const openPrompts = open ? [...rest, key] : rest;
  if (entry.state !== 'waiting') return { ...state, entries: state.entries.set(key, { ...entry, state: to }), openPrompts };
  if (to === 'pending') return { ...state, openPrompts };
  return { ...addRow(state, { ...entry, state: to, seq: event.seq, time: event.time }), openPrompts };
}

// ---- what the model says --------------------------------------------------------------------------------------------

function addBlock(state: Transcript, event: WireEvent, data: Json, mode: Mode): Transcript {
  const wanted = blockKey(text(data, 'messageId'), number(data, 'index'));
  const key = state.entries.has(wanted) ? `${wanted}@${event.seq}` : wanted;
  const base = { key, seq: event.seq, time: event.time, text: text(data, 'text') };
  const parent = opt(data, 'parentToolUseId');
  if (event.type === 'assistant-replied') {
    return place(state, event, { kind: 'text', ...base, aborted: data['aborted'] === true }, parent, mode);
  }
  if (parent) return place(state, event, { kind: 'thought', ...base }, parent, mode);
  if (!state.lineTime) return { ...addRow(state, { kind: 'thought', ...base }), firstThought: key };
  return addRow(state, { kind: 'thought', ...base, durationMs: between(state.lineTime, event.time) });
}

/** Puts an entry among the rows, or into the call of the subagent that it belongs to. */
function place(
  state: Transcript,
  event: WireEvent,
  entry: ChildEntry,
  parent: string | undefined,
  mode: Mode,
): Transcript {
  if (!parent) return addRow(state, entry);
  const known = toolOf(state, parent);
  if (known) {
    const added = { ...state, entries: state.entries.set(entry.key, entry) };
    return putTool(added, { ...known, children: [...known.children, entry] });
  }
  return state.atStart || mode === 'orphan' ? addRow(state, entry) : keepEcho(state, event);
}

// ---- tools ----------------------------------------------------------------------------------------------------------

function addTool(state: Transcript, event: WireEvent, data: Json, mode: Mode): Transcript {
  const toolUseId = text(data, 'toolUseId');
  const parent = opt(data, 'parentToolUseId');
  const approval = standingApproval(state, toolUseId);
  const entry: ToolEntry = {
    kind: 'tool',
    key: toolKey(toolUseId),
    seq: event.seq,
    time: event.time,
    toolUseId,
    tool: text(data, 'tool'),
    input: json(data, 'input'),
    parentToolUseId: parent,
    state: 'running',
    approval,
    children: [],
  };
  const counted = mode === 'live' ? { ...state, openCalls: state.openCalls + 1 } : state;
  const placed = place(counted, event, entry, parent, mode);
  if (!placed.entries.has(entry.key)) return placed;
  return {
    ...placed,
    taskCalls: !parent && isTaskTool(entry.tool) ? [...placed.taskCalls, entry.key] : placed.taskCalls,
    rows: approval ? placed.rows.remove(approval.key) : placed.rows,
    openTools: [...placed.openTools, entry.key],
  };
}

/** The CLI may ask before its call is seen: then the request stood by itself until now. */
function standingApproval(state: Transcript, toolUseId: string): ApprovalEntry | undefined {
  for (const key of state.waiting) {
    const entry = state.entries.get(key);
    if (entry?.kind === 'approval' && entry.toolUseId === toolUseId) return entry;
  }
  return undefined;
}

function returnTool(state: Transcript, event: WireEvent, data: Json, mode: Mode): Transcript {
  const tool = toolOf(state, text(data, 'toolUseId'));
  if (!tool) return missing(state, event, mode, 'A result without its call.');
  const isError = data['isError'] === true;
  const refused = tool.approval?.state === 'denied' || tool.denial !== undefined;
  const from = tool.approval?.decidedAt ?? tool.time;
  const next = putTool(state, {
    ...tool,
    state: isError ? (refused ? 'denied' : 'failed') : 'ok',
    result: { isError, content: text(data, 'content'), result: maybeJson(data, 'result'), time: event.time },
    durationMs: between(from, event.time),
  });
  return { ...next, openTools: next.openTools.filter((key) => key !== tool.key) };
}

function denyTool(state: Transcript, event: WireEvent, data: Json, mode: Mode): Transcript {
  const tool = toolOf(state, text(data, 'toolUseId'));
  if (tool) return putTool(state, { ...tool, denial: text(data, 'message'), state: 'denied' });
  return state.atStart || mode === 'orphan' ? addNote(state, event, data, 'denied') : keepEcho(state, event);
}

/** Stores a changed call, and the calls that hold it. */
function putTool(state: Transcript, tool: ToolEntry): Transcript {
  const next = { ...state, entries: state.entries.set(tool.key, tool) };
  const parent = tool.parentToolUseId ? toolOf(next, tool.parentToolUseId) : undefined;
  if (!parent) return next;
  return putTool(next, {
    ...parent,
    children: parent.children.map((child) => (child.key === tool.key ? tool : child)),
  });
}

// ---- approvals ------------------------------------------------------------------------------------------------------

function addApproval(state: Transcript, event: WireEvent, data: Json, mode: Mode): Transcript {
  const approvalId = text(data, 'approvalId');
  const kind = text(data, 'kind');
  const entry: ApprovalEntry = {
    kind: 'approval',
    key: approvalKey(approvalId),
    seq: event.seq,
    time: event.time,
    approvalId,
    approvalKind: kind === 'question' || kind === 'plan' ? kind : 'permission',
    toolUseId: text(data, 'toolUseId'),
    tool: text(data, 'tool'),
    input: json(data, 'input'),
    description: opt(data, 'description'),
    reason: opt(data, 'reason'),
    agentId: opt(data, 'agentId'),
    suggestions: updates(data, 'suggestions'),
    expiresAt: opt(data, 'expiresAt'),
    state: 'pending',
  };
  const tool = toolOf(state, entry.toolUseId);
  if (mode === 'echo' && !tool) return keepEcho(state, event);
  if (mode === 'orphan') return state;
  const waiting = [...state.waiting, entry.key];
  if (tool) return putApproval({ ...state, waiting }, entry);
  // It must be seen at once; an older page may still bring its call.
  const shown = { ...addRow(state, entry), waiting };
  return state.atStart ? shown : keepEcho(shown, event);
}

function changeApproval(state: Transcript, event: WireEvent, data: Json): Transcript {
  const entry = approvalOf(state, text(data, 'approvalId'));
  if (!entry) return keepEcho(state, event);
  const next = putApproval(
    { ...state, waiting: state.waiting.filter((key) => key !== entry.key) },
    { ...entry, ...approvalChange(event, data) },
  );
  // A request that stands by itself will be told again to the call that an older page brings.
  return toolOf(state, entry.toolUseId) || state.atStart ? next : keepEcho(next, event);
}

/** The CLI's own form; what is no object in it is left out. */
function updates(data: Json, name: string): readonly PermissionUpdate[] {
  const list = data[name];
  return Array.isArray(list) ? list.filter((each): each is PermissionUpdate => typeof each === 'object' && each !== null && 'type' in each) : [];
}

function approvalChange(event: WireEvent, data: Json): Partial<ApprovalEntry> {
  switch (event.type) {
    case 'approval-resolved': {
      const state: ApprovalState = text(data, 'decision') === 'allow' ? 'allowed' : 'denied';
      const person = event.actor.kind === 'person' ? event.actor : undefined;
      return {
        state,
        decidedBy: actorName(event.actor),
        decidedById: person?.id,
        decidedAt: event.time,
        decisionReason: opt(data, 'reason'),
        decidedInput: maybeJson(data, 'input'),
        remembered: updates(data, 'remembered'),
        delivery: 'recorded',
      };
    }
    case 'approval-delivered':
      return { delivery: 'delivered' };
    case 'approval-unsettled':
      return { delivery: 'unknown' };
    default:
      return { state: 'withdrawn', withdrawnCause: text(data, 'cause') };
  }
}

function putApproval(state: Transcript, entry: ApprovalEntry): Transcript {
  const next = { ...state, entries: state.entries.set(entry.key, entry) };
  const tool = toolOf(next, entry.toolUseId);
  return tool ? putTool(next, { ...tool, approval: entry }) : next;
}

// ---- turns and the life of the session ------------------------------------------------------------------------------

function addTurn(state: Transcript, event: WireEvent, data: Json): Transcript {
  const error = maybeJson(data, 'error');
  const tokens = json(data, 'tokens');
  const entry: TurnEntry = {
    kind: 'turn',
    key: eventKey(event),
    seq: event.seq,
    time: event.time,
    interrupted: event.type === 'turn-interrupted',
    isError: data['isError'] === true,
    reason: text(data, 'reason'),
    error: error && {
      code: text(error, 'code'),
      message: text(error, 'message'),
      remedy: text(error, 'remedy'),
      status: optNumber(error, 'status'),
    },
    durationMs: number(data, 'durationMs'),
    rounds: number(data, 'rounds'),
    tokens: {
      input: number(tokens, 'input'),
      output: number(tokens, 'output'),
      cacheRead: number(tokens, 'cacheRead'),
      cacheWrite: number(tokens, 'cacheWrite'),
    },
    costUsd: number(data, 'costUsd'),
    contextTokens: optNumber(data, 'contextTokens'),
    contextWindow: optNumber(data, 'contextWindow'),
    promptIds: list(data, 'promptIds').filter((id) => typeof id === 'string'),
    calls: state.atStart || state.firstTurn ? state.openCalls : undefined,
  };
  const known = state.taskCalls.at(-1) !== TURN_OVER;
  return {
    ...addRow(state, entry),
    openCalls: 0,
    firstTurn: state.firstTurn || entry.key,
    firstCalls: state.firstTurn ? state.firstCalls : state.openCalls,
    taskCalls: known ? [...state.taskCalls, TURN_OVER] : state.taskCalls,
  };
}

/** A turn that came to its end is not run again, even if the word about its prompts never came. */
function endPrompts(state: Transcript, event: WireEvent, data: Json): Transcript {
  let next = state;
  let known = true;
  for (const id of list(data, 'promptIds')) {
    const key = promptKey(String(id));
    const prompt = next.entries.get(key);
    if (prompt?.kind !== 'prompt') known = false;
    else if (prompt.state === 'waiting' || prompt.state === 'pending' || prompt.state === 'delivered') {
      const openPrompts = next.openPrompts.filter((open) => open !== key);
      const done: PromptEntry = { ...prompt, state: 'done' };
      // Nobody said when it was taken up: then it stands where it was written.
      next = prompt.state === 'waiting' ? addRow(next, done) : { ...next, entries: next.entries.set(key, done) };
      next = { ...next, openPrompts };
    }
  }
  return known ? next : keepEcho(next, event);
}

function started(state: Transcript, event: WireEvent, data: Json, mode: Mode): Transcript {
  // An earlier start that was never answered stays as it is; only the newest one can still be.
  if (mode !== 'live') return { ...state, openStart: '' };
  return keepEcho({ ...addNote(state, event, data, 'started'), openStart: eventKey(event) }, event);
}

function ready(state: Transcript, event: WireEvent, data: Json): Transcript {
  const note = state.entries.get(state.openStart);
  if (note?.kind !== 'note') return keepEcho(state, event);
  const answered: NoteEntry = { ...note, cliVersion: text(data, 'cliVersion') };
  return { ...state, entries: state.entries.set(note.key, answered), openStart: '' };
}

/** The process is gone: what it had not finished is cut, and what it was asked is unknown. */
function ended(state: Transcript, event: WireEvent, data: Json, mode: Mode, note: NoteType): Transcript {
  if (mode === 'orphan') return state;
  let next = mode === 'live' ? addNote(state, event, data, note) : state;
  for (const key of state.openPrompts) {
    const prompt = next.entries.get(key);
    if (prompt?.kind === 'prompt' && prompt.state !== 'waiting') next = { ...next, entries: next.entries.set(key, { ...prompt, state: 'cut' }) };
  }
  for (const key of state.openTools) {
    const tool = next.entries.get(key);
    if (tool?.kind === 'tool') next = putTool(next, { ...tool, state: tool.denial === undefined ? 'unknown' : 'denied' });
  }
  const closed: Transcript = { ...next, openPrompts: [], openTools: [], openStart: '' };
  const settled: Transcript = mode === 'live' ? { ...closed, activity: '', background: [] } : closed;
  return keepEcho(settled, event);
}

// ---- rows -----------------------------------------------------------------------------------------------------------

function addNote(state: Transcript, event: WireEvent, data: Json, note: NoteType): Transcript {
  return addRow(state, {
    kind: 'note',
    key: eventKey(event),
    seq: event.seq,
    time: event.time,
    note,
    actor: event.actor,
    data,
  });
}

function addRaw(state: Transcript, event: WireEvent, raw: string, reason: string): Transcript {
  return addRow(state, {
    kind: 'raw',
    key: eventKey(event),
    seq: event.seq,
    time: event.time,
    type: event.type,
    text: raw,
    reason,
  });
}

function addRow(state: Transcript, entry: Entry): Transcript {
  return {
    ...state,
    entries: state.entries.set(entry.key, entry),
    rows: state.rows.add({ seq: entry.seq, key: entry.key }),
  };
}

function missing(state: Transcript, event: WireEvent, mode: Mode, why: string): Transcript {
  return state.atStart || mode === 'orphan' ? addRaw(state, event, JSON.stringify(event.data), why) : keepEcho(state, event);
}

/** Nothing is older than the start, so there is nobody to tell. */
function keepEcho(state: Transcript, event: WireEvent): Transcript {
  return state.atStart ? state : { ...state, echoes: [...state.echoes, event] };
}

const toolKey = (id: string): string => `t:${id}`;
const promptKey = (id: string): string => `p:${id}`;
const approvalKey = (id: string): string => `a:${id}`;
const eventKey = (event: WireEvent): string => `e:${event.seq}`;

// ---- reading values whose shape the browser does not vouch for -------------------------------------------------------

function dataOf(event: WireEvent): Json {
  return event.data as Json;
}

function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function text(data: Json, name: string): string {
  return opt(data, name) ?? '';
}

function opt(data: Json, name: string): string | undefined {
  const value = data[name];
  return typeof value === 'string' ? value : undefined;
}

function number(data: Json, name: string): number {
  return optNumber(data, name) ?? 0;
}

function optNumber(data: Json, name: string): number | undefined {
  const value = data[name];
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

function json(data: Json, name: string): Json {
  return maybeJson(data, name) ?? {};
}

function maybeJson(data: Json, name: string): Json | undefined {
  const value = data[name];
  return isJson(value) ? value : undefined;
}

function list(data: Json, name: string): readonly unknown[] {
  const value = data[name];
  return Array.isArray(value) ? value : [];
}

function activity(value: string): Transcript['activity'] {
  return value === 'running' || value === 'requires_action' || value === 'idle' ? value : '';
}

function before(time: string, millis: number): string {
  const at = Date.parse(time) - millis;
  return Number.isNaN(at) ? time : new Date(at).toISOString();
}

function between(from: string, to: string): number {
  return Math.max(0, Date.parse(to) - Date.parse(from));
}
