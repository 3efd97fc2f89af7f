import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { BackupRun, Backups } from '../../src/api/types';
import '../../src/elements/admin/system/backup-panel';
import type { BackupPanel } from '../../src/elements/admin/system/backup-panel';
import { all, answers, button, dialog, enter, expectAccessible, LIVE, maybeButton, never, NO_ANSWER, OFFLINE, ok, press, refused, settled, shown, words } from './support';

const AT = '2026-11-26T08:00:00.000Z';

function run(id: string, more: Partial<BackupRun> = {}): BackupRun {
  return { id, startedAt: AT, finishedAt: AT, trigger: 'clock', outcome: 'good', bytes: 4 * 2 ** 20, seconds: 12, local: true, remote: true, ...more };
}

const IDLE: Backups = { available: true, lastGood: { finishedAt: AT, seconds: 12, bytes: 4 * 2 ** 20, verified: true }, history: [run('a'), run('b', { trigger: 'deploy', outcome: 'failed', bytes: 0, local: false, remote: false, phase: 'snapshot', message: 'the disk is full' })] };
const RUNNING: Backups = { ...IDLE, running: { id: 'c', startedAt: AT, phase: 'local', done: 2 ** 20, of: 4 * 2 ** 20 } };

function panel(backups: object, more: object = {}): Promise<BackupPanel> {
  return shown<BackupPanel>('backup-panel', { api: { backups, requestBackup: answers(ok({ backupId: 'x', seq: 7 })), ...more }, connection: LIVE });
}

beforeEach(() => {
  vi.spyOn(document, 'visibilityState', 'get').mockReturnValue('visible');
});
afterEach(() => {
  document.body.replaceChildren();
  vi.useRealTimers();
});

describe('what stands there', () => {
  it('how it stands, and what became of the last ones', async () => {
    const element = await panel(answers(ok(IDLE)));
    expect(words(all(element, '.now')[0])).toMatch(/^The last backup is good\. Restored and compared at .*: 4\.0 MiB in 12 s\.$/);
    const rows = all(element, 'tbody tr').map((row) => words(row));
    expect(rows[0]).toMatch(/ago .* Good .*4\.0 MiB · 12 s · here and off-site Clock 4\.0 MiB 12 s here and off-site$/);
    expect(rows[1]).toMatch(/Failed Taking the snapshot of the database failed\. The disk is full\. .* Deploy .* nowhere$/);
    await expectAccessible();
  });

  it('what runs and how far it is, and no second one then', async () => {
    const element = await panel(answers(ok(RUNNING)));
    expect(words(all(element, '.now')[0])).toMatch(/^Storing it on this machine\. .* 1\.0 MiB of 4\.0 MiB$/);
    expect(all(element, '[role=meter]')[0]!.getAttribute('aria-valuenow')).toBe('25');
    expect(button(element, 'Back up now…').disabled).toBe(true);
    await expectAccessible();
  });

  it('that nothing makes backups, and what to do', async () => {
    const element = await panel(answers(ok({ available: false, reason: 'none', history: [] })));
    const wanted = vi.fn();
    element.addEventListener('runbook-wanted', (event) => wanted((event as CustomEvent<string>).detail));
    expect(maybeButton(element, 'Back up now…')).toBeUndefined();
    await press(element, 'What to do');
    expect(wanted.mock.calls).toEqual([['BackupOld']]);
    await expectAccessible();
  });

  it('that it is not known, and then what was known last', async () => {
    const unknown = await panel(answers(NO_ANSWER));
    expect(words(unknown)).toContain('How it stands with the backups could not be read. The server does not answer.');
    unknown.remove();
    vi.useFakeTimers({ toFake: ['Date'] });
    const element = await panel(answers(ok(IDLE), NO_ANSWER));
    vi.setSystemTime(Date.now() + 13_000);
    document.dispatchEvent(new Event('visibilitychange'));
    await settled(element);
    expect(words(element)).toMatch(/This is from .*\. The server does not answer\. The last backup is good\./);
    Object.assign(element, { connection: OFFLINE });
    await settled(element);
    expect(button(element, 'Back up now…').disabled).toBe(true);
  });

  it('the newest few, and all on demand', async () => {
    const element = await panel(answers(ok({ ...IDLE, history: Array.from({ length: 9 }, (_, n) => run(`r${n}`)) })));
    expect(all(element, 'tbody tr')).toHaveLength(5);
    await press(element, 'Show all 9');
    expect(all(element, 'tbody tr')).toHaveLength(9);
    await press(element, 'Show the newest only');
    expect(all(element, 'tbody tr')).toHaveLength(5);
  });

  it('a place holder while it is read', async () => {
    const element = await panel(() => never());
    expect(words(element)).toContain('The backups are being read');
    await expectAccessible();
  });
});

describe('one now', () => {
  it('is asked for after a question, and shown as soon as it is', async () => {
    const requestBackup = answers(ok({ backupId: 'x', seq: 7 }));
    const element = await panel(answers(ok(IDLE), ok(RUNNING)), { requestBackup });
    await press(element, 'Back up now…');
    expect(words(dialog(element))).toMatch(/^Back up now\? .*Projects are not in it.*The last one took 12 s\./);
    await expectAccessible();
    await enter(element);
    expect(requestBackup.mock.calls).toEqual([[expect.stringMatching(/^[0-9a-f-]{36}$/)]]);
    expect(dialog(element)).toBeUndefined();
    expect(words(all(element, '.now')[0])).toContain('Storing it on this machine.');
  });

  it('is the same one when no answer came and it is pressed again; another question is another', async () => {
    const requestBackup = answers(NO_ANSWER, refused('backup-running', 'A backup runs already. Ask again when it is over.'), ok({ backupId: 'x', seq: 7 }));
    const element = await panel(answers(ok(IDLE)), { requestBackup });
    await press(element, 'Back up now…');
    await enter(element);
    expect(words(dialog(element))).toContain('Press again: one backup comes of it at most.');
    await enter(element);
    expect(words(dialog(element))).toContain('It was not done. A backup runs already. Ask again when it is over.');
    await press(element, 'Cancel');
    await press(element, 'Back up now…');
    await enter(element);
    const [first, second, third] = requestBackup.mock.calls.map(([id]) => id);
    expect(second).toBe(first);
    expect(third).not.toBe(first);
  });
});
