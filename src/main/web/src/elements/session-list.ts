import { css, html, LitElement, nothing, svg, type TemplateResult } from 'lit';
import { customElement, property, query, queryAll, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import type { Approval, ConnectionState, Processes, Session, User } from '../api/types';
import { bytes, count, date, initials, middle, money, moment, ordinal, plural } from '../lib/format';
import { glyph, glyphSheet, word } from '../lib/glyphs';
import { groupSessions, isStalled, lookOf, matches, needsMe, needsPerson, titleOf, type Group } from '../lib/groups';
import { icon } from '../lib/icons';
import { mayStart, mayWork, sharingIcon, SHARINGS, waitsFor, whyNotStart } from '../lib/may';
import { command, isTyping } from '../lib/keys';
import { keepPlace, placeIn } from '../lib/place';
import { readLook } from '../lib/theme';
import { pathOf } from '../lib/router';
import { onTick } from '../lib/ticker';
import type { Loading } from '../state/dashboard';
import { positionOf } from '../state/processes';
import { controls } from '../styles/shared';
import { visible, visibleStrictly } from '../transcript/visible';
import { stalledInList } from '../transcript/live';
import { EDITS, oneLine, toolName, toolTarget } from '../transcript/words';
import { viewSheet } from '../styles/view';
import './relative-time';

/** How long pointer and focus must have been off the list before rows may change their places. */
const REST_MS = 2_000;
/** Scrolling says where it is many times a second; where it came to rest is enough. */
const PLACE_MS = 200;
const VIEW = 'sessions';

interface Place {
  readonly filter: string;
  readonly top: number;
  /** Of the session that was opened from there. */
  readonly path: string;
}

/** All sessions by how much they need a person. Says `session-new`, `world-retry`. */
@customElement('session-list')
export class SessionList extends LitElement {
  static override styles = [
    controls,
    glyphSheet,
    viewSheet,
    css`
      .search { position: relative; flex: 0 1 24rem; min-width: 8rem; }
      .search .i { position: absolute; inset: 0 auto 0 var(--sp-2); margin-block: auto; color: var(--text-3); }
      .search .input { padding-inline: 1.875rem; }
      .search kbd { position: absolute; inset: 0 var(--sp-15) 0 auto; margin-block: auto; }
      .search .input:focus ~ kbd { display: none; }
      .thead, .row { display: grid; grid-template-columns: 1.25rem minmax(14rem, 1fr) minmax(8rem, 16rem) 6.5rem 4.5rem 4.75rem 1.75rem 3rem; column-gap: var(--sp-3); align-items: center; padding-inline: var(--pad-x); }
      .thead { position: sticky; inset-block-start: 0; z-index: var(--z-sticky); height: 1.875rem; background: var(--surface); border-block-end: 1px solid var(--line); font-size: var(--text-xs); color: var(--text-3); font-weight: var(--weight-medium); }
      .scroll { scroll-padding-block-start: 4.25rem; }
      .group { display: flex; align-items: center; gap: var(--sp-2); height: 2rem; padding-inline: var(--pad-x); background: var(--bg); border-block-end: 1px solid var(--line); font-weight: var(--weight-strong); font-size: var(--text-sm); position: sticky; inset-block-start: 1.875rem; z-index: 9; }
      .group .n, .group .hint { color: var(--text-3); font-weight: var(--weight-normal); }
      .row { min-height: var(--row-2); border-block-end: 1px solid var(--line); position: relative; }
      .row.one { min-height: var(--row-1); }
      .row:hover { background: var(--hover); }
      .row:focus-within { outline: var(--focus-width) solid var(--focus); outline-offset: -2px; border-radius: var(--r-md); }
      .row.hot::before, .row.broke::before { content: ""; position: absolute; inset: -1px auto -1px 0; width: 3px; background: var(--ask-solid); }
      .row.broke::before { background: var(--fail-glyph); }
      .what { min-width: 0; display: grid; gap: 1px; }
      .name { font-weight: var(--weight-medium); }
      .name:focus-visible { outline: 0; }
      .name::after { content: ""; position: absolute; inset: 0; }
      .now { color: var(--text-2); font-size: var(--text-sm); }
      .now .verb { margin-inline-end: var(--sp-1); }
      .now code { font-size: 0.71875rem; color: var(--text); }
      .row .mem { color: var(--text-2); font-size: var(--text-sm); }
      .hot .verb { color: var(--ask-text); font-weight: var(--weight-medium); }
      .broke .verb { color: var(--fail-text); font-weight: var(--weight-medium); }
      .one .what { display: flex; align-items: baseline; gap: var(--sp-3); }
      .one .name { flex: 0 1 auto; max-width: 75%; }
      .one .now { flex: 1 1 0; color: var(--text-3); }
      .hot .what { grid-template-columns: minmax(0, 1fr) auto; column-gap: var(--sp-3); }
      .hot .what > :not(.review) { grid-column: 1; }
      .review { grid-area: 1 / 2 / span 2; align-self: center; position: relative; z-index: 1; background: var(--surface); }
      .where { min-width: 0; display: grid; gap: 1px; color: var(--text-2); font-size: var(--text-sm); }
      .proj { display: flex; align-items: center; gap: var(--sp-15); min-width: 0; }
      .shared { display: inline-flex; color: var(--text-3); position: relative; z-index: 1; }
      .where .path { color: var(--text-3); font-size: 0.71875rem; }
      .one .where .path { display: none; }
      .ctx { display: grid; gap: var(--sp-1); font-size: var(--text-sm); color: var(--text-2); font-variant-numeric: tabular-nums; }
      .ctx svg { width: 100%; height: 0.25rem; border-radius: var(--r-xs); background: var(--active); }
      .ctx rect { fill: var(--text-3); }
      .ctx .over { fill: var(--fail-glyph); }
      .one .ctx svg { display: none; }
      .r { text-align: end; font-variant-numeric: tabular-nums; white-space: nowrap; }
      .own { position: relative; z-index: 1; }
      .age { color: var(--text-2); font-size: var(--text-sm); position: relative; z-index: 1; }
      @media (max-width: 79.99rem) {
        .thead, .row { grid-template-columns: 1.25rem minmax(12rem, 1fr) minmax(7rem, 11rem) 6rem 4.5rem 3rem; }
        .own, .mem { display: none; }
      }
      @media (max-width: 47.99rem) {
        .thead { display: none; }
        .group { inset-block-start: 0; }
        .tools { padding-block: var(--sp-2); }
        .search { flex: 1 1 auto; }
        .row, .row.one { grid-template: "g what age" auto ". where where" auto / 1.25rem minmax(0, 1fr) auto; gap: var(--sp-1) var(--sp-2); padding-block: var(--sp-3); align-items: start; min-height: 0; }
        .row > .g { grid-area: g; margin-block-start: 2px; }
        .what, .one .what { grid-area: what; display: grid; gap: var(--sp-0); }
        .one .name { max-width: 100%; }
        .age { grid-area: age; }
        .where { grid-area: where; }
        .where .path { display: none; }
        .ctx, .cost { display: none; }
        .hot .what { grid-template-columns: minmax(0, 1fr); }
        .hot .review { grid-area: auto; justify-self: start; height: 2.5rem; padding-inline: var(--sp-4); margin-block-start: var(--sp-1); }
        .hot .now { display: -webkit-box; -webkit-line-clamp: 3; -webkit-box-orient: vertical; white-space: normal; overflow-wrap: anywhere; }
      }
    `,
  ];

  @property({ attribute: false }) sessions: ReadonlyMap<string, Session> = new Map();
  @property({ attribute: false }) approvals: ReadonlyMap<string, Approval> = new Map();
  @property({ attribute: false }) load: Loading = { kind: 'loading' };
  @property({ attribute: false }) connection: ConnectionState = { kind: 'connecting' };
  @property({ attribute: false }) viewer!: User;
  @property({ attribute: false }) processes: Processes | undefined;
  /** Where this person was when they left the list; until it is drawn. */
  private earlier = placeIn<Place>(VIEW);
  @state() private filter = this.earlier?.filter ?? '';
  @query('#filter') private field!: HTMLInputElement | null;
  @query('.scroll') private scroller!: HTMLElement | null;
  @queryAll('.name') private links!: NodeListOf<HTMLAnchorElement>;

  private stopTicking: (() => void) | undefined;
  private held = false;
  private restTimer: ReturnType<typeof setTimeout> | undefined;
  private placed: readonly Group[] = [];
  private placedFilter = '';
  private placeTimer: ReturnType<typeof setTimeout> | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    document.addEventListener('keydown', this.pressed);
    this.stopTicking = onTick(() => [...this.sessions.values()].some(isStalled) && this.requestUpdate());
  }

  override disconnectedCallback(): void {
    document.removeEventListener('keydown', this.pressed);
    this.stopTicking?.();
    clearTimeout(this.restTimer);
    clearTimeout(this.placeTimer);
    super.disconnectedCallback();
  }

  private readonly pressed = (event: KeyboardEvent): void => {
    if (event.key === 'Escape' && this.renderRoot instanceof ShadowRoot && this.renderRoot.activeElement === this.field) {
      if (this.filter !== '') this.setFilter('');
      else this.field?.blur();
      return;
    }
    if (isTyping(event) || !readLook().letters || document.querySelector('app-shell')?.shadowRoot?.querySelector('dialog[open]')) return;
    const key = command(event);
    if (key === '/') {
      event.preventDefault();
      this.field?.focus();
    } else if (key === 'j' || key === 'k' || key === 'ArrowDown' || key === 'ArrowUp') {
      if (this.step(key === 'j' || key === 'ArrowDown' ? 1 : -1)) event.preventDefault();
    }
  };

  private step(by: 1 | -1): boolean {
    const links = [...this.links];
    const active = this.renderRoot instanceof ShadowRoot ? this.renderRoot.activeElement : null;
    const at = links.findIndex((link) => link === active);
    const next = at < 0 ? (by === 1 ? links[0] : links.at(-1)) : links[at + by];
    next?.focus();
    next?.scrollIntoView({ block: 'nearest' });
    return next !== undefined;
  }

  private setFilter(text: string): void {
    this.filter = text;
    if (this.field && this.field.value !== text) this.field.value = text;
    this.keepPlace();
  }

  // ---- the way back ----

  protected override updated(): void {
    if (this.earlier === undefined || this.links.length === 0) return;
    const { top, path } = this.earlier;
    this.earlier = undefined;
    if (this.scroller) this.scroller.scrollTop = top;
    const link = [...this.links].find((each) => each.pathname === path);
    link?.focus({ preventScroll: true });
    link?.scrollIntoView({ block: 'nearest' });
  }

  private keepPlace(path = ''): void {
    clearTimeout(this.placeTimer);
    keepPlace(VIEW, { filter: this.filter, top: this.scroller?.scrollTop ?? 0, path } satisfies Place);
  }

  private keepPlaceSoon(): void {
    clearTimeout(this.placeTimer);
    this.placeTimer = setTimeout(() => this.keepPlace(), PLACE_MS);
  }

  /** Before the router takes the click. */
  private leave(event: Event): void {
    const link = event.composedPath().find((part) => part instanceof HTMLAnchorElement);
    if (link) this.keepPlace(link.pathname);
  }

  // While somebody points at the list or moves in it, rows keep their places and only their insides change.
  private hold(event: Event): void {
    if (event instanceof PointerEvent && event.pointerType !== 'mouse') return;
    clearTimeout(this.restTimer);
    this.held = true;
  }

  private release(): void {
    clearTimeout(this.restTimer);
    this.restTimer = setTimeout(() => this.tidy(), REST_MS);
  }

  private tidy(): void {
    clearTimeout(this.restTimer);
    this.held = false;
    this.requestUpdate();
  }

  private groups(): readonly Group[] {
    const keep = this.held && this.placed.length > 0 && this.placedFilter === this.filter;
    if (keep) {
      this.placed = this.placed.map((group) => ({
        ...group,
        sessions: group.sessions.flatMap((session) => this.sessions.get(session.id) ?? []),
      }));
    } else {
      this.placed = groupSessions(this.sessions.values(), this.filter);
      this.placedFilter = this.filter;
    }
    return this.placed;
  }

  override render(): TemplateResult {
    const all = [...this.sessions.values()];
    return html`
      <header class="bar">
        <h1>Sessions</h1>
        ${this.load.kind === 'ready' && all.length > 0 ? html`<span class="sub clip">${summary(all, this.processes)}</span>` : nothing}
        <span class="push"></span>
        ${mayStart(this.viewer) ? this.newButton('no-phone') : nothing}
      </header>
      ${this.load.kind === 'ready' && all.length > 0 ? this.tools() : nothing}
      <div class="scroll" @scroll=${this.keepPlaceSoon} @click=${this.leave}>${this.body(all)}</div>
    `;
  }

  private newButton(more = ''): TemplateResult {
    const online = this.connection.kind === 'live' || this.connection.kind === 'connecting';
    const may = mayStart(this.viewer) && online;
    return html`<button class="btn primary ${more}" type="button" @click=${() => this.say('session-new')} ?disabled=${!may}
      title=${may ? nothing : whyNotStart(this.viewer) || 'Not possible without a connection'}>
      ${icon('plus', true)}New session <kbd>C</kbd>
    </button>`;
  }

  private tools(): TemplateResult {
    return html`<div class="tools">
      <div class="search">
        ${icon('search')}
        <input class="input quiet" id="filter" type="search" aria-label="Filter sessions" placeholder="Filter by words"
          autocomplete="off" spellcheck="false" .value=${this.filter}
          @input=${(event: Event) => this.setFilter((event.target as HTMLInputElement).value)} />
        <kbd>/</kbd>
      </div>
    </div>`;
  }

  private body(all: readonly Session[]): TemplateResult {
    if (this.load.kind === 'failed' && all.length === 0) return this.failed();
    if (this.load.kind === 'loading' && all.length === 0) return skeleton();
    if (all.length === 0) return this.first();
    const groups = this.groups();
    if (groups.length === 0) return this.noMatch();
    const shown = new Set(groups.flatMap((group) => group.sessions.map((session) => session.id)));
    const unseen = all.filter((session) => !shown.has(session.id) && matches(session, this.filter)).length;
    return html`
      <div class="thead" aria-hidden="true">
        <span></span><span>Session ${unseen > 0 ? html`· <b>${unseen} new</b>` : nothing}</span><span>Project and folder</span><span>Context</span>
        <span class="r mem">Memory</span><span class="r cost">Cost</span><span class="own"></span><span class="r">Since</span>
      </div>
      <div @pointerenter=${this.hold} @pointerleave=${this.release} @focusin=${this.hold} @focusout=${this.release}>
        ${repeat(groups, (group) => group.name, (group) => this.group(group))}
      </div>
    `;
  }

  private group(group: Group): TemplateResult {
    return html`<section aria-label=${group.name}>
      <h2 class="group">${group.name} <span class="n">${group.sessions.length}</span>${group.hint === '' ? nothing : html`<span class="hint clip">· ${group.hint}</span>`}</h2>
      <ul>${repeat(group.sessions, (session) => session.id, (session) => this.row(session))}</ul>
    </section>`;
  }

  private row(session: Session): TemplateResult {
    const quiet = !needsPerson(session) && session.state !== 'working' && session.state !== 'starting';
    const hot = mayWork(session) && (session.state === 'asking' || isStalled(session));
    const broke = session.expiredAt === undefined && (session.state === 'failed' || isAtFault(session));
    const edge = hot ? 'hot' : broke ? 'broke' : '';
    return html`<li class="row ${edge} ${quiet ? 'one' : ''}">
      ${glyph(lookOf(session), true)}
      <div class="what">
        <a class="name clip" href=${pathOf(session.id)} title=${titleOf(session)}>${titleOf(session)}</a>
        ${this.now(session)}
        ${session.state === 'asking' && hot ? html`<a class="btn sm review" href=${pathOf(session.id)} aria-label=${`Review the request of ${titleOf(session)}`}>Review</a>` : nothing}
      </div>
      <div class="where">
        <span class="proj"><span class="clip">${visible(session.projectName)}</span>${session.sharing === 'team-read' ? nothing : html`<span class="shared" role="img" aria-label=${SHARINGS[session.sharing].name} title=${SHARINGS[session.sharing].name}>${icon(sharingIcon(session.sharing), true)}</span>`}</span>
        <span class="mono path clip" title=${visibleStrictly(session.cwd)}>${middle(visibleStrictly(session.cwd), 34)}</span>
      </div>
      <div class="ctx">${context(session)}</div>
      ${this.memory(session)}
      <span class="r cost">${money(session.cost)}</span>
      <span class="av own ${session.owner.id === this.viewer.id ? 'me' : ''}" title=${session.owner.name} role="img" aria-label="Owner ${session.owner.name}">${initials(session.owner.name)}</span>
      <span class="r age"><relative-time .time=${session.stateSince}></relative-time></span>
    </li>`;
  }

  /** What its process takes, where there is one. */
  private memory(session: Session): TemplateResult {
    const use = this.processes?.live.find((each) => each.sessionId === session.id);
    // Before the first look at a new process there are no figures.
    if (use === undefined || use.processes === 0) return html`<span class="r mem"></span>`;
    const words = `${bytes(use.residentBytes)} in ${plural(use.processes, 'process', 'processes')}, ${Math.round(use.cpuPercent)} % of a core`;
    return html`<span class="r mem" title=${words}>${bytes(use.residentBytes)}</span>`;
  }

  /** What it does now, in one line: a verb in words, then the thing itself as code. */
  private now(session: Session): TemplateResult {
    if (session.expiredAt !== undefined) return html`<p class="now clip" title="What was said in it is gone, as its project has it">Contents expired on ${date(session.expiredAt)}; costs and times are kept</p>`;
    if (isAtFault(session)) return fault(session);
    switch (session.state) {
      case 'asking': {
        const asked = [...this.approvals.values()].find((approval) => approval.sessionId === session.id && approval.state === 'pending');
        const [verb, what] = asked === undefined ? [mayWork(session) ? 'Needs you' : `Waits for ${waitsFor(session)}`, session.activity ?? ''] : requestWords(asked);
        const more = session.pendingApprovals > 1 ? html` <span class="t3">and ${session.pendingApprovals - 1} more</span>` : nothing;
        return html`<p class="now clip"><span class="verb">${verb}</span>${asked?.kind === 'permission' ? html`<code>${what}</code>` : visible(what)}${more}</p>`;
      }
      case 'failed':
        return html`<p class="now clip" title=${session.failure ? visible(session.failure.remedy) : nothing}><span class="verb">Failed</span>${visible(`${session.failure?.message ?? ''} ${session.failure?.remedy ?? ''}`)}</p>`;
      case 'working':
        if (isStalled(session)) {
          const { verb, rest } = stalledInList(session, Date.now());
          return html`<p class="now clip" title=${visibleStrictly(rest)}><span class="verb">${verb}</span>${plain(rest)}</p>`;
        }
        return html`<p class="now clip" title=${session.activity === undefined ? nothing : visibleStrictly(session.activity)}>${session.activity === undefined ? 'Thinking' : plain(session.activity)}</p>`;
      case 'starting':
        return html`<p class="now clip">Starting; the CLI has not answered yet</p>`;
      case 'queued':
        return html`<p class="now clip">${this.placeWords(session)}</p>`;
      case 'parked':
        return html`<p class="now clip">The next prompt wakes it${session.turns > 0 ? `, after ${plural(session.turns, 'turn')}` : ''}</p>`;
      case 'interrupted':
        return html`<p class="now clip">Cut by a restart of the server; nothing was run again. Resume it to go on.</p>`;
      default:
        return session.activity === undefined
          ? html`<p class="now clip">${word(session.state)}${session.turns > 0 ? ` after ${plural(session.turns, 'turn')}` : ', no turn yet'}</p>`
          : html`<p class="now clip" title=${visibleStrictly(session.activity)}>${plain(session.activity)}</p>`;
    }
  }

  private placeWords(session: Session): string {
    const position = positionOf(session, this.processes);
    return position === undefined ? 'Waits for a place' : `${ordinal(position)} in line for a place`;
  }

  private first(): TemplateResult {
    return html`<div class="empty">
      <svg class="pic" viewBox="0 0 112 64" fill="none" stroke="currentColor" stroke-width="1.5" aria-hidden="true">
        <rect x="1" y="8" width="72" height="14" rx="4"/><rect x="1" y="26" width="72" height="14" rx="4"/><rect x="1" y="44" width="72" height="14" rx="4" stroke-dasharray="3 3"/>
        <circle cx="11" cy="15" r="3"/><circle cx="11" cy="33" r="3"/><path d="M20 15h30M20 33h22" stroke-linecap="round"/><path d="M92 22v22M81 33h22" stroke-linecap="round"/>
      </svg>
      <h2>${mayStart(this.viewer) ? 'Start the first session' : 'No session yet'}</h2>
      <p>A session is one Claude Code at work in one of your project folders. You see what it does, and nothing that needs leave happens without you.</p>
      ${mayStart(this.viewer) ? html`<div class="acts">${this.newButton()}</div>` : html`<p class="t3">${whyNotStart(this.viewer)} What they share with the team appears here.</p>`}
    </div>`;
  }

  private noMatch(): TemplateResult {
    return html`<div class="empty" role="status">
      <h2>No session matches “${this.filter}”</h2>
      <p>Looked at title, project, folder, owner, state and what each does now.</p>
      <div class="acts"><button class="btn" type="button" @click=${() => this.setFilter('')}>Clear the filter</button></div>
    </div>`;
  }

  private failed(): TemplateResult {
    if (this.load.kind !== 'failed') return html``;
    const { problem } = this.load;
    return html`<div class="empty" role="alert">
      ${glyph('failed')}
      <h2>The list could not be loaded</h2>
      <p>${problem.kind === 'offline' ? 'The server does not answer.' : problem.message} Running sessions are not touched by this; it is tried again by itself.</p>
      <div class="acts"><button class="btn primary" type="button" @click=${() => this.say('world-retry')}>Try again</button></div>
      <p class="small">${problem.code}${problem.requestId === undefined ? '' : ` · request ${problem.requestId}`}</p>
    </div>`;
  }

  private say(name: string): void {
    this.dispatchEvent(new CustomEvent(name, { bubbles: true, composed: true }));
  }
}

/** What is wanted, as a verb and its object. The whole of it stands in the request, which is where it can be allowed. */
function requestWords(asked: Approval): [string, string] {
  const what = visibleStrictly(oneLine(toolTarget(asked.tool, asked.input).text, 300));
  if (asked.kind === 'plan') return ['Plan to accept', what];
  if (asked.kind === 'question') return ['Asks', what];
  if (asked.tool === 'Bash') return ['Wants to run', what];
  if (asked.tool === 'Write') return ['Wants to write', what];
  return EDITS.has(asked.tool) ? ['Wants to edit', what] : [`Wants to use ${toolName(asked.tool)}`, what];
}

/** Where the next step is a person's: while it works again, or was ended by somebody, how the turn before went is no news. */
function isAtFault(session: Session): boolean {
  return session.turnFault !== undefined && (session.state === 'idle' || session.state === 'parked');
}

function fault({ turnFault }: Session): TemplateResult {
  return turnFault?.kind === 'failed'
    ? html`<p class="now clip" title=${turnFault.message === undefined ? nothing : visible(turnFault.message)}><span class="verb">Turn failed</span>${visible(turnFault.message ?? '')}</p>`
    : html`<p class="now clip"><span class="verb">Cut by a restart</span>Nothing was run again; the next prompt goes on</p>`;
}

/** Marks of Markdown say nothing in one line. */
function plain(line: string): string {
  return visibleStrictly(line.replace(/^#{1,6}\s+|\*\*|`/g, ''));
}

/** What a person acts on comes first; a phone leaves out the rest. */
function summary(all: readonly Session[], processes: Processes | undefined): TemplateResult {
  const asking = all.filter(needsMe).length;
  const working = all.filter((session) => lookOf(session) === 'working').length;
  const parts = [plural(all.length, 'session')];
  if (asking > 0) parts.push(`${asking} need${asking === 1 ? 's' : ''} you`);
  if (working > 0) parts.push(`${working} working`);
  if (processes !== undefined && processes.queueCount > 0) parts.push(`${processes.queueCount} in line`);
  const live = processes === undefined ? nothing : html`<span class="no-phone"> · ${processes.liveCount} of ${processes.limit} live</span>`;
  return html`${parts.join(' · ')}${live}`;
}

function context(session: Session): TemplateResult {
  const { contextTokens: used, contextWindow: size } = session;
  if (used === undefined) return html`<span class="t3" title="Known after the first turn">–</span>`;
  if (size === undefined || size === 0) return html`<span>${count(used)}</span>`;
  const share = Math.min(100, (used / size) * 100);
  const words = `${count(used)} of ${count(size)}`;
  return html`<span title="${words} tokens, as of ${moment(session.stateSince)}">${words}</span>
    <svg viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">${svg`<rect class=${share >= 95 ? 'over' : ''} width=${share} height="4"/>`}</svg>`;
}

function skeleton(): TemplateResult {
  return html`<div class="late" role="status">
    <span class="sr">Sessions are being loaded</span>
    ${[1, 2, 3, 4, 5].map(
      () => html`<div class="row" aria-hidden="true"><span class="sk"></span><span class="what"><span class="sk"></span></span><span class="sk"></span><span class="sk ctx"></span><span class="mem"></span><span class="sk cost"></span><span></span><span class="sk"></span></div>`,
    )}
  </div>`;
}
