import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import type { Api } from '../../api/api';
import type { Answer, ApiProblem } from '../../api/http';
import type { Account, ConnectionState, Invitation, Role, User } from '../../api/types';
import { initials, moment, plural } from '../../lib/format';
import { glyph, glyphSheet } from '../../lib/glyphs';
import { icon } from '../../lib/icons';
import { ROLES } from '../../lib/may';
import { controls } from '../../styles/shared';
import { choiceSheet, tableSheet } from '../../styles/table';
import { viewSheet } from '../../styles/view';
import '../copy-field';
import type { CopyField } from '../copy-field';
import { dialogSheet } from '../dialog-sheet';
import { Question } from '../question';
import { Reading } from '../reading';
import '../relative-time';
import '../row-menu';
import type { MenuEntry } from '../row-menu';

export type PeopleApi = Pick<Api, 'users' | 'invite' | 'inviteAgain' | 'changeUser' | 'signOutUser'>;

type Confirmed = 'disable' | 'enable' | 'sign-out' | 'link-anew';
type Ask =
  | { readonly kind: 'invite' }
  | { readonly kind: 'link'; readonly name: string; readonly invitation: Invitation }
  | { readonly kind: 'role'; readonly account: Account }
  | { readonly kind: Confirmed; readonly account: Account };

const OFFLINE = 'Not possible without a connection';
const ROLE_ORDER: readonly Role[] = ['viewer', 'operator', 'admin'];

/** Who may come in, as what, and since when they were not here. For administrators. */
@customElement('people-tab')
export class PeopleTab extends LitElement {
  static override styles = [
    controls,
    glyphSheet,
    viewSheet,
    tableSheet,
    choiceSheet,
    dialogSheet,
    css`
      .who { display: flex; align-items: center; gap: var(--sp-2); min-width: 0; }
      .who > div { min-width: 0; }
      .name { font-weight: var(--weight-medium); overflow-wrap: anywhere; }
      .off .name, .off td { color: var(--text-3); }
      .search { position: relative; flex: 0 1 24rem; min-width: 8rem; }
      .search .i { position: absolute; inset: 0 auto 0 var(--sp-2); margin-block: auto; color: var(--text-3); }
      .search .input { padding-inline: 1.875rem; }
      .alone { display: grid; justify-items: center; gap: var(--sp-2); padding: var(--sp-10) var(--sp-4); text-align: center; color: var(--text-2); text-wrap: pretty; }
      .tools .btn.primary { margin-inline-start: auto; }
      .under { color: var(--text-3); font-size: var(--text-sm); }
      .lines td .sk { max-width: 12rem; }
    `,
  ];

  @property({ attribute: false }) api!: PeopleApi;
  @property({ attribute: false }) viewer!: User;
  @property({ attribute: false }) connection: ConnectionState = { kind: 'connecting' };
  @state() private people: readonly Account[] | undefined;
  @state() private problem: ApiProblem | undefined;
  @state() private filter = '';
  @state() private nameFault = '';
  @state() private notice = '';
  private readonly question = new Question<Ask>(this, lastAdminWords);

  constructor() {
    super();
    new Reading(this, () => void this.load());
  }

  /** What others did meanwhile comes by reading again: accounts are in no stream. */
  private async load(): Promise<void> {
    if (!this.api) await this.updateComplete;
    const answer = await this.api.users();
    if (answer.ok) this.people = answer.value.users;
    this.problem = answer.ok ? undefined : answer.problem;
  }

  private get away(): boolean {
    return this.connection.kind === 'offline' || this.connection.kind === 'draining';
  }

  override render(): TemplateResult {
    return html`${this.body()} ${this.dialogNow()}<div class="sr" role="status">${this.notice}</div>`;
  }

  private body(): TemplateResult {
    if (this.people === undefined) return this.problem ? this.failed(this.problem) : skeleton();
    const wanted = this.people.filter((person) => person.name.toLowerCase().includes(this.filter.trim().toLowerCase()));
    return html`
      <div class="tools">
        ${this.people.length > 1
          ? html`<div class="search">${icon('search')}<input class="input quiet" type="search" aria-label="Filter people" placeholder="Filter by name" autocomplete="off" spellcheck="false" .value=${this.filter} @input=${(event: Event) => (this.filter = (event.target as HTMLInputElement).value)} /></div>`
          : nothing}
        <span class="t3 sm no-phone">${plural(this.people.length, 'person', 'people')}</span>
        <button class="btn primary" type="button" ?disabled=${this.away} title=${this.away ? OFFLINE : nothing} @click=${() => this.begin({ kind: 'invite' })}>${icon('user-plus', true)}Invite a person</button>
      </div>
      <div class="scroll">
        ${wanted.length === 0
          ? html`<div class="empty" role="status"><h2>Nobody is called “${this.filter}”</h2><div class="acts"><button class="btn" type="button" @click=${() => (this.filter = '')}>Clear the filter</button></div></div>`
          : html`<table>
              <caption class="sr">People, their role and state</caption>
              <thead><tr><th scope="col">Name</th><th scope="col" class="tight wide">Role</th><th scope="col" class="tight wide">State</th><th scope="col" class="tight wide">Last sign-in</th><th scope="col" class="tight"><span class="sr">Actions</span></th></tr></thead>
              <tbody>${repeat(wanted, (person) => person.id, (person) => this.row(person))}</tbody>
            </table>`}
        ${this.people.length === 1 ? html`<div class="alone"><p>You are the only one here. Whom you invite gets a link, chooses a password, and sees what their role allows.</p></div>` : nothing}
      </div>
    `;
  }

  private row(person: Account): TemplateResult {
    const me = person.id === this.viewer.id;
    return html`<tr class="line ${person.state === 'disabled' ? 'off' : ''}">
      <td><div class="who"><span class="av ${me ? 'me' : ''}" aria-hidden="true">${initials(person.name)}</span><div>
        <span class="name">${person.name}</span>${me ? html` <span class="tag">you</span>` : nothing}
        <span class="under">${ROLES[person.role].name} · ${this.stateWords(person)}${person.lastSignInAt === undefined ? nothing : html` · here <relative-time .time=${person.lastSignInAt}></relative-time> ago`}</span></div></div></td>
      <td class="tight wide">${ROLES[person.role].name}</td>
      <td class="tight wide"><span class="state ${person.state}">${this.stateWords(person)}</span></td>
      <td class="tight wide t2">${person.lastSignInAt === undefined ? html`<span class="t3">never</span>` : html`<relative-time .time=${person.lastSignInAt}></relative-time> ago`}</td>
      <td class="tight"><row-menu label="What to do with ${person.name}" .entries=${this.entries(person)}></row-menu></td>
    </tr>`;
  }

  private stateWords(person: Account): string | TemplateResult {
    if (person.state === 'active') return 'Active';
    if (person.state === 'disabled') return 'Disabled';
    const until = person.invitationExpiresAt;
    const over = until === undefined || Date.parse(until) <= Date.now();
    return html`<span title=${until === undefined ? nothing : `The link is good until ${moment(until)}`}>${over ? 'Invited, link is over' : 'Invited'}</span>`;
  }

  private entries(person: Account): readonly MenuEntry[] {
    const off = this.away ? { off: OFFLINE } : {};
    const entry = (name: string, kind: Confirmed | 'role', picture: MenuEntry['icon'], more: Partial<MenuEntry> = {}): MenuEntry => ({ name, icon: picture, act: () => this.begin({ kind, account: person } as Ask), ...off, ...more });
    if (person.state === 'disabled') return [entry('Enable…', 'enable', 'circle-check'), entry('Change role…', 'role', 'shield')];
    return [
      entry('Change role…', 'role', 'shield'),
      entry(person.state === 'invited' ? 'New invitation link…' : 'Link for a new password…', 'link-anew', 'link'),
      ...(person.state === 'active' ? [entry('Sign out everywhere…', 'sign-out', 'log-out')] : []),
      entry('Disable…', 'disable', 'ban', { bad: true }),
    ];
  }

  private failed(problem: ApiProblem): TemplateResult {
    return html`<div class="scroll"><div class="empty" role="alert">${glyph('failed')}<h2>The list of people could not be loaded</h2>
      <p>${problem.kind === 'offline' ? 'The server does not answer. Who is signed in stays signed in.' : problem.message}</p>
      <div class="acts"><button class="btn primary" type="button" @click=${() => void this.load()}>Try again</button></div>
      <p class="small">${problem.code}${problem.requestId === undefined ? '' : ` · request ${problem.requestId}`}</p></div></div>`;
  }

  // ---- dialogs -----------------------------------------------------------------------------------------------------------

  private begin(ask: Ask): void {
    this.nameFault = '';
    this.question.begin(ask);
  }

  private dialogNow(): TemplateResult | typeof nothing {
    const { ask } = this.question;
    return ask === undefined ? nothing : this.question.dialog(this.asked(ask), ask.kind !== 'link' && ask.kind !== 'invite');
  }

  private asked(ask: Ask): TemplateResult {
    switch (ask.kind) {
      case 'link':
        return this.linkShown(ask.name, ask.invitation);
      case 'invite':
        return this.question.form({ title: 'Invite a person', verb: 'Make the link', busy: 'Making…', inside: html`
          <div class="field"><label for="name">Name</label>
            <input class="input" id="name" name="name" maxlength="64" autocomplete="off" autocapitalize="none" spellcheck="false" autofocus aria-invalid=${this.nameFault === '' ? nothing : 'true'} aria-describedby="name-said" />
            <p class=${this.nameFault === '' ? 'help' : 'wrong'} id="name-said" role=${this.nameFault === '' ? nothing : 'alert'}>${this.nameFault || 'What they sign in with, and what others see at what they do.'}</p></div>
          ${roleChoice('operator')}` }, (data) => void this.invite(String(data.get('name') ?? '').trim(), roleOf(data)));
      case 'role': {
        const { account } = ask;
        const me = account.id === this.viewer.id;
        return this.question.form({ title: `Which role for ${account.name}?`, verb: 'Change role', busy: 'Changing…', inside: html`${roleChoice(account.role)}
          <p class="t2 sm">It counts at once, also for what ${me ? 'you have' : 'they have'} open, and for API tokens: none can do more than its person.</p>` }, (data) => void this.changeRole(account, roleOf(data)));
      }
      default: {
        const { kind, account } = ask;
        const [title, verb, busy, words, bad] = confirmation(kind, account, account.id === this.viewer.id);
        return this.question.form({ title, verb, busy, bad, inside: html`<p class="t2">${words}</p>` }, () => void this.confirmed(kind, account));
      }
    }
  }

  private linkShown(name: string, invitation: Invitation): TemplateResult {
    const link = new URL(invitation.path, location.origin).href;
    return this.question.shown(`The link for ${name}`, html`
      <p class="t2">Hand it to ${name} in a way that only they can read. Whoever opens it chooses the password and is signed in.</p>
      <copy-field label="One-time link" .value=${link}></copy-field>
      <div class="note">${icon('info')}<div><p><strong>Shown once.</strong></p><p>It works once, until ${moment(invitation.expiresAt)}. It is stored so that nobody can read it back, not even here; if it is lost, make a new one.</p></div></div>`);
  }

  private async changeRole(account: Account, role: Role): Promise<void> {
    if (role === account.role) return this.question.close();
    return this.finish(this.api.changeUser(account.id, { role }), `${account.name} is ${ROLES[role].name.toLowerCase()} now.`);
  }

  private async confirmed(kind: Confirmed, account: Account): Promise<void> {
    switch (kind) {
      case 'disable':
        return this.finish(this.api.changeUser(account.id, { disabled: true }), `${account.name} is disabled.`);
      case 'enable':
        return this.finish(this.api.changeUser(account.id, { disabled: false }), `${account.name} is enabled.`);
      case 'sign-out':
        return this.finish(this.api.signOutUser(account.id), `${account.name} is signed out everywhere.`);
      case 'link-anew': {
        const answer = await this.question.waitFor(this.api.inviteAgain(account.id));
        if (answer.ok) void this.showLink(account.name, answer.value);
      }
    }
  }

  private async invite(name: string, role: Role): Promise<void> {
    this.nameFault = name === '' ? 'Type a name.' : '';
    if (this.nameFault !== '') return this.focusName();
    const aboutName = (code: string) => code === 'name-taken' || code === 'name-invalid';
    const answer = await this.question.waitFor(this.api.invite(name, role), (problem) => !aboutName(problem.code));
    if (answer.ok) return this.showLink(answer.value.user.name, answer.value.invitation);
    if (aboutName(answer.problem.code)) {
      this.nameFault = answer.problem.code === 'name-taken' ? `Somebody is called ${name} already. Names stay with their person, also when they are disabled.` : answer.problem.message;
      await this.updateComplete;
      this.focusName();
    }
  }

  private focusName(): void {
    this.renderRoot.querySelector<HTMLInputElement>('#name')?.focus();
  }

  private async showLink(name: string, invitation: Invitation): Promise<void> {
    this.question.begin({ kind: 'link', name, invitation });
    void this.load();
    await this.updateComplete;
    this.renderRoot.querySelector<CopyField>('copy-field')?.focus();
  }

  private async finish(asked: Promise<Answer<unknown>>, done: string): Promise<void> {
    const answer = await this.question.waitFor(asked);
    if (!answer.ok) return;
    this.notice = done;
    this.question.close();
    await this.load();
  }
}

function roleOf(data: FormData): Role {
  return String(data.get('role') ?? '') as Role;
}

function roleChoice(chosen: Role): TemplateResult {
  return html`<fieldset><legend class="label">Role</legend><div class="choices">${ROLE_ORDER.map(
    (role) => html`<label class="choice"><input class="radio" type="radio" name="role" value=${role} ?checked=${role === chosen} /><b>${ROLES[role].name}</b><span>${ROLES[role].meaning}</span></label>`,
  )}</div></fieldset>`;
}

/** Title, verb, verb while it is done, what it means, and whether it takes something away. */
function confirmation(kind: Confirmed, { name, state }: Account, me: boolean): [string, string, string, string, boolean] {
  switch (kind) {
    case 'disable':
      return [`Disable ${name}?`, 'Disable', 'Disabling…', `${me ? 'You are' : 'They are'} signed out everywhere at once and cannot come back, and ${me ? 'your' : 'their'} API tokens are revoked. Sessions, prompts and the record stay. It can be undone, but for the tokens.`, true];
    case 'enable':
      return [`Enable ${name}?`, 'Enable', 'Enabling…', 'They can sign in again with the password they had. Their role is as it was.', false];
    case 'sign-out':
      return [`Sign out ${name} everywhere?`, 'Sign out everywhere', 'Signing out…', `All browsers in which ${me ? 'you are' : 'they are'} signed in are signed out${me ? ', this one included' : ''}. ${me ? 'Your' : 'Their'} API tokens are revoked. The password stays good.`, true];
    case 'link-anew':
      return state === 'invited'
        ? [`A new link for ${name}?`, 'Make a new link', 'Making…', 'Earlier links stop working.', false]
        : [`A link for a new password for ${name}?`, 'Make the link', 'Making…', 'For when the password is forgotten. Earlier links stop working. The password they have stays good until the link is used; then all their sign-ins end.', false];
  }
}

function lastAdminWords(problem: ApiProblem): readonly [string, string] | undefined {
  return problem.code === 'last-admin' ? ['Somebody has to be left.', 'This is the last administrator who can sign in. Make somebody else administrator first, then try again.'] : undefined;
}

function skeleton(): TemplateResult {
  return html`<div class="scroll late" role="status"><span class="sr">People are being loaded</span><table class="lines" aria-hidden="true"><tbody>${[1, 2, 3, 4].map(() => html`<tr><td><span class="sk"></span></td><td><span class="sk"></span></td></tr>`)}</tbody></table></div>`;
}
