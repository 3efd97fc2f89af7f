/**
 * From entries to what stands in the column: days, folded runs of reading, retries as one note. Pure, and cheap enough to be
 * asked for the visible window on every change.
 */
import type { Entry, NoteEntry, NoteType, Outcome, ToolEntry } from './entries';
import type { Transcript } from './reduce';
import { taskCards, type TaskCard } from './tasks';
import { dayOf, isReadOnly } from './words';

export type Item =
  | { readonly kind: 'day'; readonly key: string; readonly words: string }
  | { readonly kind: 'entry'; readonly key: string; readonly entry: Entry; readonly outcome: Outcome }
  /** All calls about tasks of one turn, as the list that they make. */
  | { readonly kind: 'tasks'; readonly key: string; readonly card: TaskCard }
  /** Several calls that only read, folded to one line. */
  | { readonly kind: 'quiet'; readonly key: string; readonly tools: readonly ToolEntry[] };

/** The items of rows `from` to the end. Keys are stable as long as `from` is. */
export function present(state: Transcript, from: number, to: number, now: Date): Item[] {
  const items: Item[] = [];
  let day = '';
  let quiet: ToolEntry[] = [];
  const flush = (): void => {
    const first = quiet[0];
    if (first && quiet.length > 1) items.push({ kind: 'quiet', key: `q:${first.key}`, tools: quiet });
    else if (first) items.push({ kind: 'entry', key: first.key, entry: first, outcome: 'unknown' });
    quiet = [];
  };
  const entries = state.rows
    .slice(from, to)
    .map((row) => state.entries.get(row.key))
    .filter((entry) => entry !== undefined);
  const cards = taskCards(state);
  const begins = new Map(cards.map((card) => [card.first.key, card]));
  const absorbed = new Set(cards.flatMap((card) => card.calls.map((call) => call.key)));
  entries.forEach((entry, at) => {
    const card = begins.get(entry.key);
    if (!card && absorbed.has(entry.key)) return;
    const words = entry.time.slice(0, 13) === day.slice(0, 13) ? '' : dayOf(entry.time, now);
    if (words && words !== lastDay(items)) {
      flush();
      if (words !== lastDay(items)) items.push({ kind: 'day', key: `d:${words}`, words });
    }
    day = entry.time;
    if (card) {
      flush();
      items.push({ kind: 'tasks', key: card.key, card });
      return;
    }
    if (entry.kind === 'tool' && isQuiet(entry)) {
      quiet.push(entry);
      return;
    }
    flush();
    const next = entries[at + 1];
    if (isSuperseded(entry, next)) return;
    items.push({ kind: 'entry', key: entry.key, entry, outcome: isRetry(entry) ? outcomeOf(entries.slice(at + 1)) : 'unknown' });
  });
  flush();
  return items;
}

function lastDay(items: readonly Item[]): string {
  for (let i = items.length - 1; i >= 0; i--) {
    const item = items[i];
    if (item?.kind === 'day') return item.words;
  }
  return '';
}

function isQuiet(tool: ToolEntry): boolean {
  return isReadOnly(tool) && tool.state === 'ok' && !tool.approval;
}

/** The next line says the same and more: one retry or silence after another, a wish before its fulfilment. */
function isSuperseded(entry: Entry, next: Entry | undefined): boolean {
  if (entry.kind !== 'note' || !next) return false;
  if (entry.note === 'retry') return next.kind === 'note' && next.note === 'retry' && attempt(next) > attempt(entry);
  if (entry.note === 'stalled') return next.kind === 'note' && next.note === 'stalled';
  if (entry.note === 'interruption-requested') return next.kind === 'turn' && next.interrupted;
  if (entry.note === 'stop-requested') return next.kind === 'note' && next.note === 'ended';
  return false;
}

function isRetry(entry: Entry): boolean {
  return entry.kind === 'note' && entry.note === 'retry';
}

/** Work that goes on right after a retry says that it helped. Whatever ends a turn says that there will be no further one. */
function outcomeOf(after: readonly Entry[]): Outcome {
  const next = after[0];
  if (next?.kind === 'text' || next?.kind === 'thought' || next?.kind === 'tool') return 'recovered';
  return after.some((entry) => entry.kind === 'turn' || (entry.kind === 'note' && ENDS.has(entry.note))) ? 'given-up' : 'unknown';
}

const ENDS: ReadonlySet<NoteType> = new Set(['ended', 'failed', 'cut']);

function attempt(note: NoteEntry): number {
  const value = note.data['attempt'];
  return typeof value === 'number' ? value : 0;
}
