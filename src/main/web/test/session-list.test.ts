import { afterEach, describe, expect, it } from 'vitest';
import type { Session } from '../src/api/types';
import '../src/elements/session-list';
import type { SessionList } from '../src/elements/session-list';
import { LIVE, MARA, all, fill, focused, settled, shown } from './admin/support';

HTMLElement.prototype.scrollIntoView = () => undefined;

function session(id: string): Session {
  return {
    id, projectId: 'p', projectName: 'pay', cwd: '/code', title: `Module ${id}`, state: 'idle', stateSince: '2026-01-01T00:00:00Z', owner: { id: MARA.id, name: MARA.name }, sharing: 'private', access: 'own', permissionMode: 'default',
    cliSessionId: id, createdAt: '', lastSeq: 1, seq: 1, prompts: 0, turns: 0, cost: 0, tokens: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 }, pendingApprovals: 0,
  };
}

async function list(): Promise<SessionList> {
  const sessions = new Map(['one', 'two', 'twenty-two'].map((id) => [id, session(id)]));
  return shown<SessionList>('session-list', { sessions, load: { kind: 'ready' }, connection: LIVE, viewer: MARA });
}

function names(element: SessionList): string[] {
  return all(element, 'a.name').map((link) => link.textContent ?? '');
}

function scroller(element: SessionList): Element {
  return all(element, '.scroll')[0]!;
}

/** Filters, scrolls and opens the last session that is left. */
async function open(element: SessionList): Promise<void> {
  fill(element, '#filter', 'two');
  await settled(element);
  scroller(element).scrollTop = 120;
  all<HTMLAnchorElement>(element, 'a.name').at(-1)!.click();
  element.remove();
}

afterEach(() => {
  document.body.replaceChildren();
  history.replaceState(null, '');
});

describe('the way back to the list', () => {
  it('leads to the filter, the place and the session that were left', async () => {
    await open(await list());
    const again = await list();
    expect([all<HTMLInputElement>(again, '#filter')[0]?.value, names(again), scroller(again).scrollTop]).toEqual(['two', ['Module twenty-two', 'Module two'], 120]);
    expect(focused(again)?.textContent).toBe('Module two');
  });

  it('is not the way of a link, which leads to all of it', async () => {
    await open(await list());
    history.pushState(null, '', '/');
    const again = await list();
    expect([all<HTMLInputElement>(again, '#filter')[0]?.value, names(again).length, scroller(again).scrollTop]).toEqual(['', 3, 0]);
  });
});
