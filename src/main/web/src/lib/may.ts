/**
 * What a person may do, and the words for what they may not. Derived from two things the server says and nothing else: the role
 * of who is signed in, and how far they may go with a session. The server checks all of it again.
 */
import type { Role, Session, Sharing, User } from '../api/types';

export type Shared = Pick<Session, 'access' | 'owner' | 'sharing'>;

export function mayStart(user: Pick<User, 'role'>): boolean {
  return user.role !== 'viewer';
}

export function whyNotStart(user: Pick<User, 'role'>): string {
  return mayStart(user) ? '' : 'Your role is viewer: operators and administrators start sessions.';
}

export function mayAdminister(user: Pick<User, 'role'>): boolean {
  return user.role === 'admin';
}

/** Prompt, decide, interrupt, stop, resume. */
export function mayWork(session: Pick<Session, 'access'>): boolean {
  return session.access !== 'read';
}

/** Say who else may come. */
export function mayShare(session: Pick<Session, 'access'>): boolean {
  return session.access === 'own';
}

/** Why somebody only watches; empty when they may work in it. */
export function whyOnlyWatching(user: Pick<User, 'role'>, session: Shared): string {
  if (mayWork(session)) return '';
  if (user.role === 'viewer') return 'You are watching. Your role is viewer.';
  return `You are watching. ${session.owner.name || 'Its owner'} shares this session for reading.`;
}

/** Who may decide what this session asks, for somebody who may not. */
export function whoDecides(user: Pick<User, 'id'>, session: Shared): string {
  if (session.sharing === 'team-write') return 'Operators and administrators can decide.';
  return session.owner.id === user.id ? 'An administrator can decide.' : `${session.owner.name || 'Its owner'} or an administrator can decide.`;
}

/** Whom a session waits for that this person may not answer. */
export function waitsFor(session: Shared): string {
  return session.sharing === 'team-write' ? 'an operator' : session.owner.name || 'its owner';
}

const RANK: Readonly<Record<Role, number>> = { viewer: 0, operator: 1, admin: 2 };

/** The smaller of two. */
export function least(one: Role, other: Role): Role {
  return RANK[one] <= RANK[other] ? one : other;
}

/** The roles that a token of this person may have, the strongest first. */
export function rolesUpTo(role: Role): Role[] {
  return (['admin', 'operator', 'viewer'] as const).filter((one) => RANK[one] <= RANK[role]);
}

export const ROLES: Readonly<Record<Role, { readonly name: string; readonly meaning: string }>> = {
  viewer: { name: 'Viewer', meaning: 'Watches what is shared with the team. Starts and decides nothing.' },
  operator: { name: 'Operator', meaning: 'Starts sessions, writes prompts and decides requests in own sessions and in those shared for writing.' },
  admin: { name: 'Administrator', meaning: 'Everything, in every session, and people, roles and the audit.' },
};

/** `mine`: the meaning, to the owner. */
export const SHARINGS: Readonly<Record<Sharing, { readonly name: string; readonly meaning: string; readonly mine: string }>> = {
  private: { name: 'Private', meaning: 'Only the owner and administrators see that it exists.', mine: 'Only you and administrators see that it exists.' },
  'team-read': {
    name: 'Team may read',
    meaning: 'Everybody signed in can follow it. Only the owner and administrators write and decide.',
    mine: 'Everybody signed in can follow it. Only you and administrators write and decide.',
  },
  'team-write': {
    name: 'Team may write',
    meaning: 'Every operator can write prompts, decide requests, interrupt and stop.',
    mine: 'Everybody signed in can follow it, and every operator can write prompts, decide requests, interrupt and stop.',
  },
};

export function sharingIcon(sharing: Sharing): 'lock' | 'eye' | 'users' {
  return sharing === 'private' ? 'lock' : sharing === 'team-read' ? 'eye' : 'users';
}
