import { css, html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import type { Api } from '../api/api';
import type { Answer, ApiProblem } from '../api/http';
import type { ApiToken, ConnectionState, Role, SignedIn, User } from '../api/types';
import { age, initials, moment } from '../lib/format';
import { icon } from '../lib/icons';
import { rolesUpTo, ROLES } from '../lib/may';
import { LEAST_PASSWORD, passwordLack, passwordLength } from '../lib/password';
import { leftWords } from '../lib/tokens';
import { controls } from '../styles/shared';
import { choiceSheet, tableSheet } from '../styles/table';
import { viewSheet } from '../styles/view';
import './copy-field';
import type { CopyField } from './copy-field';
import { dialogSheet } from './dialog-sheet';
import { Question } from './question';
import './relative-time';

export type AccountApi = Pick<Api, 'tokens' | 'issueToken' | 'revokeToken'>;

type Ask = { readonly kind: 'issue' } | { readonly kind: 'secret'; readonly token: ApiToken; readonly secret: string } | { readonly kind: 'revoke'; readonly token: ApiToken } | { readonly kind: 'sign-out' };

const OFFLINE = 'Not possible without a connection';
const TERMS: readonly (readonly [number, string])[] = [
  [7, '7 days'],
  [30, '30 days'],
  [90, '90 days'],
  [365, 'a year'],
];

/** What is one's own: name and role, password, sign-ins, API tokens. Says `sign-out-everywhere`. */
@customElement('account-page')
export class AccountPage extends LitElement {
  static override styles = [
    controls,
    viewSheet,
    tableSheet,
    choiceSheet,
    dialogSheet,
    css`
      .page { max-width: 52rem; margin-inline: auto; padding: var(--sp-5) var(--pad-x) var(--sp-14); display: grid; grid-template-columns: minmax(0, 1fr); gap: var(--sp-8); }
      .me { display: flex; align-items: center; gap: var(--sp-3); }
      .me .av { width: 2.5rem; height: 2.5rem; font-size: var(--text-lg); }
      .me b { font-size: var(--text-xl); font-weight: var(--weight-strong); overflow-wrap: anywhere; }
      section { display: grid; grid-template-columns: minmax(0, 1fr); gap: var(--sp-3); }
      section > header { display: flex; align-items: flex-start; gap: var(--sp-3); }
      section > header > div { min-width: 0; }
      section > header .btn { margin-inline-start: auto; }
      section h2 { font-size: var(--text-lg); font-weight: var(--weight-strong); }
      section header p { color: var(--text-2); text-wrap: pretty; }
      form.password { display: grid; gap: var(--sp-3); max-width: 22rem; }
      form.password .btn { justify-self: start; }
      .box { border: 1px solid var(--line-2); border-radius: var(--r-lg); overflow: clip; background: var(--raised); }
      .box th { background: var(--sunken); position: static; }
      .box th:first-child, .box td:first-child { padding-inline-start: var(--sp-4); }
      .box th:last-child, .box td:last-child { padding-inline-end: var(--sp-3); }
      .box tbody tr:last-child td { border: 0; }
      .none { padding: var(--sp-5) var(--sp-4); color: var(--text-2); text-wrap: pretty; }
      .name { font-weight: var(--weight-medium); overflow-wrap: anywhere; }
      .under { color: var(--text-3); font-size: var(--text-sm); }
      .over { color: var(--fail-text); }
      .two { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); gap: var(--sp-3); }
      @media (max-width: 30rem) { .two { grid-template-columns: minmax(0, 1fr); } section > header { flex-wrap: wrap; } section > header .btn { margin: 0; } }
    `,
  ];

  @property({ attribute: false }) api!: AccountApi;
  @property({ attribute: false }) viewer!: User;
  @property({ attribute: false }) connection: ConnectionState = { kind: 'connecting' };
  @property({ attribute: false }) changePassword!: (current: string, wanted: string) => Promise<Answer<SignedIn>>;
  @state() private tokens: readonly ApiToken[] | undefined;
  @state() private problem: ApiProblem | undefined;
  @state() private nameFault = '';
  @state() private passwordBusy = false;
  @state() private passwordSaid: { readonly bad: boolean; readonly words: string } | undefined;
  @state() private wrongField: '' | 'current' | 'wanted' | 'again' = '';
  @state() private typed = '';
  @state() private notice = '';
  private readonly question = new Question<Ask>(this);

  override connectedCallback(): void {
    super.connectedCallback();
    void this.load();
  }

  override willUpdate(changed: PropertyValues<this>): void {
    const before = changed.get('connection');
    if (before && before.kind !== 'live' && this.connection.kind === 'live') void this.load();
  }

  private async load(): Promise<void> {
    if (!this.api) await this.updateComplete;
    const answer = await this.api.tokens();
    if (answer.ok) this.tokens = answer.value.tokens;
    this.problem = answer.ok ? undefined : answer.problem;
  }

  private get away(): boolean {
    return this.connection.kind === 'offline' || this.connection.kind === 'draining';
  }

  override render(): TemplateResult {
    const { viewer } = this;
    return html`
      <header class="bar"><h1>Your account</h1></header>
      <div class="scroll"><div class="page">
        <div class="me"><span class="av me" aria-hidden="true">${initials(viewer.name)}</span><div><b>${viewer.name}</b><p class="t2">${ROLES[viewer.role].name}. ${ROLES[viewer.role].meaning}</p></div></div>
        ${this.tokenSection()} ${this.passwordSection()}
        <section aria-labelledby="h-out"><header><div><h2 id="h-out">Sign-ins</h2><p>Ends your sign-in in every browser, this one included. For when one was left open somewhere. API tokens stay good.</p></div>
          <button class="btn" type="button" ?disabled=${this.away} title=${this.away ? OFFLINE : nothing} @click=${() => this.begin({ kind: 'sign-out' })}>Sign out everywhere…</button></header></section>
      </div></div>
      ${this.dialogNow()}
      <div class="sr" role="status">${this.notice}</div>
    `;
  }

  // ---- API tokens --------------------------------------------------------------------------------------------------------

  private tokenSection(): TemplateResult {
    return html`<section aria-labelledby="h-tokens">
      <header><div><h2 id="h-tokens">API tokens</h2><p>For scripts and tools: they do over HTTP what you do here, as you, within the role and the time you give them. <a class="link" href="/api/v1/openapi.yaml" target="_blank" rel="noopener">The API, described</a></p></div>
        <button class="btn" type="button" ?disabled=${this.away} title=${this.away ? OFFLINE : nothing} @click=${() => this.begin({ kind: 'issue' })}>${icon('plus', true)}New token</button></header>
      <div class="box">${this.tokenList()}</div>
    </section>`;
  }

  private tokenList(): TemplateResult {
    const { tokens } = this;
    if (tokens === undefined) {
      return this.problem
        ? html`<div class="none" role="alert"><p>Your tokens could not be loaded. ${this.problem.kind === 'offline' ? 'The server does not answer.' : this.problem.message}</p><p><button class="btn sm" type="button" @click=${() => void this.load()}>Try again</button></p></div>`
        : html`<div class="none late" role="status"><span class="sr">Tokens are being loaded</span><span class="sk"></span></div>`;
    }
    if (tokens.length === 0) return html`<p class="none">You have none. A token is what a script signs in with, so that your password stays yours.</p>`;
    return html`<table>
      <caption class="sr">Your API tokens</caption>
      <thead><tr><th scope="col">Name</th><th scope="col" class="tight wide">Role</th><th scope="col" class="tight wide">Last used</th><th scope="col" class="tight wide">Good until</th><th scope="col" class="tight"><span class="sr">Actions</span></th></tr></thead>
      <tbody>${repeat(tokens, (token) => token.id, (token) => this.tokenRow(token))}</tbody>
    </table>`;
  }

  private tokenRow(token: ApiToken): TemplateResult {
    return html`<tr class="line">
      <td><span class="name">${token.name}</span><span class="under">${ROLES[token.role].name} · ${until(token)}</span></td>
      <td class="tight wide">${ROLES[token.role].name}</td>
      <td class="tight wide t2">${token.lastUsedAt === undefined ? html`<span class="t3">never</span>` : html`<relative-time .time=${token.lastUsedAt}></relative-time> ago`}</td>
      <td class="tight wide t2" title=${moment(token.expiresAt)}>${until(token)}</td>
      <td class="tight"><button class="btn ghost sm bad-text" type="button" aria-label="Revoke ${token.name}" ?disabled=${this.away} @click=${() => this.begin({ kind: 'revoke', token })}>Revoke…</button></td>
    </tr>`;
  }

  private begin(ask: Ask): void {
    this.nameFault = '';
    this.question.begin(ask);
  }

  private dialogNow(): TemplateResult | typeof nothing {
    const { ask } = this.question;
    return ask === undefined ? nothing : this.question.dialog(this.asked(ask), ask.kind === 'sign-out' || ask.kind === 'revoke');
  }

  private asked(ask: Ask): TemplateResult {
    switch (ask.kind) {
      case 'sign-out':
        return this.question.form(
          { title: 'Sign out everywhere?', verb: 'Sign out everywhere', busy: 'Signing out…', bad: true, inside: html`<p class="t2">All browsers in which you are signed in are signed out, this one included. What you typed and did not send is lost here.</p>` },
          () => this.signOut(),
        );
      case 'revoke': {
        const { token } = ask;
        return this.question.form(
          { title: `Revoke “${token.name}”?`, verb: 'Revoke', busy: 'Revoking…', bad: true, inside: html`<p class="t2">Whatever uses it is refused from now on, and streams it holds end at once. It cannot be undone${token.lastUsedAt === undefined ? '; it was never used' : `; it was used ${age(Date.now() - Date.parse(token.lastUsedAt))} ago`}.</p>` },
          () => void this.revoke(token),
        );
      }
      case 'issue':
        return this.question.form({ title: 'New API token', verb: 'Make the token', busy: 'Making…', inside: this.wishes() }, (data) => void this.issue(data));
      case 'secret':
        return this.question.shown(`Token “${ask.token.name}”`, html`
          <copy-field label="Secret" .value=${ask.secret}></copy-field>
          <copy-field label="Try it" .value=${curlLine(ask.secret)}></copy-field>
          <div class="note">${icon('info')}<div><p><strong>Shown once.</strong></p><p>Only its hash is stored, so nobody can read it back. It is good until ${moment(ask.token.expiresAt)}; keep it where your other secrets are.</p></div></div>`);
    }
  }

  private wishes(): TemplateResult {
    const roles = rolesUpTo(this.viewer.role);
    const wrong = this.nameFault !== '';
    return html`
      <div class="two">
        <div class="field"><label for="name">Name</label>
          <input class="input" id="name" name="name" maxlength="64" autocomplete="off" spellcheck="false" placeholder="nightly-report" autofocus aria-invalid=${wrong ? 'true' : nothing} aria-describedby="name-said" />
          <p class=${wrong ? 'wrong' : 'help'} id="name-said" role=${wrong ? 'alert' : nothing}>${this.nameFault || 'Stands beside your name at all it does.'}</p></div>
        <div class="field"><label for="days">Good for</label>
          <select class="input" id="days" name="days">${TERMS.map(([days, words]) => html`<option value=${days} ?selected=${days === 90}>${words}</option>`)}</select></div>
      </div>
      <fieldset><legend class="label">Role, at most your own</legend><div class="choices">${roles.map(
        (role, at) => html`<label class="choice"><input class="radio" type="radio" name="role" value=${role} ?checked=${role === 'viewer' || (at === 0 && roles.length === 1)} /><b>${ROLES[role].name}</b><span>${ROLES[role].meaning}</span></label>`,
      )}</div></fieldset>`;
  }

  private signOut(): void {
    this.question.close();
    this.dispatchEvent(new CustomEvent('sign-out-everywhere', { bubbles: true, composed: true }));
  }

  private async revoke(token: ApiToken): Promise<void> {
    // Gone already is what was wanted.
    const answer = await this.question.waitFor(this.api.revokeToken(token.id), (problem) => problem.status !== 404);
    if (!answer.ok && answer.problem.status !== 404) return;
    this.notice = `${token.name} is revoked.`;
    this.question.close();
    await this.load();
    if (!(this.renderRoot as ShadowRoot).activeElement) this.renderRoot.querySelector<HTMLElement>('section .btn')?.focus();
  }

  private async issue(data: FormData): Promise<void> {
    const name = String(data.get('name') ?? '').trim();
    this.nameFault = name === '' ? 'Give it a name.' : '';
    if (this.nameFault === '') {
      const aboutName = (code: string) => code === 'name-invalid' || code === 'name-taken';
      const answer = await this.question.waitFor(this.api.issueToken({ name, role: String(data.get('role')) as Role, expiresInDays: Number(data.get('days')) }), (problem) => !aboutName(problem.code));
      if (answer.ok) return this.showSecret(answer.value.token, answer.value.secret);
      if (aboutName(answer.problem.code)) this.nameFault = answer.problem.message;
    }
    await this.updateComplete;
    if (this.nameFault !== '') this.renderRoot.querySelector<HTMLInputElement>('#name')?.focus();
  }

  private async showSecret(token: ApiToken, secret: string): Promise<void> {
    this.question.begin({ kind: 'secret', token, secret });
    void this.load();
    await this.updateComplete;
    this.renderRoot.querySelector<CopyField>('copy-field')?.focus();
  }

  // ---- password ----------------------------------------------------------------------------------------------------------

  private passwordSection(): TemplateResult {
    const said = this.passwordSaid;
    return html`<section aria-labelledby="h-password">
      <header><div><h2 id="h-password">Password</h2><p>${LEAST_PASSWORD} characters or more.</p></div></header>
      <form class="password" novalidate @submit=${(event: Event) => void this.submitPassword(event)}>
        ${said ? html`<div class="note ${said.bad ? 'bad' : ''}" role=${said.bad ? 'alert' : 'status'}>${icon(said.bad ? 'triangle-alert' : 'circle-check')}<div><p>${said.words}</p></div></div>` : nothing}
        <input class="sr" tabindex="-1" aria-hidden="true" name="username" autocomplete="username" .value=${this.viewer.name} readonly />
        ${this.passwordInput('current', 'Present password', 'current-password', '', 'Type the password you have now.')}
        ${this.passwordInput('wanted', 'New password', 'new-password', this.typed === '' ? '' : passwordLack(this.typed) || 'Long enough.', `At least ${LEAST_PASSWORD} characters, and another than now.`)}
        ${this.passwordInput('again', 'New password again', 'new-password', '', 'The two new passwords differ.')}
        <button class="btn" type="submit" ?disabled=${this.passwordBusy || this.away} title=${this.away ? OFFLINE : nothing}>${this.passwordBusy ? 'Changing…' : 'Change password'}</button>
      </form>
    </section>`;
  }

  private passwordInput(id: 'current' | 'wanted' | 'again', label: string, complete: 'current-password' | 'new-password', help: string, wrong: string): TemplateResult {
    const isWrong = this.wrongField === id;
    const said = isWrong ? wrong : help;
    return html`<div class="field"><label for=${id}>${label}</label>
      <input class="input" id=${id} type="password" autocomplete=${complete} aria-invalid=${isWrong ? 'true' : nothing} aria-describedby=${said === '' ? nothing : `${id}-said`}
        @input=${(event: Event) => id === 'wanted' && (this.typed = (event.target as HTMLInputElement).value)} />
      ${said === '' ? nothing : html`<p class=${isWrong ? 'wrong' : 'help'} id="${id}-said" role=${isWrong ? 'alert' : 'status'}>${said}</p>`}</div>`;
  }

  private async submitPassword(event: Event): Promise<void> {
    event.preventDefault();
    if (this.passwordBusy) return;
    const field = (id: string) => this.renderRoot.querySelector<HTMLInputElement>(`#${id}`)!;
    const [current, wanted, again] = ['current', 'wanted', 'again'].map((id) => field(id).value) as [string, string, string];
    this.passwordSaid = undefined;
    this.wrongField = current === '' ? 'current' : passwordLength(wanted) < LEAST_PASSWORD || wanted === current ? 'wanted' : wanted === again ? '' : 'again';
    if (this.wrongField !== '') return field(this.wrongField).focus();
    this.passwordBusy = true;
    const answer = await this.changePassword(current, wanted);
    this.passwordBusy = false;
    if (answer.ok) {
      for (const id of ['current', 'wanted', 'again']) field(id).value = '';
      this.typed = '';
      this.passwordSaid = { bad: false, words: 'Your password is changed.' };
    } else {
      this.passwordSaid = { bad: true, words: answer.problem.message };
      field('current').focus();
    }
  }
}

/** Ready to be pasted into a shell. */
export function curlLine(secret: string): string {
  return `curl -H 'Authorization: Bearer ${secret}' '${location.origin}/api/v1/sessions'`;
}

function until(token: ApiToken): string | TemplateResult {
  const now = Date.now();
  const words = leftWords(token, now);
  return Date.parse(token.expiresAt) <= now ? html`<span class="over">${words}</span>` : words;
}
