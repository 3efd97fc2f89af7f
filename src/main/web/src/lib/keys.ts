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

/** The keys that exist, for the help. */
export const KEYS: readonly { readonly where: string; readonly keys: readonly (readonly [string, string])[] }[] = [
  {
    where: 'Everywhere',
    keys: [
      ['C', 'New session'],
      ['.', 'Next session that needs you'],
      ['G I', 'Inbox'],
      ['G S', 'Sessions'],
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
      ['A', 'Allow once, answer, accept'],
      ['⇧ A', 'Allow in this session…'],
      ['E', 'Edit, then allow'],
      ['D', 'Deny…'],
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
      ['Enter', 'Send or queue'],
      ['Ctrl Enter', 'Send now: cuts the running turn'],
      ['Alt ↑ ↓', 'Move the waiting prompt in focus'],
      ['Shift Enter', 'New line'],
      ['Esc Esc', 'Interrupt the turn'],
      ['.', 'The request that waits'],
      ['A', 'Allow once, answer, accept (the request in focus)'],
      ['⇧ A', 'Allow in this session…; accept a plan and its edits'],
      ['E', 'Edit, then allow (the request in focus)'],
      ['D', 'Deny… (the request in focus)'],
      ['1 – 9', 'Choose an answer'],
      ['J K', 'Next, previous prompt'],
      ['G G, ⇧ G', 'Start, end'],
      ['T', 'Fold or unfold the entry'],
      ['Y', 'Copy the link to the entry'],
      ['I', 'Write'],
      [']', 'Fold or unfold the side panel'],
    ],
  },
];
