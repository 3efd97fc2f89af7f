import { beforeEach, describe, expect, it } from 'vitest';
import { Api } from '../src/api/api';
import { Http } from '../src/api/http';
import type { ConnectionState, WireEvent } from '../src/api/types';
import { Dashboard } from '../src/state/dashboard';
import { Hub, type FromHub, type ToHub } from '../src/state/hub';
import { EventStream } from '../src/state/stream';

/** A clock and sources that only move when a test says so. */
class World {
  time = 0;
  timers = new Map<number, { at: number; work: () => void }>();
  sources: FakeSource[] = [];
  renewals = 0;
  outcome: 'renewed' | 'signed-out' | 'offline' = 'renewed';
  next = 1;

  parts = {
    open: (url: string) => {
      const source = new FakeSource(url);
      this.sources.push(source);
      return source as unknown as EventSource;
    },
    now: () => this.time,
    setTimer: (work: () => void, ms: number) => {
      this.timers.set(this.next, { at: this.time + ms, work });
      return this.next++;
    },
    clearTimer: (timer: number) => void this.timers.delete(timer),
    random: () => 1,
    renew: () => {
      this.renewals++;
      return Promise.resolve(this.outcome);
    },
  };

  get last(): FakeSource {
    return this.sources.at(-1)!;
  }

  async pass(ms: number): Promise<void> {
    const end = this.time + ms;
    for (let step = 0; step < 100; step++) {
      const due = [...this.timers].filter(([, timer]) => timer.at <= end).sort((a, b) => a[1].at - b[1].at)[0];
      if (!due) break;
      this.time = due[1].at;
      this.timers.delete(due[0]);
      due[1].work();
      await settled();
    }
    this.time = end;
  }
}

async function settled(): Promise<void> {
  for (let i = 0; i < 10; i++) await Promise.resolve();
}

class FakeSource extends EventTarget {
  onopen: ((event: Event) => void) | null = null;
  onerror: (() => void) | null = null;
  closed = false;

  constructor(readonly url: string) {
    super();
  }

  close(): void {
    this.closed = true;
  }

  say(type: string, data: unknown): void {
    this.dispatchEvent(new MessageEvent(type, { data: JSON.stringify(data) }));
  }

  event(seq: number): void {
    this.say('event', { seq, type: 'notice-given', data: {} });
  }
}

let world: World;
let heard: number[];
let states: ConnectionState[];

beforeEach(() => {
  world = new World();
  heard = [];
  states = [];
});

function stream(): EventStream {
  return new EventStream(world.parts, { event: (event) => heard.push(event.seq), draft: () => undefined, state: (state) => states.push(state) });
}

describe('the stream', () => {
  it('resumes after the last event that it heard, and tells none twice', async () => {
    stream().start(5);
    expect(world.last.url).toBe('/api/v1/events?after=5');
    world.last.event(6);
    world.last.event(7);
    world.last.onerror?.();
    await world.pass(1_000);
    expect(world.last.url).toBe('/api/v1/events?after=7');
    world.last.event(7);
    world.last.event(8);
    expect(heard).toEqual([6, 7, 8]);
  });

  it('says when it lost the connection and when it tries again, with growing pauses', async () => {
    stream().start(5);
    world.last.onopen?.(new Event('open'));
    await world.pass(3_000);
    world.last.onerror?.();
    expect(states.at(-1)).toEqual({ kind: 'offline', seq: 5, since: 0, retryAt: 4_000 });
    await world.pass(1_000);
    world.last.onerror?.();
    expect(states.at(-1)).toMatchObject({ retryAt: 6_000 });
  });

  it('takes silence for a lost connection', async () => {
    stream().start(0);
    world.last.say('beat', { seq: 3 });
    const first = world.last;
    await world.pass(39_999);
    expect(first.closed).toBe(false);
    await world.pass(1);
    expect(first.closed).toBe(true);
    expect(states.at(-1)?.kind).toBe('offline');
  });

  it('does not move the place to resume from by a beat', async () => {
    stream().start(5);
    world.last.say('beat', { seq: 9 });
    expect(states.at(-1)).toEqual({ kind: 'live', seq: 9 });
    world.last.event(8);
    expect(heard).toEqual([8]);
  });

  it('renews an expired sign-in and goes on without a word', async () => {
    stream().start(5);
    world.last.event(6);
    world.last.say('bye', { reason: 'expired' });
    await settled();
    expect(world.renewals).toBe(1);
    expect(world.last.url).toBe('/api/v1/events?after=6');
    expect(states.every((state) => state.kind === 'live')).toBe(true);
  });

  it('stops when nobody is signed in any more', async () => {
    world.outcome = 'signed-out';
    stream().start(5);
    world.last.say('bye', { reason: 'expired' });
    await world.pass(100_000);
    expect(world.sources).toHaveLength(1);
  });

  it('says that the server restarts, and not that the connection is lost', () => {
    stream().start(5);
    world.last.say('bye', { reason: 'draining' });
    expect(states.at(-1)?.kind).toBe('draining');
  });

  it('says so no longer when the server stays away', async () => {
    stream().start(5);
    world.last.say('bye', { reason: 'draining' });
    for (const pause of [1_000, 2_000]) {
      await world.pass(pause);
      world.last.onerror?.();
      expect(states.at(-1)?.kind).toBe('draining');
    }
    await world.pass(4_000);
    world.last.onerror?.();
    expect(states.at(-1)).toMatchObject({ kind: 'offline', retryAt: 15_000 });
  });

  it('comes back as soon as the server answers anything, and leaves an attempt that is under way alone', async () => {
    const events = stream();
    events.start(5);
    world.last.onerror?.();
    const before = world.sources.length;
    events.serverAnswered();
    expect(world.sources).toHaveLength(before + 1);
    events.serverAnswered();
    expect(world.sources).toHaveLength(before + 1);
    world.last.event(6);
    events.serverAnswered();
    expect([world.sources.length, heard]).toEqual([before + 1, [6]]);
  });

  it('says that the server is about to stop, and goes on hearing it until it is gone', () => {
    stream().start(5);
    world.last.say('draining', {});
    expect(states.at(-1)).toEqual({ kind: 'live', seq: 5, stopping: true });
    world.last.event(6);
    expect(states.at(-1)).toEqual({ kind: 'live', seq: 6, stopping: true });
    world.last.say('bye', { reason: 'draining' });
    expect(states.at(-1)?.kind).toBe('draining');
  });

  it('does not hear what a source says that it has given up', async () => {
    stream().start(5);
    const first = world.last;
    first.onerror?.();
    await world.pass(1_000);
    first.event(6);
    expect(heard).toEqual([]);
  });
});

describe('the hub', () => {
  function tab(): { got: number[]; send: (message: FromHub) => void } {
    const got: number[] = [];
    return { got, send: (message) => message.kind === 'event' && got.push((message.event as WireEvent).seq) };
  }

  it('gives a tab that joins later what it lacks, from memory', () => {
    const hub = new Hub(world.parts);
    const [a, b] = [tab(), tab()];
    hub.hear(a, { kind: 'join', after: 5 });
    for (const seq of [6, 7, 8]) world.last.event(seq);
    hub.hear(b, { kind: 'join', after: 6 });
    expect(b.got).toEqual([7, 8]);
    expect(world.sources).toHaveLength(1);
  });

  it('reads again from the start of a tab that is further behind than its memory', () => {
    const hub = new Hub(world.parts);
    const [a, b] = [tab(), tab()];
    hub.hear(a, { kind: 'join', after: 5 });
    world.last.event(6);
    hub.hear(b, { kind: 'join', after: 2 });
    expect(world.last.url).toBe('/api/v1/events?after=2');
    for (const seq of [3, 6]) world.last.event(seq);
    expect(b.got).toEqual([3, 6]);
  });

  it('rests when the last tab leaves', () => {
    const hub = new Hub(world.parts);
    const a = tab();
    hub.hear(a, { kind: 'join', after: 5 });
    hub.hear(a, { kind: 'leave' });
    expect(world.last.closed).toBe(true);
  });
});

describe('a page whose stream is away', () => {
  it('says when the server serves a request, and nothing while it does not or all is live', async () => {
    let status = 200;
    const all = { user: { id: 'm', name: 'Mara', role: 'viewer' }, csrfToken: 't', projects: [], roots: [], sessions: [], approvals: [], seq: 1, next: null };
    const http = new Http({ fetch: () => Promise.resolve(new Response(JSON.stringify(all), { status })), exclusively: (_name, work) => work(), marked: () => true, limitMs: 1_000 });
    const sent: ToHub['kind'][] = [];
    let hear: (message: FromHub) => void = () => undefined;
    const dashboard = new Dashboard(new Api(http), http, (heard) => {
      hear = heard;
      return { send: (message) => void sent.push(message.kind) };
    });
    await dashboard.begin();
    sent.length = 0;
    status = 503;
    hear({ kind: 'state', state: { kind: 'offline', seq: 1, since: 0, retryAt: 30_000 } });
    await http.get('/health');
    expect(sent).toEqual([]);
    status = 200;
    await http.get('/health');
    expect(sent).toEqual(['answered']);
    hear({ kind: 'state', state: { kind: 'live', seq: 1 } });
    await http.get('/health');
    expect(sent).toEqual(['answered']);
  });
});
