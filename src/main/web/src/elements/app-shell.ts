import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { keyed } from 'lit/directives/keyed.js';
import type { SessionIntents } from '../api/types';
import { glyph, glyphSheet } from '../lib/glyphs';
import { groupSessions, markOf, needsMe, titleOf } from '../lib/groups';
import { waitingForMe } from '../lib/inbox';
import { takeInvitation, type InvitationLink } from '../lib/invitation';
import { command, isTyping } from '../lib/keys';
import { mayAdminister, mayStart, mayWork } from '../lib/may';
import { pathOf, type Route, type Router } from '../lib/router';
import { showInTab } from '../lib/tab';
import { readLook } from '../lib/theme';
import { approvalsOf, projectOf, type Dashboard, type DashboardState } from '../state/dashboard';
import type { NewSessionText } from '../state/keep';
import { hasProcess } from '../state/processes';
import { controls } from '../styles/shared';
import { viewSheet } from '../styles/view';
import './account-page';
import type { AccountApi } from './account-page';
import './admin/administration-page';
import type { AdministrationPage } from './admin/administration-page';
import './app-rail';
import './inbox-page';
import './invitation-page';
import './keys-help';
import './new-session';
import type { TrustApi } from './trust-review';
import './page-banner';
import './password-change';
import './session-list';
import './session-page';
import './sign-in';
import './toast-stack';

const TAB_TITLES = { people: 'People', projects: 'Projects', tokens: 'API tokens', audit: 'Audit', system: 'System' } as const;

type Dialog = '' | 'new-session' | 'keys-help';

/** The frame: which view stands where, what keys do everywhere, and the way from what elements say to what is done. */
@customElement('app-shell')
export class AppShell extends LitElement {
  static override styles = [
    controls,
    glyphSheet,
    viewSheet,
    css`
      :host { display: block; height: 100dvh; background: var(--bg); }
      .app { display: grid; grid-template: minmax(0, 1fr) / var(--rail) minmax(0, 1fr); height: 100%; }
      .app.narrow { grid-template-columns: var(--rail-narrow) minmax(0, 1fr); }
      main { display: flex; flex-direction: column; min-width: 0; min-height: 0; background: var(--surface); }
      main:focus { outline: 0; }
      @media (max-width: 47.99rem) {
        .app, .app.narrow { grid-template: minmax(0, 1fr) auto / minmax(0, 1fr); }
        app-rail { order: 2; }
      }
    `,
  ];

  @property({ attribute: false }) dashboard!: Dashboard;
  @property({ attribute: false }) router!: Router;
  /** What people and tokens are read and changed by; none of it is part of the shared picture. */
  @property({ attribute: false }) api!: AdministrationPage['api'] & AccountApi & TrustApi;
  /** The one-time link that this page was opened with, taken out of the address already. */
  @property({ attribute: false }) invitation: InvitationLink | undefined;
  @state() private state!: DashboardState;
  @state() private route: Route = { view: 'sessions' };
  @state() private dialog: Dialog = '';
  @state() private folded: boolean | undefined;
  @state() private small = false;
  private readonly endings: (() => void)[] = [];
  private focusedBefore: Element | null = null;
  private lastG = 0;

  override connectedCallback(): void {
    super.connectedCallback();
    this.route = this.router.route;
    const width = window.matchMedia('(max-width: 79.99rem)');
    this.small = width.matches;
    const resized = () => (this.small = width.matches);
    const pressed = (event: KeyboardEvent) => this.pressed(event);
    const linked = () => {
      const link = takeInvitation();
      if (link) this.invitation = link;
    };
    // A link that is pasted over this page changes nothing but the fragment.
    window.addEventListener('hashchange', linked);
    width.addEventListener('change', resized);
    document.addEventListener('keydown', pressed);
    this.endings.push(
      this.dashboard.store.select((all) => all, (all) => this.changed(all)),
      this.router.start((route) => this.go(route)),
      () => width.removeEventListener('change', resized),
      () => document.removeEventListener('keydown', pressed),
      () => window.removeEventListener('hashchange', linked),
    );
  }

  override disconnectedCallback(): void {
    for (const end of this.endings.splice(0)) end();
    super.disconnectedCallback();
  }

  private changed(all: DashboardState): void {
    const wasReady = this.state?.load.kind === 'ready';
    this.state = all;
    if (!wasReady && all.load.kind === 'ready' && this.route.view === 'session') void this.dashboard.openSession(this.route.id);
  }

  private go(route: Route): void {
    const moved = JSON.stringify(route) !== JSON.stringify(this.route);
    this.route = route;
    if (route.view === 'session' && this.state.load.kind === 'ready') void this.dashboard.openSession(route.id);
    if (moved) void this.updateComplete.then(() => this.focusView());
  }

  /** A reader's place is the new view, as it would be on a page of its own, or where they were in it before. */
  private focusView(): void {
    const main = this.renderRoot.querySelector<HTMLElement>('main');
    const inside = this.renderRoot instanceof ShadowRoot ? this.renderRoot.activeElement : null;
    if (!main?.contains(inside)) main?.focus({ preventScroll: true });
  }

  protected override updated(): void {
    const { sessions } = this.state.world;
    const signedIn = this.state.auth.kind === 'signed-in';
    this.dashboard.watchProcesses(this.showsProcesses());
    const online = this.state.connection.kind !== 'offline' && this.state.connection.kind !== 'draining';
    const waiting = [...sessions.values()].filter((session) => session.state === 'asking' && mayWork(session)).length;
    showInTab(signedIn || this.route.view === 'invitation' ? this.viewName() : 'Sign in', waiting, markOf(sessions.values(), online || !signedIn));
  }

  /** Figures of processes are asked for only while a view shows some. */
  private showsProcesses(): boolean {
    const { world, connection, load } = this.state;
    if (load.kind !== 'ready' || connection.kind !== 'live') return false;
    const { route } = this;
    if (route.view === 'sessions') return [...world.sessions.values()].some(hasProcess);
    const session = route.view === 'session' ? world.sessions.get(route.id) : undefined;
    return session !== undefined && hasProcess(session);
  }

  private viewName(): string {
    switch (this.route.view) {
      case 'inbox':
        return 'Inbox';
      case 'sessions':
        return 'Sessions';
      case 'session':
        return titleOf(this.state.world.sessions.get(this.route.id) ?? { title: 'Session' });
      case 'administration':
        return TAB_TITLES[this.route.tab];
      case 'account':
        return 'Your account';
      case 'invitation':
        return 'Choose a password';
      case 'not-found':
        return 'Not found';
    }
  }

  override render(): TemplateResult {
    const { auth } = this.state;
    if (this.route.view === 'invitation') return this.invited(auth);
    switch (auth.kind) {
      case 'unknown':
        return this.state.load.kind === 'failed' ? this.unreachable() : html``;
      case 'signed-out':
        return html`<sign-in .attempt=${(name: string, password: string) => this.dashboard.signIn(name, password)} .over=${auth.over}></sign-in>`;
      case 'signed-in':
        return auth.me.mustChangePassword
          ? html`<password-change .name=${auth.me.user.name} .attempt=${(current: string, wanted: string) => this.dashboard.changePassword(current, wanted)}></password-change>`
          : this.inside(auth.me);
    }
  }

  private invited(auth: DashboardState['auth']): TemplateResult {
    const attempt = (token: string, password: string) => this.dashboard.acceptInvitation(token, password);
    const done = () => {
      this.invitation = undefined;
      history.replaceState(null, '', '/');
      this.router.go('/');
    };
    return html`${keyed(this.invitation?.token, html`<invitation-page .link=${this.invitation} .signedInAs=${auth.kind === 'signed-in' ? auth.me.user.name : ''} .attempt=${attempt} @invitation-done=${done}></invitation-page>`)}`;
  }

  private inside(me: Extract<DashboardState['auth'], { kind: 'signed-in' }>['me']): TemplateResult {
    const { world, connection, toasts } = this.state;
    const narrow = this.folded ?? this.small;
    return html`
      <div class="app ${narrow ? 'narrow' : ''}"
        @skip=${this.skip}
        @sign-out=${() => void this.dashboard.signOut()}
        @sign-out-everywhere=${() => void this.dashboard.signOutEverywhere()}
        @keys-help=${() => this.openDialog('keys-help')}
        @session-new=${() => this.openDialog('new-session')}
        @retry-now=${() => this.dashboard.retryNow()}
        @world-retry=${() => void this.dashboard.loadWorld()}
        @toast-dismiss=${(event: CustomEvent<{ id: number }>) => this.dashboard.dismiss(event.detail.id)}>
        <app-rail role="complementary" aria-label="Navigation and what is live" .me=${me} .sessions=${world.sessions} .requests=${waitingForMe(world.approvals.values(), world.sessions)} .connection=${connection} .route=${this.route} ?narrow=${narrow}></app-rail>
        <main id="main" tabindex="-1">
          <page-banner .connection=${connection} .server=${me.server}></page-banner>
          ${this.view(me.user)}
        </main>
        <toast-stack .toasts=${toasts}></toast-stack>
      </div>
      ${this.dialogNow()}
    `;
  }

  private view(viewer: Extract<DashboardState['auth'], { kind: 'signed-in' }>['me']['user']): TemplateResult {
    const { world, connection, load, open, answerProblems, processes } = this.state;
    switch (this.route.view) {
      case 'sessions':
        return html`<session-list .sessions=${world.sessions} .approvals=${world.approvals} .load=${load} .connection=${connection} .viewer=${viewer} .processes=${processes}></session-list>`;
      case 'inbox':
        return html`<inbox-page .approvals=${[...world.approvals.values()]} .sessions=${world.sessions} .load=${this.state.load} .connection=${connection} .viewer=${viewer} .answerProblems=${answerProblems}
          @approval-decide=${(event: CustomEvent<SessionIntents['approval-decide']>) => this.decide(event.detail)}></inbox-page>`;
      case 'session': {
        const { id } = this.route;
        return html`<session-page .session=${world.sessions.get(id)} .project=${projectOf(world, id)} .trust=${this.api} .open=${open.get(id)} .approvals=${approvalsOf(world, id)} .connection=${connection} .viewer=${viewer} .answerProblems=${answerProblems} .processes=${processes}
          @prompt-send=${(event: CustomEvent<SessionIntents['prompt-send']>) => void this.dashboard.sendPrompt(id, event.detail.promptId, event.detail.text, event.detail.now)}
          @prompt-edit=${(event: CustomEvent<SessionIntents['prompt-edit']>) => void this.dashboard.editPrompt(id, event.detail.promptId, event.detail.text)}
          @prompt-move=${(event: CustomEvent<SessionIntents['prompt-move']>) => void this.dashboard.movePrompt(id, event.detail.promptId, event.detail.position)}
          @prompt-hasten=${(event: CustomEvent<SessionIntents['prompt-hasten']>) => void this.dashboard.hastenPrompt(id, event.detail.promptId)}
          @prompt-remove=${(event: CustomEvent<SessionIntents['prompt-remove']>) => void this.dashboard.removePrompt(id, event.detail.promptId)}
          @prompt-drop=${(event: CustomEvent<{ promptId: string }>) => this.dashboard.dropPending(id, event.detail.promptId)}
          @prompt-deliver=${(event: CustomEvent<SessionIntents['prompt-deliver']>) => void this.dashboard.deliverAgain(id, event.detail.promptId)}
          @composer-text=${(event: CustomEvent<SessionIntents['composer-text']>) => this.dashboard.keepText(id, event.detail.text)}
          @approval-decide=${(event: CustomEvent<SessionIntents['approval-decide']>) => this.decide(event.detail)}
          @session-interrupt=${() => void this.dashboard.interrupt(id)}
          @session-stop=${() => void this.dashboard.stop(id)}
          @session-resume=${() => void this.dashboard.resume(id)}
          @session-share=${(event: CustomEvent<SessionIntents['session-share']>) => void this.dashboard.share(id, event.detail.sharing)}
          @session-retry=${() => void this.dashboard.openSession(id)}
          @load-older=${() => void this.dashboard.loadOlder(id)}></session-page>`;
      }
      case 'administration':
        return html`<administration-page .api=${this.api} .tab=${this.route.tab} .viewer=${viewer} .connection=${connection} .sessions=${world.sessions}></administration-page>`;
      case 'account':
        return html`<account-page .api=${this.api} .viewer=${viewer} .connection=${connection} .changePassword=${(current: string, wanted: string) => this.dashboard.changePassword(current, wanted)}></account-page>`;
      case 'invitation':
        return html``;
      case 'not-found':
        return html`<header class="bar"><h1>Not found</h1></header>
          <div class="scroll"><div class="empty"><h2>There is nothing at this address</h2><p><code class="tint-code">${this.route.path}</code></p>
            <div class="acts"><a class="btn primary" href="/">All sessions</a></div></div></div>`;
    }
  }

  private decide({ approvalId, ...decision }: SessionIntents['approval-decide']): void {
    void this.dashboard.decide(approvalId, decision);
  }

  private unreachable(): TemplateResult {
    const problem = this.state.load.kind === 'failed' ? this.state.load.problem : undefined;
    return html`<main class="scroll"><div class="empty" role="alert">${glyph('failed')}
      <h1 class="sr">Claude Code Dashboard</h1>
      <h2>The server does not answer</h2>
      <p>${problem?.kind === 'refused' ? problem.message : 'Sessions that run are not touched by this. It is tried again by itself.'}</p>
      <div class="acts"><button class="btn primary" type="button" @click=${() => this.dashboard.retryNow()}>Try again</button></div>
      <p class="small">${problem?.code ?? ''}</p></div></main>`;
  }

  // ---- dialogs -----------------------------------------------------------------------------------------------------------

  private openDialog(dialog: Dialog): void {
    if (this.dialog !== '') return;
    const { auth } = this.state;
    if (dialog === 'new-session' && (auth.kind !== 'signed-in' || !mayStart(auth.me.user))) return;
    this.focusedBefore = document.activeElement;
    this.dialog = dialog;
  }

  private closeDialog(): void {
    this.dialog = '';
    if (this.focusedBefore instanceof HTMLElement) this.focusedBefore.focus();
    this.focusedBefore = null;
  }

  private dialogNow(): TemplateResult | typeof nothing {
    const closed = () => this.closeDialog();
    const { world, auth } = this.state;
    if (auth.kind !== 'signed-in') return nothing;
    switch (this.dialog) {
      case '':
        return nothing;
      case 'keys-help':
        return html`<keys-help .user=${auth.me.user} @dialog-closed=${closed}></keys-help>`;
      case 'new-session':
        return html`<new-session .projects=${world.projects} .roots=${world.roots} .usualSharing=${auth.me.server.usualSharing} .isolation=${auth.me.server.isolation}
          .text=${this.dashboard.newSessionText} .trust=${this.api}
          .addProject=${(path: string) => this.dashboard.addProject(path)}
          .create=${(wish: Parameters<Dashboard['createSession']>[0], prompt: string) => this.dashboard.createSession(wish, prompt)}
          @new-session-text=${(event: CustomEvent<NewSessionText>) => this.dashboard.keepNewSession(event.detail)}
          @session-created=${(event: CustomEvent<{ id: string }>) => this.router.go(pathOf(event.detail.id))}
          @dialog-closed=${closed}></new-session>`;
    }
  }

  private skip(): void {
    this.renderRoot.querySelector<HTMLElement>('main')?.focus();
  }

  // ---- keys --------------------------------------------------------------------------------------------------------------

  private pressed(event: KeyboardEvent): void {
    const { auth } = this.state;
    if (auth.kind !== 'signed-in' || this.dialog !== '' || this.route.view === 'invitation' || isTyping(event) || !readLook().letters) return;
    const key = command(event);
    if (key === '') return;
    const afterG = Date.now() - this.lastG < 1_000;
    this.lastG = key === 'g' ? Date.now() : 0;
    if (afterG && key === 's') this.router.go('/');
    else if (afterG && key === 'i') this.router.go('/inbox');
    else if (afterG && key === 'o') this.router.go('/account');
    else if (afterG && key === 't' && mayAdminister(auth.me.user)) this.router.go('/administration');
    else if (afterG && key === 'k' && mayAdminister(auth.me.user)) this.router.go('/administration/tokens');
    else if (afterG && key === 'a' && mayAdminister(auth.me.user)) this.router.go('/administration/audit');
    else if (key === 'c') this.openDialog('new-session');
    else if (key === '?') this.openDialog('keys-help');
    else if (key === '[') this.folded = !(this.folded ?? this.small);
    else if (key === '.') this.nextNeedy();
    else return;
    event.preventDefault();
  }

  private nextNeedy(): void {
    const needy = groupSessions(this.state.world.sessions.values()).flatMap((group) => group.sessions).filter(needsMe);
    const here = this.route.view === 'session' ? this.route.id : '';
    const at = needy.findIndex((session) => session.id === here);
    const next = needy[(at + 1) % Math.max(1, needy.length)];
    if (next && next.id !== here) this.router.go(pathOf(next.id));
  }
}
