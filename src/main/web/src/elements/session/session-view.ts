import { css, html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import { keyed } from 'lit/directives/keyed.js';
import type { Approval, ConnectionState, Draft, PendingPrompt, ProcessUse, Project, Session, Sharing, User } from '../../api/types';
import { date, ordinal } from '../../lib/format';
import { tone, word } from '../../lib/glyphs';
import { lookOf, titleOf } from '../../lib/groups';
import { icon } from '../../lib/icons';
import { command, isTyping } from '../../lib/keys';
import { mayWork, sharingIcon, SHARINGS, whoDecides, whyOnlyWatching } from '../../lib/may';
import { readLook } from '../../lib/theme';
import { controls } from '../../styles/shared';
import type { ApprovalEntry } from '../../transcript/entries';
import { EMPTY_LINE, runsAtOnce, waitingOf, type LinePrompt, type PromptLine } from '../../state/line';
import { liveWords, type LiveWords } from '../../transcript/live';
import { entryOf } from '../../transcript/approval';
import { approvalOf, emptyTranscript, type Transcript } from '../../transcript/reduce';
import { visible, visibleStrictly } from '../../transcript/visible';
import * as words from '../../transcript/words';
import type { ApprovalCard } from './approval-card';
import { glyph } from './glyphs';
import { intend } from './intents';
import { meter } from './meter';
import './prompt-composer';
import type { PromptComposer } from './prompt-composer';
import './prompt-line';
import { OFFLINE } from './prompt-line';
import type { TrustApi } from '../trust-review';
import './session-side';
import { glyphSheet } from './sheets';
import { Ticker } from './ticker';
import './transcript-view';
import type { TranscriptView } from './transcript-view';

const TWICE_MILLIS = 1_000;
const FRAMES_TO_DRAW = 20;
const NO_STRAYS: readonly ApprovalEntry[] = [];
const NO_PROBLEMS: ReadonlyMap<string, string> = new Map();

/** One session: what is true of it, what was said and done, what it waits for, and where a person writes. */
@customElement('session-view')
export class SessionView extends LitElement {
  static override styles = [
    controls,
    glyphSheet,
    css`
      :host { display: flex; flex-direction: column; min-width: 0; min-height: 0; flex: 1 1 auto; height: 100%; background: var(--surface); position: relative; }
      .bar { display: flex; align-items: center; gap: var(--sp-2); min-height: var(--bar); padding: 0 var(--pad-x); border-block-end: 1px solid var(--line); flex: none; min-width: 0; }
      h1 { font-size: var(--text-xl); font-weight: var(--weight-strong); letter-spacing: var(--tracking-title); line-height: 1.4; }
      .facts { display: flex; align-items: center; gap: var(--sp-4); height: 2.125rem; padding: 0 var(--pad-x); border-block-end: 1px solid var(--line); color: var(--text-2); font-size: var(--text-sm); flex: none; overflow: auto hidden; scrollbar-width: none; white-space: nowrap; }
      .facts:focus-visible { outline-offset: -2px; }
      .facts > span { display: inline-flex; align-items: center; gap: var(--sp-15); flex: none; }
      .facts .i { width: 0.875rem; height: 0.875rem; color: var(--text-3); }
      .facts .cwd { max-width: 22rem; font-size: 0.71875rem; direction: rtl; }
      .facts .m { width: 4.5rem; display: inline-block; }
      .split { flex: 1 1 auto; min-height: 0; display: grid; grid-template-columns: minmax(0, 1fr); position: relative; }
      .split.beside { grid-template-columns: minmax(0, 1fr) var(--side); }
      .talk { display: flex; flex-direction: column; min-width: 0; min-height: 0; }
      transcript-view { flex: 1 1 auto; }
      aside { border-inline-start: 1px solid var(--line); background: var(--surface); min-height: 0; display: grid; grid-template-rows: minmax(0, 1fr); min-width: 0; }
      .dock { flex: none; width: 100%; max-width: calc(var(--measure) + 6.5rem); margin-inline: auto; padding: 0 var(--sp-6) var(--sp-4) calc(3.5rem + var(--sp-3) + var(--sp-2)); display: grid; grid-template-columns: minmax(0, 1fr); gap: var(--sp-2); position: relative; z-index: var(--z-dock); }
      .dock::before { content: ''; position: absolute; inset: auto 0 100% 0; height: 1rem; background: linear-gradient(transparent, var(--surface)); pointer-events: none; }
      .waitbar { display: flex; align-items: center; gap: var(--sp-2); min-height: 2.125rem; padding: var(--sp-1) var(--sp-15) var(--sp-1) var(--sp-3); border: 1px solid var(--ask-line); background: var(--ask-tint); border-radius: var(--r-md); min-width: 0; }
      .waitbar code { font-size: 0.75rem; }
      .waitbar .i { color: var(--ask-text); }
      .waitbar p { min-width: 0; text-wrap: pretty; }
      .waitbar p code { overflow-wrap: anywhere; }
      .waitbar.calm { border-color: var(--line-2); background: var(--bg); padding-inline-end: var(--sp-3); }
      .waitbar.calm > .i { color: var(--text-2); }
      .waitbar > .gl, .waitbar > .i { align-self: flex-start; margin-block-start: 0.1875rem; }
      .short { display: none; }
      @media (min-width: 80rem) { .sheet-head, .veil { display: none; } }
      @media (max-width: 79.99rem) {
        .split.beside { grid-template-columns: minmax(0, 1fr); }
        aside { position: absolute; inset: 0 0 0 auto; width: min(var(--side), 100%); z-index: var(--z-panel); box-shadow: var(--shadow-3); grid-template-rows: auto minmax(0, 1fr); }
        .sheet-head { display: flex; align-items: center; min-height: 2.75rem; padding: 0 var(--sp-2) 0 var(--sp-4); border-block-end: 1px solid var(--line); font-weight: var(--weight-strong); }
        .veil { position: absolute; inset: 0; z-index: var(--z-dock); background: color-mix(in srgb, var(--bg) 60%, transparent); border: 0; cursor: default; }
      }
      @media (max-width: 47.99rem) {
        .bar { min-height: 3.25rem; gap: var(--sp-1); padding: 0 var(--sp-1); }
        .bar .btn { height: 2.75rem; min-width: 2.75rem; }
        h1 { font-size: var(--text-lg); margin-inline-start: var(--sp-1); }
        .facts { gap: var(--sp-3); padding-inline: var(--sp-3); }
        .facts .cwd { max-width: none; }
        .long { display: none; }
        .short { display: inline-flex; }
        .badge .word { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
        .badge { padding: 0 var(--sp-1); height: 1.625rem; }
        .badge .g { width: 1rem; height: 1rem; }
        .dock { padding: 0 var(--sp-2) calc(var(--sp-2) + env(safe-area-inset-bottom)); }
        .waitbar { min-height: 2.75rem; }
        .waitbar .btn { height: 2.25rem; }
        aside { inset: auto 0 0; width: auto; height: min(85%, 40rem); border: 0; border-block-start: 1px solid var(--line-2); border-radius: var(--r-lg) var(--r-lg) 0 0; overflow: clip; }
      }
    `,
  ];

  @property({ attribute: false }) session!: Session;
  @property({ attribute: false }) transcript: Transcript = emptyTranscript();
  @property({ attribute: false }) drafts: readonly Draft[] = [];
  @property({ attribute: false }) approvals: readonly Approval[] = [];
  @property({ attribute: false }) connection: ConnectionState = { kind: 'connecting' };
  @property({ attribute: false }) pendingPrompts: readonly PendingPrompt[] = [];
  @property({ attribute: false }) viewer!: User;
  /** The session's project, and how its own settings are asked about; for the side panel. */
  @property({ attribute: false }) project: Project | undefined;
  @property({ attribute: false }) trust: TrustApi | undefined;
  /** The prompts that have not come to an end. */
  @property({ attribute: false }) line: PromptLine = EMPTY_LINE;
  /** Why the last change to a waiting prompt was not made. */
  @property() lineProblem = '';
  /** What its process takes just now, where that is known. */
  @property({ attribute: false }) use: ProcessUse | undefined;
  /** Its place in the queue for a process, from 1. */
  @property({ attribute: false }) position: number | undefined;
  /** How many processes are live, and how many may be. */
  @property({ attribute: false, hasChanged: (now: unknown, before: unknown) => JSON.stringify(now) !== JSON.stringify(before) }) places: { readonly live: number; readonly limit: number } | undefined;
  @property({ type: Boolean }) hasOlder = false;
  @property({ type: Boolean }) loading = false;
  /** What went wrong while the transcript was loaded, for people; empty when nothing did. */
  @property() failed = '';
  /** What its owner chose, until it is confirmed. */
  @property({ attribute: false }) wantedSharing: Sharing | undefined;
  /** Text kept for this session's composer; `composer-text {text}` is said whenever it changes. */
  @property() composerText = '';
  /** Why an answer to a request was not taken, by the request's id. */
  @property({ attribute: false }) answerProblems: ReadonlyMap<string, string> = NO_PROBLEMS;

  private readonly wide = window.matchMedia('(min-width: 80rem)');
  @state() private side = this.wide.matches;
  @state() private inView: ReadonlySet<string> = new Set();
  @state() private answered: ReadonlySet<string> = new Set();
  @state() private notice = '';
  @query('transcript-view') private readonly talk!: TranscriptView;
  /** There is none once the contents have expired. */
  @query('prompt-composer') private readonly composer!: PromptComposer | null;

  private readonly cards = new Map<string, ApprovalCard>();
  private escapedAt = -Infinity;
  private wentAt = -Infinity;
  private draftAt = 0;
  private shownHash = '';
  /** The request that was answered here last, until its answer is recorded. */
  private decided = '';
  private readonly announced = new Set<string>();

  constructor() {
    super();
    new Ticker(this, () => this.live !== undefined && this.session.state !== 'queued');
    this.addEventListener('approval-seen', (event) => this.noticeCard(event as CustomEvent<{ card: ApprovalCard; visible: boolean }>));
    this.addEventListener('approval-decide', (event) => {
      const { approvalId } = (event as CustomEvent<{ approvalId: string }>).detail;
      this.answered = new Set(this.answered).add(approvalId);
      this.decided = approvalId;
    });
  }

  override connectedCallback(): void {
    super.connectedCallback();
    window.addEventListener('keydown', this.key);
    // Before the shell takes the key to another session.
    window.addEventListener('keydown', this.dot, { capture: true });
    window.addEventListener('hashchange', this.goToHash);
    this.wide.addEventListener('change', this.resized);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    window.removeEventListener('keydown', this.key);
    window.removeEventListener('keydown', this.dot, { capture: true });
    window.removeEventListener('hashchange', this.goToHash);
    this.wide.removeEventListener('change', this.resized);
  }

  override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('drafts')) this.draftAt = Date.now();
    if (changed.has('session') && changed.get('session')?.id !== this.session.id) this.forget();
    if (changed.has('transcript') || changed.has('approvals')) this.announceRequests();
    if (changed.has('session')) this.announceStall(changed.get('session'));
  }

  override updated(changed: PropertyValues<this>): void {
    if (changed.has('transcript') && this.transcript.firstSeq && !this.shownHash) this.goToHash();
    if (changed.has('transcript')) this.moveFocusOn();
  }

  override render(): TemplateResult {
    return html`
      <header class="bar"><a class="btn icon ghost short" href="/" aria-label="Back to sessions">${icon('chevron-left')}</a>${this.badge()}<h1 class="clip" title=${titleOf(this.session)}>${titleOf(this.session)}</h1><span class="push"></span>${this.actions()}</header>
      ${this.facts()}
      <div class=${this.side ? 'split beside' : 'split'}>
        <div class="talk">
          ${keyed(this.session.id, html`<transcript-view
            .transcript=${this.transcript} .drafts=${this.drafts} .pendingPrompts=${this.sendingNow} .strays=${this.strays} .problems=${this.answerProblems}
            .answered=${this.answered} .given=${this.given} .promised=${this.line.prompts.some((prompt) => prompt.state === 'waiting')} .mode=${words.modeWords(this.session.permissionMode)} .me=${this.viewer.id} .cwd=${this.session.cwd} .locked=${this.locked} .watching=${!mayWork(this.session)} .failed=${this.failed} .hasOlder=${this.hasOlder} .loading=${this.loading} .runnable=${this.runnable}
          ></transcript-view>`)}
          <div class="dock">${this.liveBar()} ${this.waitBar()} ${this.session.expiredAt === undefined ? this.composerElement() : this.expired(this.session.expiredAt)}</div>
        </div>
        ${this.side ? html`<button class="veil" type="button" tabindex="-1" aria-hidden="true" @click=${this.closeSide}></button>
          <aside aria-label="About this session"><header class="sheet-head">About this session<span class="push"></span><button class="btn icon ghost" type="button" aria-label="Close the side panel" @click=${this.closeSide}>${icon('x')}</button></header><session-side .session=${this.session} .transcript=${this.transcript} .use=${this.use} .viewer=${this.viewer} .project=${this.project} .trust=${this.trust} .wantedSharing=${this.wantedSharing} .away=${this.away}></session-side></aside>` : nothing}
      </div>
      <div class="sr" role="status">${this.notice}</div>
    `;
  }

  // ---- head ----

  private badge(): TemplateResult {
    const look = lookOf(this.session);
    const family = look === 'stalled' ? 'ask' : tone(look);
    const place = look === 'queued' && this.position !== undefined ? `, ${ordinal(this.position)} in line` : '';
    return html`<span class="badge b-${family}" title=${`Since ${words.exactTime(this.session.stateSince)}`}>${glyph(look)}<span class="word">${look === 'asking' && !mayWork(this.session) ? 'Needs a person' : word(look)}${place}</span></span>`;
  }

  private actions(): TemplateResult {
    const may = mayWork(this.session);
    const off = this.away;
    const reason = off ? 'No connection' : '';
    const busy = this.session.state === 'working' || this.session.state === 'asking';
    const live = busy || ['starting', 'idle', 'queued'].includes(this.session.state);
    const dead = ['stopped', 'interrupted', 'failed'].includes(this.session.state) && this.session.expiredAt === undefined;
    return html`
      ${may && busy
        ? html`<button class="btn long" type="button" ?disabled=${off} title=${reason || 'Esc Esc'} @click=${this.interrupt}>${icon('circle-stop', true)}Interrupt <kbd>Esc Esc</kbd></button>
            <button class="btn icon ghost short" type="button" ?disabled=${off} aria-label="Interrupt" @click=${this.interrupt}>${icon('circle-stop')}</button>`
        : nothing}
      ${may && live ? html`<button class="btn ghost" type="button" ?disabled=${off} title=${reason || 'End the process and everything it started'} @click=${() => intend(this, 'session-stop', undefined)}>Stop</button>` : nothing}
      ${may && dead ? html`<button class="btn" type="button" ?disabled=${off} title=${reason || 'Start Claude again; the conversation goes on'} @click=${() => intend(this, 'session-resume', undefined)}>${icon('play', true)}Resume</button>` : nothing}
      <span class="sep long"></span>
      <button class="btn icon ghost side-button" type="button" aria-pressed=${this.side} aria-label="Side panel" title="Side panel ]" @click=${this.toggleSide}>${icon('panel-right')}</button>
    `;
  }

  private facts(): TemplateResult {
    const { session } = this;
    const model = this.transcript.model || session.model;
    const share = session.contextTokens && session.contextWindow ? Math.round((session.contextTokens / session.contextWindow) * 100) : undefined;
    const all = session.tokens.input + session.tokens.cacheRead + session.tokens.cacheWrite + session.tokens.output;
    return html`<div class="facts" tabindex="0" role="region" aria-label="Facts of this session">
      <span title="Project">${icon('folder')}${visible(session.projectName)}</span>
      <span title=${session.cwd}><span class="mono cwd clip"><bdi>${visibleStrictly(session.cwd)}</bdi></span></span>
      ${model ? html`<span title="Model">${icon('cpu')}${model}</span>` : nothing}
      <span title="Mode">${icon('shield')}${words.modeWords(session.permissionMode)}</span>
      ${session.effort ? html`<span>${icon('gauge')}Effort: ${session.effort}</span>` : nothing}
      ${share === undefined ? nothing : html`<span class="num" title=${`${session.contextTokens?.toLocaleString('en-US')} of ${session.contextWindow?.toLocaleString('en-US')} tokens after the last turn`}>Context <span class="m">${meter(share, 'Context used')}</span>${share} %</span>`}
      ${all ? html`<span class="num" title="All tokens, in and out, cache included">${words.count(all)} tokens</span><span class="num" title="At list prices, subagents included">${words.money(session.cost)}</span>` : nothing}
      ${this.shared()}
    </div>`;
  }

  /** Whose it is, and who else may come. */
  private shared(): TemplateResult {
    const { owner } = this.session;
    const sharing = this.wantedSharing ?? this.session.sharing;
    const { name, meaning } = SHARINGS[sharing];
    return html`<span title=${`Owner ${owner.name}. ${meaning}`}>${icon(sharingIcon(sharing))}${owner.id === this.viewer.id ? 'Yours' : owner.name} · ${name.toLowerCase()}</span>`;
  }

  // ---- dock ----

  /** Nobody can go on with what nobody remembers. */
  private expired(at: string): TemplateResult {
    return html`<div class="note expired" role="note">${icon('hourglass')}<div><p><strong>Contents expired on ${date(at)}</strong></p>
      <p>What was said in this session is gone, as its project has it. That it was, when it ran, and what it cost is kept. It cannot be resumed; start a new session.</p></div></div>`;
  }

  private composerElement(): TemplateResult {
    const refused = this.pendingPrompts.find((prompt) => prompt.state === 'refused');
    return html`<prompt-composer
      .sessionState=${this.session.state} .mode=${words.modeWords(this.session.permissionMode)} .text=${this.composerText} .problem=${refused?.problem ?? ''}
      .waiting=${waitingOf(this.line).length} .held=${this.line.held !== ''} .cut=${this.session.turnFault?.kind === 'cut'}
      .denied=${whyOnlyWatching(this.viewer, this.session)} .offline=${this.away}
      @composer-text=${this.keepText} @text-rescued=${this.takeText} @line-left=${() => this.composer?.focus()}
    ><prompt-line slot="line"
      .line=${this.line} .sending=${this.sendingToWait} .cut=${this.cutUnseen} .sessionState=${this.session.state} .me=${this.viewer.id} .problem=${this.lineProblem}
      .locked=${whyOnlyWatching(this.viewer, this.session) || (this.away ? OFFLINE : '')} .runnable=${this.runnable}
    ></prompt-line></prompt-composer>`;
  }

  private keepText(event: CustomEvent<{ text: string }>): void {
    this.composerText = event.detail.text;
  }

  /** Words that were written into a prompt which Claude then took up, before what stands in the field. */
  private takeText(event: CustomEvent<{ text: string }>): void {
    const text = [event.detail.text, this.composerText].filter(Boolean).join('\n\n');
    this.composerText = text;
    this.dispatchEvent(new CustomEvent('composer-text', { bubbles: true, composed: true, detail: { text } }));
    this.composer?.focus();
  }

  // ---- prompts on their way: where they will be, so that none stands in two places or jumps ----

  /** What is being sent stands in the transcript when it runs at once, and else in the line. */
  private get sendingNow(): readonly PendingPrompt[] {
    return runsAtOnce(this.line) ? this.pendingPrompts : this.pendingPrompts.filter((prompt) => prompt.now);
  }

  private get sendingToWait(): readonly PendingPrompt[] {
    const known = new Set(this.line.prompts.map((prompt) => prompt.promptId));
    return runsAtOnce(this.line) ? [] : this.pendingPrompts.filter((prompt) => !prompt.now && prompt.state !== 'refused' && !known.has(prompt.promptId));
  }

  private get given(): readonly LinePrompt[] {
    return this.line.prompts.filter((prompt) => prompt.state === 'given');
  }

  /** Those that were cut without having been taken up; the others stand in the transcript. */
  private get cutUnseen(): readonly LinePrompt[] {
    return this.line.prompts.filter((prompt) => {
      const entry = this.transcript.entries.get(`p:${prompt.promptId}`);
      return prompt.state === 'cut' && (entry?.kind !== 'prompt' || entry.state === 'waiting');
    });
  }

  /** A request that cannot be seen must not be missed. */
  private waitBar(): TemplateResult | typeof nothing {
    const next = this.waiting.find((approval) => !this.isInView(approval.approvalId));
    if (!next) return nothing;
    const more = this.waiting.length - 1;
    return html`<div class="waitbar">
      ${glyph('asking', mayWork(this.session) ? 'Needs you' : 'Needs a person')}
      <p class="clip"><b class="strong">${words.approvalTitle(next)}</b> ${hint(next)}</p>
      ${more ? html`<span class="t2 sm">and ${more} more</span>` : nothing}
      <button class="btn sm push" type="button" @click=${() => this.review(next.approvalId)}>${mayWork(this.session) ? 'Review' : 'Look'} <kbd>.</kbd></button>
    </div>`;
  }

  /** What is waited for while nothing is heard. It ends with the next word. */
  private liveBar(): TemplateResult | typeof nothing {
    const live = this.live;
    if (!live) return nothing;
    const look = live.weight === 'look';
    return html`<div class=${look ? 'waitbar' : 'waitbar calm'}>
      ${look ? glyph('stalled', 'Stalled') : icon('hourglass', true)}
      <p><b class="strong">${live.title}</b> ${live.code ? html`<code>${visibleStrictly(live.code.split('\n')[0]?.slice(0, 160) ?? '')}</code> · ` : nothing}${live.rest}</p>
      ${look && mayWork(this.session) ? html`<button class="btn sm push" type="button" ?disabled=${this.away} @click=${this.interrupt}>Interrupt</button>` : nothing}
    </div>`;
  }

  private get live(): LiveWords | undefined {
    if (this.away) return undefined;
    return liveWords({ session: this.session, transcript: this.transcript, position: this.position, places: this.places, draftAt: this.drafts.length ? this.draftAt : 0, now: Date.now() });
  }

  /** No connection, or a server on its way down: nothing can be written. */
  private get away(): boolean {
    return this.connection.kind === 'offline' || this.connection.kind === 'draining';
  }

  // ---- requests ----

  private get locked(): string {
    if (!mayWork(this.session)) return `You are watching. ${whoDecides(this.viewer, this.session)}`;
    return this.away ? 'No connection. You can decide as soon as it is back.' : '';
  }

  private get runnable(): boolean {
    return mayWork(this.session) && !this.away && !['stopped', 'interrupted', 'failed'].includes(this.session.state);
  }

  private get waiting(): readonly ApprovalEntry[] {
    const known = this.transcript.waiting.map((key) => this.transcript.entries.get(key)).filter((entry) => entry?.kind === 'approval');
    return [...this.strays, ...known];
  }

  /** The store knows of requests whose events lie in pages that were not read yet. They are shown all the same. */
  private get strays(): readonly ApprovalEntry[] {
    const found = this.approvals.filter((approval) => approval.state === 'pending' && !approvalOf(this.transcript, approval.id));
    return found.length ? found.map(entryOf) : NO_STRAYS;
  }

  /** Each request is said once, when it comes; those that waited before the session was opened are counted. */
  private announceRequests(): void {
    const fresh = this.waiting.filter((approval) => !this.announced.has(approval.approvalId));
    for (const approval of fresh) this.announced.add(approval.approvalId);
    const [first] = fresh;
    if (!first) return;
    if (!mayWork(this.session)) this.notice = `${words.approvalTitle(first)}. ${whoDecides(this.viewer, this.session)}`;
    else this.notice = fresh.length > 1 ? `${fresh.length} requests wait for you` : `${words.approvalTitle(first)}. A decision is needed.`;
  }

  /** A silence is said once, when it begins; its clock is for the eye. */
  private announceStall(before: Session | undefined): void {
    if (before?.id === this.session.id && !before.stalled && this.session.stalled && this.live) this.notice = `${this.live.title} ${this.live.rest}`;
  }

  /** The card that had the focus is gone once it is decided: the next request gets it, or else the transcript. */
  private moveFocusOn(): void {
    if (!this.decided || this.waiting.some((approval) => approval.approvalId === this.decided)) return;
    this.decided = '';
    if (document.activeElement && document.activeElement !== document.body && this.shadowRoot?.activeElement) return;
    const next = this.waiting[0];
    if (next) void this.review(next.approvalId);
    else this.talk.focusLog();
  }

  private noticeCard(event: CustomEvent<{ card: ApprovalCard; visible: boolean }>): void {
    const { card, visible } = event.detail;
    const id = card.approval.approvalId;
    this.cards.set(id, card);
    const next = new Set(this.inView);
    if (visible) next.add(id);
    else next.delete(id);
    this.inView = next;
  }

  private isInView(id: string): boolean {
    return this.inView.has(id) && (this.cards.get(id)?.isConnected ?? false);
  }

  private async review(id: string): Promise<void> {
    await this.talk.showApproval(id);
    const card = await this.drawn(id);
    if (!card) return;
    card.scrollIntoView({ block: 'nearest' });
    card.focus();
  }

  /** The card, as soon as it stands: it announces itself in one of the next frames. */
  private async drawn(id: string): Promise<ApprovalCard | undefined> {
    for (let frame = 0; frame < FRAMES_TO_DRAW; frame++) {
      await new Promise(requestAnimationFrame);
      const card = this.cards.get(id);
      if (card?.isConnected) return card;
    }
    return undefined;
  }

  // ---- keys ----

  private readonly key = (event: KeyboardEvent): void => {
    if (event.defaultPrevented || event.repeat || !this.checkVisibility()) return;
    if (event.key === 'Escape') return this.escape(event);
    // Twice means one after the other: whoever typed in between did not ask for an end.
    this.escapedAt = -Infinity;
    if (!event.ctrlKey && !event.metaKey && !event.altKey && !isTyping(event) && readLook().letters) this.letter(event);
  };

  private readonly dot = (event: KeyboardEvent): void => {
    const next = this.waiting[0];
    if (command(event) !== '.' || isTyping(event) || !readLook().letters || !next || !this.checkVisibility()) return;
    event.preventDefault();
    void this.review(next.approvalId);
  };

  private escape(event: KeyboardEvent): void {
    if (this.side && this.narrow) {
      this.closeSide();
      return;
    }
    const now = performance.now();
    const twice = now - this.escapedAt < TWICE_MILLIS;
    this.escapedAt = now;
    const field = event.composedPath()[0];
    if (field instanceof HTMLTextAreaElement || field instanceof HTMLInputElement) field.blur();
    const busy = this.session.state === 'working' || this.session.state === 'asking';
    if (!twice || !busy || !mayWork(this.session)) return;
    event.preventDefault();
    this.interrupt();
  }

  private letter(event: KeyboardEvent): void {
    switch (event.key) {
      case 'j':
      case 'J':
        this.talk.stepPrompt(1);
        break;
      case 'k':
      case 'K':
        this.talk.stepPrompt(-1);
        break;
      case 't':
        this.talk.toggleCurrent();
        break;
      case 'G':
        this.talk.toEnd();
        break;
      case 'g':
        this.goTwice();
        return;
      case 'y':
        void this.copyLink();
        break;
      case 'i':
        // The letter after G belongs to the shell.
        if (performance.now() - this.wentAt < TWICE_MILLIS) return;
        this.composer?.focus();
        break;
      case ']':
        this.toggleSide();
        break;
      default:
        return;
    }
    event.preventDefault();
  }

  private goTwice(): void {
    const now = performance.now();
    if (now - this.wentAt < TWICE_MILLIS) this.talk.toStart();
    this.wentAt = now;
  }

  /** The side panel lies over the transcript. */
  private get narrow(): boolean {
    return !this.wide.matches;
  }

  private readonly interrupt = (): void => {
    this.escapedAt = -Infinity;
    intend(this, 'session-interrupt', undefined);
  };

  private readonly toggleSide = (): void => {
    if (this.side) this.closeSide();
    else this.openSide();
  };

  private openSide(): void {
    this.side = true;
    if (this.narrow) void this.updateComplete.then(() => this.renderRoot.querySelector<HTMLElement>('.sheet-head .btn')?.focus());
  }

  /** What had the focus inside is gone; the button that opens it again takes it. */
  private readonly closeSide = (): void => {
    const inside = this.shadowRoot?.activeElement?.closest('aside');
    this.side = false;
    if (inside || this.narrow) this.renderRoot.querySelector<HTMLElement>('.side-button')?.focus();
  };

  /** A window that becomes narrow must not be covered by a panel that nobody opened. */
  private readonly resized = (): void => {
    this.side = this.wide.matches;
  };

  private async copyLink(): Promise<void> {
    const link = new URL(location.href);
    link.hash = String(this.talk.readingSeq);
    try {
      await navigator.clipboard.writeText(link.href);
      this.notice = 'The link to this entry is copied.';
    } catch {
      // Without a secure origin there is no clipboard; the address bar can be copied from instead.
      history.replaceState(history.state, '', link);
      this.notice = 'The link to this entry is in the address bar.';
    }
  }

  private readonly goToHash = (): void => {
    this.shownHash = location.hash || '#';
    const seq = Number(/^#(\d{1,15})$/.exec(location.hash)?.[1] ?? 0);
    if (seq) this.talk.showSeq(seq);
  };

  private forget(): void {
    this.cards.clear();
    this.inView = new Set();
    this.answered = new Set();
    this.announced.clear();
    this.decided = '';
    this.shownHash = '';
  }
}

function hint(approval: ApprovalEntry): TemplateResult {
  const target = words.toolTarget(approval.tool, approval.input);
  const text = visibleStrictly(target.text.slice(0, 200));
  return target.form === 'words' ? html`${text}` : html`<code>${text}</code>`;
}
