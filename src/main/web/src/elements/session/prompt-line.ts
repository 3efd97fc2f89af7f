import { css, html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import type { PendingPrompt, SessionState } from '../../api/types';
import { icon, type IconName } from '../../lib/icons';
import { waitingOf, type LinePrompt, type PromptLine } from '../../state/line';
import { controls } from '../../styles/shared';
import { visible } from '../../transcript/visible';
import * as words from '../../transcript/words';
import { intend } from './intents';

/**
 * The prompts that wait, above the field where the next one is written: read whole, changed, moved, sent at once, removed.
 * Says `prompt-edit`, `prompt-move`, `prompt-hasten`, `prompt-remove`, `prompt-deliver`, and `text-rescued` with words that
 * would have been lost.
 */
@customElement('prompt-line')
export class PromptLineElement extends LitElement {
  static override styles = [
    controls,
    css`
      :host { display: block; min-width: 0; }
      section { background: var(--bg); border-block-end: 1px solid var(--line); border-radius: var(--r-lg) var(--r-lg) 0 0; }
      .fold { display: inline-flex; align-items: center; gap: var(--sp-1); color: var(--text); flex: none; min-height: 1.5rem; border-radius: var(--r-sm); }
      .fold b { font-weight: var(--weight-strong); }
      .list { max-height: min(38vh, 17rem); overflow: auto; scrollbar-width: thin; scrollbar-color: var(--line-2) transparent; }
      header { display: flex; align-items: center; gap: var(--sp-2); min-height: 1.875rem; padding: var(--sp-1) var(--sp-3); font-size: var(--text-sm); color: var(--text-2); }
      header h2 { font-size: var(--text-sm); font-weight: var(--weight-strong); color: var(--text); flex: none; }
      header p { min-width: 0; text-wrap: pretty; }
      header .i { color: var(--text-3); }
      header.held { background: var(--rest-tint); border-radius: var(--r-lg) var(--r-lg) 0 0; }
      li { border-block-start: 1px solid var(--line); padding: 0 var(--sp-15) 0 var(--sp-3); }
      .row { display: flex; align-items: center; gap: var(--sp-2); min-height: 2rem; min-width: 0; }
      .n { color: var(--text-3); font-variant-numeric: tabular-nums; font-size: var(--text-sm); min-width: 0.75rem; flex: none; }
      .text { flex: 1 1 auto; min-width: 0; min-height: 1.5rem; display: flex; align-items: center; gap: var(--sp-2); border-radius: var(--r-sm); }
      .text:hover .what { text-decoration: underline; text-decoration-color: var(--line-strong); text-underline-offset: 2px; }
      .by { color: var(--text-3); font-size: var(--text-sm); flex: none; max-width: 9rem; }
      .acts { display: flex; align-items: center; flex: none; }
      .acts .i { color: currentColor; }
      .more { display: none; }
      .whole { padding: 0 var(--sp-1) var(--sp-2) calc(0.75rem + var(--sp-2)); display: grid; grid-template-columns: minmax(0, 1fr); gap: var(--sp-1); }
      .whole pre { white-space: pre-wrap; overflow-wrap: anywhere; font: inherit; max-width: var(--measure); max-height: 12rem; overflow: auto; }
      .edit { padding: var(--sp-15) var(--sp-1) var(--sp-2) calc(0.75rem + var(--sp-2)); display: grid; gap: var(--sp-15); }
      .edit textarea { field-sizing: content; min-height: 2.25rem; max-height: 30vh; width: 100%; padding: var(--sp-15) var(--sp-2); border: 1px solid var(--line-strong); border-radius: var(--r-md); background: var(--raised); line-height: 1.5; resize: none; }
      .edit textarea:focus-visible { outline-offset: 0; border-color: var(--focus); }
      .edit .end { display: flex; align-items: center; gap: var(--sp-2); font-size: var(--text-sm); color: var(--text-3); }
      .said { display: flex; align-items: flex-start; gap: var(--sp-2); padding: var(--sp-15) var(--sp-3); border-block-start: 1px solid var(--line); font-size: var(--text-sm); color: var(--text-2); line-height: 1.25rem; }
      .said .i { margin-block-start: 3px; color: var(--text-3); }
      .said pre { white-space: pre-wrap; overflow-wrap: anywhere; font: inherit; color: var(--text); max-height: 6rem; overflow: auto; }
      .said .end { display: flex; gap: var(--sp-1); margin-inline-start: auto; flex: none; }
      .said > div:not(.end) { min-width: 0; }
      @media (max-width: 47.99rem) {
        .row { min-height: 2.75rem; }
        .text { min-height: 2.75rem; }
        .more { display: inline-flex; width: 2.75rem; height: 2.75rem; }
        .row > .acts, .by { display: none; }
        .whole, .edit { padding-inline: 0; }
        .whole .acts { flex-wrap: wrap; }
        .whole .acts .btn { height: 2.75rem; min-width: 2.75rem; }
        .edit .btn, .said .btn { height: 2.75rem; }
        .edit .keys { display: none; }
        .said:has(.end) { flex-wrap: wrap; }
        .said > div:not(.end) { flex: 1 1 0; }
        .said .end { width: 100%; }
        .list { max-height: 34vh; }
      }
      @media (min-width: 48rem) { .whole .acts { display: none; } }
    `,
  ];

  @property({ attribute: false }) line!: PromptLine;
  /** Prompts on their way that will wait when they have come. */
  @property({ attribute: false }) sending: readonly PendingPrompt[] = [];
  /** Those that were cut before anybody took them up. */
  @property({ attribute: false }) cut: readonly LinePrompt[] = [];
  @property() sessionState: SessionState = 'idle';
  @property() me = '';
  /** Why nothing may be changed; empty when it may. */
  @property() locked = '';
  /** Whether cut prompts can run again now. */
  @property({ type: Boolean }) runnable = false;
  /** Why the last change was not made. */
  @property() problem = '';

  @state() private open = '';
  @state() private editing: { readonly promptId: string; readonly text: string } | undefined;
  /** What was saved and is not recorded yet: it is shown already, so that nothing flashes back. */
  @state() private saved: { readonly promptId: string; readonly text: string } | undefined;
  /** Words that somebody wrote into a prompt which was then taken up. */
  @state() private rescued = '';
  @state() private notice = '';
  /** Whether those that were cut are unfolded; a few are, unless somebody folds them. */
  @state() private cutOpen: boolean | undefined;
  @query('textarea') private readonly field!: HTMLTextAreaElement | null;
  /** The control that has the focus, when its row is about to move. */
  private held: { readonly promptId: string; readonly act: string } | undefined;

  override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('problem') && this.problem) this.saved = undefined;
    if (!changed.has('line')) return;
    const waiting = new Map(waitingOf(this.line).map((prompt) => [prompt.promptId, prompt]));
    if (this.saved && waiting.get(this.saved.promptId)?.text === this.saved.text) this.saved = undefined;
    if (this.saved && !waiting.has(this.saved.promptId)) this.saved = undefined;
    if (this.editing && !waiting.has(this.editing.promptId)) this.rescue(this.editing.promptId, this.editing.text);
    this.noticeFocus();
  }

  override updated(): void {
    const wanted = this.held;
    this.held = undefined;
    if (!wanted) return;
    const row = this.rowOf(wanted.promptId);
    const control = row?.querySelector<HTMLButtonElement>(`[data-act="${wanted.act}"]:enabled`) ?? row?.querySelector<HTMLButtonElement>('.text');
    if (control && this.shadowRoot?.activeElement !== control) control.focus();
  }

  override render(): TemplateResult | typeof nothing {
    const waiting = waitingOf(this.line);
    const count = waiting.length + this.sending.length;
    if (count + this.cut.length === 0 && !this.rescued && !this.problem) return nothing;
    return html`<section aria-label="Prompts that wait">
      ${count ? this.head(count) : nothing} ${this.said()}
      <div class="list">
        ${count
          ? html`<ol>
              ${repeat(waiting, (prompt) => prompt.promptId, (prompt, at) => this.row(prompt, at, waiting.length))}
              ${repeat(this.sending, (prompt) => prompt.promptId, (prompt, at) => this.onItsWay(prompt, waiting.length + at))}
            </ol>`
          : nothing}
        ${this.cut.length ? this.cutOnes() : nothing}
      </div>
      <div class="sr" role="status">${this.notice}</div>
    </section>`;
  }

  // ---- head ----

  private head(count: number): TemplateResult {
    const held = this.line.held !== '';
    return html`<header class=${held ? 'held' : ''}>
      ${icon(held ? 'pause' : 'clock', true)}
      <h2>${count} waiting</h2>
      <p>${held ? heldWords(this.line, this.me) : (NEXT[this.sessionState] ?? '')}</p>
    </header>`;
  }

  private said(): TemplateResult {
    const problem = this.problem ? html`<div class="said" role="status">${icon('info', true)}<div>${this.problem}</div></div>` : nothing;
    if (!this.rescued) return html`${problem}`;
    return html`<div class="said" role="status">
      ${icon('info', true)}
      <div><p>This prompt no longer waits, so your changes to it were not used.</p><pre>${visible(this.rescued)}</pre></div>
      <div class="end">
        <button class="btn sm" type="button" @click=${this.toComposer}>Put into the field below</button>
        <button class="btn ghost sm" type="button" @click=${() => (this.rescued = '')}>Discard</button>
      </div>
    </div>`;
  }

  // ---- rows ----

  private row(prompt: LinePrompt, at: number, count: number): TemplateResult {
    const editing = this.editing?.promptId === prompt.promptId;
    const text = this.saved?.promptId === prompt.promptId ? this.saved.text : prompt.text;
    const open = this.open === prompt.promptId;
    const own = prompt.author.id === this.me;
    return html`<li data-id=${prompt.promptId} @keydown=${(event: KeyboardEvent) => this.key(event, prompt, at, count)}>
      <div class="row">
        <span class="n">${at + 1}</span>
        ${editing
          ? html`<span class="grow t2 sm">Changing this prompt</span>`
          : html`<button class="text" type="button" aria-expanded=${open} title=${open ? 'Show less' : 'Show all of it'} @click=${() => (this.open = open ? '' : prompt.promptId)}>
                ${open ? html`<span class="t2 sm">${own ? 'You' : prompt.author.name}${when(prompt)}</span>` : html`<span class="what clip" dir="auto">${visible(inLine(text))}</span>`}
              </button>
              ${own || open ? nothing : html`<span class="by clip" title="Written by ${prompt.author.name}">${prompt.author.name}</span>`}
              <span class="acts">${this.acts(prompt, text, at, count)}</span>
              <button class="btn icon ghost more" type="button" aria-expanded=${open} aria-label="What can be done with prompt ${at + 1}" @click=${() => (this.open = open ? '' : prompt.promptId)}>${icon('ellipsis')}</button>`}
      </div>
      ${editing ? this.editor(prompt, at) : open ? this.whole(prompt, text, at, count) : nothing}
    </li>`;
  }

  private whole(prompt: LinePrompt, text: string, at: number, count: number): TemplateResult {
    return html`<div class="whole">
      <pre dir="auto" tabindex="0" role="region" aria-label="Prompt ${at + 1}, all of it">${visible(text)}</pre>
      <span class="acts">${this.acts(prompt, text, at, count)}</span>
    </div>`;
  }

  private acts(prompt: LinePrompt, text: string, at: number, count: number): TemplateResult | typeof nothing {
    if (this.locked && this.locked !== OFFLINE) return nothing;
    const { promptId } = prompt;
    const cuts = this.sessionState === 'working' || this.sessionState === 'asking';
    // Without a process there is nothing to cut, and the first one runs as soon as it can anyway.
    const now = cuts || (this.line.held !== '' && this.line.ready);
    return html`
      ${now ? html`<button class="btn ghost sm" type="button" data-act="now" ?disabled=${this.locked !== ''} title=${this.locked || (cuts ? 'Cuts the running turn, and runs next' : 'Runs next')} aria-label=${`Send now: prompt ${at + 1}${cuts ? ', which cuts the running turn' : ''}`} @click=${() => intend(this, 'prompt-hasten', { promptId })}>Send now</button>` : nothing}
      ${this.act('up', 'arrow-up', `Move prompt ${at + 1} up`, 'Earlier  Alt ↑', at === 0, () => this.move(promptId, at - 1, count))}
      ${this.act('down', 'arrow-down', `Move prompt ${at + 1} down`, 'Later  Alt ↓', at === count - 1, () => this.move(promptId, at + 1, count))}
      ${this.act('edit', 'pencil', `Change prompt ${at + 1}`, 'Change', false, () => this.edit(promptId, text))}
      ${this.act('remove', 'x', `Remove prompt ${at + 1}`, 'Remove: it never runs', false, () => this.takeBack(promptId))}
    `;
  }

  private act(name: string, picture: IconName, label: string, title: string, off: boolean, act: () => void): TemplateResult {
    return html`<button class="btn icon ghost sm" type="button" data-act=${name} ?disabled=${off || this.locked !== ''} aria-label=${label} title=${this.locked || title} @click=${act}>${icon(picture, true)}</button>`;
  }

  private onItsWay(prompt: PendingPrompt, at: number): TemplateResult {
    const word = prompt.state === 'waiting' ? 'Kept, is sent when the connection is back' : 'Sending…';
    return html`<li><div class="row"><span class="n">${at + 1}</span><span class="text t2"><span class="clip" dir="auto">${visible(inLine(prompt.text))}</span></span><span class="t3 sm">${word}</span></div></li>`;
  }

  private cutOnes(): TemplateResult {
    const watching = this.locked !== '' && this.locked !== OFFLINE;
    const why = this.locked || (this.runnable ? '' : 'Resume the session first');
    const open = this.cutOpen ?? this.cut.length <= 3;
    const them = this.cut.length === 1 ? 'it' : 'they';
    return html`<header>
        <button class="fold" type="button" aria-expanded=${open} @click=${() => (this.cutOpen = !open)}>${icon(open ? 'chevron-down' : 'chevron-right', true)}<b>${this.cut.length} not run</b></button>
        <p>The process ended while ${them} waited. ${this.cut.length === 1 ? 'It runs only when you say so.' : 'They run only when you say so.'}</p>
      </header>
      <ul ?hidden=${!open}>
        ${this.cut.map(
          (prompt) => html`<li><div class="row">
            <span class="text"><span class="clip" dir="auto" title=${visible(prompt.text.slice(0, 2_000))}>${visible(inLine(prompt.text))}</span></span>
            ${watching ? nothing : html`<button class="btn sm" type="button" ?disabled=${why !== ''} title=${why || nothing} aria-label="Run it: “${inLine(prompt.text).slice(0, 60)}”" @click=${() => intend(this, 'prompt-deliver', { promptId: prompt.promptId })}>${icon('rotate-ccw', true)}Run it</button>
            <button class="btn ghost icon sm" type="button" ?disabled=${this.locked !== ''} title="Dismiss" aria-label="Dismiss: “${inLine(prompt.text).slice(0, 60)}”" @click=${() => intend(this, 'prompt-remove', { promptId: prompt.promptId })}>${icon('x', true)}</button>`}
          </div></li>`,
        )}
      </ul>`;
  }

  // ---- changing one ----

  private editor(prompt: LinePrompt, at: number): TemplateResult {
    const typed = this.editing?.text ?? '';
    return html`<div class="edit">
      <textarea rows="1" aria-label="Prompt ${at + 1}" dir="auto" .value=${typed} @input=${this.write}></textarea>
      <div class="end">
        <button class="btn sm" type="button" ?disabled=${!typed.trim() || this.locked !== ''} @click=${this.save}>Save <kbd>↵</kbd></button>
        <button class="btn ghost sm" type="button" @click=${() => this.leave(prompt.promptId)}>Cancel <kbd>Esc</kbd></button>
        <span class="keys push"><kbd>Shift ↵</kbd> new line</span>
      </div>
    </div>`;
  }

  private edit(promptId: string, text: string): void {
    this.editing = { promptId, text };
    void this.updateComplete.then(() => {
      this.field?.focus();
      this.field?.setSelectionRange(text.length, text.length);
    });
  }

  private write(event: Event): void {
    if (this.editing) this.editing = { ...this.editing, text: (event.target as HTMLTextAreaElement).value };
  }

  private readonly save = (): void => {
    const { editing } = this;
    if (!editing || !editing.text.trim() || this.locked) return;
    const text = editing.text.trim();
    const before = waitingOf(this.line).find((prompt) => prompt.promptId === editing.promptId)?.text;
    this.leave(editing.promptId);
    if (text === before) return;
    this.saved = { promptId: editing.promptId, text };
    intend(this, 'prompt-edit', { promptId: editing.promptId, text });
  };

  private leave(promptId: string): void {
    this.editing = undefined;
    this.held = { promptId, act: 'edit' };
  }

  /** Nobody loses what was typed because Claude was faster. */
  private rescue(promptId: string, text: string): void {
    const known = this.line.prompts.find((prompt) => prompt.promptId === promptId);
    this.editing = undefined;
    if (known?.text.trim() !== text.trim()) this.rescued = text;
  }

  private readonly toComposer = (): void => {
    const text = this.rescued;
    this.rescued = '';
    this.dispatchEvent(new CustomEvent('text-rescued', { bubbles: true, composed: true, detail: { text } }));
  };

  // ---- moving and removing ----

  private move(promptId: string, position: number, count: number): void {
    if (position < 0 || position >= count || this.locked) return;
    this.notice = `Moved to place ${position + 1} of ${count}`;
    intend(this, 'prompt-move', { promptId, position });
  }

  private takeBack(promptId: string): void {
    this.notice = 'Removed';
    intend(this, 'prompt-remove', { promptId });
  }

  private key(event: KeyboardEvent, prompt: LinePrompt, at: number, count: number): void {
    if (event.isComposing) return;
    if (this.editing?.promptId === prompt.promptId) this.keyInEditor(event, prompt.promptId);
    else if (event.altKey && (event.key === 'ArrowUp' || event.key === 'ArrowDown') && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      event.stopPropagation();
      if (!event.repeat) this.move(prompt.promptId, at + (event.key === 'ArrowUp' ? -1 : 1), count);
    }
  }

  private keyInEditor(event: KeyboardEvent, promptId: string): void {
    if (event.key === 'Escape') {
      // Leaving the field must not count as the first of two that interrupt the turn.
      event.preventDefault();
      event.stopPropagation();
      this.leave(promptId);
    } else if (event.key === 'Enter' && !event.shiftKey && !event.repeat && event.target === this.field) {
      event.preventDefault();
      this.save();
    }
  }

  /** A row that moves loses the focus on its way; it gets it back. What was removed hands it to its neighbour. */
  private noticeFocus(): void {
    const active = this.shadowRoot?.activeElement;
    const row = active?.closest('li');
    if (!(active instanceof HTMLElement) || !row || this.held) return;
    const rows = [...this.renderRoot.querySelectorAll<HTMLElement>('ol > li[data-id]')];
    const here = row.dataset['id'] ?? '';
    const left = new Set(waitingOf(this.line).map((prompt) => prompt.promptId));
    const act = active.dataset['act'] ?? 'text';
    if (left.has(here)) {
      this.held = { promptId: here, act };
      return;
    }
    const at = rows.findIndex((each) => each === row);
    const next = rows.slice(at + 1).concat(rows.slice(0, Math.max(0, at)).reverse()).find((each) => left.has(each.dataset['id'] ?? ''));
    if (next) this.held = { promptId: next.dataset['id'] ?? '', act };
    else this.dispatchEvent(new CustomEvent('line-left', { bubbles: true, composed: true }));
  }

  private rowOf(promptId: string): HTMLElement | undefined {
    return [...this.renderRoot.querySelectorAll<HTMLElement>('li[data-id]')].find((row) => row.dataset['id'] === promptId);
  }
}

/** What keeps a person with the right role from changing anything for a moment: the buttons stay, so that nothing jumps. */
export const OFFLINE = 'No connection';

const NEXT: Partial<Record<SessionState, string>> = {
  working: 'The next one runs when this turn ends',
  asking: 'The next one runs after the request is decided and the turn ends',
  starting: 'The first one runs when Claude is ready',
  queued: 'The first one runs when there is a free place and Claude is ready',
  parked: 'The session wakes for them',
};

function heldWords({ held, heldBy }: PromptLine, me: string): string {
  switch (held) {
    case 'interrupted': {
      const who = heldBy === undefined ? 'the turn was interrupted' : heldBy.id === me ? 'you interrupted' : `${heldBy.name} interrupted`;
      return `Held since ${who}. Your next message runs first, then these.`;
    }
    case 'turn-failed':
      return 'Held: the last turn failed. Your next message runs first, then these.';
    default:
      return 'Held. Your next message runs first, then these.';
  }
}

function when(prompt: LinePrompt): TemplateResult | typeof nothing {
  return prompt.time ? html`, <time datetime=${prompt.time} title=${words.exactTime(prompt.time)}>${words.timeOfDay(prompt.time)}</time>` : nothing;
}

/** Its beginning in one line; where lines end is shown, so that what follows is not forgotten. */
function inLine(text: string): string {
  return text.slice(0, 600).split('\n').map((line) => line.trim()).filter(Boolean).join(' ↵ ');
}

declare global {
  interface HTMLElementTagNameMap {
    'prompt-line': PromptLineElement;
  }
}
