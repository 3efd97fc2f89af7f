/**
 * The one way to the server: a request becomes a value or a problem, never silence.
 *
 * Owns the CSRF token of this tab and the renewal of the sign-in. Access tokens are short-lived: the first request that meets
 * 401 renews the sign-in, once for all requests of this tab and, by a Web Lock, once for all tabs; then it is sent again.
 */

import type { SignedIn } from './types';

export interface ApiProblem {
  /** `offline`: no answer came, so the server may or may not have acted. `refused`: it answered, and nothing was done. */
  readonly kind: 'offline' | 'refused';
  readonly status: number;
  readonly code: string;
  /** For people. */
  readonly message: string;
  readonly requestId?: string;
  /** Milliseconds to wait, where the server said so. */
  readonly retryAfterMs?: number;
  /** Members of the problem document beyond the standard ones, for instance the present state. */
  readonly details: Readonly<Record<string, unknown>>;
}

export type Answer<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: ApiProblem };

export interface HttpParts {
  readonly fetch: (path: string, init: RequestInit) => Promise<Response>;
  /** Runs the work while no other tab runs work of this name. */
  readonly exclusively: <T>(name: string, work: () => Promise<T>) => Promise<T>;
  /** Whether this browser bears the mark of a sign-in: a cookie without a secret, which comes and goes with the real ones. */
  readonly marked: () => boolean;
  /** How long one request may take, in milliseconds. */
  readonly limitMs: number;
}

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

const BASE = '/api/v1';

export class Http {
  private csrf = '';
  private userId = '';
  private renewal: Promise<'renewed' | 'signed-out' | 'offline'> | undefined;
  private readonly signedOutListeners = new Set<() => void>();
  private readonly answeredListeners = new Set<() => void>();

  constructor(private readonly parts: HttpParts = browserParts()) {}

  get marked(): boolean {
    return this.parts.marked();
  }

  /** Told when the sign-in turned out to be over and could not be renewed. */
  onSignedOut(listener: () => void): void {
    this.signedOutListeners.add(listener);
  }

  /** Told of each request that was served: the server is there. */
  onAnswered(listener: () => void): void {
    this.answeredListeners.add(listener);
  }

  /** Whose sign-in the requests go by, and the token that their writes carry. */
  signedIn(userId: string, csrfToken: string): void {
    this.userId = userId;
    this.csrf = csrfToken;
  }

  get<T>(path: string): Promise<Answer<T>> {
    return this.renewing('GET', path);
  }

  post<T>(path: string, body?: unknown): Promise<Answer<T>> {
    return this.renewing('POST', path, body);
  }

  put<T>(path: string, body: unknown): Promise<Answer<T>> {
    return this.renewing('PUT', path, body);
  }

  patch<T>(path: string, body: unknown): Promise<Answer<T>> {
    return this.renewing('PATCH', path, body);
  }

  delete<T>(path: string): Promise<Answer<T>> {
    return this.renewing('DELETE', path);
  }

  /** Without renewal: for sign-in itself, where 401 is an answer about what was typed. */
  once<T>(method: Method, path: string, body?: unknown): Promise<Answer<T>> {
    return this.exchange(method, path, body);
  }

  /** Renews the sign-in now; the event stream asks for it when it is refused. */
  renew(): Promise<'renewed' | 'signed-out' | 'offline'> {
    this.renewal ??= this.parts
      .exclusively('dashboard-sign-in', () => this.renewAlone())
      .finally(() => {
        this.renewal = undefined;
      });
    return this.renewal;
  }

  private async renewing<T>(method: Method, path: string, body?: unknown): Promise<Answer<T>> {
    const answer = await this.renewed<T>(method, path, body);
    if (answer.ok) for (const listener of [...this.answeredListeners]) listener();
    return answer;
  }

  private async renewed<T>(method: Method, path: string, body?: unknown): Promise<Answer<T>> {
    const first = await this.exchange<T>(method, path, body);
    if (first.ok || first.problem.status !== 401) return first;
    const outcome = await this.renew();
    if (outcome === 'offline') return { ok: false, problem: offline() };
    if (outcome === 'signed-out') return first;
    return this.exchange<T>(method, path, body);
  }

  private async renewAlone(): Promise<'renewed' | 'signed-out' | 'offline'> {
    // Another tab may have renewed it while this one waited for the lock: a refresh token is good for one use.
    if (!this.marked) return this.over();
    const before = await this.exchange<SignedIn>('GET', '/auth/me');
    const refused = !before.ok && (before.problem.status === 401 || before.problem.status === 403);
    const answer = refused ? await this.exchange<SignedIn>('POST', '/auth/refresh') : before;
    if (answer.ok) {
      // Somebody else signed in in another tab: what stands here was read, and would be written, by the one before.
      // A page that has just begun stands for nobody yet.
      if (this.userId !== '' && answer.value.user.id !== this.userId) return this.over();
      this.csrf = answer.value.csrfToken;
      return 'renewed';
    }
    return answer.problem.status === 401 || answer.problem.status === 403 ? this.over() : 'offline';
  }

  private over(): 'signed-out' {
    for (const listener of [...this.signedOutListeners]) listener();
    return 'signed-out';
  }

  private async exchange<T>(method: Method, path: string, body?: unknown): Promise<Answer<T>> {
    const headers: Record<string, string> = { Accept: 'application/json' };
    if (method !== 'GET' && this.csrf !== '') headers['X-CSRF-Token'] = this.csrf;
    if (body !== undefined) headers['Content-Type'] = 'application/json';
    let response: Response;
    let text: string;
    try {
      response = await this.parts.fetch(BASE + path, {
        method,
        headers,
        credentials: 'same-origin',
        cache: 'no-store',
        signal: AbortSignal.timeout(this.parts.limitMs),
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      text = await response.text();
    } catch {
      return { ok: false, problem: offline() };
    }
    const parsed = parse(text);
    if (!response.ok) return { ok: false, problem: refusal(response, parsed) };
    if (parsed === UNREADABLE) return { ok: false, problem: unreadable(response) };
    return { ok: true, value: parsed as T };
  }
}

const UNREADABLE = Symbol('unreadable');

function parse(text: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return UNREADABLE;
  }
}

function offline(): ApiProblem {
  return {
    kind: 'offline',
    status: 0,
    code: 'offline',
    message: 'The server did not answer. What you typed is kept.',
    details: {},
  };
}

function unreadable(response: Response): ApiProblem {
  return {
    kind: 'refused',
    status: response.status,
    code: 'answer-unreadable',
    message: 'Something between this browser and the server answered in its place. Check the proxy, then try again.',
    details: {},
  };
}

const STANDARD = new Set(['type', 'title', 'status', 'detail', 'code', 'requestId']);

function refusal(response: Response, body: unknown): ApiProblem {
  const retryAfter = Number(response.headers.get('Retry-After'));
  const wait = retryAfter > 0 ? { retryAfterMs: retryAfter * 1000 } : {};
  if (typeof body !== 'object' || body === null) {
    const gone = response.status === 502 || response.status === 503 || response.status === 504;
    return gone
      ? { ...offline(), status: response.status, ...wait }
      : { ...unreadable(response), code: `http-${response.status}`, ...wait };
  }
  const document = body as Record<string, unknown>;
  const details = Object.fromEntries(Object.entries(document).filter(([name]) => !STANDARD.has(name)));
  const words = document['detail'] ?? document['title'];
  return {
    kind: 'refused',
    status: response.status,
    code: typeof document['code'] === 'string' ? document['code'] : `http-${response.status}`,
    message: typeof words === 'string' ? words : `The server refused this (${response.status}).`,
    ...(typeof document['requestId'] === 'string' ? { requestId: document['requestId'] } : {}),
    ...wait,
    details,
  };
}

function browserParts(): HttpParts {
  return {
    fetch: (path, init) => fetch(path, init),
    // Web Locks exist in secure contexts only; without them the server's grace for simultaneous refreshes has to do.
    exclusively: async (name, work) => ('locks' in navigator ? await navigator.locks.request(name, work) : work()),
    marked: () => document.cookie.split('; ').includes('dashboard_signed_in=yes'),
    limitMs: 30_000,
  };
}
