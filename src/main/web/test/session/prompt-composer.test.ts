import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PROMPT_BYTES, type PromptComposer } from '../../src/elements/session/prompt-composer';

let said: { promptId: string; text: string; now?: boolean }[];

async function shown(more: Partial<PromptComposer>): Promise<PromptComposer> {
  const composer = document.createElement('prompt-composer') as PromptComposer;
  Object.assign(composer, more);
  composer.addEventListener('prompt-send', (event) => said.push((event as CustomEvent<{ promptId: string; text: string; now?: boolean }>).detail));
  document.body.appendChild(composer);
  await composer.updateComplete;
  return composer;
}

function enter(composer: PromptComposer, more: KeyboardEventInit = {}): void {
  composer.shadowRoot?.querySelector('textarea')?.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true, ...more }));
}

function button(composer: PromptComposer): HTMLButtonElement {
  return composer.shadowRoot?.querySelector('.primary') as HTMLButtonElement;
}

beforeEach(() => {
  said = [];
  Object.assign(globalThis, { CSS: { supports: () => true } });
});
afterEach(() => document.body.replaceChildren());

describe('the composer', () => {
  it.each([
    ['idle', 'Send'], ['working', 'Queue'], ['asking', 'Queue'], ['starting', 'Queue'], ['parked', 'Wake and send'], ['failed', 'Resume'], ['stopped', 'Resume'], ['interrupted', 'Resume'],
  ] as const)('says what happens while the session is %s: %s', async (sessionState, words) => {
    expect(button(await shown({ sessionState, text: 'x' })).textContent).toContain(words);
  });

  it('says what the next prompt of a parked session comes to, and claims no reason that it does not know', async () => {
    const says = async (cut: boolean) => (await shown({ sessionState: 'parked', cut })).shadowRoot?.querySelector('.says')?.textContent;
    expect([await says(false), await says(true)]).toEqual(['Parked: your next prompt wakes it', 'The last turn was cut by a restart: your next prompt goes on']);
  });

  it('keeps a prompt without a connection, and says so', async () => {
    const composer = await shown({ offline: true, text: 'x' });
    expect([button(composer).textContent?.includes('Send when back'), composer.shadowRoot?.textContent?.includes('kept and sent once')]).toEqual([true, true]);
  });

  it('sends once, with an id of its own, and is empty then', async () => {
    const composer = await shown({ text: ' Go on ' });
    enter(composer);
    enter(composer);
    expect(said.map((prompt) => prompt.text)).toEqual(['Go on']);
    expect(said[0]?.promptId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(composer.text).toBe('');
  });

  it.each([['a new line is wanted', { shiftKey: true }], ['a word is being composed', { isComposing: true }], ['the key is held', { repeat: true }]])('does not send while %s', async (_name, more) => {
    enter(await shown({ text: 'x' }), more);
    expect(said).toEqual([]);
  });

  it.each<[string, KeyboardEventInit]>([['Ctrl', { ctrlKey: true }], ['⌘', { metaKey: true }]])('cuts the running turn with %s and Enter, and says so before', async (_name, more) => {
    const composer = await shown({ sessionState: 'working', text: '' });
    expect(composer.shadowRoot?.textContent?.replace(/\s+/g, ' ')).toContain('sends now and cuts the turn');
    composer.text = 'x';
    await composer.updateComplete;
    enter(composer, more);
    expect(said.map(({ text, now }) => [text, now])).toEqual([['x', true]]);
  });

  it('has nothing to cut while the session rests', async () => {
    enter(await shown({ sessionState: 'idle', text: 'x' }), { ctrlKey: true });
    expect(said.map(({ now }) => now)).toEqual([undefined]);
  });

  it('says that a held line lets the next message go first', async () => {
    const composer = await shown({ sessionState: 'idle', held: true, waiting: 2, text: 'x' });
    expect([button(composer).textContent?.includes('Send'), composer.shadowRoot?.textContent?.includes('Runs first, then the prompts that wait')]).toEqual([true, true]);
  });

  it('refuses what is too long, counted in bytes, and keeps it', async () => {
    const text = 'ä'.repeat(PROMPT_BYTES / 2 + 1);
    const composer = await shown({ text });
    enter(composer);
    expect([said.length, button(composer).disabled, composer.text.length]).toEqual([0, true, text.length]);
    expect(composer.shadowRoot?.textContent).toContain('over the limit of 256 KiB');
  });

  it('lets viewers read only, and says why', async () => {
    const composer = await shown({ denied: 'Your role is viewer.' });
    expect([composer.shadowRoot?.querySelector('textarea'), composer.shadowRoot?.textContent?.includes('Your role is viewer.')]).toEqual([null, true]);
  });
});
