/** Which sessions stand where in the list: by how much they need a person. Pure. */
import type { Session } from '../api/types';
import { word, type Look, type Mark } from './glyphs';
import { visible } from '../transcript/visible';
import { mayWork } from './may';

export interface Group {
  readonly name: string;
  readonly hint: string;
  readonly sessions: readonly Session[];
}

/** What a session is called, also before its first prompt names it. */
export function titleOf(session: Pick<Session, 'title' | 'expiredAt'>): string {
  return visible(session.title ?? '') || (session.expiredAt === undefined ? 'New session' : 'Expired session');
}

/** It needs a person, and who reads is one who may help. */
export function needsMe(session: Session): boolean {
  return needsPerson(session) && mayWork(session);
}

export function needsPerson(session: Session): boolean {
  return session.state === 'asking' || (session.state === 'failed' && session.expiredAt === undefined) || isStalled(session);
}

/** It works, and nothing is heard of it for long. */
export function isStalled(session: Session): boolean {
  return session.state === 'working' && session.stalled !== undefined;
}

export function lookOf(session: Session): Look {
  return isStalled(session) ? 'stalled' : session.state;
}

const ORDER: readonly { readonly name: string; readonly hint: string; readonly looks: readonly Look[]; readonly newestFirst: boolean; readonly mine?: boolean }[] = [
  { name: 'Needs you', hint: '', looks: ['asking', 'stalled', 'failed'], newestFirst: false, mine: true },
  { name: 'Waits for its owner', hint: 'you may watch', looks: ['asking', 'stalled', 'failed'], newestFirst: false, mine: false },
  { name: 'Working', hint: '', looks: ['working', 'starting'], newestFirst: false },
  { name: 'Queued', hint: 'each starts when a place is free', looks: ['queued'], newestFirst: false },
  { name: 'Idle', hint: 'your turn', looks: ['idle', 'interrupted'], newestFirst: true },
  { name: 'Resting', hint: 'no process; the next prompt wakes a parked one', looks: ['parked', 'stopped'], newestFirst: true },
];

/** Groups in order of urgency; within, who waits longest first, and what rests newest first. Empty groups are left out. */
export function groupSessions(sessions: Iterable<Session>, filter = ''): Group[] {
  const wanted = [...sessions].filter((session) => matches(session, filter));
  return ORDER.map(({ name, hint, looks, newestFirst, mine }) => ({
    name,
    hint,
    sessions: wanted.filter((session) => looks.includes(placeOf(session)) && (mine === undefined || mine === mayWork(session))).sort((a, b) => order(a, b, newestFirst)),
  })).filter((group) => group.sessions.length > 0);
}

/** There is nothing more to do for one whose contents have expired, however it ended. */
function placeOf(session: Session): Look {
  return session.expiredAt === undefined ? lookOf(session) : 'stopped';
}

function order(a: Session, b: Session, newestFirst: boolean): number {
  const byState = Number(b.state === 'asking') - Number(a.state === 'asking');
  if (byState !== 0) return byState;
  const byPlace = (a.queuePosition ?? 0) - (b.queuePosition ?? 0);
  if (byPlace !== 0) return byPlace;
  const byTime = a.stateSince.localeCompare(b.stateSince);
  return (newestFirst ? -byTime : byTime) || a.id.localeCompare(b.id);
}

/** Every word must be found: in the title, project, folder, owner, state or what it does now. */
export function matches(session: Session, filter: string): boolean {
  const words = filter.toLowerCase().split(/\s+/).filter((word) => word !== '');
  if (words.length === 0) return true;
  const text = [titleOf(session), session.projectName, session.cwd, session.owner.name, session.state, word(lookOf(session)), session.activity ?? '', session.model ?? '']
    .join('\n')
    .toLowerCase();
  return words.every((word) => text.includes(word));
}

/** What the mark and the favicon say of all sessions. */
export function markOf(sessions: Iterable<Session>, online: boolean): Mark {
  if (!online) return 'offline';
  let working = false;
  for (const session of sessions) {
    const { state } = session;
    if (state === 'asking' && mayWork(session)) return 'ask';
    if (state === 'working' || state === 'starting') working = true;
  }
  return working ? 'work' : 'quiet';
}

const LIVE: readonly Look[] = ['asking', 'stalled', 'working', 'starting'];

/** The few of the rail: what asks, works and starts; who asks first. */
export function liveNow(sessions: Iterable<Session>): Session[] {
  return [...sessions]
    .filter((session) => LIVE.includes(lookOf(session)))
    .sort((a, b) => LIVE.indexOf(lookOf(a)) - LIVE.indexOf(lookOf(b)) || a.stateSince.localeCompare(b.stateSince) || a.id.localeCompare(b.id))
    .slice(0, 12);
}
