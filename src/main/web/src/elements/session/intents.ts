import type { SessionIntents } from '../../api/types';

/** What a person wants, said upwards. Crosses shadow borders; only the shell acts on it. */
export function intend<K extends keyof SessionIntents>(from: EventTarget, name: K, detail: SessionIntents[K]): void {
  from.dispatchEvent(new CustomEvent(name, { bubbles: true, composed: true, detail }));
}

/** Said just before a person's wish changes the height of something: the transcript keeps its head in place. */
export function tellFold(from: EventTarget): void {
  from.dispatchEvent(new CustomEvent('fold', { bubbles: true, composed: true }));
}
