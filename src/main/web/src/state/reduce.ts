/**
 * The dashboard's picture of the world as a pure function of snapshots and events. Mirrors what the server's session index
 * does, so that a row changes the moment its event arrives. An event that a snapshot already holds changes nothing.
 */
import type { Approval, EventOf, Project, Session, SessionState, TrustState, TurnOutcome, WireEvent } from '../api/types';
import { activityOf } from './activity';

export interface World {
  /** By id. */
  readonly sessions: ReadonlyMap<string, Session>;
  /** The number up to which a session not in `sessions` is known not to exist. */
  readonly sessionsSeq: number;
  /** Undecided ones of all sessions, and all of the sessions that were opened; by id. */
  readonly approvals: ReadonlyMap<string, Approval>;
  readonly approvalsSeq: number;
  readonly projects: readonly Project[];
  readonly projectsSeq: number;
  readonly roots: readonly string[];
}

export const EMPTY_WORLD: World = {
  sessions: new Map(),
  sessionsSeq: 0,
  approvals: new Map(),
  approvalsSeq: 0,
  projects: [],
  projectsSeq: 0,
  roots: [],
};

export function withSessions(world: World, sessions: readonly Session[], seq: number): World {
  const byId = new Map<string, Session>();
  for (const session of sessions) byId.set(session.id, newer(world.sessions.get(session.id), session));
  // What arrived by events after the snapshot was taken stays.
  for (const [id, session] of world.sessions) if (!byId.has(id) && session.seq > seq) byId.set(id, session);
  const gone = [...world.sessions.keys()].filter((id) => !byId.has(id));
  return { ...gone.reduce(withoutSession, world), sessions: byId, sessionsSeq: Math.max(seq, world.sessionsSeq) };
}

export function withSession(world: World, session: Session): World {
  const sessions = new Map(world.sessions);
  sessions.set(session.id, newer(world.sessions.get(session.id), session));
  return { ...world, sessions };
}

/** Events tell everything but how far who reads may go: that is always as the server said it last. */
function newer(known: Session | undefined, fresh: Session): Session {
  return known !== undefined && known.seq > fresh.seq ? { ...known, access: fresh.access } : fresh;
}

/** Whoever may no longer read a session knows nothing of it. */
export function withoutSession(world: World, id: string): World {
  if (!world.sessions.has(id) && ![...world.approvals.values()].some((approval) => approval.sessionId === id)) return world;
  const sessions = new Map(world.sessions);
  sessions.delete(id);
  return { ...world, sessions, approvals: new Map([...world.approvals].filter(([, approval]) => approval.sessionId !== id)) };
}

export function withApprovals(world: World, approvals: readonly Approval[], seq: number): World {
  const byId = new Map(world.approvals);
  for (const approval of approvals) {
    const known = byId.get(approval.id);
    if (known === undefined || known.seq <= approval.seq) byId.set(approval.id, approval);
  }
  return { ...world, approvals: byId, approvalsSeq: Math.max(seq, world.approvalsSeq) };
}

export function withProjects(world: World, projects: readonly Project[], roots: readonly string[], seq: number): World {
  return { ...world, projects, roots, projectsSeq: Math.max(seq, world.projectsSeq) };
}

export function withProject(world: World, project: Project): World {
  if (world.projects.some((known) => known.id === project.id)) return world;
  return { ...world, projects: [...world.projects, project] };
}

export function reduceWorld(world: World, event: WireEvent): World {
  // Nothing is left of it, and whatever it did is in the snapshots.
  if (event.expired) return world;
  return reduceSessions(reduceApprovals(reduceProjects(world, event), event), event);
}

// ---- projects ----------------------------------------------------------------------------------------------------------

function reduceProjects(world: World, event: WireEvent): World {
  if (event.seq <= world.projectsSeq) return world;
  switch (event.type) {
    case 'project-added': {
      const { projectId, path, name } = event.data;
      return { ...withProject(world, { id: projectId, path, name, createdAt: event.time }), projectsSeq: event.seq };
    }
    case 'project-trusted':
      return { ...withTrust(world, event.data.projectId, 'trusted'), projectsSeq: event.seq };
    case 'project-trust-withdrawn':
      return { ...withTrust(world, event.data.projectId, event.data.reason === 'changed' ? 'changed' : 'untrusted'), projectsSeq: event.seq };
    case 'project-retention-changed':
      return { ...withRetention(world, event.data.projectId, event.data.days), projectsSeq: event.seq };
    default:
      return world;
  }
}

function withRetention(world: World, projectId: string, days: number | undefined): World {
  return { ...world, projects: world.projects.map((project) => (project.id === projectId ? keptFor(project, days) : project)) };
}

function keptFor(project: Project, days: number | undefined): Project {
  const copy: { -readonly [M in keyof Project]: Project[M] } = { ...project };
  delete copy.retentionDays;
  return days === undefined ? copy : { ...copy, retentionDays: days };
}

function withTrust(world: World, projectId: string, trust: TrustState): World {
  return { ...world, projects: world.projects.map((project) => (project.id === projectId ? { ...project, trust } : project)) };
}

// ---- approvals ---------------------------------------------------------------------------------------------------------

function reduceApprovals(world: World, event: WireEvent): World {
  if (event.sessionId === undefined) return world;
  if (event.type === 'contents-expired') {
    return { ...world, approvals: new Map([...world.approvals].filter(([, approval]) => approval.sessionId !== event.sessionId)) };
  }
  if (event.type === 'approval-requested') {
    if (event.seq <= world.approvalsSeq || world.approvals.has(event.data.approvalId)) return world;
    return put(world, requested(event, event.sessionId, world.sessions.get(event.sessionId)?.title));
  }
  if (!isAboutApproval(event)) return world;
  const known = world.approvals.get(event.data.approvalId);
  if (known === undefined || event.seq <= known.seq) return world;
  return put(world, { ...known, ...changeOf(event), seq: event.seq });
}

type AboutApproval = EventOf<'approval-resolved'> | EventOf<'approval-delivered'> | EventOf<'approval-withdrawn'> | EventOf<'approval-unsettled'>;

function isAboutApproval(event: WireEvent): event is AboutApproval {
  return (
    event.type === 'approval-resolved' ||
    event.type === 'approval-delivered' ||
    event.type === 'approval-withdrawn' ||
    event.type === 'approval-unsettled'
  );
}

function requested(event: EventOf<'approval-requested'>, sessionId: string, sessionTitle: string | undefined): Approval {
  const { approvalId, kind, tool, input, description, reason, suggestions, expiresAt } = event.data;
  return {
    id: approvalId,
    sessionId,
    ...(sessionTitle === undefined ? {} : { sessionTitle }),
    kind,
    tool,
    input,
    ...(description === undefined ? {} : { description }),
    ...(reason === undefined ? {} : { reason }),
    state: 'pending',
    suggestions,
    requestedAt: event.time,
    ...(expiresAt === undefined ? {} : { expiresAt }),
    seq: event.seq,
  };
}

function changeOf(event: AboutApproval): Partial<Approval> {
  switch (event.type) {
    case 'approval-resolved':
      return {
        state: event.data.decision === 'allow' ? 'allowed' : 'denied',
        delivery: 'recorded',
        decidedAt: event.time,
        decidedBy: event.actor,
        ...((event.data.remembered ?? []).length === 0 ? {} : { remembered: event.data.remembered }),
        ...(event.data.reason === undefined ? {} : { decisionReason: event.data.reason }),
        ...(event.data.input === undefined ? {} : { changedInput: event.data.input }),
      };
    case 'approval-delivered':
      return { delivery: 'delivered' };
    case 'approval-unsettled':
      return { delivery: 'unknown' };
    case 'approval-withdrawn':
      return { state: 'withdrawn' };
  }
}

function put(world: World, approval: Approval): World {
  const approvals = new Map(world.approvals);
  approvals.set(approval.id, approval);
  return { ...world, approvals };
}

// ---- sessions ----------------------------------------------------------------------------------------------------------

function reduceSessions(world: World, event: WireEvent): World {
  const id = event.sessionId;
  if (id === undefined) return world;
  const known = world.sessions.get(id);
  if (known === undefined) {
    if (event.type !== 'session-created' || event.seq <= world.sessionsSeq) return world;
    return withSession(world, created(event, id, world.projects));
  }
  if (event.seq <= known.seq) return world;
  const sessions = new Map(world.sessions);
  sessions.set(id, reduceSession({ ...known, seq: event.seq, lastSeq: event.seq }, event));
  return { ...world, sessions };
}

function created(event: EventOf<'session-created'>, id: string, projects: readonly Project[]): Session {
  const { projectId, cwd, title, model, permissionMode, effort, owner, sharing } = event.data;
  const name = projects.find((project) => project.id === projectId)?.name ?? cwd.split('/').at(-1) ?? cwd;
  return {
    id,
    projectId,
    projectName: name,
    cwd,
    ...(title === undefined ? {} : { title }),
    state: 'starting',
    stateSince: event.time,
    owner: { id: owner, name: event.actor.kind === 'person' ? event.actor.name : '' },
    sharing,
    // The event does not say it. Until the server does, it is the least.
    access: 'read',
    ...(model === undefined ? {} : { model }),
    permissionMode,
    ...(effort === undefined ? {} : { effort }),
    cliSessionId: id,
    createdAt: event.time,
    lastSeq: event.seq,
    seq: event.seq,
    prompts: 0,
    turns: 0,
    cost: 0,
    tokens: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 },
    pendingApprovals: 0,
  };
}

/** One session after one event; the caller has checked that the event is new. */
export function reduceSession(session: Session, event: WireEvent): Session {
  switch (event.type) {
    case 'session-titled':
      return { ...session, title: event.data.title };
    case 'session-shared':
      return { ...session, sharing: event.data.sharing };
    case 'session-queued':
      return { ...enter(without(session, 'failure', 'activity', 'pid'), 'queued', event.time), queuePosition: event.data.position };
    case 'session-started':
      return {
        ...enter(without(session, 'failure', 'activity', 'pid', 'queuePosition'), 'starting', event.time),
        cliSessionId: event.data.cliSessionId,
      };
    case 'process-started':
      return { ...session, pid: event.data.pid };
    case 'session-ready':
      return {
        ...enter(session, 'idle', event.time),
        cliVersion: event.data.cliVersion,
        ...(event.data.model === undefined ? {} : { model: event.data.model }),
      };
    case 'activity-changed':
      return activityChanged(session, event.data.activity, event.time);
    case 'turn-started':
      return { ...without(session, 'turnFault'), permissionMode: event.data.permissionMode, model: event.data.model };
    case 'stop-requested':
      return event.data.reason !== 'stopped' && (session.state === 'working' || session.state === 'asking') ? { ...session, turnFault: { kind: 'cut' } } : session;
    case 'conversation-reset':
      return { ...session, cliSessionId: event.data.cliSessionId };
    case 'prompt-submitted':
      return { ...session, prompts: session.prompts + 1 };
    case 'queue-held':
      return { ...session, held: event.data.cause };
    case 'queue-released':
      return without(session, 'held');
    case 'turn-stalled':
      return { ...session, stalled: { cause: event.data.cause, since: silentSince(event) } };
    case 'turn-revived':
      return without(session, 'stalled');
    case 'tool-called':
      return { ...session, activity: activityOf(event) };
    case 'assistant-replied':
      return event.data.parentToolUseId === undefined && event.data.text.trim() !== '' ? { ...session, activity: activityOf(event) } : session;
    case 'approval-requested':
      return {
        ...enter(session, 'asking', event.time),
        pendingApprovals: session.pendingApprovals + 1,
        activity: activityOf(event),
      };
    case 'approval-resolved':
    case 'approval-withdrawn':
      return oneLess(session, event.time);
    case 'turn-ended':
      return turnOver(session, event.data, event.data.isError ? { kind: 'failed', ...(event.data.error === undefined ? {} : { message: event.data.error.message }) } : undefined);
    case 'turn-interrupted':
      return turnOver(session, event.data);
    case 'permission-mode-changed':
      return { ...session, permissionMode: event.data.permissionMode };
    case 'model-fell-back':
      return { ...session, model: event.data.to };
    case 'session-ended':
      return enter(gone(session), event.data.reason === 'stopped' ? 'stopped' : 'parked', event.time);
    case 'session-interrupted':
      return enter(gone(session), 'interrupted', event.time);
    case 'session-failed': {
      const { code, message, remedy, exitCode, stderrTail } = event.data;
      return {
        ...enter(gone(session), 'failed', event.time),
        failure: {
          code,
          message,
          remedy,
          ...(exitCode === undefined ? {} : { exitCode }),
          ...(stderrTail === undefined ? {} : { stderrTail }),
        },
      };
    }
    case 'contents-expired':
      return { ...without(session, 'title', 'activity', 'failure', 'turnFault'), expiredAt: event.time };
    default:
      return session;
  }
}

function enter(session: Session, state: SessionState, time: string): Session {
  return session.state === state ? session : { ...session, state, stateSince: time };
}

/** The moment of the last word before the silence. */
function silentSince(event: EventOf<'turn-stalled'>): string {
  return new Date(Date.parse(event.time) - event.data.silentMs).toISOString();
}

function without<K extends 'title' | 'failure' | 'activity' | 'pid' | 'queuePosition' | 'held' | 'stalled' | 'turnFault'>(session: Session, ...names: K[]): Session {
  const copy: { -readonly [M in keyof Session]: Session[M] } = { ...session };
  for (const name of names) delete copy[name];
  return copy;
}

function gone(session: Session): Session {
  return { ...without(session, 'activity', 'pid', 'queuePosition', 'held', 'stalled'), pendingApprovals: 0 };
}

const OVER: ReadonlySet<SessionState> = new Set(['stopped', 'interrupted', 'failed', 'parked']);

/** While a request is open, somebody is waited for, whatever else goes on. A late word after the end must not revive it. */
function activityChanged(session: Session, activity: string, time: string): Session {
  if (OVER.has(session.state)) return session;
  if (session.pendingApprovals > 0 || activity === 'requires_action') return enter(session, 'asking', time);
  return activity === 'running' ? enter(session, 'working', time) : enter(without(session, 'stalled'), 'idle', time);
}

function oneLess(session: Session, time: string): Session {
  const pendingApprovals = Math.max(0, session.pendingApprovals - 1);
  const next = { ...session, pendingApprovals };
  return pendingApprovals === 0 && session.state === 'asking' ? enter(next, 'working', time) : next;
}

/** What the turn cost. Whether it is idle now is for the CLI to say: the next prompt may already run. */
function turnOver(session: Session, outcome: TurnOutcome, turnFault?: Session['turnFault']): Session {
  const { tokens, costUsd, contextTokens, contextWindow } = outcome;
  return {
    ...without(session, 'stalled', 'turnFault'),
    ...(turnFault === undefined ? {} : { turnFault }),
    turns: session.turns + 1,
    cost: session.cost + costUsd,
    tokens: {
      input: session.tokens.input + tokens.input,
      output: session.tokens.output + tokens.output,
      cacheRead: session.tokens.cacheRead + tokens.cacheRead,
      cacheWrite: session.tokens.cacheWrite + tokens.cacheWrite,
    },
    ...(contextTokens === undefined ? {} : { contextTokens }),
    ...(contextWindow === undefined ? {} : { contextWindow }),
  };
}
