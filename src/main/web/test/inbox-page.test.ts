import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Approval } from '../src/api/types';
import type { InboxPage } from '../src/elements/inbox-page';
import type { ApprovalCard } from '../src/elements/session/approval-card';
import { LIVE, MARA, all, settled, shown } from './admin/support';

class NeverSeen {
  observe(): void {}
  disconnect(): void {}
}
vi.stubGlobal('IntersectionObserver', NeverSeen);
HTMLElement.prototype.scrollIntoView = () => undefined;
await import('../src/elements/inbox-page');

function asked(id: string, minute: number): Approval {
  return { id, sessionId: 's', kind: 'permission', tool: 'Bash', input: { command: id }, state: 'pending', suggestions: [], requestedAt: `2026-01-01T00:0${minute}:00Z`, seq: minute };
}

async function press(inbox: InboxPage, key: string): Promise<void> {
  document.dispatchEvent(new KeyboardEvent('keydown', { key }));
  await settled(inbox);
}

function picked(inbox: InboxPage): { readonly request: string | undefined; readonly focused: boolean } {
  const [card] = all<ApprovalCard>(inbox, 'approval-card');
  return { request: card?.approval.approvalId, focused: card !== undefined && inbox.shadowRoot?.activeElement === card };
}

afterEach(() => {
  document.body.replaceChildren();
  history.replaceState(null, '');
});

function inbox(...approvals: Approval[]): Promise<InboxPage> {
  return shown<InboxPage>('inbox-page', { approvals, load: { kind: 'ready' }, connection: LIVE, viewer: MARA });
}

describe('the keys of the inbox', () => {
  it('begin at the oldest request, whose own keys work from then on, and go on from there', async () => {
    const page = await inbox(asked('first', 1), asked('second', 2));
    expect(picked(page)).toEqual({ request: 'first', focused: false });
    await press(page, 'j');
    expect(picked(page)).toEqual({ request: 'first', focused: true });
    await press(page, 'j');
    expect(picked(page)).toEqual({ request: 'second', focused: true });
    await press(page, 'k');
    expect(picked(page)).toEqual({ request: 'first', focused: true });
  });
});

describe('the way back to the inbox', () => {
  it('leads to the request that was looked at, while it waits', async () => {
    const before = await inbox(asked('first', 1), asked('second', 2));
    all<HTMLButtonElement>(before, '.row')[1]!.click();
    await settled(before);
    before.remove();

    const again = await inbox(asked('first', 1), asked('second', 2));
    expect(picked(again)).toEqual({ request: 'second', focused: true });
    again.remove();
    expect(picked(await inbox(asked('first', 1), asked('third', 3)))).toEqual({ request: 'first', focused: false });
  });

  it('is not the way of a link, which leads to the oldest', async () => {
    const before = await inbox(asked('first', 1), asked('second', 2));
    all<HTMLButtonElement>(before, '.row')[1]!.click();
    await settled(before);
    before.remove();
    history.pushState(null, '', '/inbox');
    expect(picked(await inbox(asked('first', 1), asked('second', 2)))).toEqual({ request: 'first', focused: false });
  });
});
