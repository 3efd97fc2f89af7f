/**
 * Makes characters that hide or reorder text visible. What a person approves must be what runs, so a command that looks
 * harmless because of a right-to-left override, or carries letters nobody sees, must not look harmless here.
 */

// Bidirectional controls, letters of no width, fillers, line and paragraph separators, tags, notes between lines, C0/C1 controls
// but tab and newline, and what is no character at all: halves of surrogates and noncharacters.
const HIDDEN =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb\u{1bca0}-\u{1bca3}\u{1d173}-\u{1d17a}\u{e0000}-\u{e00ff}\u{e01f0}-\u{e0fff}\p{Cs}\p{Noncharacter_Code_Point}]/gu;

// One variation selector chooses the look of the letter before it; a row of them spells something that nobody sees.
const SPELLED = /(?<=[\ufe00-\ufe0f\u{e0100}-\u{e01ef}])[\ufe00-\ufe0f\u{e0100}-\u{e01ef}]/gu;

// These belong to many scripts and to emoji, so prose keeps them; in a command they are shown: joiners, selectors but those of
// an emoji's look, and blanks that look like a space and are none to a shell.
const STRICTLY =
  /[\u200c\u200d\u00a0\u1680\u2000-\u200a\u202f\u205f\u2800\u3000]|(?<!\p{Extended_Pictographic})[\ufe0e\ufe0f]|[\ufe00-\ufe0d\u{e0100}-\u{e01ef}]/gu;

/** For prose: everything that reorders or hides becomes a mark like `‹U+202E›`. */
export function visible(text: string): string {
  return text.replace(/\r\n/g, '\n').replace(HIDDEN, mark).replace(SPELLED, mark);
}

/** For commands, paths and inputs: what joins, and blanks that are none, too. */
export function visibleStrictly(text: string): string {
  return visible(text).replace(STRICTLY, mark);
}

/** The marks of what cannot be seen in a text, once each; for where it is edited and must stay what it is. */
export function unseenIn(text: string): string[] {
  const found = text.match(new RegExp(`${HIDDEN.source}|${STRICTLY.source}`, 'gu')) ?? [];
  return [...new Set(found.map(mark))];
}

function mark(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return `‹U+${code.toString(16).toUpperCase().padStart(4, '0')}›`;
}
