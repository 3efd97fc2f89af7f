import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import type { Api } from '../../api/api';
import type { ApiProblem } from '../../api/http';
import type { Account, ApiToken, ConnectionState, User } from '../../api/types';
import { age, moment, plural } from '../../lib/format';
import { glyph, glyphSheet } from '../../lib/glyphs';
import { icon } from '../../lib/icons';
import { ROLES } from '../../lib/may';
import { expiryWords, leftWords, matching, sorted, withOwners, type OwnedToken, type TokenOrder, type TokenState } from '../../lib/tokens';
import { controls } from '../../styles/shared';
import { tableSheet } from '../../styles/table';
import { viewSheet } from '../../styles/view';
import { visible } from '../../transcript/visible';
import { dialogSheet } from '../dialog-sheet';
import { Question } from '../question';
import { Reading } from '../reading';
import '../relative-time';

export type TokensApi = Pick<Api, 'allTokens' | 'users' | 'revokeToken'>;

const OFFLINE = 'Not possible without a connection';
/** The server lists no more; the newest are among them. */
const MOST_LISTED = 1_000;

const STATES: Readonly<Record<TokenState, readonly [words: string, look: string, meaning: string]>> = {
  works: ['Works', 'active', ''],
  'ends-soon': ['Expires soon', 'soon', 'It expires within a week; whoever needs it makes a new one.'],
  off: ['Off: person disabled', 'disabled', 'Its person is disabled. It works again when they are enabled.'],
  expired: ['Expired', 'disabled', ''],
};

/** Each column that sorts, by its name, and what it begins with. */
const COLUMNS: readonly (readonly [order: TokenOrder, name: string, begins: string, look: string])[] = [
  ['name', 'Token', 'A to Z', ''],
  ['person', 'Person', 'A to Z', 'tight wide'],
  ['created', 'Made', 'newest first', 'tight wide roomy'],
  ['used', 'Last used', 'longest unused first', 'tight wide'],
  ['expires', 'Expires', 'soonest first', 'tight wide'],
];

/** What programs sign in with, everybody's: whose, what each may do, when it was used last, and the end of it. For administrators. */
@customElement('tokens-tab')
export class TokensTab extends LitElement {
  static override styles = [
    controls,
    glyphSheet,
    viewSheet,
    tableSheet,
    dialogSheet,
    css`
      .name { font-weight: var(--weight-medium); overflow-wrap: anywhere; }
      .off .name, .off td { color: var(--text-3); }
      .who { display: block; max-width: 16rem; }
      :is(th, td).wide { padding-inline-end: var(--sp-6); }
      .search { position: relative; flex: 0 1 24rem; min-width: 8rem; }
      .search .i { position: absolute; inset: 0 auto 0 var(--sp-2); margin-block: auto; color: var(--text-3); }
      .search .input { padding-inline: 1.875rem; }
      .under { color: var(--text-3); font-size: var(--text-sm); }
      .less { display: block; color: var(--text-3); font-size: var(--text-sm); }
      .state.soon::before { border-style: dashed; border-color: var(--queue-glyph); }
      .sort { display: inline-flex; align-items: center; gap: var(--sp-1); height: 1.75rem; font: inherit; color: inherit; }
      .sort:hover { color: var(--text); }
      .sort .i { width: 0.75rem; height: 0.75rem; visibility: hidden; }
      th[aria-sort] .sort { color: var(--text); }
      th[aria-sort] .sort .i { visibility: visible; }
      .order { display: none; align-items: center; }
      .foot { padding: var(--sp-4); text-align: center; color: var(--text-3); font-size: var(--text-sm); }
      .lines td .sk { max-width: 12rem; }
      .empty > .i { width: 2rem; height: 2rem; color: var(--text-3); }
      @media (max-width: 63.99rem) { .roomy { display: none; } }
      @media (max-width: 47.99rem) {
        .order { display: inline-flex; flex: 1 1 8rem; }
        .search { flex: 1 1 9rem; }
        td .btn { min-width: 2.75rem; height: 2.75rem; }
      }
    `,
  ];

  @property({ attribute: false }) api!: TokensApi;
  @property({ attribute: false }) viewer!: User;
  @property({ attribute: false }) connection: ConnectionState = { kind: 'connecting' };
  @state() private tokens: readonly ApiToken[] | undefined;
  @state() private people: readonly Account[] = [];
  @state() private problem: ApiProblem | undefined;
  @state() private filter = '';
  @state() private order: TokenOrder = 'created';
  @state() private reversed = false;
  @state() private notice = '';
  private readonly question = new Question<ApiToken>(this);

  constructor() {
    super();
    new Reading(this, () => void this.load());
  }

  /** What others did meanwhile comes by reading again: tokens are in no stream. */
  private async load(): Promise<void> {
    if (!this.api) await this.updateComplete;
    const [tokens, people] = await Promise.all([this.api.allTokens(), this.api.users()]);
    if (tokens.ok && people.ok) {
      this.tokens = tokens.value.tokens;
      this.people = people.value.users;
      this.problem = undefined;
    } else this.problem = tokens.ok ? (people.ok ? undefined : people.problem) : tokens.problem;
  }

  private get away(): boolean {
    return this.connection.kind === 'offline' || this.connection.kind === 'draining';
  }

  override render(): TemplateResult {
    return html`${this.body()} ${this.dialogNow()}<div class="sr" role="status">${this.notice}</div>`;
  }

  private body(): TemplateResult {
    if (this.tokens === undefined) return this.problem ? this.failed(this.problem) : skeleton();
    if (this.tokens.length === 0) return this.empty();
    const shown = this.shown(this.tokens);
    return html`
      ${this.tools(this.tokens)}
      <div class="scroll" tabindex="0" role="region" aria-label="API tokens">
        ${shown.length === 0
          ? html`<div class="empty" role="status"><h2>No token matches “${this.filter.trim()}”</h2><p>Looked at the names of tokens and of their people.</p><div class="acts"><button class="btn" type="button" @click=${() => (this.filter = '')}>Clear the filter</button></div></div>`
          : html`<table>
              <caption class="sr">API tokens of everybody</caption>
              <thead><tr>${COLUMNS.map((column) => this.head(...column))}<th scope="col" class="tight wide">Role</th><th scope="col" class="tight wide">State</th><th scope="col" class="tight"><span class="sr">Actions</span></th></tr></thead>
              <tbody>${repeat(shown, ({ token }) => token.id, (one) => this.row(one))}</tbody>
            </table>`}
        ${this.tokens.length >= MOST_LISTED ? html`<p class="foot">Only the newest ${MOST_LISTED} are listed.</p>` : nothing}
      </div>
    `;
  }

  private shown(tokens: readonly ApiToken[]): readonly OwnedToken[] {
    return sorted(matching(withOwners(tokens, this.people, Date.now()), this.filter), this.order, this.reversed);
  }

  private tools(tokens: readonly ApiToken[]): TemplateResult {
    const people = new Set(tokens.map((token) => token.user.id)).size;
    return html`<div class="tools">
      <div class="search">${icon('search')}<input class="input quiet" type="search" aria-label="Filter tokens" placeholder="Filter" autocomplete="off" spellcheck="false" .value=${this.filter} @input=${(event: Event) => (this.filter = (event.target as HTMLInputElement).value)} /></div>
      <label class="order"><span class="sr">Order</span><select class="input quiet" @change=${(event: Event) => this.sortBy((event.target as HTMLSelectElement).value as TokenOrder, false)}>${COLUMNS.map(([order, name, begins]) => html`<option value=${order} ?selected=${order === this.order}>${name}: ${begins}</option>`)}</select></label>
      <span class="t3 sm no-phone">${plural(tokens.length, 'token')} of ${plural(people, 'person', 'people')}</span>
    </div>`;
  }

  private head(order: TokenOrder, name: string, begins: string, look: string): TemplateResult {
    const chosen = this.order === order;
    return html`<th scope="col" class=${look} aria-sort=${chosen ? (this.reversed ? 'descending' : 'ascending') : nothing}>
      <button class="sort" type="button" title="Sort: ${begins}" @click=${() => this.sortBy(order, chosen && !this.reversed)}>${name}${icon(this.reversed && chosen ? 'arrow-up' : 'arrow-down', true)}</button></th>`;
  }

  private sortBy(order: TokenOrder, reversed: boolean): void {
    this.order = order;
    this.reversed = reversed;
  }

  private row({ token, state, actsAs }: OwnedToken): TemplateResult {
    const me = token.user.id === this.viewer.id;
    const name = visible(token.name);
    const [words, look, meaning] = STATES[state];
    const less = actsAs === token.role ? '' : `acts as ${ROLES[actsAs].name.toLowerCase()}`;
    const now = Date.now();
    const ago = token.lastUsedAt === undefined ? undefined : html`<relative-time .time=${token.lastUsedAt}></relative-time> ago`;
    return html`<tr class="line ${look === 'disabled' ? 'off' : ''}">
      <td><span class="name">${name}</span><span class="under">${token.user.name}${me ? ' (you)' : ''} · ${ROLES[token.role].name}${less === '' ? '' : `, ${less}`}</span><span class="under">${state === 'works' || state === 'expired' ? '' : `${words} · `}${ago === undefined ? 'never used' : html`used ${ago}`} · ${leftWords(token, now)}</span></td>
      <td class="tight wide"><span class="who clip" title=${token.user.name}>${token.user.name}${me ? html` <span class="tag">you</span>` : nothing}</span></td>
      <td class="tight wide roomy t2"><relative-time .time=${token.createdAt}></relative-time> ago</td>
      <td class="tight wide t2">${ago ?? html`<span class="t3">never</span>`}</td>
      <td class="tight wide t2" title=${moment(token.expiresAt)}>${expiryWords(token, now)}</td>
      <td class="tight wide">${ROLES[token.role].name}${less === '' ? nothing : html`<span class="less" title="A token never does more than its person may now">${less}</span>`}</td>
      <td class="tight wide"><span class="state ${look}" title=${meaning === '' ? nothing : meaning}>${words}</span></td>
      <td class="tight"><button class="btn ghost sm" type="button" aria-label="Revoke ${name} of ${token.user.name}" ?disabled=${this.away} title=${this.away ? OFFLINE : nothing} @click=${() => this.question.begin(token)}>Revoke…</button></td>
    </tr>`;
  }

  private empty(): TemplateResult {
    return html`<div class="scroll"><div class="empty" role="status">${icon('key-round')}<h2>Nobody has an API token</h2>
      <p>Scripts and tools sign in with one instead of a password. Each person makes their own, with at most their own role; all of them can be seen and revoked here.</p>
      <div class="acts"><a class="btn primary" href="/account">Make one of your own</a><a class="btn" href="/api/v1/openapi.yaml" target="_blank" rel="noopener">The API, described</a></div></div></div>`;
  }

  private failed(problem: ApiProblem): TemplateResult {
    return html`<div class="scroll"><div class="empty" role="alert">${glyph('failed')}<h2>The list of API tokens could not be loaded</h2>
      <p>${problem.kind === 'offline' ? 'The server does not answer. Tokens are as they were.' : problem.message}</p>
      <div class="acts"><button class="btn primary" type="button" @click=${() => void this.load()}>Try again</button></div>
      <p class="small">${problem.code}${problem.requestId === undefined ? '' : ` · request ${problem.requestId}`}</p></div></div>`;
  }

  // ---- revoking ----------------------------------------------------------------------------------------------------------

  private dialogNow(): TemplateResult | typeof nothing {
    const { ask: token } = this.question;
    if (token === undefined) return nothing;
    const me = token.user.id === this.viewer.id;
    const used = token.lastUsedAt === undefined ? 'It was never used.' : html`It was used last <b>${age(Date.now() - Date.parse(token.lastUsedAt))} ago</b>.`;
    const inside = html`<p class="t2">${used} Whatever uses it is refused from now on, and streams it holds end at once. It cannot be undone; ${me ? 'you' : token.user.name} can make a new one.</p>`;
    const title = me ? `Revoke “${visible(token.name)}”?` : `Revoke “${visible(token.name)}” of ${token.user.name}?`;
    return this.question.dialog(this.question.form({ title, verb: 'Revoke', busy: 'Revoking…', bad: true, inside }, () => void this.revoke(token)), true);
  }

  private async revoke(token: ApiToken): Promise<void> {
    const at = this.shown(this.tokens ?? []).findIndex((one) => one.token.id === token.id);
    // Gone already is what was wanted.
    const answer = await this.question.waitFor(this.api.revokeToken(token.id), (problem) => problem.status !== 404);
    if (!answer.ok && answer.problem.status !== 404) return;
    this.notice = `${token.name} of ${token.user.name} is revoked.`;
    this.question.close();
    this.tokens = this.tokens?.filter((one) => one.id !== token.id);
    await this.load();
    await this.updateComplete;
    this.focusNear(at);
  }

  /** The button that had the focus is gone; it goes to the one that stands there now. */
  private focusNear(at: number): void {
    if ((this.renderRoot as ShadowRoot).activeElement) return;
    const buttons = [...this.renderRoot.querySelectorAll<HTMLElement>('tbody .btn')];
    (buttons[Math.min(at, buttons.length - 1)] ?? this.renderRoot.querySelector<HTMLElement>('.empty .btn, .search .input'))?.focus();
  }
}

function skeleton(): TemplateResult {
  return html`<div class="scroll late" role="status"><span class="sr">API tokens are being loaded</span><table class="lines" aria-hidden="true"><tbody>${[1, 2, 3, 4].map(() => html`<tr><td><span class="sk"></span></td><td><span class="sk"></span></td></tr>`)}</tbody></table></div>`;
}
