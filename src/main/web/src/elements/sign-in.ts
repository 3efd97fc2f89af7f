import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import type { Answer, ApiProblem } from '../api/http';
import type { SignedIn } from '../api/types';
import { duration } from '../lib/format';
import { glyphSheet, mark } from '../lib/glyphs';
import { icon } from '../lib/icons';
import { onTick } from '../lib/ticker';
import { controls } from '../styles/shared';
import { door } from './door';

/** Name, password, nothing else. Does not say which of the two was wrong; a wait counts down in the button. */
@customElement('sign-in')
export class SignIn extends LitElement {
  static override styles = [controls, glyphSheet, door, css`.wait { font-variant-numeric: tabular-nums; }`];

  @property({ attribute: false }) attempt!: (name: string, password: string) => Promise<Answer<SignedIn>>;
  /** The earlier sign-in ended by itself. */
  @property({ type: Boolean }) over = false;
  @state() private busy = false;
  @state() private problem: ApiProblem | undefined;
  @state() private waitUntil = 0;
  @query('#name') private name!: HTMLInputElement;
  @query('#password') private password!: HTMLInputElement;
  private stopTicking: (() => void) | undefined;

  override firstUpdated(): void {
    this.name.focus();
  }

  override disconnectedCallback(): void {
    this.stopTicking?.();
    super.disconnectedCallback();
  }

  private async submit(event: Event): Promise<void> {
    event.preventDefault();
    if (this.busy || this.left() > 0) return;
    if (this.name.value.trim() === '') return this.name.focus();
    if (this.password.value === '') return this.password.focus();
    this.busy = true;
    const answer = await this.attempt(this.name.value.trim(), this.password.value);
    this.busy = false;
    if (answer.ok) return;
    this.problem = answer.problem;
    if (answer.problem.retryAfterMs !== undefined) this.countDown(answer.problem.retryAfterMs);
    await this.updateComplete;
    if (answer.problem.kind === 'refused') {
      this.password.select();
      this.password.focus();
    }
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
    const wait = this.left();
    const wrong = this.problem?.status === 401;
    return html`<div class="door">
      <main id="main">
        <form aria-labelledby="h" @submit=${(event: Event) => void this.submit(event)} novalidate>
          ${mark('quiet')}
          <div>
            <h1 id="h">Sign in</h1>
            <p class="t2">to Claude Code Dashboard on <b class="host">${location.host}</b></p>
          </div>
          ${this.notice(wait)}
          <div class="field">
            <label for="name">Name</label>
            <input class="input" id="name" name="username" autocomplete="username" autocapitalize="none" spellcheck="false" required
              aria-invalid=${wrong ? 'true' : nothing} aria-describedby=${wrong ? 'problem' : nothing} />
          </div>
          <div class="field">
            <label for="password">Password</label>
            <input class="input" id="password" name="password" type="password" autocomplete="current-password" required
              aria-invalid=${wrong ? 'true' : nothing} aria-describedby=${wrong ? 'problem' : nothing} />
          </div>
          <button class="btn primary wait" type="submit" ?disabled=${this.busy || wait > 0}>
            ${wait > 0 ? `Try again in ${duration(wait)}` : this.busy ? 'Signing in…' : 'Sign in'}
          </button>
          <p class="t3 sm">First start? The administrator’s one-time password lies in <code class="tint-code">initial-admin-password</code> in the data folder.</p>
        </form>
      </main>
      <footer>Sign-ins and what you do here are recorded.</footer>
    </div>`;
  }

  private notice(wait: number): TemplateResult | typeof nothing {
    const { problem } = this;
    if (!problem) {
      return this.over
        ? html`<div class="note" role="status">${icon('info')}<div><p><strong>Your sign-in is over.</strong></p><p>Sign in again; what you typed is kept in this tab.</p></div></div>`
        : nothing;
    }
    const [title, words] = refusal(problem, wait > 0);
    return html`<div class="note bad" role="alert" id="problem">${icon('triangle-alert')}<div><p><strong>${title}</strong></p><p>${words}</p></div></div>`;
  }
}

function refusal(problem: ApiProblem, waits: boolean): [string, string] {
  if (problem.kind === 'offline') return ['The server did not answer.', 'Nothing is wrong with your name or password. Check that the server runs, then try again.'];
  if (problem.status === 401) {
    return ['Name or password is wrong.', `${waits ? 'The pause grows with each failure. ' : ''}An administrator can set a new password.`];
  }
  if (problem.status === 429) return ['Too many attempts.', 'The next one is possible when the button says so; the pause grows with each failure.'];
  return ['Signing in did not work.', problem.message];
}
