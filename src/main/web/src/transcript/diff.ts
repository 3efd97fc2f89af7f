/** Rows of a unified diff, from what the CLI reports of an edit or, before it ran, from what it is asked to do. */
import { structuredPatch } from 'diff';
import type { Json } from './entries';
import { visibleStrictly } from './visible';

export interface DiffRow {
  readonly kind: 'hunk' | 'same' | 'add' | 'del' | 'note';
  readonly oldNumber?: number | undefined;
  readonly newNumber?: number | undefined;
  readonly text: string;
  /** What changed within the line, as a half-open range of characters. */
  readonly word?: readonly [number, number] | undefined;
}

export interface FileDiff {
  readonly path: string;
  readonly added: number;
  readonly removed: number;
  readonly rows: readonly DiffRow[];
  /** Whether the numbers are those of the file; before an edit ran nobody knows them. */
  readonly numbered: boolean;
}

interface Hunk {
  readonly oldStart: number;
  readonly newStart: number;
  readonly oldLines: number;
  readonly newLines: number;
  readonly lines: readonly string[];
}

/** Comparing is quadratic at worst; beyond this the old text is shown removed and the new one added. */
const COMPARE_LIMIT = 200_000;
const COMPARE_MILLIS = 150;

/**
 * The change that a call of Edit, MultiEdit or Write makes.
 *
 * @param result the tool's structured output, when it ran
 */
export function fileDiff(input: Json, result?: Json): FileDiff | undefined {
  const path = string(result?.['filePath']) || string(input['file_path']);
  const patch = hunks(result?.['structuredPatch']);
  if (patch.length) return of(path, patch, true);
  const before = result?.['originalFile'];
  const content = string(result?.['content'] ?? input['content']);
  if (result && typeof before === 'string' && content) return of(path, compare(before, content), true);
  if (content || 'content' in input) return of(path, compare('', content), true);
  const edits = Array.isArray(input['edits']) ? input['edits'].filter(isJson) : [input];
  const all = edits.flatMap((edit) => compare(string(edit['old_string']), string(edit['new_string'])));
  return all.length ? of(path, all, false) : undefined;
}

function of(path: string, patch: readonly Hunk[], numbered: boolean): FileDiff {
  const rows = patch.flatMap((hunk, at) => rowsOf(hunk, numbered && at + patch.length > 1));
  const count = (kind: DiffRow['kind']): number => rows.filter((row) => row.kind === kind).length;
  return { path, added: count('add'), removed: count('del'), rows, numbered };
}

function compare(before: string, after: string): readonly Hunk[] {
  if (before.length + after.length <= COMPARE_LIMIT && before) {
    const patch = structuredPatch('', '', before, after, '', '', { context: 3, timeout: COMPARE_MILLIS });
    if (patch) return patch.hunks;
  }
  const removed = lines(before);
  const added = lines(after);
  if (!removed.length && !added.length) return [];
  return [
    {
      oldStart: removed.length ? 1 : 0,
      newStart: 1,
      oldLines: removed.length,
      newLines: added.length,
      lines: [...removed.map((line) => `-${line}`), ...added.map((line) => `+${line}`)],
    },
  ];
}

function lines(text: string): string[] {
  if (!text) return [];
  return (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n');
}

function rowsOf(hunk: Hunk, head: boolean): DiffRow[] {
  let oldNumber = hunk.oldStart;
  let newNumber = hunk.newStart;
  const rows: DiffRow[] = [];
  if (head) {
    const range = (start: number, count: number): string => (count === 1 ? `${start}` : `${start},${count}`);
    const where = `@@ -${range(hunk.oldStart, hunk.oldLines)} +${range(hunk.newStart, hunk.newLines)} @@`;
    rows.push({ kind: 'hunk', text: where });
  }
  for (const line of hunk.lines) {
    const text = visibleStrictly(line.slice(1));
    if (line.startsWith('+')) rows.push({ kind: 'add', newNumber: newNumber++, text });
    else if (line.startsWith('-')) rows.push({ kind: 'del', oldNumber: oldNumber++, text });
    else if (line.startsWith('\\')) rows.push({ kind: 'note', text: visibleStrictly(line.slice(2)) });
    else rows.push({ kind: 'same', oldNumber: oldNumber++, newNumber: newNumber++, text });
  }
  return markWords(rows);
}

/** Pairs removed with added lines of the same block and marks what differs within them. */
function markWords(rows: DiffRow[]): DiffRow[] {
  const out = rows.slice();
  let at = 0;
  while (at < out.length) {
    const removed = run(out, at, 'del');
    const added = run(out, at + removed, 'add');
    if (removed && removed === added) {
      for (let i = 0; i < removed; i++) pair(out, at + i, at + removed + i);
    }
    at += Math.max(1, removed + added);
  }
  return out;
}

function run(rows: readonly DiffRow[], from: number, kind: DiffRow['kind']): number {
  let count = 0;
  while (rows[from + count]?.kind === kind) count++;
  return count;
}

function pair(rows: DiffRow[], at: number, with_: number): void {
  const before = rows[at];
  const after = rows[with_];
  if (!before || !after) return;
  const [head, tail] = common(before.text, after.text);
  const same = head + tail;
  const shorter = Math.min(before.text.trim().length, after.text.trim().length);
  // Lines that share little are two lines, not one line changed: marks would only be noise.
  if (same < shorter * 0.4) return;
  if (head < before.text.length - tail) rows[at] = { ...before, word: [head, before.text.length - tail] };
  if (head < after.text.length - tail) rows[with_] = { ...after, word: [head, after.text.length - tail] };
}

/** Lengths of what both begin and end with, drawn back to the borders of words. */
function common(a: string, b: string): [number, number] {
  const most = Math.min(a.length, b.length);
  let head = 0;
  while (head < most && a[head] === b[head]) head++;
  while (head > 0 && isWord(a[head - 1]) && (isWord(a[head]) || isWord(b[head]))) head--;
  let tail = 0;
  while (tail < most - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail++;
  while (tail > 0 && isWord(a[a.length - tail]) && (isWord(a[a.length - 1 - tail]) || isWord(b[b.length - 1 - tail]))) tail--;
  return [head, tail];
}

function isWord(character: string | undefined): boolean {
  return character !== undefined && /[\p{L}\p{N}_]/u.test(character);
}

function hunks(value: unknown): readonly Hunk[] {
  if (!Array.isArray(value)) return [];
  return value.filter(
    (hunk): hunk is Hunk =>
      isJson(hunk) &&
      typeof hunk['oldStart'] === 'number' &&
      typeof hunk['newStart'] === 'number' &&
      Array.isArray(hunk['lines']) &&
      hunk['lines'].every((line) => typeof line === 'string'),
  );
}

function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function string(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
