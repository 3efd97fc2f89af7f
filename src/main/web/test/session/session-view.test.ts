import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Session } from '../../src/api/types';
import type { SessionView } from '../../src/elements/session/session-view';
import { keepLook, readLook } from '../../src/lib/theme';
import { MARA } from '../admin/support';

// The document of these tests lays nothing out.
class NeverSeen {
  observe(): void {}
  disconnect(): void {}
}
vi.stubGlobal('IntersectionObserver', NeverSeen);
vi.stubGlobal('ResizeObserver', NeverSeen);
vi.stubGlobal('matchMedia', () => Object.assign(new EventTarget(), { matches: true }));
vi.stubGlobal('CSS', { supports: () => true });
HTMLElement.prototype.checkVisibility = () => true;
await import('../../src/elements/session/session-view');

const SESSION: Session = {
  id: 's', projectId: 'p', projectName: 'pay', cwd: '/code/pay', title: 'Refunds', state: 'working', stateSince: '2026-01-01T00:00:00.000Z',
  owner: { id: MARA.id, name: MARA.name }, sharing: 'private', access: 'own', permissionMode: 'default', cliSessionId: 's', createdAt: '2026-01-01T00:00:00.000Z', lastSeq: 10, seq: 10,
  prompts: 1, turns: 1, cost: 1, tokens: { input: 1, output: 1, cacheRead: 1, cacheWrite: 1 }, pendingApprovals: 0,
};

let interrupted = 0;

async function shown(): Promise<SessionView> {
  const view = document.createElement('session-view') as SessionView;
  Object.assign(view, { session: SESSION, viewer: MARA, connection: { kind: 'live', seq: 1 } });
  view.addEventListener('session-interrupt', () => interrupted++);
  document.body.append(view);
  await view.updateComplete;
  return view;
}

async function press(view: SessionView, key: string): Promise<void> {
  window.dispatchEvent(new KeyboardEvent('keydown', { key, cancelable: true }));
  await view.updateComplete;
}

function side(view: SessionView): Element | null {
  return view.shadowRoot!.querySelector('aside');
}

beforeEach(() => {
  interrupted = 0;
  localStorage.clear();
});
afterEach(() => document.body.replaceChildren());

describe('the keys of a session', () => {
  it('are single letters and signs', async () => {
    const view = await shown();
    expect(side(view)).not.toBeNull();
    await press(view, ']');
    expect(side(view)).toBeNull();
  });

  it('do nothing when single letters are off, except Escape', async () => {
    keepLook({ ...readLook(), letters: false });
    const view = await shown();
    await press(view, ']');
    expect(side(view)).not.toBeNull();
    await press(view, 'Escape');
    await press(view, 'Escape');
    expect(interrupted).toBe(1);
  });
});
