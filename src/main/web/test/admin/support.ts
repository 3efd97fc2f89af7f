import axe from 'axe-core';
import type { LitElement } from 'lit';
import { expect, vi } from 'vitest';
import type { Answer } from '../../src/api/http';
import type { Account, ApiToken, ConnectionState, User } from '../../src/api/types';

// The document of these tests has no top layer: what opens stands in its place, takes the focus and gives it back. Escape is what a
// browser makes of it, a close.
const focusedBefore = new WeakMap<HTMLDialogElement, Element | null>();
Object.assign(HTMLDialogElement.prototype, {
  showModal(this: HTMLDialogElement) {
    focusedBefore.set(this, deepFocus());
    this.open = true;
    (this.querySelector<HTMLElement>('[autofocus]') ?? this.querySelector<HTMLElement>('button'))?.focus();
  },
  close(this: HTMLDialogElement) {
    if (!this.open) return;
    this.open = false;
    (focusedBefore.get(this) as HTMLElement | null)?.focus();
    this.dispatchEvent(new Event('close'));
  },
});
Object.assign(HTMLElement.prototype, {
  showPopover(this: HTMLElement) {
    this.toggleAttribute('data-open', true);
  },
  hidePopover(this: HTMLElement) {
    this.toggleAttribute('data-open', false);
  },
});

function deepFocus(): Element | null {
  let at = document.activeElement;
  while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
  return at;
}

export const LIVE: ConnectionState = { kind: 'live', seq: 1 };
export const OFFLINE: ConnectionState = { kind: 'offline', seq: 1, since: 0, retryAt: 0 };

const DAY = 24 * 3_600_000;
export const MARA: User = { id: 'm', name: 'Mara', role: 'admin' };
export const DENIZ: User = { id: 'd', name: 'Deniz', role: 'operator' };

export function inDays(days: number): string {
  return new Date(Date.now() + days * DAY).toISOString();
}

export function account(name: string, more: Partial<Account> = {}): Account {
  return { id: name.slice(0, 1).toLowerCase(), name, role: 'operator', state: 'active', createdAt: inDays(-90), ...more };
}

export function apiToken(name: string, more: Partial<ApiToken> = {}): ApiToken {
  return { id: `token-${name}`, name, role: 'operator', user: { id: 'm', name: 'Mara' }, createdAt: inDays(-10), expiresAt: inDays(60.5), ...more };
}

// ---- answers of the server

export function ok<T>(value: T): Answer<T> {
  return { ok: true, value };
}

export function refused(code: string, message: string, status = 409): Answer<never> {
  return { ok: false, problem: { kind: 'refused', status, code, message, requestId: 'abc123', details: {} } };
}

export const NO_ANSWER: Answer<never> = { ok: false, problem: { kind: 'offline', status: 0, code: 'offline', message: 'The server does not answer.', details: {} } };

/** A request that is never answered. */
export function never<T>(): Promise<T> {
  return new Promise(() => undefined);
}

/** A function of the API that answers so, each time or one after the other; the last stays. */
export function answers(...given: readonly Answer<unknown>[]) {
  let at = 0;
  return vi.fn<(...asked: unknown[]) => Promise<Answer<never>>>(() => Promise.resolve(given[Math.min(at++, given.length - 1)] as Answer<never>));
}

// ---- what is drawn

export async function shown<T extends LitElement>(name: string, properties: object): Promise<T> {
  const element = document.createElement(name) as T;
  Object.assign(element, properties);
  document.body.appendChild(element);
  await settled(element);
  return element;
}

/** All that is asked is answered, and drawn. */
export async function settled(element: LitElement): Promise<void> {
  for (let i = 0; i < 5; i++) {
    await new Promise((resolve) => setTimeout(resolve));
    await element.updateComplete;
  }
}

/** What a reader gets, of elements inside too. */
export function words(node: Element | ShadowRoot | null | undefined): string {
  if (!node) return '';
  const parts = [...((node instanceof Element && node.shadowRoot) || node).childNodes].map((child) =>
    child instanceof HTMLStyleElement ? '' : child instanceof Element ? ` ${words(child)} ` : child.nodeType === Node.TEXT_NODE ? (child.textContent ?? '') : '',
  );
  return parts.join('').replace(/\s+/g, ' ').trim();
}

export function all<T extends HTMLElement>(element: Element, selector: string): T[] {
  const root = element.shadowRoot ?? element;
  return [...root.querySelectorAll<T>('*')].flatMap((each) => [...(each.matches(selector) ? [each] : []), ...(each.shadowRoot ? all<T>(each, selector) : [])]);
}

function nameOf(control: Element): string {
  return control.getAttribute('aria-label') ?? words(control);
}

export function maybeButton(element: Element, name: string): HTMLButtonElement | undefined {
  return all<HTMLButtonElement>(element, 'button').find((each) => nameOf(each) === name);
}

export function button(element: Element, name: string): HTMLButtonElement {
  const found = maybeButton(element, name);
  if (!found) throw new Error(`no button “${name}” among: ${all(element, 'button').map(nameOf).join(' | ')}`);
  return found;
}

export async function press(element: LitElement, name: string): Promise<void> {
  button(element, name).click();
  await settled(element);
}

export function dialog(element: Element): HTMLDialogElement | undefined {
  return all<HTMLDialogElement>(element, 'dialog[open]')[0];
}

export function fill(element: Element, selector: string, value: string): void {
  const [field] = all<HTMLInputElement>(element, selector);
  if (!field) throw new Error(`no field ${selector}`);
  field.value = value;
  field.dispatchEvent(new InputEvent('input', { bubbles: true }));
}

/** Enter in a field of the form. */
export async function enter(element: LitElement, form = 'form'): Promise<void> {
  all<HTMLFormElement>(element, form)[0]?.requestSubmit();
  await settled(element);
}

export function focused(element: Element): Element | null | undefined {
  return element.shadowRoot?.activeElement;
}

/** As far as a document can tell that lays nothing out, and does not know that what lies behind a dialog is out of reach. */
export async function expectAccessible(): Promise<void> {
  const unknown = ['color-contrast', 'region', 'page-has-heading-one', 'landmark-one-main', ...(dialog(document.body) ? ['landmark-no-duplicate-banner', 'landmark-unique'] : [])];
  const { violations } = await axe.run(document.body, { rules: Object.fromEntries(unknown.map((rule) => [rule, { enabled: false }])) });
  expect(violations.map((violation) => `${violation.id}: ${violation.nodes.map((node) => node.html).join(' ')}`)).toEqual([]);
}
