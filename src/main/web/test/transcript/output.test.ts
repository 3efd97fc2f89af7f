import { describe, expect, it } from 'vitest';
import { parseAnsi, stripAnsi } from '../../src/transcript/ansi';
import { fileDiff } from '../../src/transcript/diff';
import type { ApprovalEntry, ToolEntry } from '../../src/transcript/entries';
import { bashOutput, decidedWords, exitCode, exitWords, modeWords, oneLine, quietWords, toolIcon, toolName, toolOutcome, toolTarget, took } from '../../src/transcript/words';

const ESC = '\u001b';

describe('terminal output', () => {
  it.each([
    ['plain', 'a', [['a', '']]],
    ['colours', `${ESC}[31mred${ESC}[0m plain`, [['red', 'fg-red'], [' plain', '']]],
    ['several at once', `${ESC}[1;4;32mx`, [['x', 'fg-green bold under']]],
    ['bright', `${ESC}[91mx${ESC}[90my`, [['x', 'fg-red'], ['y', 'fg-grey']]],
    ['256 colours', `${ESC}[38;5;196mx${ESC}[38;5;244my`, [['x', 'fg-red'], ['y', 'fg-grey']]],
    ['true colours', `${ESC}[38;2;10;200;30mx`, [['x', 'fg-green']]],
    ['grounds', `${ESC}[41mx${ESC}[49my`, [['x', 'bg-red'], ['y', '']]],
    ['an unfinished escape', `a${ESC}[3`, [['a3', '']]],
    ['cursor moves are dropped', `a${ESC}[2J${ESC}[1;1Hb`, [['ab', '']]],
    ['titles and links are dropped', `${ESC}]0;evil\u0007a${ESC}]8;;http://x${ESC}\\b`, [['ab', '']]],
    ['a command without its end takes nothing along', `${ESC}]0;still\n${ESC}Pthere`, [['0;still\nthere', '']]],
    ['a command may end as in eight bits', `${ESC}]0;evil\u009ca`, [['a', '']]],
    ['a progress bar is one line', '10 %\r20 %\r100 %\ndone', [['100 %\ndone', '']]],
    ['windows line ends', 'a\r\nb', [['a\nb', '']]],
    ['backspaces', 'abc\b\bX', [['aX', '']]],
  ])('%s', (_name, source, wanted) => expect(parseAnsi(source).map((piece) => [piece.text, piece.look])).toEqual(wanted));

  it('is linear: a megabyte of escapes', () => {
    const begun = performance.now();
    parseAnsi(`${ESC}[`.repeat(300_000));
    parseAnsi(`${ESC}]x`.repeat(300_000));
    stripAnsi(`${ESC}[1m`.repeat(300_000));
    parseAnsi(`${'\r'.repeat(1_000_000)}a`);
    parseAnsi(`a${'\r'.repeat(1_000_000)}`);
    parseAnsi(`${ESC}]${'x'.repeat(1_000_000)}`);
    expect(performance.now() - begun).toBeLessThan(2_000);
  });
});

describe('diffs', () => {
  // As recorded from the CLI for an edit of hello.txt.
  const recorded = { filePath: '/w/hello.txt', originalFile: 'hello\nworld\n', structuredPatch: [{ oldStart: 1, oldLines: 2, newStart: 1, newLines: 2, lines: [' hello', '-world', '+WORLD'] }] };

  it('come with both numbers from the recorded patch', () => {
    const diff = fileDiff({ file_path: '/w/hello.txt', old_string: 'world', new_string: 'WORLD' }, recorded);
    expect(diff).toMatchObject({ path: '/w/hello.txt', added: 1, removed: 1, numbered: true });
    expect(diff?.rows.map((row) => [row.kind, row.oldNumber, row.newNumber, row.text])).toEqual([
      ['same', 1, 1, 'hello'], ['del', 2, undefined, 'world'], ['add', undefined, 2, 'WORLD'],
    ]);
  });
  it('head each hunk when there are several', () => {
    const hunk = recorded.structuredPatch[0];
    const rows = fileDiff({}, { ...recorded, structuredPatch: [hunk, hunk] })?.rows.filter((row) => row.kind === 'hunk');
    expect(rows?.map((row) => row.text)).toEqual(['@@ -1,2 +1,2 @@', '@@ -1,2 +1,2 @@']);
  });
  it('show a new file as added', () => {
    const diff = fileDiff({ file_path: '/w/a', content: 'a\nb\n' }, { type: 'create', filePath: '/w/a', content: 'a\nb\n', structuredPatch: [], originalFile: null });
    expect(diff?.rows.map((row) => [row.kind, row.newNumber, row.text])).toEqual([['add', 1, 'a'], ['add', 2, 'b']]);
  });
  it('show what is asked before it ran, without numbers', () => {
    const diff = fileDiff({ file_path: '/w/a', old_string: 'x = 1\ny', new_string: 'x = 2\ny' });
    expect([diff?.numbered, diff?.added, diff?.removed]).toEqual([false, 1, 1]);
  });
  it('mark the words that changed, on whole words', () => {
    const rows = fileDiff({ old_string: 'provider.failTimes(1, timeout());', new_string: 'provider.failNext(timeout());' })?.rows ?? [];
    expect(rows.map((row) => row.word && row.text.slice(...row.word))).toEqual(['failTimes(1, ', 'failNext(']);
  });
  it('do not mark lines that share nothing', () => {
    const rows = fileDiff({ old_string: 'return 1;', new_string: 'while (ready) step(index + offset)' })?.rows ?? [];
    expect(rows.every((row) => row.word === undefined)).toBe(true);
  });
  it('show hidden characters', () => {
    expect(fileDiff({ old_string: 'a', new_string: 'a\u202E' })?.rows.at(-1)?.text).toBe('a‹U+202E›');
  });
});

describe('words', () => {
  const bash = (content: string, isError: boolean, result?: Record<string, unknown>): ToolEntry => ({
    kind: 'tool', key: 't', seq: 1, time: '', toolUseId: 't', tool: 'Bash', input: { command: 'x' }, state: isError ? 'failed' : 'ok', children: [], result: { isError, content, result, time: '' },
  });
  it('say the exit status and keep it out of the output', () => {
    const tool = bash('Exit code 127\nbash: foo: command not found', true);
    expect([exitCode(tool), toolOutcome(tool), bashOutput(tool)[0]?.text]).toEqual([127, exitWords(127), 'bash: foo: command not found']);
  });
  it('keep stdout and stderr apart where the CLI does', () => {
    expect(bashOutput(bash('ab', false, { stdout: 'a', stderr: 'b' }))).toEqual([{ kind: 'out', text: 'a' }, { kind: 'err', text: 'b' }]);
  });
  it('count what was read', () => {
    const read = { ...bash('', false), tool: 'Read' };
    expect(quietWords([read, read, { ...read, tool: 'Grep' }])).toBe('Read 2 files, ran 1 search');
  });
  it('tell of any tool, known or not', () => {
    expect(toolTarget('mcp__jira__get', { key: 'A' })).toEqual({ text: '{"key":"A"}', form: 'code' });
    expect(toolTarget('Bash', {})).toEqual({ text: '', form: 'code' });
  });
  it.each(['constructor', '__proto__', 'toString'])('take %s for a name like any other', (name) => {
    expect([toolName(name), toolIcon(name), modeWords(name)]).toEqual([name, 'wrench', name]);
  });
  it('show what hides in the name of a tool and in a reason', () => {
    expect(toolName('mcp__a\u202E__b')).toBe('a‹U+202E›: b');
    const denied = { state: 'denied', approvalKind: 'permission', decisionReason: 'no\u202E' } as ApprovalEntry;
    expect(decidedWords(denied, 'me')).toContain('“no‹U+202E›”');
  });
  it('are found at once in very many blanks', () => {
    const begun = performance.now();
    expect(oneLine(`a \n b${' '.repeat(1_000_000)}`, 400)).toMatch(/^a ↵ b/);
    expect(toolTarget('ExitPlanMode', { plan: `${'\n'.repeat(300_000)}# Title\n1. a` }).text).toBe('Title · 1 step');
    expect(performance.now() - begun).toBeLessThan(500);
  });
  it.each([[400, '0.4 s'], [9_400, '9.4 s'], [41_000, '41 s'], [134_000, '2 m 14 s'], [3_900_000, '1 h 5 m']])('%i ms is %s', (ms, text) => expect(took(ms)).toBe(text));
});
