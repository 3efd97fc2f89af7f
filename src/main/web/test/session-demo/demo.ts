import '../../src/styles/tokens.css';
import '../../src/styles/base.css';
import './demo.css';
import '../../src/elements/session/session-view';
import type { Session, WireEvent } from '../../src/api/types';
import type { SessionView } from '../../src/elements/session/session-view';
import { EMPTY_LINE, reduceLine, type PromptLine } from '../../src/state/line';
import { emptyTranscript, prependPage, reduceTranscript, type Transcript } from '../../src/transcript/reduce';
import { afternoon, limited, line as lineOf, many, retrying, trouble } from './events';

const query = new URLSearchParams(location.search);
for (const key of ['theme', 'density']) if (query.get(key)) document.documentElement.dataset[key] = query.get(key) ?? '';
const scene = query.get('scene') ?? 'request';
/** Scenes: request (none named), live, trouble, many, line, held, queued, parked, silent, retry, limit. */
const SCENES: Record<string, () => WireEvent[]> = {
  trouble, many: () => many(2_500), line: () => lineOf(), held: () => lineOf(true), queued: () => lineOf().slice(4, 7), parked: () => many(3), silent: () => lineOf(), retry: retrying, limit: limited,
};
const STATES: Record<string, Session['state']> = { trouble: 'failed', live: 'working', many: 'idle', line: 'working', held: 'idle', queued: 'queued', parked: 'parked', silent: 'working', retry: 'working', limit: 'working' };
const events: WireEvent[] = (SCENES[scene] ?? afternoon)();

const session: Session = {
  id: 's1', projectId: 'p1', projectName: 'payments-api', cwd: '/srv/projects/payments-api', title: scene === 'trouble' ? 'Generate client for ledger v3' : 'Fix flaky refund test',
  state: STATES[scene] ?? 'asking', stateSince: new Date().toISOString(),
  owner: { id: 'u-mara', name: 'Mara Lindqvist' }, sharing: 'team-read', access: 'own', model: 'claude-sonnet-5-5', permissionMode: 'default', effort: 'high', cliSessionId: '072da081-58e7-4516-8d96-82b88b07ae01',
  createdAt: new Date().toISOString(), lastSeq: 48_209, seq: 48_209, prompts: 4, turns: 4, cost: 1.84, tokens: { input: 42_000, output: 38_200, cacheRead: 1_340_000, cacheWrite: 38_000 },
  contextTokens: 318_000, contextWindow: 1_000_000, pendingApprovals: 1, cliVersion: '2.1.330', pid: 4808,
  ...(scene === 'silent' ? { stalled: { cause: 'tool-running', since: new Date(Date.now() - 190_000).toISOString() } } : {}),
};

const main = document.body.appendChild(document.createElement('main'));
const view = document.createElement('session-view') as SessionView;
view.session = session;
view.viewer = { id: 'u-mara', name: 'Mara Lindqvist', role: 'operator' };
view.connection = { kind: 'live', seq: 48_209 };

let loaded = Math.max(0, events.length - 200);
let transcript: Transcript = events.slice(loaded).reduce<Transcript>(reduceTranscript, emptyTranscript(loaded === 0));
let line: PromptLine = events.reduce(reduceLine, EMPTY_LINE);
if (scene === 'queued') {
  view.position = 3;
  view.places = { live: 20, limit: 20 };
} else if (scene !== 'parked') view.use = { sessionId: 's1', pid: 4808, startedAt: new Date(Date.now() - 2_400_000).toISOString(), processes: 4, residentBytes: 431_000_000, cpuPercent: 37.2 };
const show = (): void => {
  view.line = line;
  view.transcript = transcript;
  view.hasOlder = loaded > 0;
};
show();
view.addEventListener('load-older', () => {
  view.loading = true;
  setTimeout(() => {
    const from = Math.max(0, loaded - 200);
    transcript = prependPage(transcript, events.slice(from, loaded), from === 0);
    loaded = from;
    view.loading = false;
    show();
  }, 60);
});
for (const name of ['prompt-send', 'approval-decide', 'session-interrupt', 'session-stop', 'session-resume', 'prompt-deliver', 'prompt-edit', 'prompt-move', 'prompt-hasten', 'prompt-remove']) {
  view.addEventListener(name, (event) => {
    (window as unknown as { said: unknown[] }).said = [...((window as unknown as { said?: unknown[] }).said ?? []), { name, detail: (event as CustomEvent).detail as unknown }];
  });
}
main.appendChild(view);

/** For tests that drive the page from outside. */
Object.assign(window, {
  demo: {
    view,
    add(event: WireEvent) {
      transcript = reduceTranscript(transcript, event);
      line = reduceLine(line, event);
      show();
    },
    draft(text: string) {
      view.drafts = text ? [{ sessionId: 's1', messageId: 'msg_live', index: 0, kind: 'text', text }] : [];
    },
    lastSeq: () => transcript.lastSeq,
  },
});
if (scene === 'live') {
  view.drafts = [{ sessionId: 's1', messageId: 'msg_live', index: 0, kind: 'text', text: '### Two requests, one key\n\nThe database decides, not the application:\n\n```sql\ncreate unique index concurrently idempotency_key_uq\n  on idempotency (merchant_id, key);\n```\n\n- The **winner** runs the handler.\n- The **loser** gets `409`, so' }];
  view.pendingPrompts = [{ promptId: 'pp', text: 'Use the request timeout from config, not a new constant.', since: Date.now(), state: 'waiting' }];
}
