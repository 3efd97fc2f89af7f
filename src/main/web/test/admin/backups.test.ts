import { describe, expect, it } from 'vitest';
import type { BackupRun, Backups } from '../../src/api/types';
import { concern, expectation, keptWords, outcomeOf, phaseWords, progressOf, progressWords, runTook, standing } from '../../src/lib/backups';
import { clock, moment } from '../../src/lib/format';

const AT = '2026-11-26T08:00:00.000Z';
const GOOD = { finishedAt: AT, seconds: 12.4, bytes: 4 * 2 ** 20, verified: true };

function run(more: Partial<BackupRun> = {}): BackupRun {
  return { id: 'a', startedAt: AT, finishedAt: '2026-11-26T08:00:09.000Z', trigger: 'clock', outcome: 'good', local: true, ...more };
}

function backups(more: Partial<Backups> = {}): Backups {
  return { available: true, lastGood: GOOD, history: [run()], ...more };
}

const REQUESTED = { id: 'b', by: 'Mara', at: AT, waiting: true };
const RUNNING = { id: 'b', startedAt: AT, phase: 'local' };
const FAILED = run({ outcome: 'failed', local: false, phase: 'snapshot', message: 'the disk is full' });

describe('how it stands', () => {
  it.each<[string, string, string, boolean, Backups]>([
    ['good', 'The last backup is good.', `Restored and compared at ${moment(AT)}: 4.0 MiB in 12 s.`, false, backups()],
    ['busy', 'Storing it on this machine.', `A backup has been under way since ${clock(AT)}.`, false, backups({ running: RUNNING, requested: REQUESTED, history: [FAILED] })],
    ['busy', 'Storing it on this machine.', `A backup has been under way since ${clock(AT)}.`, false, backups({ available: false, reason: 'none', running: RUNNING })],
    ['busy', 'A backup was asked for.', `Mara asked at ${clock(AT)}; it begins within seconds.`, false, backups({ requested: REQUESTED })],
    ['failing', 'Nothing makes backups here.', 'If the disk is lost, so is what was done. There is no good backup.', true, { available: false, reason: 'none', history: [] }],
    ['failing', 'What makes backups does not show itself.', `Until it does, none is made. It was there last at ${moment(AT)}. The last good one is of ${moment(AT)}.`, true, backups({ available: false, reason: 'silent', silentSince: AT, requested: REQUESTED })],
    ['warning', 'A backup was asked for, and not taken.', 'ask once more', false, backups({ requested: { ...REQUESTED, waiting: false } })],
    ['failing', 'The last backup failed.', `Taking the snapshot of the database failed. The disk is full. The last good one is of ${moment(AT)}.`, true, backups({ history: [FAILED, run()] })],
    ['warning', 'The last backup is on this machine only.', 'Storing it off-site failed. No route.', true, backups({ history: [run({ outcome: 'failed', remote: false, phase: 's3', message: 'no route' })] })],
    ['warning', 'There is no good backup yet.', 'begins by itself within the hour', false, { available: true, history: [] }],
    ['warning', 'The last backup was not verified.', 'Do not rely on it.', true, backups({ lastGood: { ...GOOD, verified: false } })],
  ])('%s: %s', (tone, title, rest, help, given) => {
    const said = standing(given);
    expect([said.tone, said.title, said.rest, said.help]).toEqual([tone, title, expect.stringContaining(rest), help]);
    const worries = tone === 'warning' || tone === 'failing';
    expect(concern(given)).toEqual(worries ? { message: title, hurts: 'Everybody, if the disk is lost.', ...(help ? { runbook: 'BackupOld' } : {}) } : undefined);
  });
});

describe('words', () => {
  it('of phases that this list lacks are their own', () => {
    expect([phaseWords('s3-check'), phaseWords('cold-copy')]).toEqual(['Restoring the off-site copy and comparing it', 'Cold copy']);
  });

  it('of what came of one', () => {
    expect(outcomeOf(run({ message: 'the lock was old' }))).toEqual({ tone: 'good', word: 'Good', why: 'The lock was old.' });
    expect(outcomeOf(run({ outcome: 'failed', local: false }))).toEqual({ tone: 'failing', word: 'Failed', why: '' });
    expect(outcomeOf(run({ outcome: 'failed', remote: false })).word).toBe('Only here');
  });

  it('of where it is kept', () => {
    expect([keptWords({ local: true }), keptWords({ local: true, remote: true }), keptWords({ local: false, remote: true }), keptWords({})]).toEqual(['here', 'here and off-site', 'off-site', 'nowhere']);
  });

  it('of how far it is, where it can tell', () => {
    expect([progressOf({ done: 1, of: 4 }), progressOf({ done: 9, of: 4 }), progressOf({ done: 0, of: 0 }), progressOf({ of: 4 })]).toEqual([25, 100, undefined, undefined]);
    expect([progressWords({ done: 3 * 2 ** 20, of: 7 * 2 ** 20 }), progressWords({ done: 9 * 1024, of: 4 * 1024 }), progressWords({})]).toEqual(['3.0 MiB of 7.0 MiB', '4.0 KiB of 4.0 KiB', '']);
  });

  it('of how long: its own clock before the wall’s', () => {
    expect([runTook(run({ seconds: 4 })), runTook(run()), runTook(run({ finishedAt: '2026-11-26T07:00:00Z' }))]).toEqual(['4.0 s', '9.0 s', '0.0 s']);
    expect([expectation({}), expectation({ lastGood: GOOD })]).toEqual(['', 'The last one took 12 s.']);
  });
});
