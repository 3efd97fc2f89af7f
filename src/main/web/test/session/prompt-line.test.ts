import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PromptLineElement } from '../../src/elements/session/prompt-line';
import '../../src/elements/session/prompt-line';
import { EMPTY_LINE, type LinePrompt, type PromptLine } from '../../src/state/line';

const ME = 'u-mara';

function prompt(promptId: string, more: Partial<LinePrompt> = {}): LinePrompt {
  return { promptId, text: `Text of ${promptId}`, author: { id: ME, name: 'Mara' }, time: '2026-11-22T13:30:00Z', state: 'waiting', ...more };
}

function line(...prompts: LinePrompt[]): PromptLine {
  return { ...EMPTY_LINE, prompts, ready: true, running: true, seq: 1 };
}

let said: [string, unknown][];

async function shown(more: Partial<PromptLineElement> = {}): Promise<PromptLineElement> {
  const panel = document.createElement('prompt-line');
  Object.assign(panel, { line: line(prompt('a', { state: 'delivered' }), prompt('b'), prompt('c'), prompt('d')), sessionState: 'working', me: ME, runnable: true }, more);
  for (const name of ['prompt-edit', 'prompt-move', 'prompt-hasten', 'prompt-remove', 'prompt-deliver', 'text-rescued', 'line-left']) {
    panel.addEventListener(name, (event) => said.push([name, (event as CustomEvent<unknown>).detail]));
  }
  document.body.appendChild(panel);
  await panel.updateComplete;
  return panel;
}

function all<T extends Element = HTMLElement>(panel: PromptLineElement, selector: string): T[] {
  return [...(panel.shadowRoot?.querySelectorAll<T>(selector) ?? [])];
}

function act(panel: PromptLineElement, row: number, name: string): HTMLButtonElement {
  return all(panel, 'li[data-id]')[row]?.querySelector(`[data-act="${name}"]`) as HTMLButtonElement;
}

/** Presses a key where it is, and says whether the window would still hear of it. */
function press(target: Element, key: string, more: KeyboardEventInit = {}): boolean {
  let heard = false;
  const listen = (): void => void (heard = true);
  window.addEventListener('keydown', listen, { once: true });
  target.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, composed: true, cancelable: true, ...more }));
  window.removeEventListener('keydown', listen);
  return heard;
}

async function type(panel: PromptLineElement, text: string): Promise<HTMLTextAreaElement> {
  const field = all<HTMLTextAreaElement>(panel, 'textarea')[0]!;
  field.value = text;
  field.dispatchEvent(new Event('input', { bubbles: true }));
  await panel.updateComplete;
  return field;
}

const texts = (panel: PromptLineElement): string[] => all(panel, 'li[data-id] .what').map((each) => each.textContent?.trim() ?? '');

beforeEach(() => (said = []));
afterEach(() => document.body.replaceChildren());

describe('the prompts that wait', () => {
  it('stand in their order, without the one that runs', async () => {
    const panel = await shown();
    expect(texts(panel)).toEqual(['Text of b', 'Text of c', 'Text of d']);
    expect(panel.shadowRoot?.textContent).toContain('3 waiting');
  });

  it('take no room when nothing waits', async () => {
    expect((await shown({ line: line(prompt('a', { state: 'given' })) })).shadowRoot?.querySelector('section')).toBeNull();
  });

  it('are read whole on wish, and name their author', async () => {
    const panel = await shown({ line: line(prompt('b', { text: 'one\ntwo\u202E', author: { id: 'x', name: 'Deniz' } })) });
    expect(panel.shadowRoot?.textContent).toContain('Deniz');
    all<HTMLButtonElement>(panel, '.text')[0]?.click();
    await panel.updateComplete;
    expect(all(panel, 'pre')[0]?.textContent).toBe('one\ntwo‹U+202E›');
  });

  it('are moved by buttons and by Alt with an arrow, not over the ends', async () => {
    const panel = await shown();
    act(panel, 1, 'up').click();
    press(act(panel, 1, 'edit'), 'ArrowDown', { altKey: true });
    press(act(panel, 0, 'edit'), 'ArrowUp', { altKey: true });
    press(act(panel, 1, 'edit'), 'ArrowDown');
    expect(said).toEqual([['prompt-move', { promptId: 'c', position: 0 }], ['prompt-move', { promptId: 'c', position: 2 }]]);
    expect([act(panel, 0, 'up').disabled, act(panel, 2, 'down').disabled]).toEqual([true, true]);
  });

  it('keep the focus with the prompt that was moved, and hand it on when one is gone', async () => {
    const panel = await shown();
    act(panel, 1, 'up').focus();
    panel.line = line(prompt('c'), prompt('b'), prompt('d'));
    await panel.updateComplete;
    expect(panel.shadowRoot?.activeElement?.closest('li')?.dataset['id']).toBe('c');
    panel.line = line(prompt('b'), prompt('d'));
    await panel.updateComplete;
    expect(panel.shadowRoot?.activeElement?.closest('li')?.dataset['id']).toBe('b');
    panel.line = line();
    await panel.updateComplete;
    expect(said.at(-1)?.[0]).toBe('line-left');
  });

  it('are removed and sent at once; the latter says that it cuts the turn', async () => {
    const panel = await shown();
    act(panel, 0, 'remove').click();
    const now = act(panel, 1, 'now');
    now.click();
    expect(now.getAttribute('aria-label')).toContain('cuts the running turn');
    expect(said).toEqual([['prompt-remove', { promptId: 'b' }], ['prompt-hasten', { promptId: 'c' }]]);
  });

  it('are not sent at once before there is a process', async () => {
    expect(act(await shown({ sessionState: 'queued', line: { ...line(prompt('b')), ready: false } }), 0, 'now')).toBeNull();
  });
});

describe('changing one', () => {
  it('is saved by Enter, and shows the new words until they are recorded', async () => {
    const panel = await shown();
    act(panel, 0, 'edit').click();
    await panel.updateComplete;
    const field = await type(panel, ' New words ');
    press(field, 'Enter', { shiftKey: true });
    press(field, 'Enter', { isComposing: true });
    expect(said).toEqual([]);
    press(field, 'Enter');
    await panel.updateComplete;
    expect([said, texts(panel)[0]]).toEqual([[['prompt-edit', { promptId: 'b', text: 'New words' }]], 'New words']);
  });

  it('goes back to what was recorded when it was refused', async () => {
    const panel = await shown();
    act(panel, 0, 'edit').click();
    await panel.updateComplete;
    press(await type(panel, 'New'), 'Enter');
    panel.problem = 'Not changed.';
    await panel.updateComplete;
    expect([texts(panel)[0], panel.shadowRoot?.textContent?.includes('Not changed.')]).toEqual(['Text of b', true]);
  });

  it('is left by Escape, which is no first step to an interruption', async () => {
    const panel = await shown();
    act(panel, 0, 'edit').click();
    await panel.updateComplete;
    expect(press(await type(panel, 'New'), 'Escape')).toBe(false);
    await panel.updateComplete;
    expect([said, all(panel, 'textarea').length, panel.shadowRoot?.activeElement?.getAttribute('data-act')]).toEqual([[], 0, 'edit']);
  });

  it('says nothing when nothing was changed or nothing is left', async () => {
    const panel = await shown();
    act(panel, 0, 'edit').click();
    await panel.updateComplete;
    press(await type(panel, '  '), 'Enter');
    press(await type(panel, 'Text of b'), 'Enter');
    expect(said).toEqual([]);
  });

  it('saves the words of a person when Claude was faster', async () => {
    const panel = await shown();
    act(panel, 0, 'edit').click();
    await panel.updateComplete;
    await type(panel, 'Long and thoughtful');
    panel.line = line(prompt('b', { state: 'given' }), prompt('c'));
    await panel.updateComplete;
    expect(all(panel, 'textarea')).toHaveLength(0);
    all<HTMLButtonElement>(panel, '.said .btn')[0]?.click();
    expect(said).toEqual([['text-rescued', { text: 'Long and thoughtful' }]]);
  });
});

describe('the line', () => {
  it.each<[string, Partial<PromptLine>, string]>([
    ['by this person', { held: 'interrupted', heldBy: { id: ME, name: 'Mara' } }, 'Held since you interrupted. Your next message runs first, then these.'],
    ['by somebody else', { held: 'interrupted', heldBy: { id: 'x', name: 'Deniz' } }, 'Held since Deniz interrupted.'],
    ['by nobody that is known', { held: 'interrupted' }, 'Held since the turn was interrupted.'],
    ['by a failure', { held: 'turn-failed' }, 'Held: the last turn failed.'],
    ['for a reason of tomorrow', { held: 'what' }, 'Held. Your next message runs first'],
  ])('says in words that it is held %s', async (_name, more, words) => {
    const panel = await shown({ sessionState: 'idle', line: { ...line(prompt('b')), ...more } });
    expect(panel.shadowRoot?.querySelector('header')?.textContent?.replace(/\s+/g, ' ')).toContain(words);
  });

  it('shows viewers what waits, and offers them nothing', async () => {
    const panel = await shown({ locked: 'Operators and administrators can change prompts' });
    expect([texts(panel).length, all(panel, '[data-act]').length]).toEqual([3, 0]);
    press(all(panel, '.text')[0]!, 'ArrowDown', { altKey: true });
    expect(said).toEqual([]);
  });

  it('offers what was cut unseen, once there is a process again', async () => {
    const cut = [prompt('z', { state: 'cut' })];
    expect(all<HTMLButtonElement>(await shown({ line: line(), cut, runnable: false }), 'ul .btn')[0]?.disabled).toBe(true);
    document.body.replaceChildren();
    all<HTMLButtonElement>(await shown({ line: line(), cut }), 'ul .btn')[0]?.click();
    expect(said).toEqual([['prompt-deliver', { promptId: 'z' }]]);
  });
});
