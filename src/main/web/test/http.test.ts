import { describe, expect, it } from 'vitest';
import { Http } from '../src/api/http';

type Reply = { status: number; body?: unknown; headers?: Record<string, string> } | 'down';

function server(reply: (method: string, path: string, init: RequestInit) => Reply, marked = true, userId = 'mara'): { http: Http; calls: string[] } {
  const calls: string[] = [];
  const http = new Http({
    fetch: (path, init) => {
      calls.push(`${init.method} ${path.replace('/api/v1', '')}`);
      const answer = reply(init.method ?? '', path.replace('/api/v1', ''), init);
      if (answer === 'down') return Promise.reject(new TypeError('down'));
      const { status, body, headers } = answer;
      return Promise.resolve(new Response(body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body), { status, ...(headers ? { headers } : {}) }));
    },
    exclusively: (_name, work) => work(),
    marked: () => marked,
    limitMs: 1_000,
  });
  if (userId !== '') http.signedIn(userId, 'old');
  return { http, calls };
}

describe('renewal of the sign-in', () => {
  it('happens once for requests that fail together, and each is sent again', async () => {
    let good = false;
    const { http, calls } = server((_method, path) => {
      if (path === '/auth/refresh') {
        good = true;
        return { status: 200, body: { user: { id: 'mara' }, csrfToken: 'new' } };
      }
      return good ? { status: 200, body: { path } } : { status: 401, body: { code: 'token-expired' } };
    });
    const answers = await Promise.all([http.get('/a'), http.get('/b')]);
    expect(answers.map((answer) => answer.ok)).toEqual([true, true]);
    expect(calls.filter((call) => call === 'POST /auth/refresh')).toHaveLength(1);
  });

  it('brings in a page that begins with an access token that is over', async () => {
    let good = false;
    const { http } = server(
      (_method, path) => {
        if (path === '/auth/refresh') good = true;
        return good ? { status: 200, body: { user: { id: 'mara' }, csrfToken: 'new' } } : { status: 401, body: { code: 'token-expired' } };
      },
      true,
      '',
    );
    let over = 0;
    http.onSignedOut(() => over++);
    expect(await http.get('/auth/me')).toMatchObject({ ok: true, value: { user: { id: 'mara' } } });
    expect(over).toBe(0);
  });

  it('does not ask for what cannot be renewed', async () => {
    const { http, calls } = server(() => ({ status: 401 }), false);
    let over = 0;
    http.onSignedOut(() => over++);
    expect(await http.renew()).toBe('signed-out');
    expect(calls).toEqual([]);
    expect(over).toBe(1);
  });

  it('uses what another tab has renewed meanwhile', async () => {
    let asked = 0;
    const { http, calls } = server((_method, path) => {
      if (path === '/auth/me') return { status: 200, body: { user: { id: 'mara' }, csrfToken: 'theirs' } };
      return asked++ === 0 ? { status: 401, body: {} } : { status: 202, body: { seq: 1 } };
    });
    expect((await http.post('/sessions/1/prompts', {})).ok).toBe(true);
    expect(calls).not.toContain('POST /auth/refresh');
  });

  it('does not go on as somebody else who signed in in another tab', async () => {
    const { http, calls } = server((_method, path) => (path === '/auth/me' ? { status: 200, body: { user: { id: 'jonas' }, csrfToken: 'his' } } : { status: 401, body: {} }));
    let over = 0;
    http.onSignedOut(() => over++);
    expect((await http.post('/sessions/1/prompts', {})).ok).toBe(false);
    expect(calls).toEqual(['POST /sessions/1/prompts', 'GET /auth/me']);
    expect(over).toBe(1);
  });

  it('tells that nobody is signed in when it is refused', async () => {
    const { http } = server(() => ({ status: 401, body: { code: 'not-signed-in' } }));
    let told = 0;
    http.onSignedOut(() => told++);
    expect(await http.get('/a')).toMatchObject({ ok: false, problem: { status: 401 } });
    expect(told).toBe(1);
  });

  it('does not sign anybody out because the server is down', async () => {
    const { http } = server((_method, path) => (path === '/a' ? { status: 401, body: {} } : 'down'));
    let told = 0;
    http.onSignedOut(() => told++);
    expect(await http.get('/a')).toMatchObject({ ok: false, problem: { kind: 'offline' } });
    expect(told).toBe(0);
  });
});

describe('answers', () => {
  it('carry the CSRF token on writes only', async () => {
    const seen: Record<string, string | undefined> = {};
    const { http } = server((method, _path, init) => {
      seen[method] = (init.headers as Record<string, string>)['X-CSRF-Token'];
      return { status: 200, body: {} };
    });
    http.signedIn('mara', 't');
    await http.get('/a');
    await http.post('/a');
    expect(seen).toEqual({ GET: undefined, POST: 't' });
  });

  it('are problems with their code, words, request and wait', async () => {
    const { http } = server(() => ({ status: 409, body: { code: 'already-decided', detail: 'words', requestId: 'r', decision: 'allow' }, headers: { 'Retry-After': '3' } }));
    expect(await http.put('/a', {})).toEqual({
      ok: false,
      problem: { kind: 'refused', status: 409, code: 'already-decided', message: 'words', requestId: 'r', retryAfterMs: 3_000, details: { decision: 'allow' } },
    });
  });

  it('of a proxy without a server behind it are offline, not refusals', async () => {
    const { http } = server(() => ({ status: 502, body: '<html>Bad gateway' }));
    expect(await http.get('/a')).toMatchObject({ ok: false, problem: { kind: 'offline', status: 502 } });
  });
});
