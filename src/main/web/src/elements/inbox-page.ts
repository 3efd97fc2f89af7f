import { css, html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import { keyed } from 'lit/directives/keyed.js';
import { repeat } from 'lit/directives/repeat.js';
import type { Approval, ConnectionState, Session, User } from '../api/types';
import { plural } from '../lib/format';
import { glyph, glyphSheet } from '../lib/glyphs';
import { titleOf } from '../lib/groups';
import { icon } from '../lib/icons';
import { inOrder, isMine, waitingForMe } from '../lib/inbox';
import { command, isTyping } from '../lib/keys';
import { waitsFor, whoDecides } from '../lib/may';
import { keepPlace, placeIn } from '../lib/place';
import { pathOf } from '../lib/router';
import { readLook } from '../lib/theme';
import type { Loading } from '../state/dashboard';
import { controls } from '../styles/shared';
import { viewSheet } from '../styles/view';
import { entryOf } from '../transcript/approval';
import { visible, visibleStrictly } from '../transcript/visible';
import * as words from '../transcript/words';
import './relative-time';
import { decidedLine, type ApprovalCard } from './session/approval-card';

const VIEW = 'inbox';

interface Place {
  readonly picked: string;
}

/** Everything that waits for a person, over all sessions, oldest first. Says `approval-decide`, `world-retry`. */
@customElement('inbox-page')
export class InboxPage extends LitElement {
  static override styles = [
    controls,
    glyphSheet,
    viewSheet,
    css`
      .two { flex: 1 1 auto; min-height: 0; display: grid; grid-template: minmax(0, 1fr) / minmax(17rem, 24rem) minmax(0, 1fr); }
      .list { border-inline-end: 1px solid var(--line); overflow: auto; scrollbar-width: thin; scrollbar-color: var(--line-2) transparent; }
      .row { display: grid; grid-template-columns: 1.25rem minmax(0, 1fr) auto; gap: 1px var(--sp-2); width: 100%; padding: var(--sp-2) var(--sp-4); border: 0; border-block-end: 1px solid var(--line); background: none; color: inherit; font: inherit; text-align: start; cursor: pointer; position: relative; }
      .others { padding: var(--sp-2) var(--sp-4); border-block-end: 1px solid var(--line); background: var(--bg); font-size: var(--text-sm); font-weight: var(--weight-strong); }
      .others span { color: var(--text-3); font-weight: var(--weight-normal); }
      .row > .i { color: var(--text-3); margin-block-start: 2px; }
      .row:hover { background: var(--hover); }
      .row[aria-current='true'] { background: var(--accent-tint); }
      .row:focus-visible { outline: var(--focus-width) solid var(--focus); outline-offset: -2px; }
      .row .title { font-weight: var(--weight-medium); }
      .row .target, .row .from { grid-column: 2 / -1; font-size: var(--text-sm); color: var(--text-2); }
      .row .target { font-family: var(--font-mono); font-size: 0.71875rem; color: var(--text); }
      .row .from { color: var(--text-3); }
      .row relative-time { color: var(--text-3); font-size: var(--text-sm); }
      .row.over .title { font-weight: var(--weight-normal); color: var(--text-2); }
      .one { overflow: auto; padding: var(--sp-4) var(--pad-x) var(--sp-8); scrollbar-width: thin; scrollbar-color: var(--line-2) transparent; }
      .one > * { max-width: 52rem; margin-inline: auto; }
      .about { display: flex; align-items: center; gap: var(--sp-2); margin-block-end: var(--sp-3); min-width: 0; }
      .about h2 { font-size: var(--text-lg); font-weight: var(--weight-strong); min-width: 0; }
      .about .t3 { white-space: nowrap; }
      .decided { display: flex; gap: var(--sp-2); align-items: start; padding: var(--sp-3) var(--sp-4); border: 1px solid var(--line-2); border-radius: var(--r-lg); background: var(--raised); overflow-wrap: anywhere; }
      .back { display: none; }
      .lines { display: grid; gap: var(--sp-4); padding: var(--sp-4); }
      @media (max-width: 63.99rem) {
        .two { grid-template-columns: minmax(0, 1fr); }
        .two.picked .list, .two:not(.picked) .one { display: none; }
        .list { border: 0; }
        .back { display: inline-flex; }
        .row { padding-block: var(--sp-3); }
        .one { padding-inline: var(--sp-3); }
      }
    `,
  ];

  @property({ attribute: false }) approvals: readonly Approval[] = [];
  @property({ attribute: false }) sessions: ReadonlyMap<string, Session> = new Map();
  @property({ attribute: false }) load: Loading = { kind: 'loading' };
  @property({ attribute: false }) connection: ConnectionState = { kind: 'connecting' };
  @property({ attribute: false }) viewer!: User;
  @property({ attribute: false }) answerProblems: ReadonlyMap<string, string> = new Map();

  /** The request that is looked at. */
  @state() private picked = '';
  /** Whether a person picked it: on a narrow screen only then it takes the list's place. */
  @state() private byHand = false;
  /** What this person looked at when they left the inbox; until the requests are there. */
  private earlier = placeIn<Place>(VIEW);
  /** What was seen waiting during this visit keeps its place until the inbox is left. */
  private readonly seen = new Set<string>();
  private readonly answered = new Set<string>();
  @query('approval-card') private card!: ApprovalCard | null;
  private readonly pressed = (event: KeyboardEvent) => this.key(event);

  override connectedCallback(): void {
    super.connectedCallback();
    document.addEventListener('keydown', this.pressed);
    this.addEventListener('approval-decide', (event) => this.answered.add((event as CustomEvent<{ approvalId: string }>).detail.approvalId));
  }

  override disconnectedCallback(): void {
    document.removeEventListener('keydown', this.pressed);
    super.disconnectedCallback();
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has('approvals')) return;
    for (const approval of this.approvals) if (approval.state === 'pending') this.seen.add(approval.id);
    if (this.earlier && this.shown.length > 0) this.comeBack(this.earlier.picked);
    const picked = this.shown.find((approval) => approval.id === this.picked);
    const mine = picked !== undefined && picked.state !== 'pending' && this.answered.has(picked.id);
    // Somebody else's answer is shown where the person looks; after one's own the next is due.
    if (picked === undefined || mine) this.pick(this.nextWaiting(picked), this.byHand && mine);
  }

  protected override updated(): void {
    if (this.wantsFocus && this.card) {
      this.wantsFocus = false;
      const { card } = this;
      void card.updateComplete.then(() => card.focus());
    }
  }

  private wantsFocus = false;

  /** To the request that was looked at before, if it still waits. */
  private comeBack(id: string): void {
    this.earlier = undefined;
    if (!this.shown.some((approval) => approval.id === id)) return;
    this.pick(id, true);
    this.showRow();
  }

  private get shown(): readonly Approval[] {
    return inOrder(this.approvals.filter((approval) => this.seen.has(approval.id)), this.sessions);
  }

  private nextWaiting(after: Approval | undefined): string {
    const { shown } = this;
    const from = after ? shown.indexOf(after) : -1;
    const order = [...shown.slice(from + 1), ...shown.slice(0, from + 1)];
    const waiting = order.filter((approval) => approval.state === 'pending');
    return (waiting.find((approval) => isMine(approval, this.sessions)) ?? waiting[0])?.id ?? '';
  }

  private pick(id: string, byHand: boolean): void {
    this.wantsFocus = id !== '' && id !== this.picked && (byHand || this.answered.size > 0);
    this.picked = id;
    this.byHand = byHand && id !== '';
    if (this.byHand) keepPlace(VIEW, { picked: id } satisfies Place);
  }

  override render(): TemplateResult {
    return html`
      <header class="bar"><h1>Inbox</h1><span class="sub clip">${this.load.kind === 'ready' ? this.summary() : ''}</span></header>
      ${this.body()}
    `;
  }

  private summary(): string {
    const mine = waitingForMe(this.approvals, this.sessions);
    const others = this.approvals.filter((approval) => approval.state === 'pending').length - mine;
    const parts = [
      mine > 0 && `${plural(mine, 'request')} ${mine === 1 ? 'waits' : 'wait'} for you`,
      others > 0 && `${mine > 0 ? others : plural(others, 'request')} ${others === 1 ? 'waits' : 'wait'} for ${others === 1 ? 'its owner' : 'their owners'}`,
    ];
    return parts.filter((part) => part !== false).join(' · ');
  }

  private body(): TemplateResult {
    if (this.load.kind === 'failed' && this.shown.length === 0) return this.failed();
    if (this.load.kind === 'loading' && this.shown.length === 0) {
      return html`<div class="lines late" role="status"><span class="sr">The inbox is being loaded</span><span class="sk"></span><span class="sk"></span><span class="sk"></span></div>`;
    }
    if (this.shown.length === 0) {
      return html`<div class="scroll"><div class="empty">${glyph('idle')}<h2>Nothing waits for you</h2>
        <p>What Claude may not do by itself comes here: commands to allow, questions to answer, plans to accept; from all sessions, oldest first.</p>
        <div class="acts"><a class="btn" href="/">All sessions</a></div></div></div>`;
    }
    return html`<div class="two ${this.byHand ? 'picked' : ''}">
      <nav class="list" aria-label="Requests">${repeat(this.shown, (approval) => approval.id, (approval, at) => html`${this.head(at)}${this.row(approval)}`)}</nav>
      <section class="one" aria-label="The request">${this.detail()}</section>
    </div>`;
  }

  /** Where those of others begin. */
  private head(at: number): TemplateResult | typeof nothing {
    const { shown } = this;
    const mine = (place: number) => shown[place] !== undefined && isMine(shown[place], this.sessions);
    if (mine(at) || (at > 0 && !mine(at - 1))) return nothing;
    return html`<h2 class="others">Waiting for their owners <span>you may watch</span></h2>`;
  }

  private row(approval: Approval): TemplateResult {
    const mine = isMine(approval, this.sessions);
    const entry = entryOf(approval);
    const target = words.toolTarget(approval.tool, approval.input);
    const waits = approval.state === 'pending';
    return html`<button class="row ${waits ? '' : 'over'}" type="button" aria-current=${approval.id === this.picked ? 'true' : 'false'} @click=${() => this.pick(approval.id, true)}>
      ${waits && !mine ? icon('hourglass', true) : glyph(waits ? 'asking' : 'idle', true)}<span class="title clip">${words.approvalTitle(entry)}</span><relative-time .time=${approval.requestedAt}></relative-time>
      ${waits
        ? html`<span class="target clip">${visibleStrictly(target.text.slice(0, 200))}</span>`
        : html`<span class="target clip">${words.decidedWords(entry, this.viewer.id)}</span>`}
      <span class="from clip">${waits && !mine ? `Waits for ${this.whom(approval)} · ` : ''}${this.sessionName(approval)}</span>
    </button>`;
  }

  private whom(approval: Approval): string {
    const session = this.sessions.get(approval.sessionId);
    return session ? waitsFor(session) : 'its owner';
  }

  private sessionName(approval: Approval): string {
    const session = this.sessions.get(approval.sessionId);
    return session ? `${titleOf(session)} · ${visible(session.projectName)}` : visible(approval.sessionTitle ?? 'Session');
  }

  private detail(): TemplateResult | typeof nothing {
    const approval = this.shown.find((each) => each.id === this.picked);
    if (!approval) {
      return html`<div class="empty">${glyph('idle')}<h2>All answered</h2><p>The list is tidied when you leave it.</p></div>`;
    }
    const session = this.sessions.get(approval.sessionId);
    const entry = entryOf(approval);
    return html`
      <div class="about">
        <button class="btn ghost icon back" type="button" aria-label="Back to the list" @click=${this.back}>${icon('arrow-left')}</button>
        <h2 class="clip"><a href=${`${pathOf(approval.sessionId)}#${approval.seq}`}>${session ? titleOf(session) : 'Session'}</a></h2>
        <span class="t3 clip">${visible(session?.projectName ?? '')}</span>
      </div>
      ${approval.state === 'pending'
        ? keyed(
            approval.id,
            // A card of its own for each request: what was written for one is never sent to another.
            html`<approval-card .approval=${entry} .cwd=${session?.cwd ?? ''} .mode=${session ? words.modeWords(session.permissionMode) : ''} .locked=${this.lockOf(approval)} .watching=${!isMine(approval, this.sessions)} .problem=${this.answerProblems.get(approval.id) ?? ''}></approval-card>`,
          )
        : html`<div role="status">${decidedLine(entry, this.viewer.id, this.answered)}</div>`}
    `;
  }

  private lockOf(approval: Approval): string {
    const session = this.sessions.get(approval.sessionId);
    if (session === undefined || !isMine(approval, this.sessions)) return `You are watching. ${session ? whoDecides(this.viewer, session) : 'Its owner can decide.'}`;
    return this.connection.kind === 'offline' || this.connection.kind === 'draining' ? 'No connection. An answer can be given when it is back.' : '';
  }

  private failed(): TemplateResult {
    const problem = this.load.kind === 'failed' ? this.load.problem : undefined;
    return html`<div class="scroll"><div class="empty" role="alert">${glyph('failed')}<h2>The inbox could not be loaded</h2>
      <p>${problem?.kind === 'refused' ? problem.message : 'The server does not answer. What waits goes on waiting.'}</p>
      <div class="acts"><button class="btn primary" type="button" @click=${() => this.dispatchEvent(new CustomEvent('world-retry', { bubbles: true, composed: true }))}>Try again</button></div>
      <p class="small">${problem?.code ?? ''}</p></div></div>`;
  }

  private readonly back = (): void => {
    this.byHand = false;
    keepPlace(VIEW, { picked: '' } satisfies Place);
    void this.updateComplete.then(() => this.renderRoot.querySelector<HTMLElement>('.row[aria-current="true"]')?.focus());
  };

  // ---- keys ----

  private key(event: KeyboardEvent): void {
    if (isTyping(event) || !readLook().letters) return;
    const key = command(event);
    if (key === 'j') this.step(1);
    else if (key === 'k') this.step(-1);
    else if (key === 'u') this.back();
    else if (key === 'Enter' && event.composedPath()[0] instanceof HTMLElement && this.isOnCard(event)) this.openSession();
    else return;
    event.preventDefault();
  }

  /** Enter on a button presses it; on the card itself it goes where the request came from. */
  private isOnCard(event: KeyboardEvent): boolean {
    return (event.composedPath()[0] as HTMLElement).classList.contains('ap');
  }

  private step(by: number): void {
    const { shown } = this;
    const at = shown.findIndex((approval) => approval.id === this.picked);
    // The one that was picked on arrival has no focus yet, and no key: the first step goes to it, not past it.
    const stay = by > 0 && this.card !== null && this.shadowRoot?.activeElement !== this.card;
    const next = shown[Math.min(shown.length - 1, Math.max(0, stay ? at : at + by))];
    if (!next) return;
    this.pick(next.id, true);
    this.wantsFocus = true;
    this.showRow();
  }

  private showRow(): void {
    void this.updateComplete.then(() => this.renderRoot.querySelector('.row[aria-current="true"]')?.scrollIntoView({ block: 'nearest' }));
  }

  private openSession(): void {
    this.renderRoot.querySelector<HTMLAnchorElement>('.about a')?.click();
  }
}
