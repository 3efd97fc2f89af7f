import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
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
import './tokens-tab';
import type { TokensApi } from './tokens-tab';

const TABS: readonly (readonly [AdministrationTab, string, string])[] = [
  ['people', '/administration', 'People'],
  ['tokens', '/administration/tokens', 'API tokens'],
  ['audit', '/administration/audit', 'Audit'],
];

/** People, their API tokens and the audit, each at an address of its own. */
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
      @media (max-width: 47.99rem) { .bar { gap: var(--sp-3); } .tabs a { min-width: 2.75rem; justify-content: center; } }
    `,
  ];

  @property({ attribute: false }) api!: PeopleApi & TokensApi & AuditApi;
  @property({ attribute: false }) viewer!: User;
  @property({ attribute: false }) connection: ConnectionState = { kind: 'connecting' };
  @property({ attribute: false }) sessions: ReadonlyMap<string, Session> = new Map();
  @property() tab: AdministrationTab = 'people';

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
      case 'tokens':
        return html`<tokens-tab .api=${this.api} .viewer=${this.viewer} .connection=${this.connection}></tokens-tab>`;
      case 'audit':
        return html`<audit-tab .api=${this.api} .connection=${this.connection} .sessions=${this.sessions}></audit-tab>`;
    }
  }

  private notAllowed(): TemplateResult {
    return html`<header class="bar"><h1>Administration</h1></header>
      <div class="scroll"><div class="empty" role="status">${icon('shield')}
        <h2>This is for administrators</h2>
        <p>People, API tokens of others and the audit can be seen and changed with the role ${ROLES.admin.name.toLowerCase()}. Yours is ${ROLES[this.viewer.role].name.toLowerCase()}. Whoever invited you can change it.</p>
        <div class="acts"><a class="btn primary" href="/">All sessions</a><a class="btn" href="/account">Your account</a></div></div></div>`;
  }
}
