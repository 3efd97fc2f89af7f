import { afterEach, describe, expect, it } from 'vitest';
import '../../src/elements/admin/tokens-tab';
import type { TokensTab } from '../../src/elements/admin/tokens-tab';
import { account, all, answers, apiToken, button, dialog, enter, expectAccessible, fill, focused, inDays, LIVE, MARA, maybeButton, never, NO_ANSWER, OFFLINE, ok, press, refused, settled, shown, words } from './support';

const PEOPLE = { users: [account('Mara', { role: 'admin' }), account('Olga', { role: 'viewer' }), account('Priya', { state: 'disabled' })], seq: 1 };
const TOKENS = [
  apiToken('ci', { lastUsedAt: inDays(-1) }),
  apiToken('board', { user: { id: 'o', name: 'Olga' }, expiresAt: inDays(3.5), createdAt: inDays(-11) }),
  apiToken('import', { user: { id: 'p', name: 'Priya' }, createdAt: inDays(-12) }),
];

function api(more: object = {}) {
  return { allTokens: answers(ok({ tokens: TOKENS })), users: answers(ok(PEOPLE)), revokeToken: answers(ok(undefined)), ...more };
}

async function tab(more: object = {}): Promise<TokensTab> {
  return shown<TokensTab>('tokens-tab', { viewer: MARA, connection: LIVE, ...more });
}

function rows(element: TokensTab): string[] {
  return all(element, 'tbody tr.line').map((row) => words(row.querySelector('.name')));
}

function row(element: TokensTab, name: string): string {
  return words(all(element, 'tbody tr.line').find((each) => words(each.querySelector('.name')) === name));
}

afterEach(() => document.body.replaceChildren());

describe('the tokens of everybody', () => {
  it('say whose they are, what they may do, when they were used and until when they are good', async () => {
    const element = await tab({ api: api() });
    expect(words(element)).toContain('3 tokens of 3 people');
    expect(row(element, 'ci')).toMatch(/Mara you .*1 d ago.*in 61 d Operator Works/);
    expect(row(element, 'board')).toMatch(/Olga.*never.*in 4 d Operator acts as viewer Expires soon/);
    expect(row(element, 'import')).toMatch(/Priya.*Off: person disabled/);
    await expectAccessible();
  });

  it('are sorted by the heads of their columns, and the other way round the second time', async () => {
    const element = await tab({ api: api() });
    expect(rows(element)).toEqual(['ci', 'board', 'import']);
    await press(element, 'Expires');
    expect(rows(element)[0]).toBe('board');
    expect(button(element, 'Expires').closest('th')?.getAttribute('aria-sort')).toBe('ascending');
    await press(element, 'Expires');
    expect(rows(element).at(-1)).toBe('board');
    expect(button(element, 'Expires').closest('th')?.getAttribute('aria-sort')).toBe('descending');
  });

  it('are filtered by name and person; nothing found says so and offers the way back', async () => {
    const element = await tab({ api: api() });
    fill(element, 'input[type=search]', 'olga');
    await settled(element);
    expect(rows(element)).toEqual(['board']);
    fill(element, 'input[type=search]', 'zebra');
    await settled(element);
    expect(words(element)).toContain('No token matches “zebra”');
    await press(element, 'Clear the filter');
    expect(rows(element)).toHaveLength(3);
  });

  it('show what cannot be seen in a name', async () => {
    const element = await tab({ api: api({ allTokens: answers(ok({ tokens: [apiToken('a\u202eb')] })) }) });
    expect(rows(element)).toEqual(['a‹U+202E›b']);
  });
});

describe('states', () => {
  it('loading', async () => {
    const element = await tab({ api: api({ allTokens: () => never() }) });
    expect(words(element)).toBe('API tokens are being loaded');
  });

  it('empty, with the first step', async () => {
    const element = await tab({ api: api({ allTokens: answers(ok({ tokens: [] })) }) });
    expect(words(element)).toContain('Nobody has an API token');
    expect(all<HTMLAnchorElement>(element, '.empty .primary')[0]?.getAttribute('href')).toBe('/account');
    await expectAccessible();
  });

  it('error, whichever of the two requests it was, and again', async () => {
    for (const failing of ['allTokens', 'users']) {
      const element = await tab({ api: api({ [failing]: answers(refused('journal-unavailable', 'The journal is not readable.', 503), ok(failing === 'users' ? PEOPLE : { tokens: TOKENS })) }) });
      expect(words(element), failing).toContain('The journal is not readable.');
      expect(words(element)).toContain('journal-unavailable · request abc123');
      await press(element, 'Try again');
      expect(rows(element)).toHaveLength(3);
      element.remove();
    }
  });

  it('offline: what is there stays and nothing can be revoked; back again it is read anew', async () => {
    const server = api();
    const element = await tab({ api: server, connection: OFFLINE });
    expect(rows(element)).toHaveLength(3);
    expect(button(element, 'Revoke ci of Mara').disabled).toBe(true);
    element.connection = LIVE;
    await settled(element);
    expect(server.allTokens).toHaveBeenCalledTimes(2);
    expect(button(element, 'Revoke ci of Mara').disabled).toBe(false);
  });

  it('a failure after a success keeps what was there', async () => {
    const element = await tab({ api: api({ allTokens: answers(ok({ tokens: TOKENS }), NO_ANSWER) }) });
    document.dispatchEvent(new Event('visibilitychange'));
    await settled(element);
    expect(rows(element)).toHaveLength(3);
  });
});

describe('revoking', () => {
  it('asks first, and Escape is no', async () => {
    const server = api();
    const element = await tab({ api: server });
    await press(element, 'Revoke board of Olga');
    expect(words(dialog(element))).toMatch(/Revoke “board” of Olga\?.*never used.*cannot be undone/);
    await expectAccessible();
    dialog(element)?.close();
    await settled(element);
    expect([dialog(element), server.revokeToken.mock.calls.length]).toEqual([undefined, 0]);
  });

  it('is told, and the focus goes to the row that stands there now', async () => {
    const left = TOKENS.filter((token) => token.name !== 'board');
    const server = api({ allTokens: answers(ok({ tokens: TOKENS }), ok({ tokens: left })) });
    const element = await tab({ api: server });
    await press(element, 'Revoke board of Olga');
    await enter(element, 'dialog form');
    expect(server.revokeToken).toHaveBeenCalledExactlyOnceWith('token-board');
    expect(rows(element)).toEqual(['ci', 'import']);
    expect(words(all(element, '.sr[role=status]').at(-1))).toBe('board of Olga is revoked.');
    expect(focused(element)).toBe(button(element, 'Revoke import of Priya'));
  });

  it('of what is gone already is done', async () => {
    const element = await tab({ api: api({ revokeToken: answers(refused('token-unknown', 'There is no API token.', 404)) }) });
    await press(element, 'Revoke ci of Mara');
    await enter(element, 'dialog form');
    expect(dialog(element)).toBeUndefined();
  });

  it('that was refused, or not answered, stands in the dialog', async () => {
    const element = await tab({ api: api({ revokeToken: answers(NO_ANSWER, refused('too-many-writes', 'At most 300 changes a minute.', 429)) }) });
    await press(element, 'Revoke ci of Mara');
    await enter(element, 'dialog form');
    expect(words(dialog(element))).toContain('It may have been done all the same');
    await enter(element, 'dialog form');
    expect(words(dialog(element))).toContain('At most 300 changes a minute.');
    expect(rows(element)).toHaveLength(3);
  });

  it('cannot be pressed twice', async () => {
    const revokeToken = answers();
    revokeToken.mockImplementation(() => never());
    const element = await tab({ api: api({ revokeToken }) });
    await press(element, 'Revoke ci of Mara');
    await enter(element, 'dialog form');
    await enter(element, 'dialog form');
    expect(button(element, 'Revoking…').disabled).toBe(true);
    expect(revokeToken).toHaveBeenCalledTimes(1);
    expect(maybeButton(element, 'Revoke')).toBeUndefined();
  });
});
