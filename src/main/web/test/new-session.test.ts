import { afterEach, describe, expect, it } from 'vitest';
import '../src/elements/new-session';
import type { NewSessionDialog } from '../src/elements/new-session';
import type { Sharing } from '../src/api/types';
import { all, answers, dialog, enter, expectAccessible, fill, ok, press, settled, shown, words } from './admin/support';

const PROJECT = { id: 'p', path: '/code/pay', name: 'pay', createdAt: '2026-01-01T00:00:00Z' };

function dialogOf(usualSharing: Sharing, create = answers(ok({ id: 's' }))): Promise<NewSessionDialog> {
  return shown<NewSessionDialog>('new-session', { projects: [PROJECT], roots: ['/code'], usualSharing, create, addProject: answers(), trust: { trust: answers(ok({ state: 'nothing-to-load' })) } });
}

function sharing(element: NewSessionDialog): HTMLSelectElement {
  return all<HTMLSelectElement>(element, '#sharing')[0]!;
}

function help(element: NewSessionDialog): string {
  return words(all(element, '#sharing-said')[0]);
}

afterEach(() => document.body.replaceChildren());

describe('who else may come to a new session', () => {
  it.each([
    ['private', 'Private · usual here', 'Only you and administrators see that it exists.'],
    ['team-read', 'Team may read · usual here', 'Everybody signed in can follow it. Only you and administrators write and decide.'],
    ['team-write', 'Team may write · usual here', 'every operator can write prompts'],
  ] as const)('is what is usual on this server, %s, and says what that means', async (usual, name, meaning) => {
    const create = answers(ok({ id: 's' }));
    const element = await dialogOf(usual, create);
    expect(sharing(element).value).toBe(usual);
    expect([...sharing(element).options].filter((option) => words(option).includes('usual')).map((option) => words(option))).toEqual([name]);
    expect(help(element)).toContain(meaning);
    await enter(element);
    expect(create.mock.calls[0]?.[0]).toMatchObject({ projectId: 'p', sharing: usual });
  });

  it('can be chosen', async () => {
    const create = answers(ok({ id: 's' }));
    const element = await dialogOf('team-read', create);
    sharing(element).value = 'private';
    sharing(element).dispatchEvent(new Event('change'));
    await settled(element);
    expect(help(element)).toContain('Only you and administrators see that it exists.');
    expect(sharing(element).value).toBe('private');
    await enter(element);
    expect(create.mock.calls[0]?.[0]).toMatchObject({ sharing: 'private' });
  });

  it('has a name and a description', async () => {
    await dialogOf('team-read');
    await expectAccessible();
  });
});

describe('what was typed for a new session', () => {
  /** What the page keeps of it. */
  function keptBy(element: NewSessionDialog): unknown[] {
    const kept: unknown[] = [];
    element.addEventListener('new-session-text', (event) => kept.push((event as CustomEvent<unknown>).detail));
    return kept;
  }

  /** Whether Escape closes the dialog. */
  function escapes(element: NewSessionDialog): boolean {
    return dialog(element)!.dispatchEvent(new Event('cancel', { cancelable: true }));
  }

  it('is not thrown away by Escape, nor by whatever closes the dialog all the same', async () => {
    const element = await dialogOf('private');
    const kept = keptBy(element);
    expect(escapes(element)).toBe(true);
    fill(element, '#title', 'Refunds');
    fill(element, '#prompt', 'Look into them');
    expect(escapes(element)).toBe(false);
    dialog(element)!.close();
    expect(kept.at(-1)).toEqual({ title: 'Refunds', prompt: 'Look into them' });
  });

  it('stands there the next time', async () => {
    const create = answers(ok({ id: 's' }));
    const element = await dialogOf('private', create);
    element.text = { title: 'Refunds', prompt: 'Look into them' };
    await settled(element);
    await enter(element);
    expect(create.mock.calls[0]).toMatchObject([{ title: 'Refunds' }, 'Look into them']);
  });

  it.each([
    ['was sent', (element: NewSessionDialog) => enter(element)],
    ['is cancelled', (element: NewSessionDialog) => press(element, 'Cancel')],
  ])('is forgotten when it %s', async (_when, leave) => {
    const element = await dialogOf('private');
    const kept = keptBy(element);
    fill(element, '#prompt', 'Look into them');
    await leave(element);
    expect(kept.at(-1)).toEqual({ title: '', prompt: '' });
    expect(dialog(element)).toBeUndefined();
  });
});

describe('whose user the commands have', () => {
  it.each([
    ['same-user', 'this server’s own user'],
    ['runner', 'a user of its own'],
  ] as const)('is said where their freedom is chosen: %s', async (isolation, sentence) => {
    const element = await dialogOf('private');
    element.isolation = isolation;
    await settled(element);
    expect(all(element, 'fieldset .help').map((line) => words(line)).join(' ')).toContain(sentence);
  });
});
