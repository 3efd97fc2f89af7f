import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import '../../src/elements/admin/people-tab';
import type { PeopleTab } from '../../src/elements/admin/people-tab';
import { account, all, answers, button, dialog, enter, expectAccessible, fill, focused, inDays, LIVE, MARA, maybeButton, never, NO_ANSWER, OFFLINE, ok, press, refused, settled, shown, words } from './support';

const PEOPLE = [
  account('Deniz', { lastSignInAt: inDays(-2) }),
  account('Ingrid', { role: 'viewer', state: 'invited', invitationExpiresAt: inDays(2) }),
  account('Mara', { role: 'admin', lastSignInAt: inDays(-0.1) }),
  account('Priya', { state: 'disabled' }),
  account('Tomas', { state: 'invited' }),
];
const LINK = { token: 'made-for-this-test', path: '/invitation#made-for-this-test.Noor', expiresAt: inDays(3) };

function api(more: object = {}) {
  return {
    users: answers(ok({ users: PEOPLE, seq: 1 })),
    invite: answers(ok({ user: account('Noor', { state: 'invited' }), invitation: LINK })),
    inviteAgain: answers(ok(LINK)),
    changeUser: answers(ok(PEOPLE[0])),
    signOutUser: answers(ok(undefined)),
    ...more,
  };
}

async function tab(more: object = {}): Promise<PeopleTab> {
  return shown<PeopleTab>('people-tab', { viewer: MARA, connection: LIVE, api: api(), ...more });
}

function row(element: PeopleTab, name: string): HTMLElement {
  return all(element, 'tbody tr').find((each) => words(each.querySelector('.name')) === name)!;
}

function entries(element: PeopleTab, name: string): string[] {
  return all(row(element, name), '[role=menuitem]').map((each) => words(each));
}

async function choose(element: PeopleTab, name: string, entry: string): Promise<void> {
  await press(element, `What to do with ${name}`);
  all(row(element, name), '[role=menuitem]').find((each) => words(each).startsWith(entry))!.click();
  await settled(element);
}

// The document of these tests has no such thing, and menus find their entries by it.
beforeEach(() => Object.defineProperty(HTMLElement.prototype, 'innerText', { configurable: true, get(this: HTMLElement) { return this.textContent; } }));
afterEach(() => document.body.replaceChildren());

describe('people', () => {
  it('are listed with role, state and last sign-in', async () => {
    const element = await tab();
    expect(words(row(element, 'Deniz'))).toMatch(/Operator.*Active.*2 d ago/);
    expect(words(row(element, 'Ingrid'))).toMatch(/Viewer.*Invited.*never/);
    expect(words(row(element, 'Tomas'))).toContain('Invited, link is over');
    expect(words(row(element, 'Priya'))).toContain('Disabled');
    expect(words(row(element, 'Mara'))).toContain('you');
    await expectAccessible();
  });

  it('offer what fits their state', async () => {
    const element = await tab();
    expect(entries(element, 'Deniz')).toEqual(['Change role…', 'Link for a new password…', 'Sign out everywhere…', 'Disable…']);
    expect(entries(element, 'Ingrid')).toEqual(['Change role…', 'New invitation link…', 'Disable…']);
    expect(entries(element, 'Priya')).toEqual(['Enable…', 'Change role…']);
  });

  it('are filtered by name; nobody found says so and offers the way back', async () => {
    const element = await tab();
    fill(element, 'input[type=search]', 'ING');
    await settled(element);
    expect(all(element, 'tbody tr')).toHaveLength(1);
    fill(element, 'input[type=search]', 'zebra');
    await settled(element);
    expect(words(element)).toContain('Nobody is called “zebra”');
    await press(element, 'Clear the filter');
    expect(all(element, 'tbody tr')).toHaveLength(PEOPLE.length);
  });
});

describe('states', () => {
  it('loading', async () => {
    expect(words(await tab({ api: api({ users: () => never() }) }))).toBe('People are being loaded');
  });

  it('alone: says what an invitation does', async () => {
    const element = await tab({ api: api({ users: answers(ok({ users: [account('Mara', { role: 'admin' })], seq: 1 })) }) });
    expect(words(element)).toContain('You are the only one here.');
    expect(all(element, 'input[type=search]')).toEqual([]);
  });

  it('error, with what to copy, and again', async () => {
    const element = await tab({ api: api({ users: answers(refused('journal-unavailable', 'The journal is not readable.', 503), NO_ANSWER, ok({ users: PEOPLE, seq: 1 })) }) });
    expect(words(element)).toMatch(/could not be loaded The journal is not readable\. .*journal-unavailable · request abc123/);
    await press(element, 'Try again');
    expect(words(element)).toContain('The server does not answer. Who is signed in stays signed in.');
    await press(element, 'Try again');
    expect(all(element, 'tbody tr')).toHaveLength(PEOPLE.length);
  });

  it('offline: nothing can be changed, with the reason; back again it is read anew', async () => {
    const server = api();
    const element = await tab({ api: server, connection: OFFLINE });
    expect(button(element, 'Invite a person').disabled).toBe(true);
    await choose(element, 'Deniz', 'Disable…');
    expect([dialog(element), entries(element, 'Deniz').at(-1)]).toEqual([undefined, 'Disable… Not possible without a connection']);
    element.connection = LIVE;
    await settled(element);
    expect([server.users.mock.calls.length, button(element, 'Invite a person').disabled]).toEqual([2, false]);
  });
});

describe('by keyboard', () => {
  it('a menu opens by arrow, goes round, finds by letter and gives the focus back', async () => {
    const element = await tab();
    const menu = all(row(element, 'Deniz'), 'row-menu')[0]!;
    const key = (on: HTMLElement, name: string) => on.dispatchEvent(new KeyboardEvent('keydown', { key: name, bubbles: true, cancelable: true }));
    const list = all(menu, '[role=menu]')[0]!;
    key(button(menu, 'What to do with Deniz'), 'ArrowDown');
    expect(words(focused(menu))).toBe('Change role…');
    key(list, 'ArrowUp');
    expect(words(focused(menu))).toBe('Disable…');
    key(list, 's');
    expect(words(focused(menu))).toBe('Sign out everywhere…');
    (focused(menu) as HTMLElement).click();
    await settled(element);
    expect(words(dialog(element))).toContain('Sign out Deniz everywhere?');
    dialog(element)?.close();
    expect(focused(menu)).toBe(button(menu, 'What to do with Deniz'));
  });
});

describe('inviting', () => {
  it('needs a name, and the focus goes there', async () => {
    const server = api();
    const element = await tab({ api: server });
    await press(element, 'Invite a person');
    await expectAccessible();
    await enter(element, 'dialog form');
    expect(words(dialog(element))).toContain('Type a name.');
    expect([focused(element)?.id, server.invite.mock.calls.length]).toEqual(['name', 0]);
  });

  it('by a name that is taken says so at the field, and what else was refused above', async () => {
    const element = await tab({ api: api({ invite: answers(refused('name-taken', 'taken'), refused('too-many-users', 'There are 500 people already.')) }) });
    await press(element, 'Invite a person');
    fill(element, '#name', 'Tomas');
    await enter(element, 'dialog form');
    expect(words(all(element, '#name-said')[0])).toMatch(/^Somebody is called Tomas already/);
    expect(all(element, '#name')[0]?.getAttribute('aria-invalid')).toBe('true');
    await enter(element, 'dialog form');
    expect(words(dialog(element))).toContain('There are 500 people already.');
  });

  it('shows the link once', async () => {
    const server = api();
    const element = await tab({ api: server });
    await press(element, 'Invite a person');
    fill(element, '#name', ' Noor ');
    await enter(element, 'dialog form');
    expect(server.invite).toHaveBeenCalledExactlyOnceWith('Noor', 'operator');
    expect(words(dialog(element))).toMatch(/The link for Noor.*\/invitation#made-for-this-test\.Noor.*Shown once\./);
    expect(focused(element)?.tagName).toBe('COPY-FIELD');
    // A press beside it must not lose what is shown once.
    dialog(element)?.click();
    expect(dialog(element)).toBeDefined();
    await press(element, 'Done');
    expect([dialog(element), words(element).includes('made-for-this-test')]).toEqual([undefined, false]);
  });
});

describe('changing', () => {
  it('the role of the last administrator is refused in words', async () => {
    const element = await tab({ api: api({ changeUser: answers(refused('last-admin', 'No administrator would be left.')) }) });
    await choose(element, 'Mara', 'Change role…');
    all<HTMLInputElement>(element, 'input[value=viewer]')[0]!.checked = true;
    await enter(element, 'dialog form');
    expect(words(dialog(element))).toContain('Somebody has to be left.');
  });

  it('to the role they have is nothing to ask the server for', async () => {
    const server = api();
    const element = await tab({ api: server });
    await choose(element, 'Deniz', 'Change role…');
    await enter(element, 'dialog form');
    expect([dialog(element), server.changeUser.mock.calls.length]).toEqual([undefined, 0]);
  });

  it.each([
    ['Deniz', 'Disable…', 'changeUser', ['d', { disabled: true }], 'Deniz is disabled.'],
    ['Priya', 'Enable…', 'changeUser', ['p', { disabled: false }], 'Priya is enabled.'],
    ['Deniz', 'Sign out everywhere…', 'signOutUser', ['d'], 'Deniz is signed out everywhere.'],
  ] as const)('%s: %s is asked first, done, and said', async (name, entry, call, asked, said) => {
    const server = api();
    const element = await tab({ api: server });
    await choose(element, name, entry);
    expect(server[call]).not.toHaveBeenCalled();
    await enter(element, 'dialog form');
    expect(server[call]).toHaveBeenCalledExactlyOnceWith(...asked);
    expect(words(all(element, '.sr[role=status]').at(-1))).toBe(said);
    expect(server.users).toHaveBeenCalledTimes(2);
  });

  it('that was refused after the dialog was left opens nothing and closes nothing else', async () => {
    let answer: (value: unknown) => void = () => undefined;
    const changeUser = () => new Promise((resolve) => (answer = resolve));
    const element = await tab({ api: api({ changeUser }) });
    await choose(element, 'Deniz', 'Disable…');
    await enter(element, 'dialog form');
    dialog(element)?.close();
    await settled(element);
    await press(element, 'Invite a person');
    answer(refused('last-admin', 'x'));
    await settled(element);
    expect(words(dialog(element))).toContain('Invite a person');
    expect(words(dialog(element))).not.toContain('Somebody has to be left.');
    expect(maybeButton(element, 'Make the link')?.disabled).toBe(false);
  });
});
