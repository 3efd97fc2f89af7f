import { html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import type { Answer, ApiProblem } from '../api/http';
import type { SignedIn } from '../api/types';
import { glyphSheet, mark } from '../lib/glyphs';
import { icon } from '../lib/icons';
import { controls } from '../styles/shared';
import { door } from './door';

const LEAST = 12;

/** A one-time password has to become one's own before anything else is possible. */
@customElement('password-change')
export class PasswordChange extends LitElement {
  static override styles = [controls, glyphSheet, door];

  @property({ attribute: false }) attempt!: (current: string, wanted: string) => Promise<Answer<SignedIn>>;
  @property() name = '';
  @state() private busy = false;
  @state() private problem: ApiProblem | undefined;
  @state() private wrongField: '' | 'current' | 'wanted' | 'again' = '';
  @query('#current') private current!: HTMLInputElement;
  @query('#wanted') private wanted!: HTMLInputElement;
  @query('#again') private again!: HTMLInputElement;

  override firstUpdated(): void {
    this.current.focus();
  }

  private async submit(event: Event): Promise<void> {
    event.preventDefault();
    if (this.busy) return;
    this.problem = undefined;
    this.wrongField = this.fault();
    if (this.wrongField !== '') return this.field(this.wrongField).focus();
    this.busy = true;
    const answer = await this.attempt(this.current.value, this.wanted.value);
    this.busy = false;
    if (answer.ok) return;
    this.problem = answer.problem;
    (answer.problem.details['field'] === 'newPassword' ? this.wanted : this.current).focus();
  }

  private fault(): '' | 'current' | 'wanted' | 'again' {
    if (this.current.value === '') return 'current';
    if ([...this.wanted.value].length < LEAST || this.wanted.value === this.current.value) return 'wanted';
    return this.wanted.value === this.again.value ? '' : 'again';
  }

  private field(name: 'current' | 'wanted' | 'again'): HTMLInputElement {
    return name === 'current' ? this.current : name === 'wanted' ? this.wanted : this.again;
  }

  override render(): TemplateResult {
    return html`<div class="door">
      <main id="main">
        <form aria-labelledby="h" @submit=${(event: Event) => void this.submit(event)} novalidate>
          ${mark('quiet')}
          <div>
            <h1 id="h">Choose your own password</h1>
            <p class="t2">The one you signed in with works only once, ${this.name}.</p>
          </div>
          ${this.problem
            ? html`<div class="note bad" role="alert">${icon('triangle-alert')}<div><p><strong>The password was not changed.</strong></p><p>${this.problem.message}</p></div></div>`
            : nothing}
          <input class="sr" tabindex="-1" aria-hidden="true" autocomplete="username" .value=${this.name} readonly />
          ${this.input('current', 'One-time password', 'current-password', '', 'Type the password you signed in with.')}
          ${this.input('wanted', 'New password', 'new-password', `${LEAST} characters or more. Several words are good.`, `At least ${LEAST} characters, and not the one-time password.`)}
          ${this.input('again', 'New password again', 'new-password', '', 'The two new passwords differ.')}
          <button class="btn primary" type="submit" ?disabled=${this.busy}>${this.busy ? 'Changing…' : 'Change password'}</button>
        </form>
      </main>
    </div>`;
  }

  private input(id: 'current' | 'wanted' | 'again', label: string, complete: 'current-password' | 'new-password', help: string, wrong: string): TemplateResult {
    const isWrong = this.wrongField === id;
    const said = isWrong ? wrong : help;
    return html`<div class="field">
      <label for=${id}>${label}</label>
      <input class="input" id=${id} type="password" autocomplete=${complete} required
        aria-invalid=${isWrong ? 'true' : nothing} aria-describedby=${said === '' ? nothing : `${id}-said`} />
      ${said === '' ? nothing : html`<p class=${isWrong ? 'wrong' : 'help'} id="${id}-said" role=${isWrong ? 'alert' : nothing}>${said}</p>`}
    </div>`;
  }
}
