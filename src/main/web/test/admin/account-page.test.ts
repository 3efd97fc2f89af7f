import { afterEach, describe, expect, it } from 'vitest';
import '../../src/elements/account-page';
import { curlLine, type AccountPage } from '../../src/elements/account-page';
import { all, answers, apiToken, button, DENIZ, dialog, enter, expectAccessible, fill, focused, inDays, LIVE, maybeButton, never, NO_ANSWER, OFFLINE, ok, press, refused, settled, shown, words } from './support';

const TOKENS = [apiToken('ci', { lastUsedAt: inDays(-2) }), apiToken('old', { role: 'viewer', expiresAt: inDays(-3.5) })];
const SECRET = 'told-once-in-this-test';

function api(more: object = {}) {
  return { tokens: answers(ok({ tokens: TOKENS })), issueToken: answers(ok({ token: apiToken('deploy'), secret: SECRET })), revokeToken: answers(ok(undefined)), ...more };
}

async function page(more: object = {}): Promise<AccountPage> {
  return shown<AccountPage>('account-page', { viewer: DENIZ, connection: LIVE, api: api(), changePassword: answers(ok({})), ...more });
}

afterEach(() => document.body.replaceChildren());

describe('the account', () => {
  it('says who one is, what that means, and which tokens there are', async () => {
    const element = await page();
    expect(words(element)).toMatch(/Deniz Operator\. Starts sessions/);
    const [ci, old] = all(element, 'tbody tr').map((row) => words(row));
    expect(ci).toMatch(/ci .*Operator 2 d ago 61 d left/);
    expect(old).toMatch(/old .*Viewer never expired 3 d ago/);
    await expectAccessible();
  });

  it.each([
    ['loading', () => never(), 'Tokens are being loaded'],
    ['empty', answers(ok({ tokens: [] })), 'You have none. A token is what a script signs in with'],
    ['error', answers(refused('journal-unavailable', 'The journal is not readable.', 503)), 'Your tokens could not be loaded. The journal is not readable.'],
    ['no answer', answers(NO_ANSWER), 'Your tokens could not be loaded. The server does not answer.'],
  ])('tokens: %s; the rest of the page is there', async (_, tokens, said) => {
    const element = await page({ api: api({ tokens }) });
    expect(words(element)).toContain(said);
    expect(all(element, '#current')).toHaveLength(1);
    await expectAccessible();
  });

  it('offline: nothing can be changed; back again the tokens are read anew', async () => {
    const server = api();
    const element = await page({ api: server, connection: OFFLINE });
    expect(['New token', 'Revoke ci', 'Change password', 'Sign out everywhere…'].map((name) => button(element, name).disabled)).toEqual([true, true, true, true]);
    element.connection = LIVE;
    await settled(element);
    expect(server.tokens).toHaveBeenCalledTimes(2);
  });
});

describe('a new token', () => {
  it('has at most one’s own role, the smallest chosen', async () => {
    const element = await page();
    await press(element, 'New token');
    expect(all<HTMLInputElement>(element, 'dialog input[name=role]').map((radio) => [radio.value, radio.checked])).toEqual([['operator', false], ['viewer', true]]);
    expect(focused(element)?.id).toBe('name');
    await expectAccessible();
  });

  it('needs a name', async () => {
    const server = api();
    const element = await page({ api: server });
    await press(element, 'New token');
    await enter(element, 'dialog form');
    expect([words(all(element, '#name-said')[0]), focused(element)?.id, server.issueToken.mock.calls.length]).toEqual(['Give it a name.', 'name', 0]);
  });

  it('whose name is refused says so at the field, what else is refused above', async () => {
    const element = await page({ api: api({ issueToken: answers(refused('name-invalid', 'name must have 1 to 100 characters.', 400), refused('too-many-tokens', 'A person has at most 50 API tokens.')) }) });
    await press(element, 'New token');
    fill(element, '#name', 'x');
    await enter(element, 'dialog form');
    expect(words(all(element, '#name-said')[0])).toBe('name must have 1 to 100 characters.');
    await enter(element, 'dialog form');
    expect(words(dialog(element))).toContain('It was not done. A person has at most 50 API tokens.');
  });

  it('is shown once, with a line to try it, and is gone after that', async () => {
    const server = api();
    const element = await page({ api: server });
    await press(element, 'New token');
    fill(element, '#name', ' deploy ');
    await enter(element, 'dialog form');
    expect(server.issueToken).toHaveBeenCalledExactlyOnceWith({ name: 'deploy', role: 'viewer', expiresInDays: 90 });
    expect(words(dialog(element))).toContain(curlLine(SECRET));
    expect(focused(element)?.tagName).toBe('COPY-FIELD');
    dialog(element)?.click();
    await settled(element);
    expect(words(dialog(element))).toContain('Shown once.');
    await press(element, 'Done');
    expect([dialog(element), words(element).includes(SECRET), document.body.innerHTML.includes(SECRET)]).toEqual([undefined, false, false]);
    expect(server.tokens).toHaveBeenCalledTimes(2);
  });
});

describe('revoking', () => {
  it('asks, says what it means, and is done', async () => {
    const server = api();
    const element = await page({ api: server });
    await press(element, 'Revoke ci');
    expect(words(dialog(element))).toMatch(/Revoke “ci”\?.*cannot be undone; it was used 2 d ago\./);
    await enter(element, 'dialog form');
    expect(server.revokeToken).toHaveBeenCalledExactlyOnceWith('token-ci');
    expect([dialog(element), words(all(element, '.sr[role=status]').at(-1))]).toEqual([undefined, 'ci is revoked.']);
  });

  it('of what is gone already is done, and without an answer it stays open', async () => {
    const element = await page({ api: api({ revokeToken: answers(NO_ANSWER, refused('token-unknown', 'none', 404)) }) });
    await press(element, 'Revoke ci');
    await enter(element, 'dialog form');
    expect(words(dialog(element))).toContain('It may have been done all the same');
    await enter(element, 'dialog form');
    expect(dialog(element)).toBeUndefined();
  });
});

describe('signing out everywhere', () => {
  it('asks first', async () => {
    const element = await page();
    let said = 0;
    element.addEventListener('sign-out-everywhere', () => said++);
    await press(element, 'Sign out everywhere…');
    dialog(element)?.close();
    await settled(element);
    expect(said).toBe(0);
    await press(element, 'Sign out everywhere…');
    await enter(element, 'dialog form');
    expect([said, dialog(element)]).toEqual([1, undefined]);
  });
});

describe('the password', () => {
  async function change(element: AccountPage, current: string, wanted: string, again: string): Promise<void> {
    fill(element, '#current', current);
    fill(element, '#wanted', wanted);
    fill(element, '#again', again);
    await enter(element, 'form.password');
  }

  it.each([
    ['', 'a longer sentence', 'a longer sentence', 'current', 'Type the password you have now.'],
    ['before', 'too short', 'too short', 'wanted', 'At least 12 characters, and another than now.'],
    ['the same sentence', 'the same sentence', 'the same sentence', 'wanted', 'At least 12 characters, and another than now.'],
    ['before', 'a longer sentence', 'another sentence', 'again', 'The two new passwords differ.'],
  ])('“%s” to “%s” and “%s” is wrong at %s', async (current, wanted, again, field, said) => {
    const changePassword = answers(ok({}));
    const element = await page({ changePassword });
    await change(element, current, wanted, again);
    expect([focused(element)?.id, words(all(element, `#${field}-said`)[0]), changePassword.mock.calls.length]).toEqual([field, said, 0]);
    expect(all(element, `#${field}`)[0]?.getAttribute('aria-invalid')).toBe('true');
  });

  it('is changed, said, and out of the fields', async () => {
    const changePassword = answers(ok({}));
    const element = await page({ changePassword });
    await change(element, 'the one before', 'a longer sentence', 'a longer sentence');
    expect(changePassword).toHaveBeenCalledExactlyOnceWith('the one before', 'a longer sentence');
    expect(words(element)).toContain('Your password is changed.');
    expect(['#current', '#wanted', '#again'].map((id) => all<HTMLInputElement>(element, id)[0]?.value)).toEqual(['', '', '']);
  });

  it('that is refused says why, and the focus goes to the present one', async () => {
    const element = await page({ changePassword: answers(refused('current-password-wrong', 'currentPassword is not the present password.', 400)) });
    await change(element, 'wrong', 'a longer sentence', 'a longer sentence');
    expect([words(element).includes('is not the present password'), focused(element)?.id, maybeButton(element, 'Change password')?.disabled]).toEqual([true, 'current', false]);
  });
});
