import { beforeEach, describe, expect, it, vi } from 'vitest';
import { Api } from '../src/api/api';
import { Http } from '../src/api/http';
import type { Session, WireEvent } from '../src/api/types';
import { Dashboard, isPrivateNow } from '../src/state/dashboard';
import type { FromHub } from '../src/state/hub';
import { Keep } from '../src/state/keep';

const ME = { user: { id: 'u', name: 'Deniz', role: 'operator' }, csrfToken: 't', mustChangePassword: false, server: { version: '1', demo: false, cli: { state: 'ok' }, credential: 'demo', modelAccess: 'gateway', isolation: 'same-user', usualSharing: 'team-read' } };

function session(id: string, more: Partial<Session> = {}): Session {
  return {
    id, projectId: 'p', projectName: 'pay', cwd: '/code', title: id, state: 'idle', stateSince: '2026-01-01T00:00:00Z', owner: { id: 'mara', name: 'Mara' }, sharing: 'team-read', access: 'read', permissionMode: 'default',
    cliSessionId: id, createdAt: '', lastSeq: 1, seq: 1, prompts: 0, turns: 0, cost: 0, tokens: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 }, pendingApprovals: 0, ...more,
  };
}

/** A server that knows sessions, and a dashboard that is signed in to it and hears what the test tells. */
class World {
  readonly sessions = new Map<string, Session>([['s', session('s')]]);
  readonly asked: string[] = [];
  /** Answers of this status instead of the session, while set. */
  refusing = 0;
  role = 'operator';
  readonly dashboard: Dashboard;
  private hear: (message: FromHub) => void = () => undefined;
  private seq = 1;

  constructor() {
    const http = new Http({ fetch: (path, init) => Promise.resolve(this.answer(init.method ?? '', path.replace('/api/v1', ''))), exclusively: (_name, work) => work(), marked: () => true, limitMs: 1_000 });
    this.dashboard = new Dashboard(new Api(http), http, (heard) => {
      this.hear = heard;
      return { send: () => undefined };
    }, new Keep(undefined));
  }

  get state() {
    return this.dashboard.store.get();
  }

  tell(id: string, type: 'session-shared' | 'session-created', data: object): void {
    this.hear({ kind: 'event', event: { seq: ++this.seq, time: '2026-01-01T00:01:00Z', sessionId: id, actor: { kind: 'person', id: 'mara', name: 'Mara' }, type, data } as WireEvent });
  }

  connection(kind: 'live' | 'offline'): void {
    this.hear({ kind: 'state', state: kind === 'live' ? { kind, seq: this.seq } : { kind, seq: this.seq, since: 0, retryAt: 0 } });
  }

  private answer(method: string, path: string): Response {
    this.asked.push(`${method} ${path}`);
    const json = (body: object, status = 200) => new Response(JSON.stringify(body), { status });
    if (path === '/auth/me') return json({ ...ME, user: { ...ME.user, role: this.role } });
    if (path === '/projects') return json({ projects: [], roots: [], seq: this.seq });
    if (path.startsWith('/sessions?')) return json({ sessions: [...this.sessions.values()], seq: this.seq });
    if (path.startsWith('/approvals')) return json({ approvals: [], seq: this.seq, next: null });
    const [, id = '', rest] = /^\/sessions\/([^/?]+)\/?([^?]*)/.exec(path) ?? [];
    const known = this.sessions.get(id);
    if (known === undefined) return json({ code: 'session-unknown', detail: 'There is no session.' }, 404);
    if (this.refusing > 0) return json({ code: 'refused', detail: 'Not now.' }, this.refusing);
    if (rest === 'sharing') return json({ ...known, sharing: 'private', seq: this.seq });
    if (rest === 'events') return json({ events: [], next: null });
    if (rest === 'prompts') return json({ prompts: [], seq: this.seq });
    return json({ ...known, seq: this.seq });
  }
}

describe('a session that is shared otherwise', () => {
  let world: World;

  beforeEach(async () => {
    world = new World();
    await world.dashboard.begin();
    await world.dashboard.openSession('s');
  });

  it('is forgotten everywhere by who may no longer read it, and the open view says why', async () => {
    world.dashboard.keepText('s', 'half a thought');
    world.sessions.delete('s');
    world.tell('s', 'session-shared', { sharing: 'private' });
    await vi.waitFor(() => expect(world.state.world.sessions.has('s')).toBe(false));
    const open = world.state.open.get('s');
    expect(isPrivateNow(open)).toBe(true);
    expect([open?.transcript.rows.length, open?.composerText]).toEqual([0, 'half a thought']);
  });

  it('comes back where it was, by itself, when it is shared again', async () => {
    const shared = world.sessions.get('s')!;
    world.sessions.delete('s');
    world.tell('s', 'session-shared', { sharing: 'private' });
    await vi.waitFor(() => expect(isPrivateNow(world.state.open.get('s'))).toBe(true));
    world.sessions.set('s', shared);
    world.tell('s', 'session-shared', { sharing: 'team-read' });
    await vi.waitFor(() => expect(world.state.open.get('s')?.load.kind).toBe('ready'));
    expect(world.state.world.sessions.get('s')?.access).toBe('read');
  });

  it('that was never seen is added when it can be read, and not when it cannot', async () => {
    world.sessions.set('new', session('new', { access: 'write', sharing: 'team-write' }));
    world.tell('new', 'session-shared', { sharing: 'team-write' });
    world.tell('hidden', 'session-shared', { sharing: 'private' });
    await vi.waitFor(() => expect(world.state.world.sessions.get('new')?.access).toBe('write'));
    expect(world.asked).toContain('GET /sessions/hidden');
    expect([...world.state.world.sessions.keys()].sort()).toEqual(['new', 's']);
  });

  it('may be worked in from now on, as the server says and the event does not', async () => {
    world.sessions.set('s', session('s', { access: 'write', sharing: 'team-write' }));
    world.tell('s', 'session-shared', { sharing: 'team-write' });
    await vi.waitFor(() => expect(world.state.world.sessions.get('s')).toMatchObject({ access: 'write', sharing: 'team-write' }));
  });

  it('begins with the least until the server has said how far one may go', async () => {
    world.sessions.set('mine', session('mine', { access: 'own' }));
    world.tell('mine', 'session-created', { projectId: 'p', cwd: '/code', permissionMode: 'default', owner: 'u', sharing: 'private' });
    await vi.waitFor(() => expect(world.state.world.sessions.has('mine')).toBe(true));
    await vi.waitFor(() => expect(world.state.world.sessions.get('mine')?.access).toBe('own'));
  });

  it('shows the choice at once, and takes it back with a word when it is refused', async () => {
    world.refusing = 403;
    const asked = world.dashboard.share('s', 'private');
    expect(world.state.open.get('s')?.wantedSharing).toBe('private');
    await asked;
    expect(world.state.open.get('s')?.wantedSharing).toBeUndefined();
    expect(world.state.world.sessions.get('s')?.sharing).toBe('team-read');
    expect(world.state.toasts.map((toast) => toast.title)).toEqual(['Sharing was not changed']);
  });

  it('keeps the choice when it is confirmed', async () => {
    await world.dashboard.share('s', 'private');
    expect(world.state.world.sessions.get('s')?.sharing).toBe('private');
    expect(world.state.toasts).toEqual([]);
  });
});

describe('a role that changed while one was signed in', () => {
  it('counts from the next connection on, with all that it shows', async () => {
    const world = new World();
    await world.dashboard.begin();
    world.connection('live');
    world.connection('offline');
    world.role = 'viewer';
    world.sessions.set('s', session('s', { access: 'read' }));
    world.asked.length = 0;
    world.connection('live');
    await vi.waitFor(() => expect(world.state.auth).toMatchObject({ me: { user: { role: 'viewer' } } }));
    await vi.waitFor(() => expect(world.asked.some((path) => path.startsWith('GET /sessions?'))).toBe(true));
  });
});
