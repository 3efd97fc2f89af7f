import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import type { ConnectionState, Session, User } from '../../api/types';
import { icon } from '../../lib/icons';
import { mayAdminister, ROLES } from '../../lib/may';
import type { AdministrationTab } from '../../lib/router';
import { controls } from '../../styles/shared';
import { viewSheet } from '../../styles/view';
import './audit-tab';
import type { AuditApi } from './audit-tab';
import './people-tab';
import type { PeopleApi } from './people-tab';
import './projects-tab';
import type { ProjectsApi } from './projects-tab';
import './tokens-tab';
import type { TokensApi } from './tokens-tab';
import type { SystemApi } from './system/system-tab';

const TABS: readonly (readonly [AdministrationTab, string, string])[] = [
  ['people', '/administration', 'People'],
  ['projects', '/administration/projects', 'Projects'],
  ['tokens', '/administration/tokens', 'API tokens'],
  ['audit', '/administration/audit', 'Audit'],
  ['system', '/administration/system', 'System'],
];

/** People, how long projects keep what is said, API tokens, the audit and the state of the server, each at an address of its own. */
@customElement('administration-page')
export class AdministrationPage extends LitElement {
  static override styles = [
    controls,
    viewSheet,
    css`
      .bar { gap: var(--sp-4); }
      .tabs { display: flex; gap: var(--sp-1); align-self: stretch; }
      .tabs a { display: inline-flex; align-items: center; padding: 0 var(--sp-2); color: var(--text-2); font-weight: var(--weight-medium); border-block-end: 2px solid transparent; margin-block-end: -1px; }
      .tabs a:hover { color: var(--text); }
      .tabs a[aria-current] { color: var(--text); border-color: var(--text); }
      .tabs a:focus-visible { outline-offset: -2px; }
      .empty .i { width: 2rem; height: 2rem; color: var(--text-3); }
      @media (max-width: 47.99rem) {
        /* The tabs say where one is; five of them leave no room for more. */
        .bar:has(.tabs) h1 { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
        .tabs { flex: 1; }
        .tabs a { flex: 1 1 auto; min-width: 2.75rem; justify-content: center; white-space: nowrap; }
      }
    `,
  ];

  @property({ attribute: false }) api!: PeopleApi & ProjectsApi & TokensApi & AuditApi & SystemApi;
  @property({ attribute: false }) viewer!: User;
  @property({ attribute: false }) connection: ConnectionState = { kind: 'connecting' };
  @property({ attribute: false }) sessions: ReadonlyMap<string, Session> = new Map();
  @property() tab: AdministrationTab = 'people';
  @state() private lost = false;

  override willUpdate(): void {
    if (this.tab === 'system' && mayAdminister(this.viewer)) void this.loadSystem();
  }

  /** Few people open it and seldom, so nobody else loads what draws it. */
  private async loadSystem(): Promise<void> {
    try {
      await import('./system/system-tab');
      this.lost = false;
    } catch {
      // Without a connection, or a page from before the last release, whose files are gone.
      this.lost = true;
    }
  }

  override render(): TemplateResult {
    if (!mayAdminister(this.viewer)) return this.notAllowed();
    return html`
      <header class="bar"><h1>Administration</h1><nav class="tabs" aria-label="Administration">${TABS.map(([tab, path, name]) => html`<a href=${path} aria-current=${this.tab === tab ? 'page' : nothing}>${name}</a>`)}</nav></header>
      ${this.tabNow()}
    `;
  }

  private tabNow(): TemplateResult {
    switch (this.tab) {
      case 'people':
        return html`<people-tab .api=${this.api} .viewer=${this.viewer} .connection=${this.connection}></people-tab>`;
      case 'projects':
        return html`<projects-tab .api=${this.api} .connection=${this.connection}></projects-tab>`;
      case 'tokens':
        return html`<tokens-tab .api=${this.api} .viewer=${this.viewer} .connection=${this.connection}></tokens-tab>`;
      case 'audit':
        return html`<audit-tab .api=${this.api} .connection=${this.connection} .sessions=${this.sessions}></audit-tab>`;
      case 'system':
        return this.lost ? this.notLoaded() : html`<system-tab .api=${this.api} .connection=${this.connection} .sessions=${this.sessions}></system-tab>`;
    }
  }

  private notLoaded(): TemplateResult {
    return html`<div class="scroll"><div class="empty" role="alert">${icon('wifi-off')}<h2>This part of the page could not be loaded</h2>
      <p>The server does not answer, or is of a newer version than this page.</p>
      <div class="acts"><button class="btn primary" type="button" @click=${() => location.reload()}>Load the page again</button></div></div></div>`;
  }

  private notAllowed(): TemplateResult {
    return html`<header class="bar"><h1>Administration</h1></header>
      <div class="scroll"><div class="empty" role="status">${icon('shield')}
        <h2>This is for administrators</h2>
        <p>People, how long contents are kept, API tokens of others, the audit and the state of the server can be seen and changed with the role ${ROLES.admin.name.toLowerCase()}. Yours is ${ROLES[this.viewer.role].name.toLowerCase()}. Whoever invited you can change it.</p>
        <div class="acts"><a class="btn primary" href="/">All sessions</a><a class="btn" href="/account">Your account</a></div></div></div>`;
  }
}
