/** For how long what is said is kept, in words. Pure. */
import { plural } from './format';

export const MOST_DAYS = 3_650;

export function keptWords(days: number | undefined): string {
  return days === undefined ? 'For ever' : plural(days, 'day');
}

/** The days that were typed; what is wrong with them otherwise, as a sentence. */
export function daysOf(text: string): number | string {
  const days = Number(text.trim());
  const fits = /^\d+$/.test(text.trim()) && days >= 1 && days <= MOST_DAYS;
  return fits ? days : `Days: a whole number from 1 to ${MOST_DAYS.toLocaleString('en-US')}.`;
}

/** Whether more is lost than before: it is switched on, or it is shorter. Nothing else needs to be thought about twice. */
export function losesMore(before: number | undefined, days: number | undefined): boolean {
  return days !== undefined && (before === undefined || days < before);
}

/** What a number of days would mean now; nothing while it is not known. */
export function dueWords(due: number | undefined, days: number): string {
  if (due === undefined) return '';
  if (due === 0) return `No session is older than ${plural(days, 'day')} now: nothing goes in the next night.`;
  return `${plural(due, 'session')} would lose ${due === 1 ? 'its' : 'their'} contents in the next night.`;
}
