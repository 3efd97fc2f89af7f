/** The audit in words. Pure. */
import type { AuditRecord, AuditVerification, Json } from '../api/types';
import { moment, number, plural } from './format';

/** What people do, for the filter; the server's own word for each, which is the name of its event. */
export const ACTIONS: Readonly<Record<string, string>> = {
  'signed-in': 'Signed in',
  'sign-in-refused': 'Sign-in refused',
  'signed-out': 'Signed out',
  'signed-out-everywhere': 'Signed out everywhere',
  'access-refused': 'Access refused',
  'password-changed': 'Password changed',
  'user-created': 'Person added',
  'invitation-issued': 'Link made',
  'invitation-accepted': 'Link used',
  'role-changed': 'Role changed',
  'user-disabled': 'Person disabled',
  'user-enabled': 'Person enabled',
  'api-token-issued': 'API token made',
  'api-token-revoked': 'API token revoked',
  'project-added': 'Project added',
  'project-trusted': 'Project trusted',
  'project-trust-withdrawn': 'Trust withdrawn',
  'project-retention-changed': 'Retention changed',
  'contents-expired': 'Contents expired',
  'session-created': 'Session opened',
  'session-shared': 'Sharing changed',
  'session-titled': 'Session renamed',
  'prompt-submitted': 'Prompt',
  'prompt-edited': 'Prompt changed',
  'prompt-removed': 'Prompt removed',
  'prompt-hastened': 'Prompt sent now',
  'prompts-reordered': 'Prompts reordered',
  'delivery-requested': 'Prompt run again',
  'approval-resolved': 'Request decided',
  'interruption-requested': 'Interrupted',
  'stop-requested': 'Stopped',
  'audit-exported': 'Audit exported',
  'configuration-changed': 'Configuration changed',
  'log-level-changed': 'Log level changed',
  'backup-requested': 'Backup asked for',
};

/** A newer server may have words that this list lacks. */
export function actionWords(action: string): string {
  const known = ACTIONS[action];
  if (known !== undefined) return known;
  const words = action.replaceAll('-', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Actions that say that somebody was kept out. */
export function isRefusal(action: string): boolean {
  return action.endsWith('-refused');
}

/** Whether the chain is whole and up to where, in one sentence and one more. */
export function chainWords(verification: AuditVerification): { readonly title: string; readonly rest: string } {
  const { whole, records, head, anchored, fault } = verification;
  if (!whole) {
    return {
      title: fault === undefined ? 'The chain is broken.' : `The chain is broken at record ${number(fault.n)}.`,
      rest: `${fault === undefined ? '' : `${sentence(fault.reason)} What stands before it is as it was recorded. `}Export the audit, keep the database as it is, and treat this as an incident.`,
    };
  }
  if (records === 0) return { title: 'Nothing is recorded yet.', rest: '' };
  const outside = anchored === undefined ? 'No copy of its head is kept outside the database yet.' : `Up to ${number(anchored.n)} its head is also kept outside the database, since ${moment(anchored.at)}.`;
  return { title: `The chain is whole: ${plural(records, 'record')}, up to number ${number(head.n)}.`, rest: outside };
}

function sentence(text: string): string {
  const words = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(words) ? words : `${words}.`;
}

/** The members of a record's detail as pairs of words. */
export function detailPairs(record: AuditRecord): readonly (readonly [string, string])[] {
  return Object.entries(record.detail).map(([name, value]) => [name, valueWords(value)] as const);
}

function valueWords(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** A page of older records behind those that are known, or a fresh first page before them. */
export function withOlder(known: readonly AuditRecord[], older: readonly AuditRecord[]): readonly AuditRecord[] {
  const last = known.at(-1)?.n ?? Infinity;
  return [...known, ...older.filter((record) => record.n < last)];
}

/** Nothing when the fresh page does not reach down to what is known: then there is a gap, and only the fresh page is true. */
export function withNewer(known: readonly AuditRecord[], fresh: readonly AuditRecord[]): readonly AuditRecord[] | undefined {
  const first = known[0]?.n;
  if (first === undefined || !fresh.some((record) => record.n === first)) return undefined;
  return [...fresh.filter((record) => record.n > first), ...known];
}
