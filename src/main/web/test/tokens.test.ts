import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const text = readFileSync('src/styles/tokens.css', 'utf8').replace(/\/\*[\s\S]*?\*\//g, '');

function block(head: string): Map<string, string> {
  const start = text.indexOf(head);
  if (start < 0) throw new Error(`no block ${head}`);
  const open = text.indexOf('{', start);
  const roles = text.slice(open + 1, text.indexOf('}', open));
  return new Map([...roles.matchAll(/(--[\w-]+):\s*([^;]+);/g)].map((match) => [match[1]!, match[2]!.trim()]));
}

const light = block(':root, :root[data-theme="light"]');
const dark = block(':root[data-theme="dark"]');
const system = block(':root:not([data-theme="light"])');

function luminance(hex: string): number {
  const part = (at: number) => {
    const value = parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5);
}

function contrast(theme: Map<string, string>, a: string, b: string): number {
  const [x, y] = [a, b].map((role) => {
    const hex = theme.get(role);
    if (hex === undefined || !/^#[0-9a-f]{6}$/.test(hex)) throw new Error(`${role} is ${hex ?? 'missing'}`);
    return luminance(hex);
  }) as [number, number];
  return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
}

const GROUNDS = ['--bg', '--surface', '--raised', '--sunken'];
const STATES = ['ask', 'work', 'idle', 'queue', 'fail', 'rest'];

describe('tokens', () => {
  it('say the same in both dark blocks', () => {
    expect([...system]).toEqual([...dark]);
  });

  it.each([['light', light], ['dark', dark]] as const)('are readable in %s', (_name, theme) => {
    const weak: string[] = [];
    const need = (a: string, b: string, least: number) => {
      const is = contrast(theme, a, b);
      if (is < least) weak.push(`${a} on ${b}: ${is.toFixed(2)} < ${least}`);
    };
    for (const ground of GROUNDS) {
      for (const role of ['--text', '--text-2', '--text-3', '--accent-text', ...STATES.map((state) => `--${state}-text`)]) need(role, ground, 4.5);
      for (const role of ['--line-strong', '--focus', ...STATES.map((state) => `--${state}-glyph`)]) need(role, ground, 3);
    }
    for (const state of STATES) need(`--${state}-text`, `--${state}-tint`, 4.5);
    for (const ground of ['--hover', '--active', '--selected']) need('--text-2', ground, 4.5);
    need('--on-ask', '--ask-solid', 4.5);
    need('--on-fail', '--fail-solid', 4.5);
    need('--on-accent', '--accent-solid', 4.5);
    need('--on-ink', '--ink', 4.5);
    need('--add-text', '--add-bg', 4.5);
    need('--del-text', '--del-bg', 4.5);
    expect(weak).toEqual([]);
  });
});
