/**
 * Terminal output as styled pieces of text. Colours become roles of the design; every other escape is dropped; a carriage
 * return begins its line anew, as in a terminal, so a progress bar is one line. One pass, linear in the length.
 */
import { visible } from './visible';

export interface Piece {
  readonly text: string;
  /** Class names, separated by spaces; empty for plain text. */
  readonly look: string;
}

interface Look {
  colour: string;
  ground: string;
  bold: boolean;
  dim: boolean;
  italic: boolean;
  underline: boolean;
  struck: boolean;
  inverse: boolean;
}

const COLOURS = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white'];

// An operating-system or device command with its end, a control sequence, or a short escape. The lengths are bounded. A command
// that does not end is none: else it would take what is said after it along.
const ESCAPE =
  /\u001b(?:\[([0-9:;<=>?]{0,64})([ -/]{0,4})([@-~])|[\]PX^_][^\u0007\u001b\u009c]{0,4096}(?:\u0007|\u001b\\|\u009c)|[ -/]{0,4}[0-~])?|\u009b([0-9;]{0,64})[@-~]/g;

export function parseAnsi(source: string): Piece[] {
  const out: Piece[] = [];
  const look = plain();
  let from = 0;
  const lines = collapseReturns(source);
  for (const match of lines.matchAll(ESCAPE)) {
    push(out, lines.slice(from, match.index), look);
    if (match[3] === 'm' && !match[2]) select(look, match[1] ?? '');
    from = match.index + match[0].length;
  }
  push(out, lines.slice(from), look);
  return out;
}

/** The text alone, for copying and for counting lines. */
export function stripAnsi(source: string): string {
  return visible(collapseReturns(source).replace(ESCAPE, ''));
}

function collapseReturns(source: string): string {
  const text = source.replaceAll('\r\n', '\n');
  if (!text.includes('\r') && !text.includes('\b')) return text;
  return text
    .split('\n')
    .map((line) => {
      let end = line.length;
      while (line[end - 1] === '\r') end--;
      const kept = line.slice(0, end);
      return backspaces(kept.slice(kept.lastIndexOf('\r') + 1));
    })
    .join('\n');
}

function backspaces(line: string): string {
  if (!line.includes('\b')) return line;
  const out: string[] = [];
  for (const character of line) {
    if (character === '\b') out.pop();
    else out.push(character);
  }
  return out.join('');
}

function push(out: Piece[], text: string, look: Look): void {
  if (!text) return;
  const piece = { text: visible(text), look: classes(look) };
  const before = out.at(-1);
  if (before && before.look === piece.look) out[out.length - 1] = { ...before, text: before.text + piece.text };
  else out.push(piece);
}

function classes(look: Look): string {
  const [colour, ground] = look.inverse ? [look.ground || 'base', look.colour || 'text'] : [look.colour, look.ground];
  const names = [
    colour && `fg-${colour}`,
    ground && `bg-${ground}`,
    look.bold && 'bold',
    look.dim && 'dim',
    look.italic && 'italic',
    look.underline && 'under',
    look.struck && 'struck',
  ];
  return names.filter(Boolean).join(' ');
}

function plain(): Look {
  return {
    colour: '',
    ground: '',
    bold: false,
    dim: false,
    italic: false,
    underline: false,
    struck: false,
    inverse: false,
  };
}

function select(look: Look, parameters: string): void {
  const codes = parameters.split(/[;:]/).map((part) => Number.parseInt(part || '0', 10));
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i] ?? 0;
    if (code === 38 || code === 48) {
      const [colour, used] = extended(codes.slice(i + 1));
      if (code === 38) look.colour = colour;
      else look.ground = colour;
      i += used;
    } else {
      one(look, code);
    }
  }
}

function one(look: Look, code: number): void {
  if (code === 0) Object.assign(look, plain());
  else if (code === 1) look.bold = true;
  else if (code === 2) look.dim = true;
  else if (code === 3) look.italic = true;
  else if (code === 4) look.underline = true;
  else if (code === 7) look.inverse = true;
  else if (code === 9) look.struck = true;
  else if (code === 22) look.bold = look.dim = false;
  else if (code === 23) look.italic = false;
  else if (code === 24) look.underline = false;
  else if (code === 27) look.inverse = false;
  else if (code === 29) look.struck = false;
  else if (code === 39) look.colour = '';
  else if (code === 49) look.ground = '';
  else if (code >= 30 && code <= 37) look.colour = COLOURS[code - 30] ?? '';
  else if (code >= 40 && code <= 47) look.ground = COLOURS[code - 40] ?? '';
  else if (code >= 90 && code <= 97) look.colour = code === 90 ? 'grey' : (COLOURS[code - 90] ?? '');
  else if (code >= 100 && code <= 107) look.ground = code === 100 ? 'grey' : (COLOURS[code - 100] ?? '');
}

/** The nearest of our roles to one of 256 or of 16 million colours, and how many parameters that took. */
function extended(rest: number[]): [string, number] {
  if (rest[0] === 5) return [indexed(rest[1] ?? 0), 2];
  if (rest[0] === 2) return [nearest(rest[1] ?? 0, rest[2] ?? 0, rest[3] ?? 0), 4];
  return ['', 1];
}

function indexed(index: number): string {
  if (index < 8) return COLOURS[index] ?? '';
  if (index < 16) return index === 8 ? 'grey' : (COLOURS[index - 8] ?? '');
  if (index >= 232) return index < 248 ? 'grey' : '';
  const cube = index - 16;
  const level = (value: number): number => (value ? 55 + 40 * value : 0);
  return nearest(level(Math.floor(cube / 36)), level(Math.floor(cube / 6) % 6), level(cube % 6));
}

function nearest(red: number, green: number, blue: number): string {
  const top = Math.max(red, green, blue);
  const low = Math.min(red, green, blue);
  if (top - low < 40) return top < 170 ? 'grey' : '';
  const bit = (value: number): number => (value - low > (top - low) / 2 ? 1 : 0);
  return COLOURS[bit(red) + 2 * bit(green) + 4 * bit(blue)] ?? '';
}
