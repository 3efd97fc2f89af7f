import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ApprovalCard } from '../../src/elements/session/approval-card';
import type { ApprovalEntry } from '../../src/transcript/entries';

// The document of these tests lays nothing out, so nothing is ever seen to enter it.
class NeverSeen {
  observe(): void {}
  disconnect(): void {}
}
vi.stubGlobal('IntersectionObserver', NeverSeen);
await import('../../src/elements/session/approval-card');

const LONG = `echo ${'x'.repeat(5_000)} && rm -rf /`;
const asked: ApprovalEntry = {
  kind: 'approval', key: 'a:1', seq: 7, time: '2026-11-22T13:30:00Z', approvalId: '1', approvalKind: 'permission', toolUseId: 't', tool: 'Bash', input: { command: LONG }, state: 'pending',
};
const question: ApprovalEntry = {
  ...asked, approvalKind: 'question', tool: 'AskUserQuestion',
  input: { questions: [{ question: 'Which?', header: 'H', multiSelect: true, options: [{ label: 'A', description: '' }, { label: 'B', description: '' }] }] },
};

let said: unknown[];

async function shown(approval: ApprovalEntry, more: Partial<ApprovalCard> = {}): Promise<ApprovalCard> {
  const card = document.createElement('approval-card') as ApprovalCard;
  Object.assign(card, { approval }, more);
  card.addEventListener('approval-decide', (event) => said.push((event as CustomEvent<unknown>).detail));
  document.body.appendChild(card);
  await card.updateComplete;
  return card;
}

function press(card: ApprovalCard, key: string, more: KeyboardEventInit = {}): void {
  card.shadowRoot?.querySelector('.ap')?.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, composed: true, cancelable: true, ...more }));
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'setInterval', 'clearTimeout', 'clearInterval'] });
  said = [];
});
afterEach(() => {
  document.body.replaceChildren();
  vi.useRealTimers();
});

describe('a request', () => {
  it('shows the whole command', async () => {
    const card = await shown(asked);
    expect(card.shadowRoot?.querySelector('pre')?.textContent).toBe(LONG);
  });

  it('takes no answer until it has stood still', async () => {
    const card = await shown(asked);
    vi.advanceTimersByTime(340);
    press(card, 'a');
    expect(said).toEqual([]);
    vi.advanceTimersByTime(20);
    press(card, 'a');
    expect(said).toEqual([{ approvalId: '1', decision: 'allow' }]);
  });

  it('takes none after it moved under the finger', async () => {
    const card = await shown(asked);
    vi.advanceTimersByTime(1_000);
    vi.spyOn(card, 'getBoundingClientRect').mockReturnValue({ top: 80 } as DOMRect);
    card.shadowRoot?.querySelector<HTMLButtonElement>('.go')?.click();
    expect(said).toEqual([]);
  });

  it('is answered once, and not by a key that is held', async () => {
    const card = await shown(asked);
    vi.advanceTimersByTime(400);
    press(card, 'a', { repeat: true });
    press(card, 'a');
    press(card, 'a');
    card.shadowRoot?.querySelector<HTMLButtonElement>('.go')?.click();
    expect(said).toHaveLength(1);
  });

  it('is denied with a reason', async () => {
    const card = await shown(asked);
    vi.advanceTimersByTime(400);
    press(card, 'd');
    await card.updateComplete;
    const field = card.shadowRoot?.querySelector('textarea') as HTMLTextAreaElement;
    field.value = 'Use a branch. ';
    field.dispatchEvent(new InputEvent('input'));
    field.dispatchEvent(new KeyboardEvent('keydown', { key: 'a', bubbles: true, composed: true }));
    field.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', ctrlKey: true, bubbles: true, composed: true }));
    expect(said).toEqual([{ approvalId: '1', decision: 'deny', reason: 'Use a branch.' }]);
  });

  it('takes no answer from those who may not give one, and says why', async () => {
    const card = await shown(asked, { locked: 'Your role is viewer.' });
    vi.advanceTimersByTime(400);
    press(card, 'a');
    press(card, 'd');
    expect(said).toEqual([]);
    expect(card.shadowRoot?.textContent).toContain('Your role is viewer.');
  });

  it('can be answered again when the answer was not taken', async () => {
    const card = await shown(asked);
    vi.advanceTimersByTime(400);
    press(card, 'a');
    card.problem = 'The server is busy.';
    await card.updateComplete;
    press(card, 'a');
    expect(said).toHaveLength(2);
  });
});

describe('a question', () => {
  it('is answered by digits, several labels as one text, and not before it is', async () => {
    const card = await shown(question);
    vi.advanceTimersByTime(400);
    press(card, 'a');
    expect(said).toEqual([]);
    press(card, '1');
    press(card, '2');
    press(card, 'a');
    expect(said).toEqual([{ approvalId: '1', decision: 'allow', answers: { 'Which?': 'A, B' } }]);
  });
});
