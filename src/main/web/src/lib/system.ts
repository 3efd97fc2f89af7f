/** What the server tells of itself, in words and lines. Pure; the clock is an argument. */
import type { ConfiguredValue, Figure, FigurePage, FigureSample, FigureUnit, Health, HealthCheck, Limit, LogLine } from '../api/types';
import { bytes, number, plural } from './format';

// ---- checks --------------------------------------------------------------------------------------------------------------

interface CheckWords {
  readonly name: string;
  /** What holds while it is fine. */
  readonly good: string;
  /** Whom it hurts while it is not, and how. */
  readonly hurts: string;
}

const CHECKS: Readonly<Record<string, CheckWords>> = {
  threads: { name: 'Threads', good: 'New work is begun at once', hurts: 'Everybody. Requests hang.' },
  writer: { name: 'Journal writer', good: 'Moves on', hurts: 'Everybody. Nothing is recorded, so no session goes on.' },
  journal: { name: 'Journal', good: 'Can be written', hurts: 'Everybody. Prompts and answers are refused, and sessions that work are ended. What is recorded can be read.' },
  schema: { name: 'Database schema', good: 'That of this version', hurts: 'Everybody. Nothing is served until it is.' },
  disk: { name: 'Disk', good: 'Has room', hurts: 'Everybody soon. A full disk takes no prompts. New requests are not sent here meanwhile.' },
  draining: { name: 'Shutdown', good: 'Not about to stop', hurts: 'Whoever wants to begin a turn. New ones are taken when the server is back.' },
  cli: { name: 'Claude CLI', good: 'The pinned version answers', hurts: 'Whoever starts or wakes a session. What is recorded can be read.' },
  credential: { name: 'Model credential', good: 'There is one', hurts: 'Whoever prompts. Turns fail.' },
  runner: { name: 'Runner', good: 'Answers', hurts: 'Whoever starts or wakes a session, or waits for an answer of one.' },
  housekeeping: { name: 'Housekeeping', good: 'Contents go when a project says so', hurts: 'Whoever counts on it. What should be forgotten stays.' },
  gateway: { name: 'Model gateway', good: 'The model is reached', hurts: 'Whoever prompts. Turns wait, then fail.' },
};

const HURTS: Readonly<Record<HealthCheck['effect'], string>> = {
  dead: 'Everybody. The server has to be restarted.',
  unready: 'Everybody. New requests are not sent here.',
  degraded: 'Whoever needs this part; the rest is served.',
};

/** A newer server may have checks that this list lacks. */
export function checkWords({ name, effect }: Pick<HealthCheck, 'name' | 'effect'>): CheckWords {
  return CHECKS[name] ?? { name: sentenceCase(name), good: 'Fine', hurts: HURTS[effect] };
}

export type Tone = 'good' | 'warning' | 'failing';

export function toneOf(check: Pick<HealthCheck, 'ok' | 'effect'>): Tone {
  return check.ok ? 'good' : check.effect === 'degraded' ? 'warning' : 'failing';
}

export const TONE_WORDS: Readonly<Record<Tone, string>> = { good: 'Good', warning: 'Warning', failing: 'Failing' };

const GRAVITY: Readonly<Record<HealthCheck['effect'], number>> = { dead: 0, unready: 1, degraded: 2 };

/** What is wrong first, the gravest before the others, else as the server has them: nobody looks for the bad line among the good. */
export function ordered(checks: readonly HealthCheck[]): readonly HealthCheck[] {
  const rank = ({ ok, effect }: HealthCheck) => (ok ? 3 : GRAVITY[effect]);
  return [...checks].sort((a, b) => rank(a) - rank(b));
}

export interface Verdict {
  readonly tone: Tone;
  readonly title: string;
  readonly rest: string;
  readonly hurts: string;
  readonly runbook?: string;
}

/** Something that is not as it should be, although every check passes. */
export interface Concern {
  readonly message: string;
  readonly hurts: string;
  readonly runbook?: string;
}

/** The whole state in a sentence, and the gravest reason for it. */
export function verdict(health: Health, beside?: Concern): Verdict {
  const wrong = ordered(health.checks).filter((check) => !check.ok);
  const first = wrong[0];
  if (first === undefined) {
    if (beside !== undefined) {
      const { message, ...more } = beside;
      return { tone: 'warning', title: 'Working, with one warning.', rest: message, ...more };
    }
    return { tone: 'good', title: 'All is well.', rest: `${plural(health.checks.length, 'check')} ${health.checks.length === 1 ? 'passes' : 'pass'}.`, hurts: '' };
  }
  const tone = toneOf(first);
  const failing = wrong.filter((check) => toneOf(check) === 'failing').length;
  const warnings = wrong.length - failing + (beside === undefined ? 0 : 1);
  const title =
    tone === 'warning' ? `Working, with ${warnings === 1 ? 'one warning' : `${warnings} warnings`}.` : health.live ? 'Not ready: new requests are not sent here.' : 'Not working: the server has to be restarted.';
  return {
    tone,
    title,
    rest: sentence(first.message ?? checkWords(first).name),
    hurts: checkWords(first).hurts,
    ...(first.runbook === undefined ? {} : { runbook: first.runbook }),
  };
}

/** `runbooks/CliSignedOut.md` is the page `CliSignedOut`. */
export function pageName(runbook: string): string {
  return runbook.replace(/^.*\//, '').replace(/\.md$/, '');
}

/** A sentence begins with a capital and ends with a stop, whoever wrote it. */
export function sentence(text: string): string {
  const words = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(words) ? words : `${words}.`;
}

function sentenceCase(name: string): string {
  const words = name.replaceAll('-', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

// ---- limits --------------------------------------------------------------------------------------------------------------

interface LimitWords {
  readonly name: string;
  /** What happens when it is reached. */
  readonly full: string;
  /** What sets it where no key does. */
  readonly setBy?: string;
}

const LIMITS: Readonly<Record<string, LimitWords>> = {
  'cli-processes': { name: 'Live CLI processes', full: 'New sessions and wake-ups wait in the line, their place shown.' },
  'session-queue': { name: 'Sessions in the line', full: 'Further ones are refused as busy; nothing is recorded.' },
  connections: { name: 'Open connections', full: 'Further connections wait.' },
  subscribers: { name: 'Live event streams', full: 'Further ones get 503 and come back by themselves.' },
  'journal-queue': { name: 'Writes that wait for the journal', full: 'Requests that record something are refused as busy.', setBy: 'Fixed' },
  'model-requests': { name: 'Requests to the model', full: 'The CLI is told that the model is overloaded, and tries again.' },
  disk: { name: 'Disk of the data folder', full: 'Readiness fails before anything is lost; the journal takes nothing more.' },
  'heap-memory': { name: 'Memory of the server', full: 'The server ends and is started again; sessions come back.', setBy: 'Set by -Xmx of the JVM' },
  'open-files': { name: 'Open files', full: 'New connections and processes fail.', setBy: 'Set by ulimit -n' },
};

/** A newer server may have limits that this list lacks. */
export function limitWords({ name }: Pick<Limit, 'name'>): LimitWords {
  return LIMITS[name] ?? { name: sentenceCase(name), full: '' };
}

export function fullness({ used, limit }: Pick<Limit, 'used' | 'limit'>): number {
  return limit > 0 ? Math.min(100, Math.max(0, (100 * used) / limit)) : 0;
}

/** What is taken, and of how much: `3`, `20`; `1.2`, `40 GiB`. */
export function usedWords({ used, limit, unit }: Pick<Limit, 'used' | 'limit' | 'unit'>): readonly [string, string] {
  if (unit === 'number') return [number(used), number(limit)];
  const [value, own] = figureParts(used, 'bytes');
  const [most, name] = figureParts(limit, 'bytes');
  return [own === name ? value : `${value} ${own}`, `${most} ${name}`];
}

// ---- figures -------------------------------------------------------------------------------------------------------------

/** One drawing: a figure, or several of one unit that belong together. */
export interface Chart {
  readonly title: string;
  readonly figures: readonly string[];
  /** What each line is, where there are several. */
  readonly lines?: readonly string[];
  /** What the number is, after it. */
  readonly note?: string;
}

export const CHARTS: readonly Chart[] = [
  { title: 'Sessions at work', figures: ['sessions-working', 'sessions-asking'], lines: ['working', 'waiting for a person'] },
  { title: 'Approvals pending', figures: ['approvals-pending'] },
  { title: 'CLI processes', figures: ['cli-processes'] },
  { title: 'Live event streams', figures: ['subscribers'] },
  { title: 'Event stored', figures: ['journal-commit'], note: 'mean' },
  { title: 'Event shown', figures: ['delivery'], note: 'mean' },
  { title: 'Events', figures: ['events'] },
  { title: 'Requests', figures: ['requests'] },
  { title: 'Processor of the server', figures: ['cpu'] },
  { title: 'Memory of the server', figures: ['heap'] },
  { title: 'Memory of the CLIs', figures: ['cli-memory'] },
  { title: 'Disk left', figures: ['disk-free'] },
];

/** Those charts of which the server has the figures, and one for each figure that this page does not know. */
export function chartsOf(figures: readonly Figure[]): readonly Chart[] {
  const has = new Set(figures.map((figure) => figure.name));
  const known = new Set(CHARTS.flatMap((chart) => chart.figures));
  return [
    ...CHARTS.filter((chart) => chart.figures.some((name) => has.has(name))),
    ...figures.filter((figure) => !known.has(figure.name)).map((figure) => ({ title: sentenceCase(figure.name), figures: [figure.name] })),
  ];
}

/** The samples that are known, oldest first, and what they are of. */
export interface Recording {
  readonly figures: readonly Figure[];
  readonly intervalMs: number;
  readonly samples: readonly FigureSample[];
}

export const WINDOW_MS = 30 * 60_000;

/**
 * What is known with what came after it. Figures that are not those which were known mean another release: then only what came counts.
 * A sample that is known already is not taken twice, and what is older than the window leaves.
 */
export function withPage(known: Recording | undefined, page: FigurePage): Recording {
  const same = known !== undefined && known.figures.map((figure) => figure.name).join() === page.figures.map((figure) => figure.name).join();
  const byTime = new Map<string, FigureSample>();
  for (const sample of same ? known.samples : []) byTime.set(sample.time, sample);
  for (const sample of page.samples) byTime.set(sample.time, sample);
  const all = [...byTime.values()].sort((a, b) => (a.time < b.time ? -1 : 1));
  const newest = Date.parse(all.at(-1)?.time ?? '');
  return { figures: page.figures, intervalMs: page.intervalSeconds * 1000, samples: all.filter((sample) => newest - Date.parse(sample.time) <= WINDOW_MS) };
}

/** The shortest stretch of time that is drawn: right after a start a drawing would be all left edge. */
const LEAST_WINDOW_MS = 5 * 60_000;

/** What all drawings show, in seconds since the epoch: up to the newest sample, as far back as there are some. */
export function windowOf(recording: Recording | undefined): { readonly from: number; readonly until: number } {
  const newest = Date.parse(recording?.samples.at(-1)?.time ?? '');
  const oldest = Date.parse(recording?.samples[0]?.time ?? '');
  if (Number.isNaN(newest)) return { from: 0, until: LEAST_WINDOW_MS / 1000 };
  return { from: Math.min(oldest, newest - LEAST_WINDOW_MS) / 1000, until: newest / 1000 };
}

/** Columns for a drawing: times in seconds, then one column for each figure. */
export type Columns = [number[], ...(number | null)[][]];

/** Where samples are missing, a line has a gap: the server did not run, or was asleep. */
export function columnsOf({ figures, intervalMs, samples }: Recording, names: readonly string[]): Columns {
  const places = names.map((name) => figures.findIndex((figure) => figure.name === name));
  const times: number[] = [];
  const columns: (number | null)[][] = names.map(() => []);
  let before = NaN;
  for (const sample of samples) {
    const at = Date.parse(sample.time);
    if (at - before > 2.5 * intervalMs) {
      times.push((before + intervalMs) / 1000);
      columns.forEach((column) => column.push(null));
    }
    times.push(at / 1000);
    columns.forEach((column, line) => column.push(sample.values[places[line] ?? -1] ?? null));
    before = at;
  }
  return [times, ...columns];
}

export interface Summary {
  readonly now: number | undefined;
  readonly low: number | undefined;
  readonly mean: number | undefined;
  readonly high: number | undefined;
}

/** `now` is the newest that was measured at all: a mean has none while nothing happens. */
export function summaryOf(column: readonly (number | null)[]): Summary {
  const values = column.filter((value): value is number => value !== null);
  if (values.length === 0) return { now: undefined, low: undefined, mean: undefined, high: undefined };
  let [low, high, sum] = [Infinity, -Infinity, 0];
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
    sum += value;
  }
  return { now: column.at(-1) ?? undefined, low, mean: sum / values.length, high };
}

/** A figure as people read it, its unit apart. `4.1` `ms`, `212` `MiB`, `0.4` `/s`. */
export function figureParts(value: number, unit: FigureUnit): readonly [string, string] {
  switch (unit) {
    case 'number':
      return [number(Math.round(value)), ''];
    case 'per-second':
      return [short(value), '/s'];
    case 'cores':
      return [short(value), value === 1 ? 'core' : 'cores'];
    case 'seconds':
      if (value === 0) return ['0', 'ms'];
      return value < 1 ? [short(value * 1000), 'ms'] : [short(value), 's'];
    case 'bytes': {
      const [amount = '', name = ''] = bytes(Math.round(value)).split(' ');
      return [trim(amount), name];
    }
  }
}

export function figureWords(value: number, unit: FigureUnit): string {
  const [amount, name] = figureParts(value, unit);
  return name === '' ? amount : `${amount} ${name}`;
}

/** Three digits that count: `0.05`, `4.1`, `38`, `1,204`; what is more than nothing is never shown as nothing. */
function short(value: number): string {
  if (value > 0 && value < 0.01) return '< 0.01';
  if (value < 1) return trim(value.toFixed(2));
  if (value < 10) return trim(value.toFixed(1));
  return number(Math.round(value));
}

function trim(text: string): string {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}

/** The top of a scale that begins at nothing: round, above all values, and never so low that noise looks like a storm. */
export function topOf(high: number, unit: FigureUnit): number {
  const least: Readonly<Record<FigureUnit, number>> = { number: 4, 'per-second': 1, seconds: 0.01, bytes: 1024 ** 2, cores: 1 };
  const wanted = Math.max(high * 1.05, least[unit]);
  const base = unit === 'bytes' ? 1024 : 1000;
  const step = unit === 'seconds' ? 1 / 1000 : 1;
  const power = Math.max(0, Math.floor(Math.log(wanted / step) / Math.log(base)));
  const size = step * base ** power;
  const tens = 10 ** Math.floor(Math.log10(wanted / size));
  // Each can be halved into a number that is round too.
  const nice = [1, 2, 4, 6, 8, 10].find((times) => times * tens * size >= wanted - 1e-12) ?? 10;
  return nice * tens * size;
}

/** The drawing in one sentence, for readers. */
export function chartSentence(title: string, lines: readonly string[], columns: readonly (readonly (number | null)[])[], unit: FigureUnit): string {
  const parts = columns.map((column, line) => {
    const { now, low, high } = summaryOf(column);
    const of = lines[line] === undefined ? '' : `${lines[line]}, `;
    if (low === undefined || high === undefined) return `${of}nothing measured`;
    const latest = now === undefined ? 'nothing measured just now' : `now ${figureWords(now, unit)}`;
    return `${of}${latest}, ${low === high ? `${figureWords(low, unit)} all the time` : `between ${figureWords(low, unit)} and ${figureWords(high, unit)}`}`;
  });
  return `${title} over time: ${parts.join('; ')}`;
}

// ---- configuration -------------------------------------------------------------------------------------------------------

/** Whether somebody set it, as opposed to what every installation begins with; a secret that is missing was not set. */
export function isSet({ value, source }: Pick<ConfiguredValue, 'value' | 'source'>): boolean {
  return source !== 'default' && value !== 'missing';
}

/** Keys, values and sources that hold all the words typed. */
export function matching(values: readonly ConfiguredValue[], typed: string): readonly ConfiguredValue[] {
  const words = typed.toLowerCase().split(/\s+/).filter((word) => word !== '');
  return values.filter(({ key, value, source }) => words.every((word) => `${key} ${value} ${source}`.toLowerCase().includes(word)));
}

// ---- the log -------------------------------------------------------------------------------------------------------------

export function lineKey({ time, logger, message }: LogLine): string {
  return `${time} ${logger} ${message}`;
}

/** Without the way to it: `dev.dashboard.store.Writer` is `store.Writer`. */
export function shortLogger(logger: string): string {
  return logger.replace(/^dev\.dashboard\./, '');
}

/** All there is, for a report. */
export function lineText({ time, level, logger, message, requestId, sessionId, exception }: LogLine): string {
  const ids = [requestId === undefined ? '' : `request ${requestId}`, sessionId === undefined ? '' : `session ${sessionId}`].filter((id) => id !== '');
  return [`${time} ${level} ${logger}`, message, ...ids, ...(exception === undefined ? [] : [exception])].join('\n');
}
