/** Which sessions stand where in the list: by how much they need a person. Pure. */
import type { Session } from '../api/types';
import type { Look, Mark } from './glyphs';

export interface Group {
  readonly name: string;
  readonly hint: string;
  readonly sessions: readonly Session[];
}

/** What a session is called, also before its first prompt names it. */
export function titleOf(session: Pick<Session, 'title'>): string {
  return session.title || 'New session';
}

export function needsPerson(session: Session): boolean {
  return session.state === 'asking' || session.state === 'failed';
}

const ORDER: readonly { readonly name: string; readonly hint: string; readonly states: readonly Session['state'][]; readonly newestFirst: boolean }[] = [
  { name: 'Needs you', hint: '', states: ['asking', 'failed'], newestFirst: false },
  { name: 'Working', hint: '', states: ['working', 'starting'], newestFirst: false },
  { name: 'Queued', hint: 'waiting for a free process', states: ['queued'], newestFirst: false },
  { name: 'Idle', hint: 'your turn', states: ['idle', 'interrupted'], newestFirst: true },
  { name: 'Resting', hint: 'no process; they cost nothing', states: ['parked', 'stopped'], newestFirst: true },
];

/** Groups in order of urgency; within, who waits longest first, and what rests newest first. Empty groups are left out. */
export function groupSessions(sessions: Iterable<Session>, filter = ''): Group[] {
  const wanted = [...sessions].filter((session) => matches(session, filter));
  return ORDER.map(({ name, hint, states, newestFirst }) => ({
    name,
    hint,
    sessions: wanted.filter((session) => states.includes(session.state)).sort((a, b) => order(a, b, newestFirst)),
  })).filter((group) => group.sessions.length > 0);
}

function order(a: Session, b: Session, newestFirst: boolean): number {
  const byState = Number(b.state === 'asking') - Number(a.state === 'asking');
  if (byState !== 0) return byState;
  const byTime = a.stateSince.localeCompare(b.stateSince);
  return (newestFirst ? -byTime : byTime) || a.id.localeCompare(b.id);
}

/** Every word must be found: in the title, project, folder, owner, state or what it does now. */
export function matches(session: Session, filter: string): boolean {
  const words = filter.toLowerCase().split(/\s+/).filter((word) => word !== '');
  if (words.length === 0) return true;
  const text = [titleOf(session), session.projectName, session.cwd, session.owner.name, session.state, session.activity ?? '', session.model ?? '']
    .join('\n')
    .toLowerCase();
  return words.every((word) => text.includes(word));
}

/** What the mark and the favicon say of all sessions. */
export function markOf(sessions: Iterable<Session>, online: boolean): Mark {
  if (!online) return 'offline';
  let working = false;
  for (const { state } of sessions) {
    if (state === 'asking') return 'ask';
    if (state === 'working' || state === 'starting') working = true;
  }
  return working ? 'work' : 'quiet';
}

const LIVE: readonly Look[] = ['asking', 'failed', 'working', 'starting'];

/** The few of the rail: what asks, works and starts; who asks first. */
export function liveNow(sessions: Iterable<Session>): Session[] {
  return [...sessions]
    .filter((session) => session.state !== 'failed' && LIVE.includes(session.state))
    .sort((a, b) => LIVE.indexOf(a.state) - LIVE.indexOf(b.state) || a.stateSince.localeCompare(b.stateSince) || a.id.localeCompare(b.id))
    .slice(0, 12);
}
