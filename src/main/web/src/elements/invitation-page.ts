import { html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import type { Answer, ApiProblem } from '../api/http';
import type { SignedIn } from '../api/types';
import { duration } from '../lib/format';
import { glyphSheet, mark } from '../lib/glyphs';
import { icon } from '../lib/icons';
import type { InvitationLink } from '../lib/invitation';
import { LEAST_PASSWORD, passwordLack, passwordLength } from '../lib/password';
import { onTick } from '../lib/ticker';
import { controls } from '../styles/shared';
import { door } from './door';

/** Where a one-time link leads: a password is chosen, and one is in. Says `invitation-done` when there is nothing more to do here. */
@customElement('invitation-page')
export class InvitationPage extends LitElement {
  static override styles = [controls, glyphSheet, door];

  @property({ attribute: false }) link: InvitationLink | undefined;
  /** Who is signed in in this browser already; empty when nobody is. */
  @property() signedInAs = '';
  @property({ attribute: false }) attempt!: (token: string, password: string) => Promise<Answer<SignedIn>>;
  @state() private busy = false;
  @state() private problem: ApiProblem | undefined;
  @state() private wrongField: '' | 'wanted' | 'again' = '';
  @state() private typed = '';
  @state() private typedAgain = '';
  @state() private waitUntil = 0;
  @query('#wanted') private wanted!: HTMLInputElement | null;
  @query('#again') private again!: HTMLInputElement | null;
  private stopTicking: (() => void) | undefined;

  override firstUpdated(): void {
    this.wanted?.focus();
  }

  override disconnectedCallback(): void {
    this.stopTicking?.();
    super.disconnectedCallback();
  }

  private async submit(event: Event): Promise<void> {
    event.preventDefault();
    if (this.busy || this.left() > 0 || !this.link || !this.wanted || !this.again) return;
    this.problem = undefined;
    this.wrongField = passwordLength(this.wanted.value) < LEAST_PASSWORD ? 'wanted' : this.wanted.value === this.again.value ? '' : 'again';
    if (this.wrongField !== '') return (this.wrongField === 'wanted' ? this.wanted : this.again).focus();
    this.busy = true;
    const answer = await this.attempt(this.link.token, this.wanted.value);
    this.busy = false;
    if (answer.ok) {
      this.dispatchEvent(new CustomEvent('invitation-done', { bubbles: true, composed: true }));
      return;
    }
    this.problem = answer.problem;
    if (answer.problem.retryAfterMs !== undefined && answer.problem.status === 429) this.countDown(answer.problem.retryAfterMs);
    await this.updateComplete;
    this.renderRoot.querySelector<HTMLElement>('.over .btn, #wanted')?.focus();
  }

  private countDown(ms: number): void {
    this.waitUntil = Date.now() + ms;
    this.stopTicking?.();
    this.stopTicking = onTick(() => {
      if (this.left() <= 0) this.stopTicking?.();
      this.requestUpdate();
    });
  }

  private left(): number {
    return Math.max(0, Math.ceil((this.waitUntil - Date.now()) / 1000) * 1000);
  }

  override render(): TemplateResult {
    const over = this.problem?.code === 'invitation-over';
    return html`<div class="door">
      <main id="main">${this.link === undefined || over ? this.nothingToOpen(over) : this.form(this.link)}</main>
      <footer>Sign-ins and what you do here are recorded.</footer>
    </div>`;
  }

  private form(link: InvitationLink): TemplateResult {
    const wait = this.left();
    const lack = passwordLack(this.typed);
    const differ = this.typedAgain !== '' && this.typedAgain !== this.typed;
    return html`<form aria-labelledby="h" novalidate @submit=${(event: Event) => void this.submit(event)}>
      ${mark('quiet')}
      <div><h1 id="h">${link.name === '' ? 'Choose your password' : `Welcome, ${link.name}`}</h1>
        <p class="t2">Choose a password for Claude Code Dashboard on <b class="host">${location.host}</b>, and you are in.</p></div>
      ${this.signedInAs !== '' && this.signedInAs !== link.name ? html`<div class="note">${icon('info')}<div><p>This browser is signed in as ${this.signedInAs}. That ends when you go on.</p></div></div>` : nothing}
      ${this.problem ? this.refused(this.problem) : nothing}
      <div class="field"><label for="name">Name</label>
        <input class="input" id="name" name="username" autocomplete="username" autocapitalize="none" .value=${link.name} readonly /></div>
      <div class="field"><label for="wanted">Password</label>
        <input class="input" id="wanted" name="password" type="password" autocomplete="new-password" minlength=${LEAST_PASSWORD} required
          aria-invalid=${this.wrongField === 'wanted' && lack !== '' ? 'true' : nothing} aria-describedby="wanted-said" @input=${(event: Event) => (this.typed = (event.target as HTMLInputElement).value)} />
        <p class=${this.wrongField === 'wanted' && lack !== '' ? 'wrong' : 'help'} id="wanted-said" role="status">${lack === '' ? 'Long enough.' : lack}</p></div>
      <div class="field"><label for="again">Password again</label>
        <input class="input" id="again" type="password" autocomplete="new-password" required
          aria-invalid=${this.wrongField === 'again' && differ ? 'true' : nothing} aria-describedby="again-said" @input=${(event: Event) => (this.typedAgain = (event.target as HTMLInputElement).value)} />
        <p class=${this.wrongField === 'again' && this.typed !== this.typedAgain ? 'wrong' : 'help'} id="again-said" role="status">${againWords(this.typed, this.typedAgain, this.wrongField === 'again')}</p></div>
      <button class="btn primary" type="submit" ?disabled=${this.busy || wait > 0}>${wait > 0 ? `Try again in ${duration(wait)}` : this.busy ? 'Signing in…' : 'Set password and sign in'}</button>
    </form>`;
  }

  private refused(problem: ApiProblem): TemplateResult {
    const [title, words] =
      problem.kind === 'offline'
        ? ['The server did not answer.', 'The link is still good. Check that the server runs, then try again.']
        : problem.status === 429
          ? ['Too many attempts from here.', 'The next one is possible when the button says so.']
          : ['The password was not set.', problem.message];
    return html`<div class="note bad" role="alert">${icon('triangle-alert')}<div><p><strong>${title}</strong></p><p>${words}</p></div></div>`;
  }

  private nothingToOpen(over: boolean): TemplateResult {
    return html`<form class="over" aria-labelledby="h" @submit=${(event: Event) => event.preventDefault()}>
      ${mark('quiet')}
      <div role=${over ? 'alert' : nothing}><h1 id="h">${over ? 'This link is over' : 'Open the whole link'}</h1>
        <p class="t2">${over
          ? 'It works once and for 72 hours: it was used, is too old, or was replaced by a newer one.'
          : 'The part that makes it yours is missing here; it is taken out of the address as soon as it is read. Open the link again from where you got it.'}</p></div>
      <p class="t2">${over ? 'Did you choose a password already? Then sign in. If not, ask an administrator for a new link.' : 'If you chose a password already, sign in.'}</p>
      <a class="btn primary" href="/">Sign in</a>
    </form>`;
  }
}

function againWords(typed: string, again: string, told: boolean): string {
  if (again === '') return told ? 'Type it a second time.' : '';
  if (again === typed) return 'Both are the same.';
  return typed.startsWith(again) && !told ? '' : 'The two differ.';
}
