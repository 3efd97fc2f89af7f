import { describe, expect, it } from 'vitest';
import type { EventData, EventType, Session, WireEvent } from '../src/api/types';
import { EMPTY_WORLD, reduceWorld, withApprovals, withoutSession, withSession, withSessions } from '../src/state/reduce';

const TOKENS = { input: 1, output: 2, cacheRead: 3, cacheWrite: 4 };
const OUTCOME = { cliUuid: 'u', isError: false, reason: 'completed', durationMs: 1, rounds: 1, tokens: TOKENS, costUsd: 0.5, contextTokens: 9, promptIds: [] };
const NONE = { found: 0, killed: 0, remaining: 0 };

function event<T extends EventType>(seq: number, type: T, data: EventData[T], actor: WireEvent['actor'] = { kind: 'cli' }): WireEvent {
  return { seq, time: `2026-01-01T00:00:${String(seq % 60).padStart(2, '0')}.000Z`, sessionId: 's', actor, type, data } as WireEvent;
}

function session(more: Partial<Session> = {}): Session {
  return {
    id: 's', projectId: 'p', projectName: 'pay', cwd: '/code/pay', title: 'T', state: 'idle', stateSince: '2026-01-01T00:00:00.000Z',
    owner: { id: 'u', name: 'mara' }, sharing: 'team-read', access: 'own', permissionMode: 'default', cliSessionId: 's', createdAt: '2026-01-01T00:00:00.000Z', lastSeq: 10, seq: 10,
    prompts: 0, turns: 0, cost: 1, tokens: TOKENS, pendingApprovals: 0, ...more,
  };
}

function after(start: Partial<Session>, ...events: WireEvent[]): Session {
  const world = events.reduce(reduceWorld, withSessions(EMPTY_WORLD, [session(start)], 10));
  return world.sessions.get('s')!;
}

const ask = (seq: number, id = 'a') =>
  event(seq, 'approval-requested', { approvalId: id, kind: 'permission', cliRequestId: 'r', toolUseId: 't', tool: 'Bash', input: { command: 'ls' }, suggestions: [] });

describe('projects', () => {
  const added = event(1, 'project-added', { projectId: 'p', path: '/code/pay', name: 'pay' });
  const trusted = event(2, 'project-trusted', { projectId: 'p', name: 'pay', fingerprint: 'f', files: ['.mcp.json'] });
  const withdrawn = (reason: string) => event(3, 'project-trust-withdrawn', { projectId: 'p', name: 'pay', reason });

  it.each([
    ['trusted', [added, trusted]],
    ['changed', [added, trusted, withdrawn('changed')]],
    ['untrusted', [added, trusted, withdrawn('person')]],
    ['trusted', [added, trusted, withdrawn('changed'), trusted].map((each, i) => ({ ...each, seq: i + 1 }) as WireEvent)],
  ])('are %s once that is recorded', (state, events) => {
    expect(events.reduce(reduceWorld, EMPTY_WORLD).projects.map((project) => project.trust)).toEqual([state]);
  });

  it('keep what is said for as long as was said last', () => {
    const kept = (seq: number, days?: number) => event(seq, 'project-retention-changed', { projectId: 'p', name: 'pay', ...(days === undefined ? {} : { days }) });
    const of = (...events: WireEvent[]) => [added, ...events].reduce(reduceWorld, EMPTY_WORLD).projects[0];
    expect(of(kept(2, 90))).toMatchObject({ retentionDays: 90 });
    expect(of(kept(2, 90), kept(3))).not.toHaveProperty('retentionDays');
  });
});

describe('sessions', () => {
  it('ignores what its snapshot already holds', () => {
    expect(after({}, event(10, 'turn-ended', OUTCOME)).cost).toBe(1);
    expect(after({}, event(11, 'turn-ended', OUTCOME)).cost).toBe(1.5);
  });

  it('lose their words with their contents, and keep what they cost', () => {
    const expired = event(12, 'contents-expired', { through: 11, days: 90, contents: 'c' }, { kind: 'server' });
    const world = [ask(11), expired].reduce(reduceWorld, withSessions(EMPTY_WORLD, [session({ state: 'failed', failure: { code: 'c', message: 'm', remedy: 'r' } })], 10));
    expect(world.approvals.size).toBe(0);
    const left = world.sessions.get('s');
    expect(left).toMatchObject({ cost: 1, expiredAt: expired.time });
    for (const gone of ['title', 'failure', 'activity']) expect(left).not.toHaveProperty(gone);
  });

  it('learn nothing from an event without contents', () => {
    const empty = { ...event(11, 'session-titled', { title: '' }), data: {}, expired: true } as unknown as WireEvent;
    expect(after({}, empty)).toMatchObject({ title: 'T' });
  });

  it('counts an event once when it comes twice', () => {
    const twice = event(11, 'turn-ended', OUTCOME);
    expect(after({}, twice, twice)).toMatchObject({ cost: 1.5, turns: 1, tokens: { input: 2, cacheWrite: 8 }, contextTokens: 9 });
  });

  it('asks until the last request is answered', () => {
    const asking = after({ state: 'working' }, ask(11), ask(12, 'b'));
    expect(asking).toMatchObject({ state: 'asking', pendingApprovals: 2, activity: 'Bash ls' });
    const one = event(13, 'approval-resolved', { approvalId: 'a', decision: 'allow', remembered: [] });
    expect(after({ state: 'working' }, ask(11), ask(12, 'b'), one).state).toBe('asking');
    expect(after({ state: 'working' }, ask(11), one).state).toBe('working');
  });

  it('follows the CLI alone in whether it works', () => {
    const running = event(11, 'activity-changed', { activity: 'running' });
    expect(after({}, running).state).toBe('working');
    expect(after({}, running, event(12, 'turn-ended', OUTCOME)).state).toBe('working');
    expect(after({}, running, event(12, 'turn-ended', OUTCOME), event(13, 'activity-changed', { activity: 'idle' })).state).toBe('idle');
    expect(after({}, running, ask(12), event(13, 'activity-changed', { activity: 'idle' })).state).toBe('asking');
  });

  it('knows its place in the line until it starts', () => {
    const queued = after({ state: 'parked' }, event(11, 'session-queued', { position: 3 }));
    expect(queued).toMatchObject({ state: 'queued', queuePosition: 3 });
    const started = after({ state: 'parked' }, event(11, 'session-queued', { position: 3 }), event(12, 'session-started', { launch: 'l', cliSessionId: 'c', resumed: true }));
    expect([started.state, started.queuePosition]).toEqual(['starting', undefined]);
  });

  it('is stalled until something is heard, from the last word on', () => {
    const stalled = event(50, 'turn-stalled', { cause: 'model-silent', silentMs: 20_000, interrupts: false });
    expect(after({ state: 'working' }, stalled).stalled).toEqual({ cause: 'model-silent', since: '2026-01-01T00:00:30.000Z' });
    for (const over of [event(51, 'turn-revived', {}), event(51, 'turn-ended', OUTCOME), event(51, 'activity-changed', { activity: 'idle' }), event(51, 'session-ended', { reason: 'parked', leftover: NONE })]) {
      expect(after({ state: 'working' }, stalled, over).stalled, over.type).toBeUndefined();
    }
  });

  it('holds its line until it is released or ends', () => {
    const held = event(11, 'queue-held', { cause: 'turn-failed' });
    expect(after({}, held).held).toBe('turn-failed');
    expect(after({}, held, event(12, 'queue-released', {})).held).toBeUndefined();
    expect(after({}, held, event(12, 'session-ended', { reason: 'stopped', leftover: NONE })).held).toBeUndefined();
  });

  it('says how its last turn went wrong, until the next one begins', () => {
    const error = { code: 'model-auth', message: 'The key was refused.', remedy: 'r' };
    const failed = event(11, 'turn-ended', { ...OUTCOME, isError: true, error });
    const begun = event(12, 'turn-started', { model: 'claude-x', permissionMode: 'default', tools: [] });
    expect(after({}, failed).turnFault).toEqual({ kind: 'failed', message: 'The key was refused.' });
    expect(after({}, failed, event(12, 'session-ended', { reason: 'parked', leftover: NONE })).turnFault).toBeDefined();
    expect(after({}, failed, begun)).toMatchObject({ model: 'claude-x' });
    expect(after({}, failed, begun)).not.toHaveProperty('turnFault');
    expect(after({}, failed, event(12, 'turn-ended', OUTCOME))).not.toHaveProperty('turnFault');
  });

  it.each([
    ['working', 'server-stopped', { kind: 'cut' }],
    ['asking', 'server-stopped', { kind: 'cut' }],
    ['idle', 'server-stopped', undefined],
    ['working', 'stopped', undefined],
  ] as const)('that is %s when it is to be ended with the reason %s is cut, or not', (state, reason, fault) => {
    expect(after({ state }, event(11, 'stop-requested', { reason }, { kind: 'server' })).turnFault).toEqual(fault);
  });

  it('takes its name when its first prompt gives it one', () => {
    expect(after({}, event(11, 'session-titled', { title: 'Fix the test' })).title).toBe('Fix the test');
  });

  it('is not revived by a late word of an ended CLI', () => {
    const ended = event(11, 'session-ended', { reason: 'stopped', leftover: NONE });
    expect(after({}, ended, event(12, 'activity-changed', { activity: 'running' })).state).toBe('stopped');
  });

  it('keeps why it failed, and forgets it when it starts again', () => {
    const failed = event(11, 'session-failed', { code: 'cli-missing', message: 'm', remedy: 'r', leftover: NONE });
    expect(after({ pid: 5 }, failed)).toMatchObject({ state: 'failed', failure: { code: 'cli-missing', remedy: 'r' } });
    expect(after({ pid: 5 }, failed)).not.toHaveProperty('pid');
    expect(after({}, failed, event(12, 'session-started', { launch: 'l', cliSessionId: 'x', resumed: true }))).not.toHaveProperty('failure');
  });

  it('appears by its event alone, owned by the person who made it', () => {
    const made = event(11, 'session-created', { projectId: 'p', cwd: '/code/pay', title: 'New', permissionMode: 'plan', owner: 'u', sharing: 'private' }, { kind: 'person', id: 'u', name: 'mara' });
    const world = reduceWorld({ ...EMPTY_WORLD, sessionsSeq: 10 }, made);
    expect(world.sessions.get('s')).toMatchObject({ title: 'New', projectName: 'pay', owner: { id: 'u', name: 'mara' }, sharing: 'private', access: 'read', seq: 11 });
    expect(reduceWorld({ ...EMPTY_WORLD, sessionsSeq: 11 }, made).sessions.size).toBe(0);
  });

  it('keeps the newer picture when an older snapshot arrives late', () => {
    const world = reduceWorld(withSessions(EMPTY_WORLD, [session()], 10), event(11, 'turn-ended', OUTCOME));
    expect(withSessions(world, [session()], 10).sessions.get('s')!.turns).toBe(1);
  });

  it('is shared as its event says, while how far one may go stays as the server said it last', () => {
    const shared = after({ access: 'write' }, event(11, 'session-shared', { sharing: 'private' }));
    expect(shared).toMatchObject({ sharing: 'private', access: 'write' });
    const world = withSessions(EMPTY_WORLD, [shared], 11);
    expect(withSession(world, session({ access: 'read', seq: 10 })).sessions.get('s')).toMatchObject({ sharing: 'private', access: 'read', seq: 11 });
  });

  it('that may no longer be read is forgotten with its requests, and others stay', () => {
    const world = withSessions(reduceWorld(EMPTY_WORLD, ask(11)), [session({ seq: 11 }), session({ id: 'other' })], 11);
    const left = withoutSession(world, 's');
    expect([[...left.sessions.keys()], left.approvals.size]).toEqual([['other'], 0]);
    const reread = withSessions(world, [session({ id: 'other' })], 12);
    expect([[...reread.sessions.keys()], reread.approvals.size]).toEqual([['other'], 0]);
  });

  it('leaves the world as it is for a type that it does not know', () => {
    const world = withSessions(EMPTY_WORLD, [session()], 10);
    const next = reduceWorld(world, { ...event(11, 'notice-given', { level: 'info', text: '' }), type: 'of-tomorrow' } as unknown as WireEvent);
    expect(next.sessions.get('s')).toMatchObject({ state: 'idle', seq: 11 });
  });
});

describe('approvals', () => {
  it('records whose answer it was and how far it came', () => {
    const person = { kind: 'person', id: 'd', name: 'Deniz' } as const;
    let world = reduceWorld(EMPTY_WORLD, ask(11));
    world = reduceWorld(world, event(12, 'approval-resolved', { approvalId: 'a', decision: 'deny', reason: 'no', remembered: [] }, person));
    expect(world.approvals.get('a')).toMatchObject({ state: 'denied', delivery: 'recorded', decidedBy: { name: 'Deniz' }, decisionReason: 'no' });
    world = reduceWorld(world, event(13, 'approval-unsettled', { approvalId: 'a' }));
    expect(world.approvals.get('a')).toMatchObject({ state: 'denied', delivery: 'unknown' });
  });

  it('is not asked again by an event older than the snapshot', () => {
    expect(reduceWorld(withApprovals(EMPTY_WORLD, [], 11), ask(11)).approvals.size).toBe(0);
  });
});
