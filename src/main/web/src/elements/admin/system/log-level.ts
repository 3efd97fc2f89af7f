import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import type { Api } from '../../../api/api';
import type { LogLevel, LogLevelName } from '../../../api/types';
import { clock, duration } from '../../../lib/format';
import { onTick } from '../../../lib/ticker';
import { controls } from '../../../styles/shared';

const LEVELS: readonly (readonly [LogLevelName, string])[] = [
  ['error', 'Errors'],
  ['warn', 'Warnings'],
  ['info', 'Information'],
  ['debug', 'Everything (debug)'],
];

const TIMES: readonly (readonly [number, string])[] = [
  [15, '15 minutes'],
  [60, '1 hour'],
  [240, '4 hours'],
  [1440, 'a day'],
];

/** How much is logged, for a while; then it is as configured again, by itself. Says `log-level-changed` with what holds. */
@customElement('log-level')
export class LogLevelControl extends LitElement {
  static override styles = [
    controls,
    css`
      :host { display: flex; flex-wrap: wrap; justify-content: flex-end; align-items: center; gap: var(--sp-1) var(--sp-3); min-width: 0; }
      form { display: flex; flex-wrap: wrap; align-items: center; gap: var(--sp-2); }
      label { display: inline-flex; align-items: center; gap: var(--sp-2); font-size: var(--text-sm); color: var(--text-2); }
      select { width: auto; }
      p { font-size: var(--text-sm); color: var(--text-2); overflow-wrap: anywhere; }
      p:empty { display: none; }
      .wrong { color: var(--fail-text); }
      @media (max-width: 47.99rem) { :host, form { justify-content: stretch; flex: 1 1 100%; } label { flex: 1 1 100%; } select { flex: 1; min-width: 0; } .btn { flex: 1 1 100%; height: 2.75rem; } }
    `,
  ];

  @property({ attribute: false }) api!: Pick<Api, 'setLogLevel'>;
  @property({ attribute: false }) level!: LogLevel;
  @property({ type: Boolean }) away = false;
  @state() private wanted: LogLevelName | undefined;
  @state() private minutes = 15;
  @state() private busy = false;
  @state() private problem = '';
  private stopTicking: (() => void) | undefined;

  override updated(): void {
    if (this.level.until !== undefined) this.stopTicking ??= onTick(() => this.requestUpdate());
    else this.rest();
  }

  override disconnectedCallback(): void {
    this.rest();
    super.disconnectedCallback();
  }

  private rest(): void {
    this.stopTicking?.();
    this.stopTicking = undefined;
  }

  override render(): TemplateResult {
    const { level, configured, until } = this.level;
    const wanted = this.wanted ?? level;
    const back = wanted === configured;
    const changes = wanted !== level || (until !== undefined && this.wanted !== undefined);
    return html`
      ${until === undefined ? nothing : html`<p class="num">${wordOf(level)} until ${clock(until)}, then ${wordOf(configured).toLowerCase()} again: in ${duration(Date.parse(until) - Date.now())}.</p>`}
      <p class="wrong" role="alert" ?hidden=${this.problem === ''}>${this.problem}</p>
      <form @submit=${(event: Event) => void this.submitted(event, wanted)}>
        <label>Log <select class="input quiet" aria-label="Log level" @change=${(event: Event) => (this.wanted = (event.target as HTMLSelectElement).value as LogLevelName)}>
          ${LEVELS.map(([name, words]) => html`<option value=${name} .selected=${name === wanted}>${words}${name === configured ? ', as configured' : ''}</option>`)}
        </select></label>
        ${back ? nothing : html`<label>for <select class="input quiet" aria-label="For how long" @change=${(event: Event) => (this.minutes = Number((event.target as HTMLSelectElement).value))}>
          ${TIMES.map(([minutes, words]) => html`<option value=${minutes} .selected=${minutes === this.minutes}>${words}</option>`)}
        </select></label>`}
        <button class="btn" type="submit" ?disabled=${!changes || this.busy || this.away} title=${this.away ? 'Not possible without a connection' : nothing}>${this.busy ? 'Changing…' : 'Change'}</button>
      </form>`;
  }

  private async submitted(event: Event, wanted: LogLevelName): Promise<void> {
    event.preventDefault();
    this.busy = true;
    const answer = await this.api.setLogLevel(wanted, this.minutes);
    this.busy = false;
    this.problem = answer.ok ? '' : answer.problem.message;
    if (!answer.ok) return;
    this.wanted = undefined;
    this.level = answer.value;
    this.dispatchEvent(new CustomEvent<LogLevel>('log-level-changed', { detail: answer.value, bubbles: true, composed: true }));
  }
}

function wordOf(level: LogLevelName): string {
  return LEVELS.find(([name]) => name === level)?.[1] ?? level;
}
