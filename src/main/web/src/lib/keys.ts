import type { User } from '../api/types';
import { mayAdminister, mayStart } from './may';

/** Whether a key belongs to what has the focus: then it is text, and not a command. */
export function isTyping(event: KeyboardEvent): boolean {
  const target = event.composedPath()[0];
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement) return true;
  return target instanceof HTMLInputElement && !['checkbox', 'radio', 'button', 'submit'].includes(target.type);
}

/** The key as a command, or the empty string: repeated and modified keys are none. */
export function command(event: KeyboardEvent): string {
  if (event.defaultPrevented || event.repeat || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return '';
  return event.key;
}

/** Whom a key is for: everybody, who works, or administrators. */
type For = 'work' | 'admin';
type Keys = readonly { readonly where: string; readonly keys: readonly (readonly [string, string, For?])[] }[];

/** The keys that exist for this person: what they may not do has none. */
export function keysFor(user: Pick<User, 'role'>): Keys {
  const may = (whom: For | undefined) => whom === undefined || (whom === 'work' ? mayStart(user) : mayAdminister(user));
  return KEYS.map(({ where, keys }) => ({ where, keys: keys.filter(([, , whom]) => may(whom)) }));
}

const KEYS: Keys = [
  {
    where: 'Everywhere',
    keys: [
      ['C', 'New session', 'work'],
      ['.', 'Next session that needs you'],
      ['G I', 'Inbox'],
      ['G S', 'Sessions'],
      ['G T', 'Team: people and roles', 'admin'],
      ['G K', 'API tokens of everybody', 'admin'],
      ['G A', 'Audit', 'admin'],
      ['G O', 'Your own account'],
      ['[', 'Fold or unfold the navigation'],
      ['?', 'These keys'],
      ['Esc', 'Close, or leave a field'],
    ],
  },
  {
    where: 'Inbox',
    keys: [
      ['J K', 'Next, previous request'],
      ['Enter', 'Open its session there'],
      ['A', 'Allow once, answer, accept', 'work'],
      ['⇧ A', 'Allow in this session…', 'work'],
      ['E', 'Edit, then allow', 'work'],
      ['D', 'Deny…', 'work'],
    ],
  },
  {
    where: 'Sessions',
    keys: [
      ['J K', 'Next, previous'],
      ['Enter', 'Open'],
      ['/', 'Filter'],
    ],
  },
  {
    where: 'Session',
    keys: [
      ['Enter', 'Send or queue', 'work'],
      ['Ctrl Enter', 'Send now: cuts the running turn', 'work'],
      ['Alt ↑ ↓', 'Move the waiting prompt in focus', 'work'],
      ['Shift Enter', 'New line', 'work'],
      ['Esc Esc', 'Interrupt the turn', 'work'],
      ['.', 'The request that waits'],
      ['A', 'Allow once, answer, accept (the request in focus)', 'work'],
      ['⇧ A', 'Allow in this session…; accept a plan and its edits', 'work'],
      ['E', 'Edit, then allow (the request in focus)', 'work'],
      ['D', 'Deny… (the request in focus)', 'work'],
      ['1 – 9', 'Choose an answer', 'work'],
      ['J K', 'Next, previous prompt'],
      ['G G, ⇧ G', 'Start, end'],
      ['T', 'Fold or unfold the entry'],
      ['Y', 'Copy the link to the entry'],
      ['I', 'Write', 'work'],
      [']', 'Fold or unfold the side panel'],
    ],
  },
];
