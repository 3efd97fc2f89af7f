import { beforeEach, describe, expect, it } from 'vitest';
import { Api } from '../src/api/api';
import { Http } from '../src/api/http';
import { Dashboard } from '../src/state/dashboard';
import type { FromHub } from '../src/state/hub';
import { Keep } from '../src/state/keep';

/** What a browser keeps for one tab. */
class TabStorage {
  readonly items = new Map<string, string>();
  getItem = (name: string): string | null => this.items.get(name) ?? null;
  setItem = (name: string, value: string): void => void this.items.set(name, value);
  removeItem = (name: string): void => void this.items.delete(name);
  clear = (): void => this.items.clear();
}

/** A server at which the given person is signed in, or nobody. */
class Server {
  who = 'mara';
  readonly prompts: string[] = [];

  answer(method: string, path: string): Response {
    const json = (body: object, status = 200) => new Response(JSON.stringify(body), { status });
    if (path === '/auth/me' || path === '/auth/login') return json({ user: { id: this.who, name: this.who, role: 'operator' }, csrfToken: 't', mustChangePassword: false });
    if (path === '/projects') return json({ projects: [], roots: [], seq: 1 });
    if (path.startsWith('/sessions?')) return json({ sessions: [], seq: 1 });
    if (path.startsWith('/approvals')) return json({ approvals: [], seq: 1, next: null });
    if (path.includes('/events')) return json({ events: [], next: null });
    if (method === 'POST' && path.endsWith('/prompts')) {
      this.prompts.push(`${this.who} sends`);
      return json({ seq: 2 }, 202);
    }
    if (path.includes('/prompts')) return json({ prompts: [], seq: 1 });
    return json({ id: 's', state: 'idle', access: 'write', seq: 1 });
  }
}

describe('what was typed and not sent', () => {
  let storage: TabStorage;
  let server: Server;

  beforeEach(() => {
    storage = new TabStorage();
    server = new Server();
  });

  /** The page, loaded anew in the same tab. */
  async function tab(): Promise<Dashboard> {
    const http = new Http({ fetch: (path, init) => Promise.resolve(server.answer(init.method ?? 'GET', path.replace('/api/v1', ''))), exclusively: (_name, work) => work(), marked: () => true, limitMs: 1_000 });
    let hear: (message: FromHub) => void = () => undefined;
    const link = (heard: typeof hear) => {
      hear = heard;
      return { send: () => undefined };
    };
    const dashboard = new Dashboard(new Api(http), http, link, new Keep(storage));
    await dashboard.begin();
    await dashboard.openSession('s');
    hear({ kind: 'state', state: { kind: 'live', seq: 1 } });
    await new Promise((done) => setTimeout(done));
    return dashboard;
  }

  function left(): void {
    const keep = new Keep(storage);
    keep.setText('s', 'half a thought');
    keep.setNewSession({ title: 'Refunds', prompt: 'Look into them' });
    keep.setPrompts('s', [{ promptId: 'p', text: 'delete it all', state: 'waiting', now: false } as never]);
  }

  it('is there again after a reload', async () => {
    await tab();
    left();
    const dashboard = await tab();
    expect(dashboard.store.get().open.get('s')?.composerText).toBe('half a thought');
    expect(dashboard.newSessionText).toEqual({ title: 'Refunds', prompt: 'Look into them' });
    expect(server.prompts).toEqual(['mara sends']);
  });

  it('is gone when somebody else is signed in in this tab, and never goes out in their name', async () => {
    await tab();
    left();
    server.who = 'deniz';
    const dashboard = await tab();
    expect(dashboard.store.get().open.get('s')?.composerText).toBe('');
    expect(dashboard.newSessionText).toEqual({ title: '', prompt: '' });
    expect(server.prompts).toEqual([]);
  });

  it('is gone also without a reload between the two', async () => {
    const dashboard = await tab();
    dashboard.keepText('s', 'half a thought');
    dashboard.signedOut(true);
    server.who = 'deniz';
    await dashboard.signIn('deniz', 'the password of deniz');
    await dashboard.openSession('s');
    expect(dashboard.store.get().open.get('s')?.composerText).toBe('');
  });
});
