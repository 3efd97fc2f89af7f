import { css, html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { customElement, property, query } from 'lit/decorators.js';
import type { SessionState } from '../../api/types';
import { icon } from '../../lib/icons';
import { uuid } from '../../lib/uuid';
import { controls } from '../../styles/shared';
import { bytes, plural } from '../../lib/format';
import { intend } from './intents';

/** The server's limit for one prompt, in bytes of UTF-8. */
export const PROMPT_BYTES = 256 * 1024;
/** From here on the size is shown. */
const SHOW_SIZE = 200 * 1024;

/** Where a person writes. It says what will happen before it does, and never loses a text. */
@customElement('prompt-composer')
export class PromptComposer extends LitElement {
  static override styles = [
    controls,
    css`
      :host { display: block; min-width: 0; }
      .composer { border: 1px solid var(--line-strong); border-radius: var(--r-lg); background: var(--raised); box-shadow: var(--shadow-1); overflow: clip; }
      .composer:has(textarea:focus) { border-color: var(--focus); box-shadow: 0 0 0 1px var(--focus); }
      .composer.off { background: var(--sunken); border-color: var(--line-2); }
      textarea { display: block; width: 100%; border: 0; background: none; padding: var(--sp-3) var(--sp-3) var(--sp-1); min-height: 3.25rem; font-size: var(--text-lg); line-height: 1.5; resize: none; outline: 0; field-sizing: content; max-height: 40vh; scrollbar-width: thin; color: var(--text); }
      textarea:focus-visible { outline: 0; }
      .foot { display: flex; align-items: center; gap: var(--sp-2); padding: var(--sp-1) var(--sp-15) var(--sp-15) var(--sp-3); font-size: var(--text-sm); color: var(--text-3); min-width: 0; }
      .foot .mode { display: inline-flex; align-items: center; gap: var(--sp-15); flex: none; color: var(--text-2); }
      .foot .says { min-width: 0; }
      .foot .bad { color: var(--fail-text); }
      .foot .btn { font-size: var(--text-md); }
      .keys { display: inline-flex; gap: var(--sp-1); align-items: center; white-space: nowrap; }
      .hint { display: inline-flex; gap: var(--sp-1); align-items: center; flex: none; }
      @media (max-width: 79.99rem) { .hint { display: none; } }
      @media (max-width: 47.99rem) {
        textarea { font-size: 1rem; }
        .foot .btn { height: 2.75rem; }
        .foot .mode, .keys { display: none; }
        .foot .says { white-space: normal; }
      }
    `,
  ];

  @property() sessionState: SessionState = 'idle';
  @property() mode = '';
  @property() text = '';
  /** Why this person may not write; empty when they may. */
  @property() denied = '';
  @property({ type: Boolean }) offline = false;
  /** A prompt that the server refused, to be said beside the text that came back. */
  @property() problem = '';
  /** The last turn did not come to its end. */
  @property({ type: Boolean }) cut = false;
  /** How many prompts wait already. */
  @property({ type: Number }) waiting = 0;
  /** Those that wait do not go on by themselves: what is written next runs first. */
  @property({ type: Boolean }) held = false;
  @query('textarea') private readonly field!: HTMLTextAreaElement;

  override focus(): void {
    this.field.focus();
  }

  override render(): TemplateResult {
    const dead = DEAD[this.sessionState];
    if (this.denied || dead) return this.closed(this.denied || dead || '');
    const label = this.label;
    const over = this.size > PROMPT_BYTES;
    return html`<div class="composer">
      <slot name="line"></slot>
      <textarea rows="1" aria-label="Prompt" placeholder=${this.placeholder} dir="auto" .value=${this.text} @input=${this.write} @keydown=${this.key}></textarea>
      <div class="foot">
        <span class="mode" title="How Claude may act in this session">${icon('shield', true)}${this.mode}</span>
        <span class="says clip" role="status">${this.says(over)}</span>
        <span class="push"></span>
        ${this.cuts && this.text.trim() && !this.offline
          ? html`<button class="btn ghost" type="button" ?disabled=${!this.sendable} title="Cuts the running turn, and runs next" @click=${this.sendNow}>Send now <kbd>${CONTROL} ↵</kbd></button>`
          : html`<span class="hint"><kbd>Shift ↵</kbd> new line</span>`}
        <button class="btn primary" type="button" ?disabled=${!this.sendable} @click=${this.send}>${label} <kbd>↵</kbd></button>
      </div>
    </div>`;
  }

  override updated(changed: PropertyValues<this>): void {
    // Where the style sheet cannot size the field by its content, the script does.
    if (changed.has('text') && this.field && !CSS.supports('field-sizing', 'content')) {
      this.field.style.height = 'auto';
      this.field.style.height = `${this.field.scrollHeight}px`;
    }
  }

  private closed(reason: string): TemplateResult {
    const resumable = !this.denied;
    return html`<div class="composer off">
      <slot name="line"></slot>
      <div class="foot">
        <span class="says">${reason}</span><span class="push"></span>
        ${resumable
          ? html`<button class="btn primary" type="button" ?disabled=${this.offline} title=${this.offline ? 'No connection' : ''} @click=${() => intend(this, 'session-resume', undefined)}>${icon('play', true)}Resume</button>`
          : nothing}
      </div>
    </div>`;
  }

  private get label(): string {
    if (this.offline) return 'Send when back';
    if (this.held && this.sessionState === 'idle') return 'Send';
    return LABELS[this.sessionState] ?? 'Send';
  }

  private get placeholder(): string {
    if (this.sessionState === 'asking') return 'Next prompt';
    return this.sessionState === 'working' ? 'Next prompt' : 'What should Claude do?';
  }

  private says(over: boolean): TemplateResult | string {
    if (over) return html`<span class="bad">${bytes(this.size - PROMPT_BYTES)} over the limit of ${bytes(PROMPT_BYTES)}</span>`;
    if (this.problem) return html`<span class="bad">${this.problem}</span>`;
    if (this.size > SHOW_SIZE) return `${bytes(this.size)} of ${bytes(PROMPT_BYTES)}`;
    if (this.offline) return 'No connection: your prompt is kept and sent once';
    // Why it rests stands in the transcript: to save memory, or because the server went away.
    if (!this.text.trim() && this.sessionState === 'parked') return this.cut ? 'The last turn was cut by a restart: your next prompt goes on' : 'Parked: your next prompt wakes it';
    if (!this.text.trim()) return this.cuts ? html`<span class="keys"><kbd>↵</kbd> queues, <kbd>${CONTROL} ↵</kbd> sends now and cuts the turn</span>` : '';
    if (this.held) return this.cuts ? 'Runs first when this turn ends' : 'Runs first, then the prompts that wait';
    if (this.sessionState === 'working' && this.waiting > 0) return `Runs after this turn and the ${plural(this.waiting, 'prompt')} that ${this.waiting === 1 ? 'waits' : 'wait'}`;
    return SAYS[this.sessionState] ?? '';
  }

  private get size(): number {
    return this.text.length * 3 < SHOW_SIZE ? 0 : new TextEncoder().encode(this.text).length;
  }

  private get sendable(): boolean {
    return this.text.trim() !== '' && this.size <= PROMPT_BYTES;
  }

  private write(): void {
    this.keep(this.field.value);
  }

  private keep(text: string): void {
    this.text = text;
    this.dispatchEvent(new CustomEvent('composer-text', { bubbles: true, composed: true, detail: { text } }));
  }

  private key(event: KeyboardEvent): void {
    // While an input method composes, Enter chooses a word.
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing || event.repeat) return;
    event.preventDefault();
    if (event.ctrlKey || event.metaKey) this.sendNow();
    else this.send();
  }

  /** A turn runs that a prompt can cut. */
  private get cuts(): boolean {
    return this.sessionState === 'working' || this.sessionState === 'asking';
  }

  private send(): void {
    this.say({});
  }

  private sendNow(): void {
    this.say(this.cuts ? { now: true } : {});
  }

  private say(more: { now?: boolean }): void {
    if (!this.sendable) return;
    const text = this.text.trim();
    intend(this, 'prompt-send', { promptId: uuid(), text, ...more });
    this.keep('');
  }
}

const DEAD: Partial<Record<SessionState, string>> = {
  stopped: 'This session is stopped. Resume it to go on where it ended.',
  interrupted: 'This session was cut by a restart. Resume it to go on.',
  failed: 'The process ended by itself. Resume the session to go on.',
};

const LABELS: Partial<Record<SessionState, string>> = {
  starting: 'Queue',
  working: 'Queue',
  asking: 'Queue',
  queued: 'Queue',
  parked: 'Wake and send',
};

const SAYS: Partial<Record<SessionState, string>> = {
  starting: 'Sent when Claude is ready',
  working: 'Runs when this turn ends',
  asking: 'Runs after the request is decided and the turn ends',
  queued: 'Sent when there is a free place',
  parked: 'Wakes the session, the conversation goes on',
};

/** The key that sends at once, by its name on this machine. */
const CONTROL = /Mac|iPhone|iPad/.test(navigator.platform) ? '⌘' : 'Ctrl';
