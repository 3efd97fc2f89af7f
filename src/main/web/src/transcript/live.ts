/** What a session waits for while nothing is heard of it, in words that count up or down. Pure; the clock is an argument. */
import type { Session } from '../api/types';
import { duration, ordinal } from '../lib/format';
import type { ToolEntry } from './entries';
import { toolOf, type Retry, type Transcript } from './reduce';
import { limitName, retryCause, timeOfDay, toolName, toolTarget } from './words';

export interface LiveWords {
  /** `look`: a person should look at it. `calm`: the machine copes. */
  readonly weight: 'look' | 'calm';
  readonly title: string;
  readonly rest: string;
  /** What the title is about, as code: a command, a path. */
  readonly code: string;
}

export interface LiveParts {
  readonly session: Session;
  readonly transcript: Transcript;
  /** Its place in the queue for a process, from 1. */
  readonly position?: number | undefined;
  /** How many processes are live, and how many may be. */
  readonly places?: { readonly live: number; readonly limit: number } | undefined;
  /** When the newest draft came; drafts are words of the model, too. Milliseconds, 0 for none. */
  readonly draftAt: number;
  readonly now: number;
}

/** The line above the composer; nothing while all goes its way. */
export function liveWords(parts: LiveParts): LiveWords | undefined {
  const { session, transcript, draftAt, now } = parts;
  if (session.state === 'queued') return queued(parts);
  const busy = session.state === 'working' || session.state === 'asking';
  if (busy && session.stalled && draftAt <= Date.parse(session.stalled.since)) return stalled(parts, session.stalled);
  const retry = busy ? transcript.retry : undefined;
  if (retry && draftAt <= Date.parse(retry.time)) return { weight: 'calm', ...retryWords(retry, now), code: '' };
  const limit = limitWords(transcript, now);
  return limit && limit.ahead ? { weight: 'calm', title: limit.title, rest: limit.rest, code: '' } : undefined;
}

function queued({ position, places }: LiveParts): LiveWords {
  const use = places === undefined ? '' : `${places.live} of ${places.limit} processes are in use. `;
  const place = position === undefined ? 'It starts by itself.' : `This session is ${ordinal(position)} in line and starts by itself.`;
  return { weight: 'calm', title: 'Waiting for a place.', rest: `${use}${place}`, code: '' };
}

function stalled({ transcript, now }: LiveParts, { cause, since }: NonNullable<Session['stalled']>): LiveWords {
  const silent = duration(now - Date.parse(since));
  const heard = `Nothing was heard since ${timeOfDay(since, true)}.`;
  switch (cause) {
    case 'retrying':
      return transcript.retry
        ? { weight: 'look', ...retryWords(transcript.retry, now), code: '' }
        : { weight: 'look', title: `The model service does not answer for ${silent}.`, rest: 'Trying again by itself.', code: '' };
    case 'rate-limited': {
      const limit = limitWords(transcript, now);
      return { weight: 'look', title: limit?.title ?? 'The limit of the plan is reached.', rest: limit?.rest ?? heard, code: '' };
    }
    case 'tool-running': {
      const tool = oldestOpen(transcript);
      const name = tool ? toolName(tool.tool) : transcript.stall?.tool ? toolName(transcript.stall.tool) : 'A tool';
      const lasts = tool ? duration(now - Date.parse(tool.approval?.decidedAt ?? tool.time)) : silent;
      return { weight: 'look', title: `${name} still runs, ${lasts}${tool ? ':' : '.'}`, code: tool ? toolTarget(tool.tool, tool.input).text : '', rest: 'Wait, or interrupt the turn.' };
    }
    case 'model-silent':
      return { weight: 'look', title: `No word from the model for ${silent}.`, rest: `${heard} Wait, or interrupt the turn.`, code: '' };
    default:
      return { weight: 'look', title: `Silent for ${silent}.`, rest: `${heard} Wait, or interrupt the turn.`, code: '' };
  }
}

/** The call that has run longest is the one that is waited for. */
function oldestOpen(transcript: Transcript): ToolEntry | undefined {
  for (const key of transcript.openTools) {
    const entry = transcript.entries.get(key);
    if (entry?.kind === 'tool' && entry.state === 'running') return toolOf(transcript, entry.toolUseId);
  }
  return undefined;
}

function retryWords(retry: Retry, now: number): { title: string; rest: string } {
  const left = Date.parse(retry.time) + retry.delayMs - now;
  const of = `attempt ${retry.attempt} of ${retry.maxRetries}`;
  const title = left > 0 ? `Trying again in ${duration(Math.ceil(left / 1000) * 1000)} (${of}).` : `Trying again now (${of}).`;
  const code = retry.status ? ` (${retry.status})` : '';
  return { title, rest: `${retryCause(retry.error, retry.status)}${code}. Nothing is lost and nothing runs twice.` };
}

function limitWords({ limit }: Transcript, now: number): { title: string; rest: string; ahead: boolean } | undefined {
  if (limit?.status !== 'rejected') return undefined;
  const title = `${limitName(limit.window)} is reached.`;
  const left = Date.parse(limit.resetsAt) - now;
  if (Number.isNaN(left)) return { title, rest: 'When it resets is not known.', ahead: false };
  const at = timeOfDay(limit.resetsAt);
  return left > 0
    ? { title, rest: `It resets at ${at}, in ${duration(left)}. The prompts are kept.`, ahead: true }
    : { title, rest: `It should have reset at ${at}.`, ahead: false };
}

/** For a row of the list: the cause, and what it is about. */
export function stalledInList(session: Session, now: number): { verb: string; rest: string } {
  const silent = session.stalled ? duration(now - Date.parse(session.stalled.since)) : '';
  switch (session.stalled?.cause) {
    case 'tool-running':
      return { verb: `Still runs, ${silent}`, rest: session.activity ?? '' };
    case 'retrying':
      return { verb: 'Trying again', rest: `the model service does not answer for ${silent}` };
    case 'rate-limited':
      return { verb: 'Limit of the plan reached', rest: `waiting for ${silent}` };
    case 'model-silent':
      return { verb: `No word from the model for ${silent}`, rest: 'the process is alive' };
    default:
      return { verb: `Silent for ${silent}`, rest: 'the process is alive' };
  }
}
