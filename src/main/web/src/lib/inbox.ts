/** What waits in the inbox, and for whom. Pure. */
import type { Approval, Session } from '../api/types';
import { mayWork } from './may';

/** Whether who reads may decide this request. */
export function isMine(approval: Approval, sessions: ReadonlyMap<string, Session>): boolean {
  const session = sessions.get(approval.sessionId);
  return session !== undefined && mayWork(session);
}

/** How many wait for who reads: what the count of the inbox means. */
export function waitingForMe(approvals: Iterable<Approval>, sessions: ReadonlyMap<string, Session>): number {
  let count = 0;
  for (const approval of approvals) if (approval.state === 'pending' && isMine(approval, sessions)) count++;
  return count;
}

/** One's own first, then those of others; the longest waiting first. */
export function inOrder(approvals: readonly Approval[], sessions: ReadonlyMap<string, Session>): Approval[] {
  return [...approvals].sort(
    (a, b) => Number(isMine(b, sessions)) - Number(isMine(a, sessions)) || a.requestedAt.localeCompare(b.requestedAt) || a.id.localeCompare(b.id),
  );
}
