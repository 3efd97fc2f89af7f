/** Backups in words. Pure. */
import type { BackupRun, BackupRunning, Backups } from '../api/types';
import { bytes, clock, moment, took } from './format';
import { sentence, type Concern } from './system';

/** The page that says what to do when there are none, or when they fail. */
export const BACKUP_PAGE = 'BackupOld';

const PHASES: Readonly<Record<string, string>> = {
  snapshot: 'Taking the snapshot of the database',
  files: 'Collecting the files',
  local: 'Storing it on this machine',
  'local-check': 'Restoring the copy on this machine and comparing it',
  'local-retention': 'Removing old copies on this machine',
  s3: 'Storing it off-site',
  's3-check': 'Restoring the off-site copy and comparing it',
  's3-retention': 'Removing old copies off-site',
};

/** A newer program may have phases that this list lacks. */
export function phaseWords(phase: string): string {
  const words = PHASES[phase] ?? phase.replaceAll('-', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

const TRIGGERS: Readonly<Record<BackupRun['trigger'], string>> = { clock: 'Clock', person: 'Person', deploy: 'Deploy' };

export function triggerWords({ trigger }: Pick<BackupRun, 'trigger'>): string {
  return TRIGGERS[trigger];
}

export type BackupTone = 'good' | 'warning' | 'failing' | 'busy';

export interface Outcome {
  readonly tone: 'good' | 'warning' | 'failing';
  readonly word: string;
  /** What there is to say about it; empty when there is nothing. */
  readonly why: string;
}

/** What came of it. One that is stored here and not off-site is not good, and not nothing either. */
export function outcomeOf(run: BackupRun): Outcome {
  const message = run.message === undefined ? '' : sentence(run.message);
  if (run.outcome === 'good') return { tone: 'good', word: 'Good', why: message };
  const where = run.phase === undefined ? '' : `${phaseWords(run.phase)} failed.`;
  const why = [where, message].filter((part) => part !== '').join(' ');
  return run.local === true && run.remote === false ? { tone: 'warning', word: 'Only here', why } : { tone: 'failing', word: 'Failed', why };
}

/** Where it is kept: `here and off-site`. */
export function keptWords({ local, remote }: Pick<BackupRun, 'local' | 'remote'>): string {
  if (local === true) return remote === true ? 'here and off-site' : 'here';
  return remote === true ? 'off-site' : 'nowhere';
}

/** How far it is, in percent; nothing where it cannot tell. */
export function progressOf({ done, of }: Pick<BackupRunning, 'done' | 'of'>): number | undefined {
  return done === undefined || of === undefined || of <= 0 ? undefined : Math.min(100, Math.max(0, (100 * done) / of));
}

export function progressWords({ done, of }: Pick<BackupRunning, 'done' | 'of'>): string {
  return done === undefined || of === undefined || of <= 0 ? '' : `${bytes(Math.min(done, of))} of ${bytes(of)}`;
}

export interface Standing {
  readonly tone: BackupTone;
  readonly title: string;
  /** What does not change while nothing happens. */
  readonly rest: string;
  /** Whether a page says what to do. */
  readonly help: boolean;
}

/** How it stands with the backups, in one sentence and some more: what is under way, then what is wrong, then what is well. */
export function standing(backups: Backups): Standing {
  const { running, requested, available, reason, silentSince, lastGood, history } = backups;
  if (running !== undefined) {
    return { tone: 'busy', title: `${phaseWords(running.phase)}.`, rest: `A backup has been under way since ${clock(running.startedAt)}.`, help: false };
  }
  if (requested?.waiting === true && available) {
    return { tone: 'busy', title: 'A backup was asked for.', rest: `${requested.by} asked at ${clock(requested.at)}; it begins within seconds.`, help: false };
  }
  const last = lastGood === undefined ? 'There is no good backup.' : `The last good one is of ${moment(lastGood.finishedAt)}.`;
  if (!available && reason === 'silent') {
    const since = silentSince === undefined ? '' : ` It was there last at ${moment(silentSince)}.`;
    return { tone: 'failing', title: 'What makes backups does not show itself.', rest: `Until it does, none is made.${since} ${last}`, help: true };
  }
  if (!available) {
    return {
      tone: 'failing',
      title: 'Nothing makes backups here.',
      rest: `If the disk is lost, so is what was done${lastGood === undefined ? '' : ' since the last one'}. ${last}`,
      help: true,
    };
  }
  if (requested !== undefined) {
    return {
      tone: 'warning',
      title: 'A backup was asked for, and not taken.',
      rest: `${requested.by} asked at ${moment(requested.at)}. The server ended before it was handed over, or what makes backups did. It is not made again by itself; ask once more. ${last}`,
      help: false,
    };
  }
  const [newest] = history;
  const outcome = newest === undefined ? undefined : outcomeOf(newest);
  if (outcome !== undefined && outcome.tone !== 'good') {
    return { tone: outcome.tone, title: outcome.tone === 'warning' ? 'The last backup is on this machine only.' : 'The last backup failed.', rest: `${outcome.why === '' ? '' : `${outcome.why} `}${last}`, help: true };
  }
  if (lastGood === undefined) return { tone: 'warning', title: 'There is no good backup yet.', rest: 'The first one begins by itself within the hour, or now.', help: false };
  if (!lastGood.verified) return { tone: 'warning', title: 'The last backup was not verified.', rest: `It is of ${moment(lastGood.finishedAt)}, and was not restored and compared. Do not rely on it.`, help: true };
  return { tone: 'good', title: 'The last backup is good.', rest: `Restored and compared at ${moment(lastGood.finishedAt)}: ${bytes(lastGood.bytes)} in ${took(lastGood.seconds * 1000)}.`, help: false };
}

/** What there is to worry about; nothing while they are good or one is under way. */
export function concern(backups: Backups): Concern | undefined {
  const { tone, title, help } = standing(backups);
  if (tone === 'good' || tone === 'busy') return undefined;
  return { message: title, hurts: 'Everybody, if the disk is lost.', ...(help ? { runbook: BACKUP_PAGE } : {}) };
}

/** How long the next one will take, by the last good one. */
export function expectation({ lastGood }: Pick<Backups, 'lastGood'>): string {
  return lastGood === undefined ? '' : `The last one took ${took(lastGood.seconds * 1000)}.`;
}

/** How long it took; by its own clock where it says so, which is not the wall's. */
export function runTook({ seconds, startedAt, finishedAt }: Pick<BackupRun, 'seconds' | 'startedAt' | 'finishedAt'>): string {
  return took(seconds === undefined ? Math.max(0, Date.parse(finishedAt) - Date.parse(startedAt)) : seconds * 1000);
}
