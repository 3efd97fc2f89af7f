import { describe, expect, it } from 'vitest';
import type { Session } from '../../src/api/types';
import { liveWords, stalledInList, type LiveWords } from '../../src/transcript/live';
import { emptyTranscript, reduceTranscript, type Transcript } from '../../src/transcript/reduce';
import { Script } from '../session-demo/events';

const START = Date.parse('2026-11-22T13:30:00Z');
const at = (seconds: number): number => START + seconds * 1000;

function session(more: Partial<Session>): Session {
  return {
    id: 's', projectId: 'p', projectName: 'pay', cwd: '/code', state: 'working', stateSince: '', owner: { id: 'u', name: 'Mara' }, sharing: 'team-read', access: 'own', permissionMode: 'default', cliSessionId: 's', createdAt: '',
    lastSeq: 1, seq: 1, prompts: 1, turns: 0, cost: 0, tokens: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 }, pendingApprovals: 0, ...more,
  };
}

function read(s: Script): Transcript {
  return s.events.reduce<Transcript>(reduceTranscript, emptyTranscript(true));
}

function words(s: Script, more: Partial<Session>, seconds: number, draftAt = 0): LiveWords | undefined {
  return liveWords({ session: session(more), transcript: read(s), draftAt, now: at(seconds) });
}

const script = (): Script => new Script(1, START);
const since = new Date(at(1)).toISOString();
const stalled = (cause: string): Partial<Session> => ({ stalled: { cause, since } });
const retry = (): Script => script().add('api-retried', { attempt: 3, maxRetries: 10, delayMs: 18_000, status: 529, error: 'overloaded' });
const limit = (): Script => script().add('rate-limit-changed', { status: 'rejected', window: 'five_hour', resetsAt: new Date(at(8_281)).toISOString() });

describe('what is waited for', () => {
  it('is nothing while all goes its way', () => {
    expect(words(script().say('x'), {}, 500)).toBeUndefined();
  });

  it('counts down to the next attempt, and ends with the next word', () => {
    expect(words(retry(), {}, 7)).toMatchObject({ weight: 'calm', title: 'Trying again in 12 s (attempt 3 of 10).', rest: 'The model service is busy (529). Nothing is lost and nothing runs twice.' });
    expect(words(retry(), {}, 30)?.title).toBe('Trying again now (attempt 3 of 10).');
    expect(words(retry().say('x'), {}, 7)).toBeUndefined();
    expect(words(retry(), {}, 7, at(5))).toBeUndefined();
    expect(words(retry(), { state: 'idle' }, 7)).toBeUndefined();
  });

  it('counts down to the reset of a limit, also between turns, and ends when there is room again', () => {
    expect(words(limit(), { state: 'idle' }, 1)).toMatchObject({ title: 'The 5-hour limit is reached.' });
    expect(words(limit(), { state: 'idle' }, 1)?.rest).toMatch(/^It resets at \d\d:\d\d, in 2 h 18 m\./);
    expect(words(limit().add('rate-limit-changed', { status: 'allowed', window: 'five_hour' }), { state: 'idle' }, 1)).toBeUndefined();
    expect(words(limit(), { state: 'idle' }, 9_000)).toBeUndefined();
  });

  it.each<[string, Script, string]>([
    ['model-silent', script(), 'No word from the model for 2 m.'],
    ['tool-running', script().call('t', 'Bash', { command: 'npm test' }), 'Bash still runs, 2 m:'],
    ['retrying', retry(), 'Trying again now (attempt 3 of 10).'],
    ['rate-limited', limit(), 'The 5-hour limit is reached.'],
    ['of-tomorrow', script(), 'Silent for 2 m.'],
  ])('of a stalled turn is said with its cause: %s', (cause, events, title) => {
    expect(words(events, stalled(cause), 121)).toMatchObject({ weight: 'look', title });
  });

  it('names the command that still runs, and what it stands for in the list', () => {
    expect(words(script().call('t', 'Bash', { command: 'npm test' }), stalled('tool-running'), 121)?.code).toBe('npm test');
    expect(stalledInList(session({ ...stalled('tool-running'), activity: 'Bash npm test' }), at(121))).toEqual({ verb: 'Still runs, 2 m', rest: 'Bash npm test' });
  });

  it('is over when text comes again, before the server says so', () => {
    expect(words(script(), stalled('model-silent'), 121, at(120))).toBeUndefined();
  });

  it('is a place, with how many are taken', () => {
    const queued = liveWords({ session: session({ state: 'queued' }), transcript: read(script()), draftAt: 0, now: 0, position: 3, places: { live: 20, limit: 20 } });
    expect([queued?.title, queued?.rest]).toEqual(['Waiting for a place.', '20 of 20 processes are in use. This session is 3rd in line and starts by itself.']);
  });
});
