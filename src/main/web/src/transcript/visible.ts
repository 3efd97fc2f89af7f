/**
 * Makes characters that hide or reorder text visible. What a person approves must be what runs, so a command that looks
 * harmless because of a right-to-left override, or carries letters nobody sees, must not look harmless here.
 */

// Bidirectional controls, zero-width letters, line and paragraph separators, tags, and C0/C1 controls but tab and newline.
// eslint-disable-next-line no-control-regex
const HIDDEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u2064\u2066-\u206f\u3164\ufeff\uffa0\u{e0000}-\u{e007f}]/gu;

// Joiners belong to many scripts and to emoji, so prose keeps them; in a command they are shown.
const JOINERS = /[\u200c\u200d]/gu;

/** For prose: everything that reorders or hides becomes a mark like `‹U+202E›`. */
export function visible(text: string): string {
  return text.replace(/\r\n/g, '\n').replace(HIDDEN, mark);
}

/** For commands, paths and inputs: joiners too. */
export function visibleStrictly(text: string): string {
  return visible(text).replace(JOINERS, mark);
}

function mark(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return `‹U+${code.toString(16).toUpperCase().padStart(4, '0')}›`;
}
