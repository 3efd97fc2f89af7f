import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import type { ConnectionState, Session, SignedIn } from '../api/types';
import { duration, initials, number } from '../lib/format';
import { glyph, glyphSheet, mark } from '../lib/glyphs';
import { liveNow, lookOf, markOf, titleOf } from '../lib/groups';
import { icon } from '../lib/icons';
import { mayAdminister, mayStart, mayWork } from '../lib/may';
import { pathOf, type Route } from '../lib/router';
import { onTick } from '../lib/ticker';
import { keepLook, readLook, type Look } from '../lib/theme';
import { controls } from '../styles/shared';
import './relative-time';

/** Navigation, what is live now, the connection, the person. On a phone a bar at the foot. Says `sign-out`, `keys-help`, `session-new`. */
@customElement('app-rail')
export class AppRail extends LitElement {
  static override styles = [
    controls,
    glyphSheet,
    css`
      :host { display: flex; flex-direction: column; min-height: 0; min-width: 0; background: var(--bg); border-inline-end: 1px solid var(--line); padding: var(--sp-3) var(--sp-2) 0; }
      .skip { position: fixed; inset-block-start: -10rem; inset-inline-start: var(--sp-2); padding: var(--sp-2) var(--sp-3); background: var(--ink); color: var(--on-ink); border-radius: var(--r-md); z-index: var(--z-toast); }
      .skip:focus { inset-block-start: var(--sp-2); }
      .brand { display: flex; align-items: center; gap: var(--sp-2); padding: var(--sp-0) var(--sp-2) var(--sp-3); font-weight: var(--weight-strong); letter-spacing: var(--tracking-title); white-space: nowrap; }
      .nav a, .mini { display: flex; align-items: center; gap: var(--sp-2); border-radius: var(--r-md); color: var(--text-2); }
      .nav a { height: var(--ctl); padding: 0 var(--sp-2); font-weight: var(--weight-medium); }
      .nav a:hover, .mini:hover { background: var(--hover); color: var(--text); }
      .nav a[aria-current], .mini[aria-current] { background: var(--active); color: var(--text); }
      .count { margin-inline-start: auto; color: var(--text-3); font-weight: var(--weight-normal); font-size: var(--text-sm); font-variant-numeric: tabular-nums; }
      a[aria-current] .count:not(.hot) { color: var(--text-2); }
      .count.hot { background: var(--ask-solid); color: var(--on-ask); font-weight: var(--weight-strong); min-width: 1.25rem; padding: 0 var(--sp-15); border-radius: var(--r-full); text-align: center; line-height: 1.125rem; font-size: var(--text-xs); }
      .head { display: flex; align-items: baseline; padding: var(--sp-4) var(--sp-2) var(--sp-1); font-size: var(--text-xs); color: var(--text-3); font-weight: var(--weight-medium); }
      .live { flex: 1 1 auto; min-height: 0; overflow: hidden auto; scrollbar-width: thin; scrollbar-color: var(--line-2) transparent; }
      .mini { height: 1.75rem; padding: 0 var(--sp-2); }
      .mini relative-time { margin-inline-start: auto; color: var(--text-3); font-size: var(--text-xs); font-variant-numeric: tabular-nums; flex: none; }
      .mini[aria-current] relative-time { color: var(--text-2); }
      .mini.ask { color: var(--text); font-weight: var(--weight-medium); }
      .none { padding: var(--sp-1) var(--sp-2); color: var(--text-3); font-size: var(--text-sm); }
      .vitals { margin: 0 calc(-1 * var(--sp-2)); padding: var(--sp-3) var(--sp-4); border-block-start: 1px solid var(--line); display: flex; justify-content: space-between; gap: var(--sp-2); font-size: var(--text-sm); color: var(--text-2); font-variant-numeric: tabular-nums; white-space: nowrap; }
      .conn { display: flex; align-items: center; gap: var(--sp-15); }
      .conn::before { content: ""; width: 0.4375rem; height: 0.4375rem; border-radius: 50%; background: var(--idle-glyph); flex: none; }
      .conn.off::before { background: none; border: 1.5px solid var(--text-3); }
      .person { margin: 0 calc(-1 * var(--sp-2)); border-block-start: 1px solid var(--line); position: relative; }
      .me-btn { display: flex; align-items: center; gap: var(--sp-2); width: 100%; padding: var(--sp-2) var(--sp-4); line-height: 1.25; min-height: 3rem; }
      .me-btn:hover { background: var(--hover); }
      .me-btn:focus-visible { outline-offset: -2px; }
      .me-btn .i { margin-inline-start: auto; color: var(--text-3); }
      .menu { position: absolute; inset: auto auto calc(100% + var(--sp-1)) var(--sp-2); z-index: var(--z-menu); width: 15rem; padding: var(--sp-1); border: 1px solid var(--line-2); border-radius: var(--r-lg); background: var(--raised); box-shadow: var(--shadow-2); }
      .menu .set { display: flex; align-items: center; justify-content: space-between; gap: var(--sp-2); padding: var(--sp-15) var(--sp-2); }
      .menu .entry { display: flex; align-items: center; gap: var(--sp-2); width: 100%; min-height: 1.875rem; padding: 0 var(--sp-2); border-radius: var(--r-sm); }
      .menu .entry:hover { background: var(--hover); }
      .menu .entry .i { color: var(--text-3); }
      .menu .phone { display: none; }
      .menu hr { border: 0; height: 1px; background: var(--line); margin: var(--sp-1) 0; }
      .seg { display: inline-flex; border: 1px solid var(--line-2); border-radius: var(--r-md); background: var(--sunken); padding: 1px; }
      .seg button { display: inline-flex; align-items: center; justify-content: center; min-width: 1.75rem; height: 1.5rem; padding: 0 var(--sp-15); border-radius: var(--r-sm); color: var(--text-2); font-size: var(--text-sm); }
      .seg [aria-pressed="true"] { background: var(--raised); color: var(--text); box-shadow: var(--shadow-1); }
      .tabbar { display: none; }

      :host([narrow]) { padding-inline: var(--sp-15); align-items: center; }
      :host([narrow]) :is(.brand span, .nav a > span:not(.count), .count:not(.hot), .head, .live > *, .conn span, .event, .me-btn .grow, .me-btn .i) { display: none; }
      :host([narrow]) .nav a { width: 2.5rem; justify-content: center; position: relative; padding: 0; }
      :host([narrow]) .count.hot { position: absolute; inset: -4px -6px auto auto; margin: 0; }
      :host([narrow]) .brand { padding-inline: 0; }
      :host([narrow]) .vitals { border: 0; padding: var(--sp-3) 0; justify-content: center; }
      :host([narrow]) .person { border: 0; }
      :host([narrow]) .me-btn { padding: var(--sp-2); border-radius: var(--r-md); }

      @media (max-width: 47.99rem) {
        :host, :host([narrow]) { display: block; padding: 0; border: 0; background: var(--raised); }
        .brand, .nav, .head, .live, .vitals { display: none !important; }
        .person { margin: 0; border: 0; }
        .me-btn { display: none; }
        .tabbar { display: grid; grid-auto-flow: column; grid-auto-columns: 1fr; height: calc(var(--tabbar) + env(safe-area-inset-bottom)); border-block-start: 1px solid var(--line-2); padding-block-end: env(safe-area-inset-bottom); }
        .tabbar > * { display: grid; justify-items: center; align-content: center; gap: 2px; font-size: var(--text-xs); color: var(--text-2); position: relative; font-weight: var(--weight-medium); text-align: center; }
        .tabbar > :focus-visible { outline-offset: -2px; }
        .tabbar .i { width: 1.25rem; height: 1.25rem; }
        .tabbar [aria-current] { color: var(--text); }
        .tabbar [aria-current]::before { content: ""; position: absolute; inset: -1px 28% auto; height: 2px; background: var(--text); }
        .tabbar .count.hot, :host([narrow]) .tabbar .count.hot { position: absolute; inset: 4px auto auto calc(50% + 4px); margin: 0; }
        .menu { inset: auto var(--sp-2) calc(var(--tabbar) + var(--sp-2)) auto; }
        .menu .entry { min-height: 2.75rem; }
        .menu .letters { display: none; }
        .menu .phone { display: flex; }
        .seg button { height: 2.25rem; min-width: 2.5rem; }
      }
    `,
  ];

  @property({ attribute: false }) me!: SignedIn;
  @property({ attribute: false }) sessions: ReadonlyMap<string, Session> = new Map();
  /** How many requests wait for who is signed in. */
  @property({ type: Number }) requests = 0;
  @property({ attribute: false }) connection: ConnectionState = { kind: 'connecting' };
  @property({ attribute: false }) route!: Route;
  @property({ type: Boolean, reflect: true }) narrow = false;
  @state() private menuOpen = false;
  @state() private look: Look = readLook();
  private stopTicking: (() => void) | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    document.addEventListener('pointerdown', this.pointed);
    this.stopTicking = onTick(() => this.connection.kind !== 'live' && this.requestUpdate());
  }

  override disconnectedCallback(): void {
    document.removeEventListener('pointerdown', this.pointed);
    this.stopTicking?.();
    super.disconnectedCallback();
  }

  private readonly pointed = (event: PointerEvent): void => {
    if (this.menuOpen && !event.composedPath().includes(this.renderRoot.querySelector('.person') as EventTarget)) this.menuOpen = false;
  };

  override render(): TemplateResult {
    const live = liveNow(this.sessions.values());
    const atSessions = this.route.view === 'sessions';
    const atInbox = this.route.view === 'inbox';
    const atAdministration = this.route.view === 'administration';
    return html`
      <button class="skip" type="button" @click=${() => this.say('skip')}>Skip to the view</button>
      <a class="brand" href="/" aria-label="Claude Code Dashboard">${mark(markOf(this.sessions.values(), this.online()))}<span>Claude Code Dashboard</span></a>
      <nav class="nav" aria-label="Main">
        <a href="/inbox" aria-current=${atInbox ? 'page' : nothing} title=${this.narrow ? 'Inbox' : nothing}>
          ${icon('inbox')}<span class=${this.narrow ? '' : 'grow'}>Inbox</span>${this.requests > 0 ? html`<span class="count hot" title="${this.requests} ${this.requests === 1 ? 'waits' : 'wait'} for you">${this.requests}<span class="sr"> ${this.requests === 1 ? 'waits' : 'wait'} for you</span></span>` : nothing}
          ${this.narrow ? html`<span class="sr">Inbox</span>` : nothing}
        </a>
        <a href="/" aria-current=${atSessions ? 'page' : nothing} title=${this.narrow ? 'Sessions' : nothing}>
          ${icon('layers')}<span class=${this.narrow ? '' : 'grow'}>Sessions</span><span class="count">${this.sessions.size === 0 ? '' : number(this.sessions.size)}</span>
          ${this.narrow ? html`<span class="sr">Sessions</span>` : nothing}
        </a>
        ${mayAdminister(this.me.user)
          ? html`<a href="/administration" aria-current=${atAdministration ? 'page' : nothing} title=${this.narrow ? 'Administration' : nothing}>
              ${icon('settings-2')}<span class=${this.narrow ? '' : 'grow'}>Administration</span>${this.narrow ? html`<span class="sr">Administration</span>` : nothing}
            </a>`
          : nothing}
      </nav>
      <div class="live">
        <h2 class="head" id="live-now">Live now</h2>
        ${live.length === 0
          ? html`<p class="none">Nothing is running</p>`
          : html`<ul aria-labelledby="live-now">${repeat(live, (session) => session.id, (session) => this.mini(session))}</ul>`}
      </div>
      ${this.vitals()}
      <div class="person" @keydown=${this.menuKey}>
        ${this.menuOpen ? this.menu() : nothing}
        <button class="me-btn" type="button" aria-haspopup="true" aria-expanded=${this.menuOpen ? 'true' : 'false'}
          @click=${this.toggleMenu}>
          <span class="av me" aria-hidden="true">${initials(this.me.user.name)}</span>
          <span class="grow"><span class="clip">${this.me.user.name}</span><br /><span class="xs t3">${this.me.user.role}</span></span><span class="sr">, settings</span>
          ${icon('chevron-up', true)}
        </button>
        <nav class="tabbar" aria-label="Main, phone">
          <a href="/inbox" aria-current=${atInbox ? 'page' : nothing}>${icon('inbox')}${this.requests > 0 ? html`<span class="count hot">${this.requests}</span>` : nothing}<span>Inbox</span></a>
          <a href="/" aria-current=${atSessions ? 'page' : nothing}>${icon('layers')}<span>Sessions</span></a>
          ${mayStart(this.me.user) ? html`<button type="button" @click=${() => this.say('session-new')}>${icon('plus')}<span>New</span></button>` : nothing}
          <button type="button" aria-expanded=${this.menuOpen ? 'true' : 'false'} @click=${this.toggleMenu}>${icon('ellipsis')}<span>More</span></button>
        </nav>
      </div>
    `;
  }

  private online(): boolean {
    return this.connection.kind === 'live' || this.connection.kind === 'connecting';
  }

  private mini(session: Session): TemplateResult {
    const here = this.route.view === 'session' && this.route.id === session.id;
    return html`<li><a class="mini ${session.state === 'asking' && mayWork(session) ? 'ask' : ''}" href=${pathOf(session.id)} aria-current=${here ? 'page' : nothing} title=${titleOf(session)}>
      ${glyph(lookOf(session), true)}<span class="clip">${titleOf(session)}</span><relative-time .time=${session.stateSince}></relative-time>
    </a></li>`;
  }

  private vitals(): TemplateResult {
    const { connection } = this;
    const event = connection.kind === 'connecting' ? '' : `event ${number(connection.seq)}`;
    return html`<div class="vitals"><span class="conn ${connection.kind === 'live' ? '' : 'off'}"><span>${connectionWords(connection)}</span></span><span class="t3 event">${event}</span></div>`;
  }

  private menu(): TemplateResult {
    const { theme, density, letters } = this.look;
    return html`<div class="menu" role="group" aria-label="Settings">
      <div class="set"><span id="l-theme">Theme</span><span class="seg" role="group" aria-labelledby="l-theme">
        ${this.choice(theme === 'system', 'System', html`${icon('monitor', true)}`, { theme: 'system' })}
        ${this.choice(theme === 'light', 'Light', html`${icon('sun', true)}`, { theme: 'light' })}
        ${this.choice(theme === 'dark', 'Dark', html`${icon('moon', true)}`, { theme: 'dark' })}
      </span></div>
      <div class="set"><span id="l-rows">Rows</span><span class="seg" role="group" aria-labelledby="l-rows">
        ${this.choice(density === 'comfortable', 'Comfortable', 'Roomy', { density: 'comfortable' })}
        ${this.choice(density === 'compact', 'Compact', 'Dense', { density: 'compact' })}
      </span></div>
      <div class="set letters"><span id="l-letters">Letter keys</span><span class="seg" role="group" aria-labelledby="l-letters">
        ${this.choice(letters, 'Letter keys on', 'On', { letters: true })}${this.choice(!letters, 'Letter keys off', 'Off', { letters: false })}
      </span></div>
      <hr />
      <a class="entry" href="/account" @click=${() => (this.menuOpen = false)}>${icon('circle-user')}Your account</a>
      ${mayAdminister(this.me.user) ? html`<a class="entry phone" href="/administration" @click=${() => (this.menuOpen = false)}>${icon('settings-2')}Administration</a>` : nothing}
      <button class="entry letters" type="button" @click=${() => this.pick('keys-help')}>${icon('keyboard')}Keys<span class="push"></span><kbd>?</kbd></button>
      <button class="entry" type="button" @click=${() => this.pick('sign-out')}>${icon('log-out')}Sign out</button>
      <hr />
      <p class="xs t3 set"><span class="clip">${this.me.user.name} · ${this.me.user.role}</span><span>${this.me.server.version}</span></p>
    </div>`;
  }

  private choice(pressed: boolean, name: string, content: TemplateResult | string, change: Partial<Look>): TemplateResult {
    const choose = () => {
      this.look = { ...this.look, ...change };
      keepLook(this.look);
    };
    return html`<button type="button" aria-pressed=${pressed ? 'true' : 'false'} title=${name}
      aria-label=${typeof content === 'string' ? nothing : name} @click=${choose}>${content}</button>`;
  }

  private toggleMenu(): void {
    this.menuOpen = !this.menuOpen;
    if (this.menuOpen) void this.updateComplete.then(() => this.renderRoot.querySelector<HTMLElement>('.menu [aria-pressed="true"]')?.focus());
  }

  private menuKey(event: KeyboardEvent): void {
    if (event.key !== 'Escape' || !this.menuOpen) return;
    event.stopPropagation();
    event.preventDefault();
    this.menuOpen = false;
    [...this.renderRoot.querySelectorAll<HTMLElement>('.me-btn, .tabbar [aria-expanded]')].find((button) => button.offsetParent !== null)?.focus();
  }

  private pick(name: string): void {
    this.menuOpen = false;
    this.say(name);
  }

  private say(name: string): void {
    this.dispatchEvent(new CustomEvent(name, { bubbles: true, composed: true }));
  }
}

function connectionWords(connection: ConnectionState): string {
  switch (connection.kind) {
    case 'connecting':
      return 'Connecting';
    case 'live':
      return 'Live';
    case 'draining':
      return 'Restarting';
    case 'offline': {
      const left = connection.retryAt - Date.now();
      return left < 1000 ? 'Offline' : `Offline, ${duration(left)}`;
    }
  }
}
