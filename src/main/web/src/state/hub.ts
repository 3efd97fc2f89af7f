/**
 * What the shared worker does: one stream for all tabs. Knows no DOM and no worker, so that it can be tested as it is.
 *
 * A tab that joins says which number its snapshots hold true for. Recent events are kept, so that a tab which joins a stream
 * that is already further on gets the difference; when they do not reach back far enough, the stream reads again from there,
 * and the other tabs drop what they know by its number.
 */
import type { ConnectionState, Draft, WireEvent } from '../api/types';
import { EventStream, type StreamParts } from './stream';

/** From a tab. */
export type ToHub =
  | { readonly kind: 'join'; readonly after: number }
  | { readonly kind: 'leave' }
  | { readonly kind: 'retry-now' }
  /** A request of this tab was answered, although the stream is away. */
  | { readonly kind: 'answered' }
  | { readonly kind: 'renewed'; readonly outcome: 'renewed' | 'signed-out' | 'offline' };

/** To a tab. */
export type FromHub =
  | { readonly kind: 'event'; readonly event: WireEvent }
  | { readonly kind: 'draft'; readonly draft: Draft }
  | { readonly kind: 'state'; readonly state: ConnectionState }
  /** Renew the sign-in, and say how it went: a tab holds what is needed for it, the worker does not. */
  | { readonly kind: 'renew' };

export interface Member {
  send(message: FromHub): void;
}

const KEPT = 2_000;
/** How long tabs may take to renew the sign-in before the hub takes them for gone. */
const RENEW_LIMIT_MS = 35_000;

export class Hub {
  private readonly members = new Set<Member>();
  private readonly recent: WireEvent[] = [];
  /** Everything after this number is in `recent` or still to come. */
  private recentAfter = Number.MAX_SAFE_INTEGER;
  private readonly drafts = new Map<string, Draft>();
  private renewing: ((outcome: 'renewed' | 'signed-out' | 'offline') => void) | undefined;
  private readonly stream: EventStream;

  constructor(parts: Omit<StreamParts, 'renew'>) {
    this.stream = new EventStream(
      { ...parts, renew: () => this.askToRenew(parts) },
      {
        event: (event) => this.take(event),
        draft: (draft) => this.takeDraft(draft),
        state: (state) => this.sendAll({ kind: 'state', state }),
      },
    );
  }

  hear(member: Member, message: ToHub): void {
    switch (message.kind) {
      case 'join':
        this.join(member, message.after);
        return;
      case 'leave':
        this.members.delete(member);
        if (this.members.size === 0) this.rest();
        return;
      case 'retry-now':
        this.stream.retryNow();
        return;
      case 'answered':
        this.stream.serverAnswered();
        return;
      case 'renewed':
        this.renewing?.(message.outcome);
        return;
    }
  }

  private join(member: Member, after: number): void {
    const first = this.members.size === 0;
    this.members.add(member);
    if (first) {
      this.rest();
      this.recentAfter = after;
      this.stream.start(after);
      return;
    }
    member.send({ kind: 'state', state: this.stream.connection });
    if (after < this.recentAfter) {
      this.recent.length = 0;
      this.recentAfter = after;
      this.stream.start(after);
      return;
    }
    for (const event of this.recent) if (event.seq > after) member.send({ kind: 'event', event });
    for (const draft of this.drafts.values()) member.send({ kind: 'draft', draft });
  }

  private rest(): void {
    this.stream.stop();
    this.recent.length = 0;
    this.drafts.clear();
  }

  private take(event: WireEvent): void {
    this.recent.push(event);
    if (this.recent.length > KEPT) this.recentAfter = this.recent.splice(0, this.recent.length - KEPT).at(-1)?.seq ?? this.recentAfter;
    forgetDrafts(this.drafts, event);
    this.sendAll({ kind: 'event', event });
  }

  private takeDraft(draft: Draft): void {
    putDraft(this.drafts, draft);
    this.sendAll({ kind: 'draft', draft });
  }

  private askToRenew(parts: Omit<StreamParts, 'renew'>): Promise<'renewed' | 'signed-out' | 'offline'> {
    return new Promise((resolve) => {
      const limit = parts.setTimer(() => this.renewing?.('offline'), RENEW_LIMIT_MS);
      this.renewing = (outcome) => {
        parts.clearTimer(limit);
        this.renewing = undefined;
        resolve(outcome);
      };
      // All are asked, since one that was closed cannot say so; a lock among the tabs makes it one renewal.
      this.sendAll({ kind: 'renew' });
    });
  }

  private sendAll(message: FromHub): void {
    for (const member of this.members) member.send(message);
  }
}

/** An empty text says that the draft was given up. */
export function putDraft(drafts: Map<string, Draft>, draft: Draft): void {
  if (draft.text === '') drafts.delete(draftKey(draft));
  else drafts.set(draftKey(draft), draft);
}

export function draftKey(draft: { sessionId: string; messageId: string; index: number }): string {
  return `${draft.sessionId} ${draft.messageId} ${draft.index}`;
}

/** Takes away the drafts that this event stands for or ends; says whether there were any. */
export function forgetDrafts(drafts: Map<string, Draft>, event: WireEvent): boolean {
  const sessionId = event.sessionId;
  if (sessionId === undefined || drafts.size === 0) return false;
  switch (event.type) {
    case 'assistant-replied':
    case 'assistant-thought':
    case 'tool-called':
      return drafts.delete(draftKey({ sessionId, messageId: event.data.messageId, index: event.data.index }));
    case 'turn-ended':
    case 'turn-interrupted':
    case 'session-ended':
    case 'session-failed':
    case 'session-interrupted': {
      const theirs = [...drafts].filter(([, draft]) => draft.sessionId === sessionId);
      for (const [key] of theirs) drafts.delete(key);
      return theirs.length > 0;
    }
    default:
      return false;
  }
}
