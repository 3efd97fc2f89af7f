import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Answer } from '../src/api/http';
import type { SignedIn } from '../src/api/types';
import '../src/elements/password-change';
import type { PasswordChange } from '../src/elements/password-change';

describe('the change of a one-time password', () => {
  let element: PasswordChange;
  let answer: Answer<SignedIn>;
  let asked: string[];

  beforeEach(async () => {
    asked = [];
    element = document.createElement('password-change') as PasswordChange;
    element.name = 'admin';
    element.attempt = (current, wanted) => {
      asked.push(`${current} → ${wanted}`);
      return Promise.resolve(answer);
    };
    document.body.append(element);
    await element.updateComplete;
  });

  afterEach(() => element.remove());

  const root = (): ShadowRoot => element.shadowRoot as ShadowRoot;
  const focused = (): string => root().activeElement?.id ?? '';

  async function send(current: string, wanted: string, again = wanted): Promise<void> {
    for (const [id, text] of [['current', current], ['wanted', wanted], ['again', again]] as const) (root().getElementById(id) as HTMLInputElement).value = text;
    root().querySelector('form')?.dispatchEvent(new SubmitEvent('submit', { cancelable: true }));
    await new Promise((done) => setTimeout(done));
    await element.updateComplete;
  }

  function refuse(field: string, message: string): void {
    answer = { ok: false, problem: { kind: 'refused', status: 400, code: 'x', message, details: { field } } };
  }

  it('says what the server has against the new one, and goes back to it', async () => {
    refuse('newPassword', 'This password is too easy to guess.');
    await send('one-time', 'password1234');
    expect(root().querySelector('[role=alert]')?.textContent).toContain('This password is too easy to guess.');
    expect(focused()).toBe('wanted');
  });

  it('goes back to the one-time password when that is wrong', async () => {
    refuse('currentPassword', 'currentPassword is not the present password.');
    await send('one-tim', 'several words here');
    expect(focused()).toBe('current');
  });

  it.each([
    ['', 'several words here', 'several words here', 'current'],
    ['one-time', 'short', 'short', 'wanted'],
    ['one-time', 'several words here', 'several words there', 'again'],
  ])('asks nothing of the server while a field is wrong: %s, %s, %s', async (current, wanted, again, field) => {
    await send(current, wanted, again);
    expect(asked).toEqual([]);
    expect(focused()).toBe(field);
    expect(root().getElementById(field)?.getAttribute('aria-invalid')).toBe('true');
  });
});
