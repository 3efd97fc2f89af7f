/**
 * The browser's one owner of state: loads snapshots, applies events, sends what people want. Elements know the state and the
 * methods below; nobody else writes.
 */
import type { Api, Decision, NewSession, PromptChange } from '../api/api';
import type { Answer, ApiProblem, Http } from '../api/http';
import type { Approval, ConnectionState, Draft, PendingPrompt, Processes, Project, Session, Sharing, SignedIn, WireEvent } from '../api/types';
import { emptyTranscript, prependPage, reduceTranscript, type Transcript } from '../transcript/reduce';
import { forgetDrafts, putDraft, type FromHub } from './hub';
import { Keep, type NewSessionText } from './keep';
import { uuid } from '../lib/uuid';
import { EMPTY_LINE, lineFrom, newerLine, reduceLine, type PromptLine } from './line';
import type { Link } from './link';
import { ProcessWatch } from './processes';
import { EMPTY_WORLD, reduceWorld, withApprovals, withoutSession, withProject, withProjects, withSession, withSessions, type World } from './reduce';
import { Store } from './store';

export type Auth =
  | { readonly kind: 'unknown' }
  /** `over`: there was a sign-in, and it ended by itself. */
  | { readonly kind: 'signed-out'; readonly over: boolean }
  | { readonly kind: 'signed-in'; readonly me: SignedIn };

export type Loading = { readonly kind: 'loading' } | { readonly kind: 'ready' } | { readonly kind: 'failed'; readonly problem: ApiProblem };

export interface OpenSession {
  readonly transcript: Transcript;
  readonly drafts: readonly Draft[];
  readonly hasOlder: boolean;
  readonly load: Loading;
  readonly loadingOlder: boolean;
  readonly pending: readonly PendingPrompt[];
  /** The prompts that have not come to an end. */
  readonly line: PromptLine;
  /** Why a change to a waiting prompt was not made, for people; empty when all were. */
  readonly lineProblem: string;
  readonly composerText: string;
  /** What its owner just chose, until the server has confirmed or refused it. */
  readonly wantedSharing?: Sharing;
}

/** The problem that stands in place of a session which was shared and is not any more. */
export const PRIVATE_NOW = 'session-private-now';

export interface Toast {
  readonly id: number;
  readonly level: 'info' | 'error';
  readonly title: string;
  readonly detail: string;
  readonly small: string;
}

export interface DashboardState {
  readonly auth: Auth;
  readonly load: Loading;
  readonly connection: ConnectionState;
  readonly world: World;
  readonly open: ReadonlyMap<string, OpenSession>;
  readonly toasts: readonly Toast[];
  /** Why an answer to a request was not used, by the request's id. */
  readonly answerProblems: ReadonlyMap<string, string>;
  /** What the processes take just now, while it is looked at. */
  readonly processes: Processes | undefined;
}

const PAGE = 200;
const OPEN_LIMIT = 4;
const TOAST_LIMIT = 3;
const FLUSH_MS = 16;
const RETRY_MS = 5_000;

export class Dashboard {
  readonly store = new Store<DashboardState>({
    auth: { kind: 'unknown' },
    load: { kind: 'loading' },
    connection: { kind: 'connecting' },
    world: EMPTY_WORLD,
    open: new Map(),
    toasts: [],
    answerProblems: new Map(),
    processes: undefined,
  });

  private readonly link: Link;
  private readonly processWatch: ProcessWatch;
  private readonly drafts = new Map<string, Draft>();
  /** Events of sessions whose first page is still on its way. */
  private readonly early = new Map<string, WireEvent[]>();
  private queue: WireEvent[] = [];
  private draftsChanged = new Set<string>();
  private flushTimer: ReturnType<typeof setTimeout> | undefined;
  private retryTimer: ReturnType<typeof setTimeout> | undefined;
  /** How often the truth about a session was asked for; only the newest answer counts. */
  private readonly looks = new Map<string, number>();
  private joined = false;
  /** Number of the newest event this tab has taken from the stream. */
  private seen = 0;
  private toastNumber = 0;

  constructor(
    private readonly api: Api,
    private readonly http: Http,
    openLink: (heard: (message: FromHub) => void) => Link,
    private readonly keep = new Keep(),
  ) {
    this.link = openLink((message) => this.hear(message));
    this.processWatch = new ProcessWatch(
      () => this.api.processes(),
      (processes) => this.patch({ processes }),
    );
    http.onSignedOut(() => this.signedOut(true));
    http.onAnswered(() => {
      const { kind } = this.store.get().connection;
      if (kind === 'offline' || kind === 'draining') this.link.send({ kind: 'answered' });
    });
  }

  // ---- people ------------------------------------------------------------------------------------------------------------

  async begin(): Promise<void> {
    // Without the mark nobody is signed in, and asking would only be refused.
    if (!this.http.marked) return this.signedOut(false);
    const answer = await this.api.me();
    if (answer.ok) return this.enter(answer.value);
    if (answer.problem.status === 401) return this.signedOut(false);
    this.patch({ load: { kind: 'failed', problem: answer.problem } });
    this.later(() => void this.begin());
  }

  /** The person came back to this tab; they may have signed in in another one meanwhile. */
  cameBack(): void {
    if (this.store.get().auth.kind === 'signed-out' && this.http.marked) void this.begin();
  }

  async signIn(name: string, password: string): Promise<Answer<SignedIn>> {
    const answer = await this.api.signIn(name, password);
    if (answer.ok) await this.enter(answer.value);
    return answer;
  }

  async changePassword(current: string, wanted: string): Promise<Answer<SignedIn>> {
    const answer = await this.api.changePassword(current, wanted);
    if (answer.ok) await this.enter(answer.value);
    return answer;
  }

  /** Chooses the password that a link asks for, and signs in with it. */
  async acceptInvitation(token: string, password: string): Promise<Answer<SignedIn>> {
    const answer = await this.api.acceptInvitation(token, password);
    if (answer.ok) {
      // Whoever was signed in here before is somebody else: nothing of theirs stays.
      this.keep.clear();
      this.signedOut(false);
      await this.enter(answer.value);
    }
    return answer;
  }

  async signOut(): Promise<void> {
    this.ended(await this.api.signOut());
  }

  async signOutEverywhere(): Promise<void> {
    this.ended(await this.api.signOutEverywhere());
  }

  private ended(answer: Answer<void>): void {
    if (answer.ok || answer.problem.status === 401) {
      this.keep.clear();
      this.signedOut(false);
    } else this.fail('You are still signed in', answer.problem);
  }

  /** A role can change while one is signed in: the stream ends then, and comes back for the new role. */
  private async lookWhoIAm(): Promise<void> {
    const answer = await this.api.me();
    const { auth } = this.store.get();
    if (!answer.ok || auth.kind !== 'signed-in' || answer.value.user.id !== auth.me.user.id) return;
    const changed = answer.value.user.role !== auth.me.user.role;
    this.patch({ auth: { kind: 'signed-in', me: answer.value } });
    if (changed) await this.loadWorld();
  }

  private async enter(me: SignedIn): Promise<void> {
    this.keep.belongTo(me.user.id);
    this.patch({ auth: { kind: 'signed-in', me } });
    if (!me.mustChangePassword) await this.loadWorld();
  }

  signedOut(over: boolean): void {
    this.processWatch.want(false);
    this.leave();
    this.drafts.clear();
    this.early.clear();
    this.looks.clear();
    this.queue = [];
    this.store.update((state) => ({
      ...state,
      auth: { kind: 'signed-out', over: over && state.auth.kind === 'signed-in' },
      load: { kind: 'loading' },
      connection: { kind: 'connecting' },
      world: EMPTY_WORLD,
      open: new Map(),
    }));
  }

  // ---- snapshots ---------------------------------------------------------------------------------------------------------

  async loadWorld(): Promise<void> {
    clearTimeout(this.retryTimer);
    this.patch({ load: this.store.get().load.kind === 'ready' ? { kind: 'ready' } : { kind: 'loading' } });
    const [projects, sessions, approvals] = await Promise.all([this.api.projects(), this.allSessions(), this.allPending()]);
    const failed = [projects, sessions, approvals].find((answer) => !answer.ok);
    if (failed && !failed.ok) {
      if (failed.problem.status === 401) return;
      this.patch({ load: { kind: 'failed', problem: failed.problem } });
      this.later(() => void this.loadWorld());
      return;
    }
    if (!projects.ok || !sessions.ok || !approvals.ok) return;
    this.store.update((state) => {
      let world = withProjects(state.world, projects.value.projects, projects.value.roots, projects.value.seq);
      world = withSessions(world, sessions.value.sessions, sessions.value.seq);
      world = withApprovals(world, approvals.value.approvals, approvals.value.seq);
      return { ...state, world, load: { kind: 'ready' } };
    });
    this.seen ||= Math.min(projects.value.seq, sessions.value.seq, approvals.value.seq);
    this.rejoin();
  }

  /** The first page's number counts: what changed while the others were read comes again by events. */
  private async allSessions(): Promise<Answer<{ sessions: Session[]; seq: number }>> {
    const first = await this.api.sessions();
    if (!first.ok) return first;
    const sessions = [...first.value.sessions];
    let next = first.value.next;
    for (let page = 0; page < 50 && next; page++) {
      const answer = await this.api.sessions(next);
      if (!answer.ok) return answer;
      sessions.push(...answer.value.sessions);
      next = answer.value.next;
    }
    return { ok: true, value: { sessions, seq: first.value.seq } };
  }

  private async allPending(): Promise<Answer<{ approvals: Approval[]; seq: number }>> {
    const first = await this.api.pendingApprovals(0);
    if (!first.ok) return first;
    const approvals = [...first.value.approvals];
    let { next } = first.value;
    for (let page = 0; page < 50 && next !== null; page++) {
      const answer = await this.api.pendingApprovals(next);
      if (!answer.ok) return answer;
      approvals.push(...answer.value.approvals);
      next = answer.value.next;
    }
    return { ok: true, value: { approvals, seq: first.value.seq } };
  }

  private later(work: () => void): void {
    clearTimeout(this.retryTimer);
    this.retryTimer = setTimeout(work, RETRY_MS);
  }

  // ---- stream ------------------------------------------------------------------------------------------------------------

  rejoin(): void {
    if (this.joined || this.store.get().load.kind !== 'ready') return;
    this.joined = true;
    this.link.send({ kind: 'join', after: this.seen });
  }

  leave(): void {
    if (this.joined) this.link.send({ kind: 'leave' });
    this.joined = false;
  }

  retryNow(): void {
    this.link.send({ kind: 'retry-now' });
    if (this.store.get().load.kind === 'failed') void (this.store.get().auth.kind === 'unknown' ? this.begin() : this.loadWorld());
  }

  private hear(message: FromHub): void {
    switch (message.kind) {
      case 'event':
        if (!this.joined || message.event.seq <= this.seen) return;
        this.seen = message.event.seq;
        this.queue.push(message.event);
        this.flushSoon();
        return;
      case 'draft':
        putDraft(this.drafts, message.draft);
        this.draftsChanged.add(message.draft.sessionId);
        this.flushSoon();
        return;
      case 'state':
        this.connectionChanged(message.state);
        return;
      case 'renew':
        void this.http.renew().then((outcome) => this.link.send({ kind: 'renewed', outcome }));
        return;
    }
  }

  private connectionChanged(connection: ConnectionState): void {
    if (!this.joined) return;
    const before = this.store.get().connection;
    this.patch({ connection });
    if (connection.kind === 'live' && (before.kind === 'offline' || before.kind === 'draining')) void this.lookWhoIAm();
    if (connection.kind === 'live' && before.kind !== 'live') for (const id of this.store.get().open.keys()) this.sendWaiting(id);
  }

  /** A frame's worth of events is one change: a burst costs one rendering. Timers run in hidden tabs too, frames do not. */
  private flushSoon(): void {
    this.flushTimer ??= setTimeout(() => {
      this.flushTimer = undefined;
      this.flush();
    }, FLUSH_MS);
  }

  private flush(): void {
    const events = this.queue;
    this.queue = [];
    this.store.update((state) => {
      let world = state.world;
      let open = state.open;
      for (const event of events) {
        world = reduceWorld(world, event);
        open = this.applyToOpen(open, event);
      }
      return { ...state, world, open: this.withDrafts(open) };
    });
    const changed = events.filter((event) => event.type === 'session-shared' || event.type === 'session-created');
    for (const id of new Set(changed.map((event) => event.sessionId))) if (id !== undefined) void this.lookAt(id);
    for (const event of events) if (event.type === 'contents-expired' && event.sessionId !== undefined) this.readAnew(event.sessionId);
  }

  /** Words that are gone leave the screen as well. */
  private readAnew(id: string): void {
    if (!this.store.get().open.has(id) || this.early.has(id)) return;
    this.store.update((state) => {
      const open = new Map(state.open);
      open.delete(id);
      return { ...state, open };
    });
    void this.openSession(id);
  }

  // ---- who may come to a session -----------------------------------------------------------------------------------------

  /** Asks the server how far one may go with a session now: events do not say it. */
  private async lookAt(id: string): Promise<void> {
    const look = (this.looks.get(id) ?? 0) + 1;
    this.looks.set(id, look);
    const [session, approvals] = await Promise.all([this.api.session(id), this.api.pendingApprovalsOf(id)]);
    if (this.looks.get(id) !== look || this.store.get().auth.kind !== 'signed-in') return;
    if (session.ok && approvals.ok) {
      this.store.update((state) => ({ ...state, world: withApprovals(withSession(state.world, session.value), approvals.value.approvals, 0) }));
      if (isPrivateNow(this.store.get().open.get(id))) await this.openSession(id);
      return;
    }
    const refused = [session, approvals].find((answer) => !answer.ok);
    if (refused === undefined || refused.ok) return;
    if (refused.problem.status === 404) this.forget(id, refused.problem);
    else if (passes(refused.problem)) setTimeout(() => this.looks.get(id) === look && void this.lookAt(id), refused.problem.retryAfterMs ?? RETRY_MS);
  }

  /** It is no longer for this person: nothing of it stays on the screen. What they typed there is theirs and is kept. */
  private forget(id: string, problem: ApiProblem): void {
    for (const [key, draft] of this.drafts) if (draft.sessionId === id) this.drafts.delete(key);
    this.store.update((state) => ({ ...state, world: withoutSession(state.world, id) }));
    this.change(id, (open) => ({ ...open, ...NOTHING_READ, load: { kind: 'failed', problem: { ...problem, code: PRIVATE_NOW } } }));
  }

  /** Shown at once, and taken back when the server does not confirm it. */
  async share(id: string, sharing: Sharing): Promise<void> {
    this.change(id, (open) => ({ ...open, wantedSharing: sharing }));
    const answer = await this.api.share(id, sharing);
    if (answer.ok) this.store.update((state) => ({ ...state, world: withSession(state.world, answer.value) }));
    else this.fail('Sharing was not changed', answer.problem);
    this.change(id, ({ wantedSharing, ...open }) => (wantedSharing === sharing ? open : { ...open, ...(wantedSharing === undefined ? {} : { wantedSharing }) }));
  }

  private applyToOpen(open: ReadonlyMap<string, OpenSession>, event: WireEvent): ReadonlyMap<string, OpenSession> {
    const id = event.sessionId;
    if (id === undefined) return open;
    if (forgetDrafts(this.drafts, event)) this.draftsChanged.add(id);
    this.early.get(id)?.push(event);
    const session = open.get(id);
    if (session === undefined || this.early.has(id)) return open;
    return new Map(open).set(id, { ...session, transcript: reduceTranscript(session.transcript, event), line: reduceLine(session.line, event), pending: this.recorded(id, session.pending, event) });
  }

  private withDrafts(open: ReadonlyMap<string, OpenSession>): ReadonlyMap<string, OpenSession> {
    if (this.draftsChanged.size === 0) return open;
    const next = new Map(open);
    for (const id of this.draftsChanged) {
      const session = next.get(id);
      if (session) next.set(id, { ...session, drafts: this.draftsOf(id) });
    }
    this.draftsChanged.clear();
    return next;
  }

  private draftsOf(id: string): Draft[] {
    return [...this.drafts.values()].filter((draft) => draft.sessionId === id);
  }

  // ---- one session -------------------------------------------------------------------------------------------------------

  /** Shows a session: reads its newest page, while what happens meanwhile is kept and applied after it. */
  async openSession(id: string): Promise<void> {
    const known = this.store.get().open.get(id);
    if (known && known.load.kind !== 'failed') {
      this.store.update((state) => {
        const open = new Map(state.open);
        open.delete(id);
        return { ...state, open: open.set(id, known) };
      });
      return;
    }
    this.makeRoom(id);
    this.early.set(id, []);
    this.setOpen(id, () => ({
      ...NOTHING_READ,
      drafts: this.draftsOf(id),
      load: { kind: 'loading' },
      pending: this.keep.prompts(id),
      composerText: this.keep.text(id),
    }));
    const [session, page, approvals, prompts] = await Promise.all([
      this.api.session(id),
      this.api.eventsBefore(id, Number.MAX_SAFE_INTEGER, PAGE),
      this.api.pendingApprovalsOf(id),
      this.api.openPrompts(id),
    ]);
    const failed = [session, page, approvals, prompts].find((answer) => !answer.ok);
    const early = this.early.get(id) ?? [];
    this.early.delete(id);
    if (!session.ok || !page.ok || !approvals.ok || !prompts.ok) {
      if (failed && !failed.ok) this.change(id, (open) => ({ ...open, load: { kind: 'failed', problem: failed.problem } }));
      return;
    }
    this.store.update((state) => ({ ...state, world: withApprovals(withSession(state.world, session.value), approvals.value.approvals, 0) }));
    const atStart = page.value.next === null;
    this.change(id, (open) => {
      let transcript = emptyTranscript(atStart);
      let pending = open.pending;
      // A prompt may have been submitted long before the page that was read, so the line begins with its own snapshot.
      let line = lineFrom(prompts.value, session.value.state);
      for (const event of [...page.value.events, ...early]) {
        transcript = reduceTranscript(transcript, event);
        line = reduceLine(line, event);
        pending = this.recorded(id, pending, event);
      }
      return { ...open, transcript, line, pending, hasOlder: !atStart, load: { kind: 'ready' } };
    });
    this.sendWaiting(id);
  }

  async loadOlder(id: string): Promise<void> {
    const session = this.store.get().open.get(id);
    if (!session || session.loadingOlder || !session.hasOlder) return;
    this.change(id, (open) => ({ ...open, loadingOlder: true }));
    const answer = await this.api.eventsBefore(id, session.transcript.firstSeq, PAGE);
    if (!answer.ok) {
      this.change(id, (open) => ({ ...open, loadingOlder: false }));
      this.fail('Older entries could not be read', answer.problem);
      return;
    }
    const atStart = answer.value.next === null;
    this.change(id, (open) => ({
      ...open,
      transcript: prependPage(open.transcript, answer.value.events, atStart),
      hasOlder: !atStart,
      loadingOlder: false,
    }));
  }

  private makeRoom(id: string): void {
    const open = new Map(this.store.get().open);
    for (const oldest of [...open.keys()].filter((key) => key !== id).slice(0, Math.max(0, open.size - OPEN_LIMIT + 1))) {
      // What waits to be sent keeps its session here; everything else can be read again.
      if (open.get(oldest)?.pending.length === 0 && !this.early.has(oldest)) open.delete(oldest);
    }
    this.patch({ open });
  }

  // ---- what people want --------------------------------------------------------------------------------------------------

  keepText(id: string, text: string): void {
    this.keep.setText(id, text);
    this.change(id, (open) => (open.composerText === text ? open : { ...open, composerText: text }));
  }

  /** What was typed for a session that was not started. */
  get newSessionText(): NewSessionText {
    return this.keep.newSession();
  }

  keepNewSession(text: NewSessionText): void {
    this.keep.setNewSession(text);
  }

  /** @param now it cuts the running turn and runs next */
  async sendPrompt(id: string, promptId: string, text: string, now = false): Promise<void> {
    const prompt: PendingPrompt = { promptId, text, since: Date.now(), state: 'sending', now };
    this.setPending(id, (pending) => [...pending.filter((other) => other.promptId !== promptId && other.state !== 'refused'), prompt]);
    await this.deliver(id, prompt);
  }

  /** The same id again runs nothing twice, so a prompt whose answer was lost is simply sent once more. */
  private async deliver(id: string, { promptId, text, now = false }: PendingPrompt): Promise<void> {
    const answer = await this.api.sendPrompt(id, promptId, text, now);
    if (answer.ok) {
      const read = this.store.get().open.get(id)?.transcript.lastSeq ?? 0;
      if (answer.value.seq <= read) this.setPending(id, (pending) => pending.filter((prompt) => prompt.promptId !== promptId));
      return;
    }
    const { problem } = answer;
    const passing = passes(problem);
    this.setPending(id, (pending) =>
      pending.map((prompt) =>
        prompt.promptId === promptId ? { ...prompt, state: passing ? 'waiting' : 'refused', problem: problem.message } : prompt,
      ),
    );
    if (passing) setTimeout(() => this.sendWaiting(id), problem.retryAfterMs ?? RETRY_MS);
    else this.giveBack(id, text);
  }

  /** What was refused is the person's again, before what was typed since. The composer says why it was refused. */
  private giveBack(id: string, text: string): void {
    const since = this.store.get().open.get(id)?.composerText ?? '';
    this.keepText(id, since === '' ? text : `${text}\n\n${since}`);
  }

  private sendWaiting(id: string): void {
    if (this.store.get().connection.kind !== 'live') return;
    for (const prompt of this.store.get().open.get(id)?.pending ?? []) {
      if (prompt.state !== 'waiting') continue;
      this.setPending(id, (pending) => pending.map((other) => (other === prompt ? { ...prompt, state: 'sending' } : other)));
      void this.deliver(id, prompt);
    }
  }

  /** A refused prompt is taken out of the way by the person, whose text it is. */
  dropPending(id: string, promptId: string): void {
    this.setPending(id, (pending) => pending.filter((prompt) => prompt.promptId !== promptId));
  }

  // ---- prompts that wait -------------------------------------------------------------------------------------------------

  editPrompt(id: string, promptId: string, text: string): Promise<void> {
    return this.changeLine(id, this.api.changePrompt(id, promptId, { text } satisfies PromptChange));
  }

  movePrompt(id: string, promptId: string, position: number): Promise<void> {
    return this.changeLine(id, this.api.changePrompt(id, promptId, { position } satisfies PromptChange));
  }

  hastenPrompt(id: string, promptId: string): Promise<void> {
    return this.changeLine(id, this.api.changePrompt(id, promptId, { now: true } satisfies PromptChange));
  }

  removePrompt(id: string, promptId: string): Promise<void> {
    return this.changeLine(id, this.api.removePrompt(id, promptId));
  }

  /** What was changed comes back as events. What was not is said in words, and the line is read anew. */
  private async changeLine(id: string, asked: Promise<Answer<unknown>>): Promise<void> {
    this.change(id, (open) => (open.lineProblem === '' ? open : { ...open, lineProblem: '' }));
    const answer = await asked;
    if (answer.ok) return;
    this.change(id, (open) => ({ ...open, lineProblem: lineWords(answer.problem) }));
    const truth = await this.api.openPrompts(id);
    const session = this.store.get().world.sessions.get(id);
    if (truth.ok && session) this.change(id, (open) => ({ ...open, line: newerLine(open.line, lineFrom(truth.value, session.state)) }));
  }

  /** Whether the screen shows figures of processes. */
  watchProcesses(wanted: boolean): void {
    this.processWatch.want(wanted);
  }

  async decide(approvalId: string, decision: Decision): Promise<void> {
    this.answerProblem(approvalId, '');
    const answer = await this.api.decide(approvalId, decision);
    if (answer.ok) {
      this.store.update((state) => ({ ...state, world: withApprovals(state.world, [answer.value], 0) }));
      return;
    }
    this.answerProblem(approvalId, refusalWords(answer.problem));
    if (answer.problem.status !== 409) return;
    const truth = await this.api.approval(approvalId);
    if (truth.ok) this.store.update((state) => ({ ...state, world: withApprovals(state.world, [truth.value], 0) }));
  }

  private answerProblem(approvalId: string, words: string): void {
    this.store.update((state) => {
      if ((state.answerProblems.get(approvalId) ?? '') === words) return state;
      const answerProblems = new Map(state.answerProblems);
      if (words === '') answerProblems.delete(approvalId);
      else answerProblems.set(approvalId, words);
      return { ...state, answerProblems };
    });
  }

  async interrupt(id: string): Promise<void> {
    this.report('The turn was not interrupted', await this.api.interrupt(id));
  }

  async stop(id: string): Promise<void> {
    this.report('The session was not stopped', await this.api.stop(id));
  }

  async resume(id: string): Promise<void> {
    this.report('The session was not resumed', await this.api.resume(id));
  }

  async deliverAgain(id: string, promptId: string): Promise<void> {
    this.report('The prompt was not sent again', await this.api.deliverAgain(id, promptId));
  }

  async addProject(path: string): Promise<Answer<Project>> {
    const answer = await this.api.addProject(path);
    if (answer.ok) this.store.update((state) => ({ ...state, world: withProject(state.world, answer.value) }));
    return answer;
  }

  async createSession(wish: NewSession, prompt: string): Promise<Answer<Session>> {
    const answer = await this.api.createSession(wish);
    if (!answer.ok) return answer;
    const session = answer.value;
    this.store.update((state) => ({ ...state, world: withSession(state.world, session) }));
    if (prompt.trim() !== '') {
      await this.openSession(session.id);
      void this.sendPrompt(session.id, uuid(), prompt);
    }
    return answer;
  }

  // ---- toasts ------------------------------------------------------------------------------------------------------------

  fail(title: string, problem: ApiProblem): void {
    const small = [problem.code, problem.requestId === undefined ? '' : `request ${problem.requestId}`].filter((part) => part !== '').join(' · ');
    const toast: Toast = { id: ++this.toastNumber, level: 'error', title, detail: problem.message, small };
    this.store.update((state) => ({ ...state, toasts: [...state.toasts, toast].slice(-TOAST_LIMIT) }));
  }

  dismiss(id: number): void {
    this.store.update((state) => ({ ...state, toasts: state.toasts.filter((toast) => toast.id !== id) }));
  }

  private report(title: string, answer: Answer<unknown>): void {
    if (!answer.ok) this.fail(title, answer.problem);
  }

  // ---- small parts -------------------------------------------------------------------------------------------------------

  private patch(part: Partial<DashboardState>): void {
    this.store.update((state) => ({ ...state, ...part }));
  }

  private setOpen(id: string, make: () => OpenSession): void {
    this.store.update((state) => ({ ...state, open: new Map(state.open).set(id, make()) }));
  }

  private change(id: string, change: (open: OpenSession) => OpenSession): void {
    this.store.update((state) => {
      const session = state.open.get(id);
      return session === undefined ? state : { ...state, open: new Map(state.open).set(id, change(session)) };
    });
  }

  private setPending(id: string, change: (pending: readonly PendingPrompt[]) => readonly PendingPrompt[]): void {
    this.change(id, (open) => {
      const pending = change(open.pending);
      this.keep.setPrompts(id, pending);
      return { ...open, pending };
    });
  }

  private recorded(id: string, pending: readonly PendingPrompt[], event: WireEvent): readonly PendingPrompt[] {
    if (event.type !== 'prompt-submitted' || event.expired || pending.length === 0) return pending;
    const left = pending.filter((prompt) => prompt.promptId !== event.data.promptId);
    this.keep.setPrompts(id, left);
    return left;
  }
}

const NOTHING_READ = { transcript: emptyTranscript(), drafts: [], hasOlder: false, loadingOlder: false, line: EMPTY_LINE, lineProblem: '' } as const;

export function isPrivateNow(open: OpenSession | undefined): boolean {
  return open?.load.kind === 'failed' && open.load.problem.code === PRIVATE_NOW;
}

/** Nobody else's decision disappears in silence. */
function refusalWords(problem: ApiProblem): string {
  if (problem.code === 'already-decided') {
    const by = problem.details['decidedBy'];
    const name = typeof by === 'object' && by !== null && 'name' in by && typeof by.name === 'string' && by.name !== '' ? by.name : 'Somebody else';
    return `${name} answered this first. Your answer was not used.`;
  }
  if (problem.code === 'approval-withdrawn') return 'Claude no longer asks this. Your answer was not used.';
  if (problem.kind === 'offline') return 'No answer came from the server. Look whether the decision is recorded before you decide again.';
  return `Your answer was not used. ${problem.message}`;
}

/** Somebody, or Claude, was faster: that is no failure. */
function lineWords(problem: ApiProblem): string {
  if (problem.code === 'prompt-not-waiting') return `Not changed, it no longer waits. ${problem.message}`;
  if (problem.kind === 'offline') return 'No answer came from the server. Look whether the change is made before you make it again.';
  return `Not changed. ${problem.message}`;
}

/** Whether the same request may succeed a little later, without anybody changing it. */
function passes(problem: ApiProblem): boolean {
  if (problem.kind === 'offline' || problem.status === 503 || problem.status === 429 || problem.status === 401) return true;
  const state = problem.details['state'];
  return problem.code === 'session-not-live' && (state === 'starting' || state === 'queued');
}

/** The approvals of one session, oldest first. */
/** The session's project, where it is known. */
export function projectOf(world: World, sessionId: string): Project | undefined {
  const projectId = world.sessions.get(sessionId)?.projectId;
  return world.projects.find((project) => project.id === projectId);
}

export function approvalsOf(world: World, sessionId: string): Approval[] {
  return [...world.approvals.values()].filter((approval) => approval.sessionId === sessionId).sort((a, b) => a.requestedAt.localeCompare(b.requestedAt));
}
