import { afterEach, describe, expect, it, vi } from 'vitest';
import '../../src/elements/invitation-page';
import type { InvitationPage } from '../../src/elements/invitation-page';
import { all, answers, expectAccessible, fill, focused, never, NO_ANSWER, ok, refused, settled, enter, shown, words } from './support';

const LINK = { token: 'made-for-this-test', name: 'Ingrid' };
const GOOD = 'a good long sentence';

async function page(more: object = {}): Promise<InvitationPage> {
  return shown<InvitationPage>('invitation-page', { link: LINK, attempt: answers(ok({})), ...more });
}

async function choose(element: InvitationPage, wanted: string, again: string): Promise<void> {
  fill(element, '#wanted', wanted);
  fill(element, '#again', again);
  await enter(element);
}

afterEach(() => {
  document.body.replaceChildren();
  vi.useRealTimers();
});

describe('a link', () => {
  it('greets by name, says where one is, and has the focus in the first field', async () => {
    const element = await page();
    expect(words(element)).toContain('Welcome, Ingrid');
    expect(words(element)).toContain(location.host);
    expect(focused(element)?.id).toBe('wanted');
    expect(all<HTMLInputElement>(element, '#name')[0]).toMatchObject({ value: 'Ingrid', readOnly: true, autocomplete: 'username' });
    await expectAccessible();
  });

  it('without its token says what to do, and offers to sign in', async () => {
    const element = await page({ link: undefined });
    expect(words(element)).toContain('Open the link again from where you got it.');
    expect(all(element, 'input')).toEqual([]);
    expect(all(element, 'a.primary')[0]?.getAttribute('href')).toBe('/');
    await expectAccessible();
  });

  it('in a browser where somebody else is signed in says that this ends', async () => {
    expect(words(await page({ signedInAs: 'Mara' }))).toContain('This browser is signed in as Mara. That ends when you go on.');
    expect(words(await page({ signedInAs: 'Ingrid' }))).not.toContain('That ends when you go on.');
  });
});

describe('choosing a password', () => {
  it.each([
    ['too short', 'too short', 'wanted', '3 more characters.'],
    [GOOD, '', 'again', 'Type it a second time.'],
    [GOOD, 'another long sentence', 'again', 'The two differ.'],
  ])('“%s” and “%s” is wrong at %s, and the server is not asked', async (wanted, again, field, said) => {
    const attempt = answers(ok({}));
    const element = await page({ attempt });
    await choose(element, wanted, again);
    expect([focused(element)?.id, words(all(element, `#${field}-said`)[0]), attempt.mock.calls.length]).toEqual([field, said, 0]);
    await expectAccessible();
  });

  it('that is good is sent once with the token of the link, and one is in', async () => {
    const attempt = answers(ok({}));
    const element = await page({ attempt });
    let done = 0;
    element.addEventListener('invitation-done', () => done++);
    await choose(element, GOOD, GOOD);
    expect(attempt).toHaveBeenCalledExactlyOnceWith('made-for-this-test', GOOD);
    expect(done).toBe(1);
  });

  it('cannot be sent twice while it is under way', async () => {
    const attempt = vi.fn(() => never());
    const element = await page({ attempt });
    await choose(element, GOOD, GOOD);
    await enter(element);
    expect([attempt.mock.calls.length, all<HTMLButtonElement>(element, 'button[type=submit]')[0]?.disabled]).toEqual([1, true]);
  });

  it('by a link that is over says so, and the fields are gone', async () => {
    const element = await page({ attempt: answers(refused('invitation-over', 'This link was used.', 401)) });
    await choose(element, GOOD, GOOD);
    expect(words(element)).toContain('ask an administrator for a new link');
    expect([all(element, 'input').length, focused(element)?.textContent]).toEqual([0, 'Sign in']);
    await expectAccessible();
  });

  it('without an answer keeps what was typed', async () => {
    const element = await page({ attempt: answers(NO_ANSWER, ok({})) });
    await choose(element, GOOD, GOOD);
    expect(all(element, '[role=alert]')).toHaveLength(1);
    expect(all<HTMLInputElement>(element, '#wanted')[0]?.value).toBe(GOOD);
    let done = 0;
    element.addEventListener('invitation-done', () => done++);
    await enter(element);
    expect(done).toBe(1);
  });

  it('too often counts the wait down, and goes on after it', async () => {
    const tooMany = refused('too-many-sign-ins', 'Too many attempts.', 429);
    const attempt = answers(tooMany.ok ? tooMany : { ok: false, problem: { ...tooMany.problem, retryAfterMs: 60_000 } }, ok({}));
    const element = await page({ attempt });
    await choose(element, GOOD, GOOD);
    const submit = all<HTMLButtonElement>(element, 'button[type=submit]')[0]!;
    expect([submit.disabled, words(submit)]).toEqual([true, expect.stringMatching(/1 m|59 s|60 s/)]);
    await enter(element);
    expect(attempt).toHaveBeenCalledTimes(1);

    vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 61_000);
    element.requestUpdate();
    await settled(element);
    expect(submit.disabled).toBe(false);
    await enter(element);
    expect(attempt).toHaveBeenCalledTimes(2);
  });
});
