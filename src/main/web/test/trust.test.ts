import { afterEach, describe, expect, it } from 'vitest';
import '../src/elements/trust-line';
import type { TrustLine } from '../src/elements/trust-line';
import type { Trust, TrustSummary } from '../src/api/types';
import { commandLine, contents } from '../src/lib/trust';
import { all, answers, button, dialog, expectAccessible, maybeButton, never, NO_ANSWER, ok, press, refused, settled, shown, words } from './admin/support';

const PROJECT = { id: 'p', path: '/code/pay', name: 'pay', createdAt: '2026-01-01T00:00:00Z' };

const NOTHING: TrustSummary = { hooks: [], allow: [], ask: [], deny: [], mcpServers: [], environment: [], leftOut: [], others: [] };

const SUMMARY: TrustSummary = {
  ...NOTHING,
  hooks: [{ event: 'PreToolUse', matcher: 'Bash', command: './check.sh', file: '.claude/settings.json' }],
  allow: ['Bash(npm test)', 'WebFetch'],
  mcpServers: [{ name: 'db', commandLine: ['./db', '--name', 'two words'], environment: ['DB_URL'] }],
  environment: [{ name: 'LOG', file: '.claude/settings.json', value: 'debug' }],
  leftOut: [{ file: '.claude/settings.json', name: 'apiKeyHelper', why: 'it is not one of the settings that are taken from a repository' }],
  others: ['CLAUDE.md'],
};

const UNTRUSTED: Trust = {
  state: 'untrusted',
  fingerprint: 'f1',
  summary: SUMMARY,
  files: [{ path: '.claude/settings.json', bytes: 21, sha256: 'abc', text: '{"env":{"LOG":"debug"}}' }],
};
const TRUSTED: Trust = { ...UNTRUSTED, state: 'trusted', trustedBy: 'Mara', trustedAt: new Date().toISOString() };

function api(...given: readonly unknown[]) {
  return { trust: answers(...(given as never[])), trustProject: answers(ok(TRUSTED)), withdrawTrust: answers(ok(undefined)) };
}

async function reviewed(from: ReturnType<typeof api>): Promise<TrustLine> {
  const element = await shown<TrustLine>('trust-line', { project: PROJECT, api: from });
  await press(element, 'Review…');
  return element;
}

afterEach(() => document.body.replaceChildren());

describe('what a project brings, in words', () => {
  it('counts what there is and leaves out what there is not', () => {
    expect(contents(SUMMARY)).toBe('1 hook, 2 allow rules, 1 MCP server and 1 variable');
    expect(contents({ ...NOTHING, hooks: [SUMMARY.hooks[0]!, SUMMARY.hooks[0]!] })).toBe('2 hooks');
    expect(contents(NOTHING)).toBe('');
  });

  it('shows where one word of a command ends and the next begins', () => {
    expect(commandLine(SUMMARY.mcpServers[0]!)).toBe('./db --name "two words"');
    expect(commandLine({ name: 'x', commandLine: ['sh', '', 'a;b'], environment: [] })).toBe('sh "" "a;b"');
  });
});

describe('the line where a project is chosen', () => {
  it.each([
    [UNTRUSTED, 'This project brings 1 hook, 2 allow rules, 1 MCP server and 1 variable. Not loaded until you trust them.'],
    [{ ...UNTRUSTED, state: 'changed' }, 'have changed since they were trusted: 1 hook, 2 allow rules, 1 MCP server and 1 variable. Not loaded until you trust them again.'],
    [TRUSTED, 'Sessions start with the project’s own settings: 1 hook, 2 allow rules, 1 MCP server and 1 variable. Trusted by Mara.'],
    [{ state: 'unreadable', reason: '.mcp.json is a link; it must be a plain file.' }, 'cannot be trusted as they are. .mcp.json is a link; it must be a plain file.'],
  ] as const)('says how it stands: %#', async (trust, sentence) => {
    const element = await shown<TrustLine>('trust-line', { project: PROJECT, api: api(ok(trust)) });
    expect(words(element.shadowRoot)).toContain(sentence);
    expect(maybeButton(element, 'Review…') !== undefined).toBe(trust.state !== 'unreadable');
    await expectAccessible();
  });

  it('says nothing when there is nothing', async () => {
    const element = await shown<TrustLine>('trust-line', { project: PROJECT, api: api(ok({ state: 'nothing-to-load', summary: NOTHING, files: [] })) });
    expect(words(element.shadowRoot)).toBe('');
  });

  it('says that it looks', async () => {
    const element = await shown<TrustLine>('trust-line', { project: PROJECT, api: { trust: () => never() } });
    expect(words(element.shadowRoot)).toContain('Looking at the project’s own settings');
  });

  it('says that it could not look, and looks again', async () => {
    const element = await shown<TrustLine>('trust-line', { project: PROJECT, api: api(NO_ANSWER, ok(UNTRUSTED)) });
    expect(words(element.shadowRoot)).toContain('could not be read');
    await expectAccessible();
    await press(element, 'Try again');
    expect(words(element.shadowRoot)).toContain('Not loaded until you trust them.');
  });

  it('looks again when somebody has decided, and at another project', async () => {
    const from = api(ok(UNTRUSTED), ok(TRUSTED), ok(UNTRUSTED));
    const element = await shown<TrustLine>('trust-line', { project: { ...PROJECT, trust: 'untrusted' }, api: from });
    element.project = { ...PROJECT, trust: 'trusted' };
    await settled(element);
    expect(words(element.shadowRoot)).toContain('Trusted by Mara.');
    element.project = { ...PROJECT, id: 'q' };
    await settled(element);
    expect(from.trust.mock.calls.map(([id]) => id)).toEqual(['p', 'p', 'q']);
  });
});

describe('the review', () => {
  it('spells out what would run before the files, and what is never loaded', async () => {
    const element = await reviewed(api(ok(UNTRUSTED)));
    const text = words(dialog(element));
    for (const part of ['PreToolUse Bash', './check.sh', './db --name "two words"', 'with DB_URL', 'allow Bash(npm test)', 'LOG=debug', 'apiKeyHelper', 'CLAUDE.md', '{"env":{"LOG":"debug"}}']) {
      expect(text).toContain(part);
    }
    expect(text.indexOf('./check.sh')).toBeLessThan(text.indexOf('The files, whole'));
    await expectAccessible();
  });

  it('trusts what was shown, and nothing by itself', async () => {
    const from = api(ok(UNTRUSTED), ok(TRUSTED));
    const element = await reviewed(from);
    expect(from.trustProject).not.toHaveBeenCalled();
    expect(words(element.shadowRoot?.activeElement)).not.toBe('Trust these settings');
    await press(element, 'Trust these settings');
    expect(from.trustProject).toHaveBeenCalledWith('p', 'f1');
    expect(dialog(element)).toBeUndefined();
    expect(words(element.shadowRoot)).toContain('Trusted by Mara.');
  });

  it('can be put off', async () => {
    const from = api(ok(UNTRUSTED));
    const element = await reviewed(from);
    await press(element, 'Not now');
    expect(dialog(element)).toBeUndefined();
    expect(from.trustProject).not.toHaveBeenCalled();
  });

  it('shows what is there now when that is not what was shown, and asks again', async () => {
    const now: Trust = { ...UNTRUSTED, fingerprint: 'f2', summary: { ...NOTHING, allow: ['Bash(*)'] } };
    const from = { ...api(ok(UNTRUSTED), ok(now)), trustProject: answers(refused('trust-outdated', 'x'), ok(TRUSTED)) };
    const element = await reviewed(from);
    await press(element, 'Trust these settings');
    expect(words(dialog(element))).toContain('have changed while you were reading');
    expect(words(dialog(element))).toContain('Bash(*)');
    await press(element, 'Trust these settings');
    expect(from.trustProject.mock.calls.map(([, fingerprint]) => fingerprint)).toEqual(['f1', 'f2']);
  });

  it('does not change under the eyes of who reads', async () => {
    const element = await reviewed(api(ok(UNTRUSTED), ok({ ...UNTRUSTED, state: 'changed', fingerprint: 'f2', summary: { ...NOTHING, allow: ['Bash(*)'] } })));
    element.project = { ...PROJECT, trust: 'changed' };
    await settled(element);
    expect(words(dialog(element))).toContain('./check.sh');
    await press(element, 'Not now');
    expect(words(element.shadowRoot)).toContain('have changed since they were trusted: 1 allow rule.');
  });

  it.each([
    [NO_ANSWER, 'No answer came.'],
    [refused('trust-impossible', 'These settings cannot be trusted.', 409), 'These settings cannot be trusted.'],
  ])('says what was refused: %#', async (answer, sentence) => {
    const element = await reviewed({ ...api(ok(UNTRUSTED)), trustProject: answers(answer) });
    await press(element, 'Trust these settings');
    expect(words(dialog(element))).toContain(sentence);
    expect(button(element, 'Trust these settings').disabled).toBe(false);
  });

  it('says who trusts them, and takes it back', async () => {
    const from = api(ok(TRUSTED), ok(UNTRUSTED));
    const element = await reviewed(from);
    expect(words(dialog(element))).toContain('Mara trusted these');
    await expectAccessible();
    await press(element, 'Withdraw trust');
    expect(from.withdrawTrust).toHaveBeenCalledWith('p');
    expect(words(element.shadowRoot)).toContain('Not loaded until you trust them.');
  });

  it('offers nothing to who may not decide, and says who may', async () => {
    const file = { path: '.claude/settings.json', bytes: 21, sha256: 'abc' };
    const element = await shown<TrustLine>('trust-line', { project: PROJECT, watching: true, api: api(ok({ ...UNTRUSTED, files: [file] })) });
    expect(words(element.shadowRoot)).toContain('Not loaded until somebody trusts them.');
    await press(element, 'Review…');
    expect(maybeButton(element, 'Trust these settings')).toBeUndefined();
    expect(words(dialog(element))).toContain('Operators and administrators see the files whole, and decide.');
    await expectAccessible();
    await press(element, 'Done');
    expect(dialog(element)).toBeUndefined();
  });

  it('shows characters that hide or turn text, as marks', async () => {
    const command = 'rm -rf /\u202e# \u200bok';
    const hidden: Trust = {
      ...UNTRUSTED,
      summary: { ...NOTHING, hooks: [{ event: 'Stop', matcher: '', command, file: '.claude/settings.json' }] },
      files: [{ path: '.claude/settings.json', bytes: 9, sha256: 'abc', text: command }],
    };
    const element = await reviewed(api(ok(hidden)));
    for (const pre of all(element, 'pre')) expect(pre.textContent).toBe('rm -rf /‹U+202E›# ‹U+200B›ok');
    expect(words(dialog(element))).toContain('holds characters that cannot be seen: ‹U+202E› ‹U+200B›');
  });
});
