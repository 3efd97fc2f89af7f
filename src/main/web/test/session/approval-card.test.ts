import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ApprovalCard } from '../../src/elements/session/approval-card';
import type { DiffView } from '../../src/elements/session/diff-view';
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
  kind: 'approval', key: 'a:1', seq: 7, time: '2026-11-22T13:30:00Z', approvalId: '1', approvalKind: 'permission', toolUseId: 't', tool: 'Bash', input: { command: LONG }, suggestions: [], state: 'pending',
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
  localStorage.clear();
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

  it('takes no letter when single letters are off', async () => {
    localStorage.setItem('dashboard.look', '{"letters":false}');
    const card = await shown(asked);
    vi.advanceTimersByTime(400);
    press(card, 'a');
    expect(said).toEqual([]);
    card.shadowRoot?.querySelector<HTMLButtonElement>('.go')?.click();
    expect(said).toHaveLength(1);
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

describe('what may be remembered', () => {
  const suggested: ApprovalEntry = {
    ...asked,
    input: { command: 'npm test' },
    suggestions: [
      { type: 'addRules', behavior: 'allow', rules: [{ toolName: 'Bash', ruleContent: 'npm test' }], destination: 'localSettings' },
      { type: 'setMode', mode: 'acceptEdits', destination: 'session' },
      { type: 'setMode', mode: 'bypassPermissions', destination: 'session' },
      { type: 'addRules', behavior: 'allow', rules: [{ toolName: 'Write' }], destination: 'session' },
    ],
  };

  async function opened(approval: ApprovalEntry, key: string, more: KeyboardEventInit = {}): Promise<ApprovalCard> {
    const card = await shown(approval);
    vi.advanceTimersByTime(400);
    press(card, key, more);
    await card.updateComplete;
    return card;
  }

  function button(card: ApprovalCard, label: string): HTMLButtonElement {
    const found = [...(card.shadowRoot?.querySelectorAll('button') ?? [])].find((each) => each.textContent?.trim().startsWith(label));
    if (!found) throw new Error(`no button ${label}`);
    return found;
  }

  it('is the rule that was asked about, ticked; what reaches further is not, and what the server refuses is not offered', async () => {
    const card = await opened(suggested, 'A', { shiftKey: true });
    const boxes = [...(card.shadowRoot?.querySelectorAll<HTMLInputElement>('.choice .check') ?? [])];
    expect(boxes.map((box) => box.checked)).toEqual([true, false]);
    button(card, 'Allow in this session').click();
    expect(said).toEqual([
      { approvalId: '1', decision: 'allow', remember: [{ type: 'addRules', behavior: 'allow', rules: [{ toolName: 'Bash', ruleContent: 'npm test' }], destination: 'session' }] },
    ]);
  });

  it('is the rule as it was edited', async () => {
    const card = await opened(suggested, 'A', { shiftKey: true });
    const rule = card.shadowRoot?.querySelector<HTMLInputElement>('.rule input');
    rule!.value = 'npm test:*';
    rule!.dispatchEvent(new InputEvent('input'));
    await card.updateComplete;
    expect(card.shadowRoot?.querySelector('.choice p')?.textContent).toContain('commands that begin with “npm test”');
    button(card, 'Allow in this session').click();
    expect(said).toMatchObject([{ remember: [{ rules: [{ toolName: 'Bash', ruleContent: 'npm test:*' }] }] }]);
  });

  it('needs at least one choice', async () => {
    const card = await opened(suggested, 'A', { shiftKey: true });
    card.shadowRoot?.querySelector<HTMLInputElement>('.choice .check')?.click();
    await card.updateComplete;
    expect(button(card, 'Allow in this session').disabled).toBe(true);
  });

  it('runs the command as it was edited, and only when it was', async () => {
    const card = await opened(suggested, 'e');
    expect(button(card, 'Allow what is written').disabled).toBe(true);
    const area = card.shadowRoot?.querySelector('textarea');
    area!.value = 'npm test -- --watch=false';
    area!.dispatchEvent(new InputEvent('input'));
    await card.updateComplete;
    button(card, 'Allow what is written').click();
    expect(said).toEqual([{ approvalId: '1', decision: 'allow', input: { command: 'npm test -- --watch=false' } }]);
  });

  it('says what is wrong with an input that is no JSON', async () => {
    const card = await opened({ ...suggested, tool: 'WebFetch', input: { url: 'http://a' } }, 'e');
    const area = card.shadowRoot?.querySelector('textarea');
    area!.value = '{ "url": ';
    area!.dispatchEvent(new InputEvent('input'));
    await card.updateComplete;
    expect(card.shadowRoot?.querySelector('#edit-fault')?.textContent).toBe('This is not JSON yet.');
    expect(button(card, 'Allow what is written').disabled).toBe(true);
  });

  it('a plan can be accepted with its edits', async () => {
    await opened({ ...asked, approvalKind: 'plan', tool: 'ExitPlanMode', input: { plan: '# Plan' } }, 'A', { shiftKey: true });
    expect(said).toEqual([{ approvalId: '1', decision: 'allow', remember: [{ type: 'setMode', mode: 'acceptEdits', destination: 'session' }] }]);
  });
});

describe('what a person decides by', () => {
  const hostile: ApprovalEntry = { ...asked, tool: 'mcp__a\u202E__b', input: { 'to\u200Bken': 'r\u00A0m\u202E' } };

  it('shows what hides in the tool, in the names of its input and in their values', async () => {
    const card = await shown(hostile);
    const words = ['h2', 'dt', 'dd'].map((each) => card.shadowRoot?.querySelector(each)?.textContent);
    expect(words).toEqual(['a‹U+202E›: b wants to run', 'to‹U+200B›ken', 'r‹U+00A0›m‹U+202E›']);
  });

  it('tells beside the field what cannot be seen in it', async () => {
    const card = await shown({ ...asked, input: { command: 'ls \u202E\u200B' } });
    vi.advanceTimersByTime(400);
    press(card, 'e');
    await card.updateComplete;
    expect(card.shadowRoot?.querySelector('.drawer .wrong')?.textContent).toBe('It holds what cannot be seen here: ‹U+202E› ‹U+200B›');
  });

  it('is whole, however many lines a change has', async () => {
    const content = Array.from({ length: 5_000 }, (_, at) => `line ${at}`).join('\n');
    const card = await shown({ ...asked, tool: 'Write', input: { file_path: 'a', content } });
    const diff = card.shadowRoot?.querySelector<DiffView>('diff-view');
    await diff?.updateComplete;
    expect(diff?.shadowRoot?.querySelectorAll('li')).toHaveLength(1_000);
    expect(diff?.shadowRoot?.querySelector('pre')?.textContent).toMatch(/^\+ line 1000\n.*\n\+ line 4999$/s);
  });
});
