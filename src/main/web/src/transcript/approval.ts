import type { Approval } from '../api/types';
import { actorName } from '../lib/actor';
import type { ApprovalEntry } from './entries';

const made = new WeakMap<Approval, ApprovalEntry>();

/** A request as the list of requests tells it, in the form in which the transcript shows one. The same each time, so that nothing is drawn anew. */
export function entryOf(approval: Approval): ApprovalEntry {
  const known = made.get(approval);
  if (known) return known;
  const entry = entryFrom(approval);
  made.set(approval, entry);
  return entry;
}

function entryFrom(approval: Approval): ApprovalEntry {
  const person = approval.decidedBy?.kind === 'person' ? approval.decidedBy : undefined;
  return {
    kind: 'approval',
    key: `a:${approval.id}`,
    seq: approval.seq,
    time: approval.requestedAt,
    approvalId: approval.id,
    approvalKind: approval.kind,
    toolUseId: '',
    tool: approval.tool,
    input: approval.input,
    description: approval.description,
    reason: approval.reason,
    suggestions: approval.suggestions,
    expiresAt: approval.expiresAt,
    state: approval.state,
    decidedBy: approval.decidedBy && actorName(approval.decidedBy),
    decidedById: person?.id,
    decidedAt: approval.decidedAt,
    decisionReason: approval.decisionReason,
    decidedInput: approval.changedInput,
    remembered: approval.remembered,
    delivery: approval.delivery,
  };
}
