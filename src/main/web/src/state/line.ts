/**
 * The prompts of one session that have not come to an end, as a pure function of a snapshot and events.
 *
 * The server gives one prompt to the CLI at a time. No event says that it did: it follows from the rule (the process is ready,
 * nothing holds the line, no turn is open), and the word of the CLI that it took the prompt up comes a moment later.
 * In between a prompt is `given`: it can no longer be changed, and stands at the end of the transcript already.
 */
import { actorName } from '../lib/actor';
import type { EventOf, OpenPrompts, Person, SessionState, WireEvent } from '../api/types';

export interface LinePrompt {
  readonly promptId: string;
  readonly text: string;
  readonly author: Person;
  /** When it was submitted; empty where only a snapshot is known. */
  readonly time: string;
  /** `cut`: the process ended before it was finished; it runs again only when a person says so. */
  readonly state: 'waiting' | 'given' | 'delivered' | 'cut';
}

export interface PromptLine {
  /** Those that wait stand in the order in which they run. */
  readonly prompts: readonly LinePrompt[];
  /** Why those that wait do not go on; empty when they do. */
  readonly held: string;
  /** The person whose act holds them, where it was one. */
  readonly heldBy?: Person;
  /** Who asked last for the turn to be cut. */
  readonly interrupter?: Person;
  /** Whether a process is there and takes prompts. */
  readonly ready: boolean;
  /** Whether a turn was begun and has not ended; one can begin without a prompt. */
  readonly running: boolean;
  /** A turn ended badly: the next word tells whether that holds the line. Until then nothing is taken for given. */
  readonly unsure: boolean;
  /** Number of the newest event that was read. */
  readonly seq: number;
}

export const EMPTY_LINE: PromptLine = { prompts: [], held: '', ready: false, running: false, unsure: false, seq: 0 };

const RUNNING: ReadonlySet<SessionState> = new Set(['working', 'asking']);
const SERVER: Person = { id: '', name: 'The server' };

/** @param sessionState what the session was when the snapshot was taken */
export function lineFrom(open: OpenPrompts, sessionState: SessionState): PromptLine {
  const states = { submitted: 'waiting', delivered: 'delivered', cut: 'cut' } as const;
  const prompts = open.prompts.flatMap((prompt): LinePrompt[] => {
    const state = prompt.state === 'submitted' || prompt.state === 'delivered' || prompt.state === 'cut' ? states[prompt.state] : undefined;
    return state === undefined ? [] : [{ promptId: prompt.promptId, text: prompt.text, author: prompt.author ?? SERVER, time: '', state }];
  });
  const running = RUNNING.has(sessionState);
  return give({ prompts, held: open.held ?? '', ready: running || sessionState === 'idle', running, unsure: false, seq: open.seq });
}

/** The fresh snapshot, unless events have told more since it was taken. */
export function newerLine(known: PromptLine, fresh: PromptLine): PromptLine {
  if (known.seq > fresh.seq) return known;
  return known.heldBy !== undefined && known.held === fresh.held ? { ...fresh, heldBy: known.heldBy } : fresh;
}

export function reduceLine(line: PromptLine, event: WireEvent): PromptLine {
  if (event.seq <= line.seq) return line;
  const next = event.expired ? line : apply(line, event);
  return give({ ...next, seq: event.seq });
}

/** Those that wait, the next one first. */
export function waitingOf(line: PromptLine): readonly LinePrompt[] {
  return line.prompts.filter((prompt) => prompt.state === 'waiting');
}

/** Whether a prompt that is sent now would run at once. While the line is held, the next message goes first. */
export function runsAtOnce(line: PromptLine): boolean {
  return line.ready && !isTurnOpen(line);
}

function apply(line: PromptLine, event: WireEvent): PromptLine {
  switch (event.type) {
    case 'prompt-submitted': {
      const { promptId, text } = event.data;
      if (line.prompts.some((prompt) => prompt.promptId === promptId)) return line;
      return { ...line, unsure: false, prompts: [...line.prompts, { promptId, text, author: personOf(event) ?? SERVER, time: event.time, state: 'waiting' }] };
    }
    case 'prompt-edited': {
      const { promptId, text } = event.data;
      return change(line, promptId, (prompt) => ({ ...prompt, text }));
    }
    case 'prompt-removed':
    case 'prompt-finished':
      return without(line, [event.data.promptId]);
    case 'prompts-reordered':
      return reorder(line, event.data.order);
    case 'prompt-hastened':
      return hasten(line, event.data.promptId);
    case 'prompt-delivered':
      return { ...change(line, event.data.promptId, (prompt) => ({ ...prompt, state: 'delivered' })), unsure: false };
    case 'delivery-requested': {
      const again = line.prompts.find((prompt) => prompt.promptId === event.data.promptId);
      return again === undefined ? line : { ...line, prompts: [...line.prompts.filter((prompt) => prompt !== again), { ...again, state: 'waiting' }] };
    }
    case 'turn-started':
      return { ...line, running: true, unsure: false };
    case 'turn-ended':
    case 'turn-interrupted':
      return turnOver(line, event);
    case 'activity-changed':
      return event.data.activity === 'idle' ? { ...line, running: false } : line;
    case 'interruption-requested': {
      const interrupter = personOf(event);
      return interrupter === undefined ? line : { ...line, interrupter };
    }
    case 'queue-held':
      return hold(line, event.data.cause);
    case 'queue-released':
      return release(line);
    case 'session-ready':
      return { ...line, ready: true };
    case 'session-queued':
    case 'session-started':
      return { ...line, ready: false, running: false };
    case 'session-ended':
      // The runner goes, between two turns: nothing was given any more, and what waits runs with the next one.
      if (event.data.reason === 'runner-leaving') return { ...line, ready: false, running: false, prompts: line.prompts.map(waitsAgain) };
      return cut(line);
    case 'session-failed':
    case 'session-interrupted':
      return cut(line);
    default:
      return line;
  }
}

function waitsAgain(prompt: LinePrompt): LinePrompt {
  return prompt.state === 'given' ? { ...prompt, state: 'waiting' } : prompt;
}

/** With the process, whatever it had not finished. */
function cut(line: PromptLine): PromptLine {
  return { ...release(line), ready: false, running: false, prompts: line.prompts.map((prompt) => ({ ...prompt, state: 'cut' })) };
}

function turnOver(line: PromptLine, event: EventOf<'turn-ended'> | EventOf<'turn-interrupted'>): PromptLine {
  return { ...without(line, event.data.promptIds), running: false, unsure: event.data.isError };
}

/** One at a time: the next one is given when no turn is open. */
function give(line: PromptLine): PromptLine {
  if (!line.ready || line.held !== '' || line.unsure || isTurnOpen(line)) return line;
  const next = line.prompts.find((prompt) => prompt.state === 'waiting');
  return next === undefined ? line : change(line, next.promptId, (prompt) => ({ ...prompt, state: 'given' }));
}

/** It goes into the turn that runs, and else before all others. */
function hasten(line: PromptLine, promptId: string): PromptLine {
  if (line.ready && isTurnOpen(line)) return change(line, promptId, (prompt) => ({ ...prompt, state: 'given' }));
  return { ...line, prompts: [...line.prompts.filter((prompt) => prompt.promptId === promptId), ...line.prompts.filter((prompt) => prompt.promptId !== promptId)] };
}

function isTurnOpen(line: PromptLine): boolean {
  return line.running || line.prompts.some((prompt) => prompt.state === 'given' || prompt.state === 'delivered');
}

function change(line: PromptLine, promptId: string, edit: (prompt: LinePrompt) => LinePrompt): PromptLine {
  return { ...line, prompts: line.prompts.map((prompt) => (prompt.promptId === promptId ? edit(prompt) : prompt)) };
}

function without(line: PromptLine, promptIds: readonly string[]): PromptLine {
  return { ...line, prompts: line.prompts.filter((prompt) => !promptIds.includes(prompt.promptId)) };
}

/** What the order does not name keeps its place behind. */
function reorder(line: PromptLine, order: readonly string[]): PromptLine {
  const place = (prompt: LinePrompt): number => {
    const at = order.indexOf(prompt.promptId);
    return at < 0 ? order.length : at;
  };
  return { ...line, prompts: [...line.prompts].sort((a, b) => place(a) - place(b)) };
}

function hold(line: PromptLine, cause: string): PromptLine {
  const { interrupter } = line;
  return { ...release(line), held: cause, ...(cause === 'interrupted' && interrupter !== undefined ? { heldBy: interrupter } : {}) };
}

/** Also forgets who interrupted: that was for this hold. */
function release({ prompts, ready, running, seq }: PromptLine): PromptLine {
  return { prompts, held: '', ready, running, unsure: false, seq };
}

function personOf(event: WireEvent): Person | undefined {
  return event.actor.kind === 'person' ? { id: event.actor.id, name: actorName(event.actor) } : undefined;
}
