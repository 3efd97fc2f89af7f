import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import { initials } from '../../lib/format';
import { icon, type IconName } from '../../lib/icons';
import { controls } from '../../styles/shared';
import type { ApprovalEntry, NoteEntry, Outcome, PromptEntry, RawEntry, ThoughtEntry, ToolEntry, TurnEntry } from '../../transcript/entries';
import type { Item } from '../../transcript/present';
import { tasksWords, type TaskCard } from '../../transcript/tasks';
import { visible, visibleStrictly } from '../../transcript/visible';
import * as words from '../../transcript/words';
import { decidedLine } from './approval-card';
import { intend, tellFold } from './intents';
import './md-text';
import { cardSheet, codeSheet, glyphSheet } from './sheets';
import { taskList } from './task-list';
import { Ticker } from './ticker';
import { ToolCall } from './tool-call';

const PROMPT_LINES = 24;

/** A draft looks like the entry that will replace it, and is drawn by the same element, so that nothing flashes. */
export interface DraftItem {
  readonly kind: 'draft';
  readonly key: string;
  readonly thinking: boolean;
  readonly text: string;
  /** It ended without becoming a block: the model started again. */
  readonly abandoned: boolean;
}

/** A prompt on its way: not recorded yet, or recorded and `given`, while the CLI has not said that it took it up. */
export interface SendingItem {
  readonly kind: 'sending';
  readonly key: string;
  /** Empty for this person's own. */
  readonly author: string;
  readonly text: string;
  readonly time: string;
  readonly state: 'sending' | 'waiting' | 'refused' | 'given';
  readonly problem: string;
}

export type Shown = Item | DraftItem | SendingItem;

/** One entry: its time in the gutter, which is also its permalink, and what it is. */
@customElement('transcript-entry')
export class TranscriptEntry extends LitElement {
  static override styles = [
    controls,
    glyphSheet,
    cardSheet,
    codeSheet,
    css`
      :host { display: block; min-width: 0; }
      .e { display: grid; grid-template-columns: 3.5rem minmax(0, 1fr); column-gap: var(--sp-3); }
      .at { color: var(--text-3); font-size: var(--text-xs); text-align: end; line-height: 1.25rem; font-variant-numeric: tabular-nums; padding-block-start: 1px; }
      .at a:hover { color: var(--text); text-decoration: underline; }
      .e.text .at { line-height: calc(var(--text-lg) * var(--leading-prose)); padding: 0; }
      .e.tool .at { line-height: 2rem; padding: 0; }
      .e.said .at { padding-block-start: var(--sp-3); }
      .e.fold-row .at { line-height: 1.5rem; padding: 0; }
      .prompt { border-radius: var(--r-lg); background: var(--bg); border: 1px solid var(--line); padding: var(--sp-3) var(--sp-4); font-size: var(--text-lg); line-height: var(--leading-prose); }
      .by { display: flex; align-items: center; gap: var(--sp-2); font-size: var(--text-sm); line-height: 1.4; margin-block-end: var(--sp-1); color: var(--text-2); flex-wrap: wrap; }
      .by b { color: var(--text); font-weight: var(--weight-strong); }
      .by .av { width: 1.125rem; height: 1.125rem; font-size: 0.5rem; }
      .by .end { margin-inline-start: auto; display: inline-flex; align-items: center; gap: var(--sp-15); color: var(--text-3); }
      .by .end.bad { color: var(--fail-text); }
      .again { display: flex; align-items: center; justify-content: space-between; gap: var(--sp-2) var(--sp-4); flex-wrap: wrap; margin-block-start: var(--sp-2); padding-block-start: var(--sp-2); border-block-start: 1px solid var(--line); color: var(--text-2); font-size: var(--text-sm); line-height: 1.4; }
      .again p { flex: 1 1 16rem; }
      .said-text { white-space: pre-wrap; overflow-wrap: anywhere; max-width: var(--measure); }
      .cut-off { mask-image: linear-gradient(black 70%, transparent); max-height: 24rem; overflow: hidden; }
      .day { display: flex; align-items: center; gap: var(--sp-3); color: var(--text-3); font-size: var(--text-xs); }
      .day::before, .day::after { content: ''; flex: 1; height: 1px; background: var(--line); }
      .turn { display: flex; align-items: center; gap: 0 var(--sp-3); color: var(--text-3); font-size: var(--text-sm); margin-block: 0 var(--sp-2); min-height: 1.25rem; font-variant-numeric: tabular-nums; flex-wrap: wrap; }
      .turn::after { content: ''; flex: 1 1 2rem; height: 1px; background: var(--line); }
      .turn .what { display: inline-flex; align-items: center; gap: var(--sp-1); color: var(--text-2); font-weight: var(--weight-medium); }
      .turn .what.bad { color: var(--fail-text); }
      .turn .i { width: 0.875rem; height: 0.875rem; }
      .thought { white-space: pre-wrap; overflow-wrap: anywhere; color: var(--text-2); font-size: var(--text-md); line-height: var(--leading-prose); border-inline-start: 2px solid var(--line-2); padding-inline-start: var(--sp-3); margin: var(--sp-1) 0 var(--sp-1) var(--sp-15); max-width: var(--measure); }
      .quiet { display: grid; grid-template-columns: minmax(0, 1fr); gap: var(--sp-1); margin-block-start: var(--sp-1); }
      .aborted { color: var(--text-3); font-size: var(--text-sm); margin-block-start: var(--sp-1); }
      .small { font-size: var(--text-xs); color: var(--text-3); font-family: var(--font-mono); margin-block-start: var(--sp-1); overflow-wrap: anywhere; }
      .note + .note { margin-block-start: var(--sp-2); }
      .stack { display: grid; grid-template-columns: minmax(0, 1fr); gap: var(--sp-2); }
      .box { border: 1px solid var(--line); border-radius: var(--r-md); overflow: clip; margin-block-start: var(--sp-1); }
      .box .code { max-height: 24rem; }
      :host(.lit) .e > :last-child { animation: lit 2s var(--ease-out); border-radius: var(--r-md); }
      @keyframes lit { from { box-shadow: 0 0 0 3px var(--accent-line); } to { box-shadow: 0 0 0 3px transparent; } }
      @media (prefers-reduced-motion: reduce) { :host(.lit) .e > :last-child { animation: none; box-shadow: 0 0 0 2px var(--accent-line); } }
      @media (max-width: 47.99rem) {
        .e { grid-template-columns: minmax(0, 1fr); }
        .at { display: none; }
        .note { flex-wrap: wrap; }
        .note > div { flex: 1 1 0; }
        .note .end { width: 100%; margin-inline-start: 1.5rem; }
      }
    `,
  ];

  // Items are made anew with each event; only those that say something else are drawn again.
  @property({ attribute: false, hasChanged: (now: Shown, before?: Shown) => before === undefined || !sameItem(now, before) }) item!: Shown;
  @property() me = '';
  @property() cwd = '';
  @property() mode = '';
  @property() locked = '';
  /** Who reads may not decide or write here: then nothing is offered that only they could not use. */
  @property({ type: Boolean }) watching = false;
  @property({ attribute: false }) problems: ReadonlyMap<string, string> = new Map();
  /** Requests that this person answered in this tab. */
  @property({ attribute: false }) answered: ReadonlySet<string> = new Set();
  /** Whether cut prompts can be run again now. */
  @property({ type: Boolean }) runnable = false;
  @state() private open = false;
  @query('tool-call') private readonly call!: ToolCall | null;

  constructor() {
    super();
    new Ticker(this, () => this.item.kind === 'entry' && this.item.entry.kind === 'note' && this.item.entry.note === 'retry' && this.item.outcome === 'unknown' && words.retryWait(this.item.entry, Date.now()) > -1_000);
  }

  /** Folds or unfolds whatever can be. */
  toggle(): void {
    if (this.call && this.item.kind === 'entry') {
      this.call.toggle();
      return;
    }
    tellFold(this);
    this.open = !this.open;
  }

  override render(): TemplateResult {
    const item = this.item;
    switch (item.kind) {
      case 'day':
        return html`<div class="day">${item.words}</div>`;
      case 'quiet':
        return this.row('fold-row', item.tools[0]?.time ?? '', item.tools[0]?.seq ?? 0, this.quiet(item.tools));
      case 'tasks':
        return this.row('tool', item.card.first.time, item.card.first.seq, this.tasks(item.card));
      case 'draft':
        if (item.abandoned) return this.row('fold-row', '', 0, this.abandoned(item.text));
        return item.thinking
          ? this.row('fold-row', '', 0, this.thinking(item.text))
          : this.row('text', '', 0, this.words(item.text, true, false));
      case 'sending':
        return this.row('said', item.time, 0, this.sending(item));
      case 'entry':
        return this.entry(item.entry, item.outcome);
    }
  }

  private entry(entry: Extract<Item, { kind: 'entry' }>['entry'], outcome: Outcome): TemplateResult {
    const { time, seq } = entry;
    switch (entry.kind) {
      case 'prompt':
        return this.row('said', time, seq, this.prompt(entry));
      case 'text':
        return this.row('text', time, seq, this.words(entry.text, false, entry.aborted));
      case 'thought':
        return this.row('fold-row', time, seq, this.thought(entry));
      case 'tool':
        return this.row('tool', time, seq, this.tool(entry));
      case 'approval':
        return this.row('tool', time, seq, this.approval(entry));
      case 'turn':
        return this.row('', time, seq, this.turn(entry));
      case 'note':
        return this.row('', time, seq, this.note(entry, outcome));
      case 'raw':
        return this.row('fold-row', time, seq, this.raw(entry));
    }
  }

  private row(look: string, time: string, seq: number, content: TemplateResult): TemplateResult {
    const stamp = time ? html`<time datetime=${time} title=${words.exactTime(time)}>${words.timeOfDay(time)}</time>` : nothing;
    return html`<div class="e ${look}">
      <div class="at">${seq ? html`<a href="#${seq}" aria-label=${`Link to event ${seq}, ${time ? words.timeOfDay(time) : ''}`}>${stamp}</a>` : stamp}</div>
      <div>${content}</div>
    </div>`;
  }

  // ---- prompts ----

  private prompt(entry: PromptEntry): TemplateResult {
    return html`<div class="prompt">
      <div class="by">${avatar(entry.author)}<b>${visible(entry.author)}</b>${entry.via === undefined ? nothing : html`<span class="t3">via ${visible(entry.via)}</span>`}${this.promptState(entry)}</div>
      ${this.promptText(entry.text)} ${entry.state === 'cut' ? this.again(entry) : nothing}
    </div>`;
  }

  /** Whether it is run again is for a person to decide: what it had done already stays done. */
  private again(entry: PromptEntry): TemplateResult {
    if (this.watching) return html`<div class="again"><p>The process ended before this was finished. It never runs twice by itself; what it had done stays done.</p></div>`;
    const why = this.runnable ? '' : 'Resume the session first';
    return html`<div class="again">
      <p>The process ended before this was finished. It never runs twice by itself; what it had done stays done.</p>
      <button class="btn sm" type="button" ?disabled=${!this.runnable} title=${why || nothing} @click=${() => intend(this, 'prompt-deliver', { promptId: entry.promptId })}>${icon('rotate-ccw', true)}Run again</button>
    </div>`;
  }

  private promptState(entry: PromptEntry): TemplateResult | typeof nothing {
    switch (entry.state) {
      case 'waiting':
      case 'pending':
        return html`<span class="end">${icon('clock', true)}Queued</span>`;
      case 'cancelled':
        return html`<span class="end">${icon('x', true)}Cancelled</span>`;
      case 'cut':
        return html`<span class="end bad">Cut, not finished</span>`;
      case 'delivered':
      case 'done':
        return nothing;
    }
  }

  private sending(item: SendingItem): TemplateResult {
    const states = { sending: 'Sending…', waiting: 'Kept, is sent when the connection is back', refused: 'Not sent', given: 'Given to Claude' } as const;
    const author = item.author || 'You';
    return html`<div class="prompt">
      <div class="by">${avatar(author)}<b>${visible(author)}</b><span class=${item.state === 'refused' ? 'end bad' : 'end'}>${item.state === 'waiting' ? icon('wifi-off', true) : nothing}${states[item.state]}</span></div>
      ${this.promptText(item.text)} ${item.problem ? html`<p class="small">${item.problem}</p>` : nothing}
    </div>`;
  }

  /** Markdown, with the line ends as typed. What is long was pasted, and is shown exactly as it is. */
  private promptText(text: string): TemplateResult {
    const long = text.length > 4_000 || text.split('\n').length > PROMPT_LINES;
    if (!long) return html`<md-text breaks .text=${text}></md-text>`;
    return html`<div class=${this.open ? 'said-text' : 'said-text cut-off'} dir="auto">${visible(this.open ? text : text.slice(0, 8_000))}</div>
      <button class="fold" type="button" aria-expanded=${this.open} @click=${this.toggle}><span class="chev">${icon('chevron-right')}</span><b>${this.open ? 'Show less' : `Show all ${words.bytes(text.length)}`}</b></button>`;
  }

  // ---- thoughts and calls ----

  /** One template for the draft and for the block that replaces it: the same elements stay. */
  private words(text: string, streaming: boolean, aborted: boolean): TemplateResult {
    return html`<md-text .streaming=${streaming} .text=${text}></md-text>${aborted ? html`<p class="aborted">Cut here: the turn was interrupted.</p>` : nothing}`;
  }

  private abandoned(text: string): TemplateResult {
    return html`<button class="fold" type="button" aria-expanded=${this.open} @click=${this.toggle}>
        <span class="chev">${icon('chevron-right')}</span>${icon('refresh-cw')}<span class="clip"><b>The model started again</b> <em>· ${firstLine(text)}</em></span>
      </button>
      ${this.open ? html`<div class="thought">${visible(text)}</div>` : nothing}`;
  }

  private thought(entry: ThoughtEntry): TemplateResult {
    const took = entry.durationMs === undefined ? 'Thought' : `Thought for ${words.took(entry.durationMs).replace(/\.\d s$/, ' s')}`;
    const hint = firstLine(entry.text);
    return html`<button class="fold" type="button" aria-expanded=${this.open} @click=${this.toggle}>
        <span class="chev">${icon('chevron-right')}</span>${icon('brain')}<span class="clip"><b>${took}</b>${hint && !this.open ? html` <em>· ${hint}</em>` : nothing}</span>
      </button>
      ${this.open ? html`<div class="thought">${visible(entry.text) || 'The model keeps this thought to itself.'}</div>` : nothing}`;
  }

  private thinking(text: string): TemplateResult {
    const last = text.trimEnd().split('\n').at(-1) ?? '';
    return html`<button class="fold" type="button" aria-expanded=${this.open} @click=${this.toggle}>
        <span class="chev">${icon('chevron-right')}</span>${icon('brain')}<span class="clip"><b>Thinking</b>${last && !this.open ? html` <em>· ${visible(last.slice(-200))}</em>` : nothing}</span>
      </button>
      ${this.open ? html`<div class="thought">${visible(text)}</div>` : nothing}`;
  }

  private quiet(tools: readonly ToolEntry[]): TemplateResult {
    const names = [...new Set(tools.map((tool) => words.baseName(words.toolTarget(tool.tool, tool.input).text)))].join(', ');
    return html`<button class="fold" type="button" aria-expanded=${this.open} @click=${this.toggle}>
        <span class="chev">${icon('chevron-right')}</span><span class="clip"><b>${words.quietWords(tools)}</b> <em>· ${visibleStrictly(names.slice(0, 300))}</em></span>
      </button>
      ${this.open ? html`<div class="quiet">${tools.map((tool) => this.card(tool))}</div>` : nothing}`;
  }

  private tasks(card: TaskCard): TemplateResult {
    const open = !this.open;
    return html`<article class="tc" aria-label=${`Tasks, ${tasksWords(card.tasks)} done`}>
      <button class="hd" type="button" aria-expanded=${open} @click=${this.toggle}>
        <span class="chev">${icon('chevron-right', true)}</span>${icon('list-todo')}<span class="verb">Tasks</span><span class="tgt words num">${tasksWords(card.tasks)}</span>
      </button>
      ${open ? html`<div class="body">${taskList(card.tasks)}</div>` : nothing}
    </article>`;
  }

  private tool(tool: ToolEntry): TemplateResult {
    return this.card(tool);
  }

  private card(tool: ToolEntry): TemplateResult {
    return html`<tool-call .tool=${tool} .me=${this.me} .cwd=${this.cwd} .mode=${this.mode} .answered=${this.answered} .locked=${this.locked} .watching=${this.watching} .problems=${this.problems}></tool-call>`;
  }

  private approval(approval: ApprovalEntry): TemplateResult {
    if (approval.state !== 'pending') return decidedLine(approval, this.me, this.answered);
    return html`<approval-card .approval=${approval} .cwd=${this.cwd} .mode=${this.mode} .locked=${this.locked} .watching=${this.watching} .problem=${this.problems.get(approval.approvalId) ?? ''}></approval-card>`;
  }

  // ---- turns and notes ----

  private turn(turn: TurnEntry): TemplateResult {
    const limit = turn.error?.code === 'turn-limit' || turn.error?.code === 'budget-reached';
    const bad = turn.isError && !turn.interrupted && !limit;
    const line = html`<div class="turn">
      <span class=${bad ? 'what bad' : 'what'}>${icon(turn.interrupted || limit ? 'circle-stop' : bad ? 'x' : 'check')}${words.turnWords(turn)}</span>
      <span title="From the prompt to the last word">${words.took(turn.durationMs)}</span>
      ${turn.calls ? html`<span title="Calls of tools, those of subagents included">${words.plural(turn.calls, 'call')}</span>` : nothing}
      <span title=${`${turn.tokens.input.toLocaleString('en-US')} new, ${turn.tokens.cacheRead.toLocaleString('en-US')} from the cache, ${turn.tokens.cacheWrite.toLocaleString('en-US')} into it`}>${words.count(words.turnInput(turn))} in, ${words.count(turn.tokens.output)} out</span>
      <span title="At list prices, subagents included">${words.money(turn.costUsd)}</span>
    </div>`;
    if (!turn.error || turn.interrupted) return line;
    const look = words.turnErrorLook(turn.error.code);
    return html`<div class="stack">
      <div class=${look.weight === 'bad' ? 'note bad' : 'note'}>
        ${icon(look.icon as IconName)}
        <div>
          <p><strong>${visible(turn.error.message)}</strong></p>
          ${turn.error.remedy ? html`<p>${visible(turn.error.remedy)}</p>` : nothing}
          <p class="small">${[turn.error.code, turn.error.status].filter(Boolean).join(' · ')}</p>
        </div>
      </div>
      ${line}
    </div>`;
  }

  private note(note: NoteEntry, outcome: Outcome): TemplateResult {
    const said = words.noteWords(note, outcome, note.note === 'retry' ? words.retryWait(note, Date.now()) : 0);
    if (said.weight === 'line') {
      return html`<p class="decided">${icon(said.icon as IconName)}<span>${visible(said.title)}</span></p>`;
    }
    return html`<div class=${said.weight === 'bad' ? 'note bad' : 'note'}>
      ${icon(said.icon as IconName)}
      <div>
        <p>${said.weight === 'bad' ? html`<strong>${visible(said.title)}</strong>` : visible(said.title)}</p>
        ${said.meaning ? html`<p>${visible(said.meaning)}</p>` : nothing} ${said.code ? html`<p class="small">${said.code}</p>` : nothing}
        ${said.tail ? this.tail(said.tail) : nothing}
      </div>
    </div>`;
  }

  private tail(text: string): TemplateResult {
    return html`<button class="fold" type="button" aria-expanded=${this.open} @click=${this.toggle}><span class="chev">${icon('chevron-right')}</span><b>Last words of the process</b></button>
      ${this.open ? html`<div class="box"><pre class="code wrap" tabindex="0" role="region" aria-label="Last words of the process">${visible(text)}</pre></div>` : nothing}`;
  }

  private raw(raw: RawEntry): TemplateResult {
    return html`<button class="fold" type="button" aria-expanded=${this.open} @click=${this.toggle}>
        <span class="chev">${icon('chevron-right')}</span>${icon('code')}<span class="clip"><b>Not understood, kept as it came</b> <em>· ${visible(raw.reason)}</em></span>
      </button>
      ${this.open ? html`<div class="box"><pre class="code wrap" tabindex="0" role="region" aria-label="Raw event">${visible(raw.text)}</pre></div>` : nothing}`;
  }
}

/** Whether two items look the same. Entries are immutable, so that identity tells. */
function sameItem(a: Shown, b: Shown): boolean {
  if (a.key !== b.key) return false;
  switch (a.kind) {
    case 'day':
      return b.kind === 'day' && a.words === b.words;
    case 'entry':
      return b.kind === 'entry' && a.entry === b.entry && a.outcome === b.outcome;
    case 'quiet':
      return b.kind === 'quiet' && same(a.tools, b.tools);
    case 'tasks':
      return b.kind === 'tasks' && same(a.card.calls, b.card.calls) && same(a.card.tasks.map(taskKey), b.card.tasks.map(taskKey));
    case 'draft':
      return b.kind === 'draft' && a.text === b.text && a.thinking === b.thinking && a.abandoned === b.abandoned;
    case 'sending':
      return b.kind === 'sending' && a.state === b.state && a.text === b.text && a.problem === b.problem;
  }
}

function same(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((each, at) => each === b[at]);
}

function taskKey(task: words.Todo): string {
  return `${task.state} ${task.text}`;
}

function firstLine(text: string): string {
  return visible((text.trim().split('\n')[0] ?? '').slice(0, 200));
}

function avatar(name: string): TemplateResult {
  return html`<span class="av" aria-hidden="true">${initials(name)}</span>`;
}

declare global {
  interface HTMLElementTagNameMap {
    'transcript-entry': TranscriptEntry;
  }
}
