import { css, html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import type { Draft, PendingPrompt } from '../../api/types';
import { icon } from '../../lib/icons';
import type { LinePrompt } from '../../state/line';
import { controls } from '../../styles/shared';
import type { ApprovalEntry, Entry } from '../../transcript/entries';
import { present } from '../../transcript/present';
import { approvalOf, blockKey, emptyTranscript, rowOfSeq, toolOf, type Transcript } from '../../transcript/reduce';
import { visible } from '../../transcript/visible';
import * as words from '../../transcript/words';
import { intend } from './intents';
import { ScrollKeeper } from './scroll-keeper';
import './transcript-entry';
import type { DraftItem, SendingItem, Shown, TranscriptEntry } from './transcript-entry';

/** Rows drawn at first, added when the reader comes near an edge, and at most. */
const FIRST_ROWS = 60;
const MORE_ROWS = 60;
const MOST_ROWS = 300;
const NEAR_EDGE = 900;
/** A draft that ends may be recorded a moment later; until then it stands. */
const DRAFT_GRACE_MILLIS = 600;
const ABANDONED_MILLIS = 8_000;
const SKELETON_AFTER_MILLIS = 150;

interface Lost {
  readonly draft: Draft;
  readonly at: number;
}

/** The column of entries: a window onto the transcript that follows its end, or stays with what is being read. */
@customElement('transcript-view')
export class TranscriptView extends LitElement {
  static override styles = [
    controls,
    css`
      :host { display: flex; flex-direction: column; min-height: 0; min-width: 0; position: relative; }
      .flow { flex: 1 1 auto; min-height: 0; overflow: hidden auto; overflow-anchor: none; scrollbar-width: thin; scrollbar-color: var(--line-2) transparent; }
      .flow:focus-visible { outline-offset: -2px; }
      ol { display: flow-root; max-width: calc(var(--measure) + 6.5rem); margin-inline: auto; padding: var(--sp-4) var(--sp-6) var(--sp-6) var(--sp-2); }
      li { margin: calc(-1 * var(--sp-1)); padding: var(--sp-1); content-visibility: auto; contain-intrinsic-size: auto 3.5rem; }
      li + li { margin-block-start: var(--sp-1); }
      li.tight { margin-block-start: calc(-1 * var(--sp-1)); }
      li.wide { margin-block-start: var(--sp-3); }
      li.last { content-visibility: visible; }
      .older { display: flex; justify-content: center; align-items: center; gap: var(--sp-2); color: var(--text-3); font-size: var(--text-sm); min-height: 2rem; padding-block-start: var(--sp-3); }
      .jump { position: absolute; inset: auto 0 var(--sp-3); margin-inline: auto; width: max-content; box-shadow: var(--shadow-2); border-radius: var(--r-full); z-index: var(--z-sticky); }
      .empty { display: grid; justify-items: center; gap: var(--sp-2); text-align: center; padding: var(--sp-14) var(--sp-6); max-width: 30rem; margin-inline: auto; color: var(--text-2); text-wrap: pretty; }
      .empty h2 { font-size: var(--text-2xl); font-weight: var(--weight-strong); letter-spacing: var(--tracking-title); color: var(--text); }
      .sk { display: grid; gap: var(--sp-4); max-width: var(--measure); margin: var(--sp-6) auto; padding-inline: var(--sp-6); }
      .sk div { height: 0.75rem; border-radius: var(--r-xs); background: var(--active); }
      .sk div:nth-child(3n + 1) { height: 4rem; border-radius: var(--r-lg); }
      .sk div:nth-child(3n) { width: 70%; }
      @media (max-width: 47.99rem) { ol { padding: var(--sp-3) var(--sp-3) var(--sp-4); } }
    `,
  ];

  @property({ attribute: false }) transcript: Transcript = emptyTranscript();
  @property({ attribute: false }) drafts: readonly Draft[] = [];
  @property({ attribute: false }) pendingPrompts: readonly PendingPrompt[] = [];
  /** Prompts that were given to the CLI, which has not said yet that it took them up. */
  @property({ attribute: false }) given: readonly LinePrompt[] = [];
  /** Prompts wait below; the first words will be theirs. */
  @property({ type: Boolean }) promised = false;
  /** Requests that wait and whose events are not loaded. */
  @property({ attribute: false }) strays: readonly ApprovalEntry[] = [];
  @property({ attribute: false }) problems: ReadonlyMap<string, string> = new Map();
  @property({ attribute: false }) answered: ReadonlySet<string> = new Set();
  @property() me = '';
  @property() cwd = '';
  /** How Claude may act, in words. */
  @property() mode = '';
  @property() locked = '';
  /** Who reads may not decide or write here: then nothing is offered that only they could not use. */
  @property({ type: Boolean }) watching = false;
  @property() failed = '';
  @property({ type: Boolean }) hasOlder = false;
  @property({ type: Boolean }) loading = false;
  @property({ type: Boolean }) runnable = false;

  /** First and last number of the window; no last means that it reaches to the end. */
  @state() private fromSeq = 0;
  @state() private toSeq: number | undefined;
  @state() private unread = 0;
  @state() private slow = false;
  @state() private lost: readonly Lost[] = [];
  @query('.flow') private readonly scroller!: HTMLElement;
  @query('ol') private readonly list!: HTMLElement;

  private keeper: ScrollKeeper | undefined;
  private seenSeq = 0;
  private askedBefore = -1;
  private wantedSeq = 0;
  private spoken = '';
  private spokenSeq = 0;
  private slowTimer = 0;
  private lostTimer = 0;

  // ---- what others may ask for ----

  /** Goes to an event; older pages are asked for until it is there. */
  showSeq(seq: number): void {
    this.wantedSeq = seq;
    // What has just been handed in is arranged first: before that there is no window in which to look.
    if (!this.isUpdatePending) this.seek();
  }

  /** Goes to a request and answers once it is drawn. */
  async showApproval(approvalId: string): Promise<void> {
    const approval = approvalOf(this.transcript, approvalId);
    if (!approval) {
      this.toEnd();
      await this.updateComplete;
      return;
    }
    let tool = toolOf(this.transcript, approval.toolUseId);
    while (tool?.parentToolUseId) tool = toolOf(this.transcript, tool.parentToolUseId) ?? { ...tool, parentToolUseId: undefined };
    await this.showKey(tool?.key ?? approval.key, tool?.seq ?? approval.seq, false);
  }

  toEnd(): void {
    const rows = this.transcript.rows;
    this.toSeq = undefined;
    this.fromSeq = rows.at(Math.max(0, rows.length - FIRST_ROWS))?.seq ?? 0;
    this.unread = 0;
    if (this.keeper) this.keeper.following = true;
    void this.updateComplete.then(() => this.keeper?.follow());
  }

  focusLog(): void {
    this.scroller.focus({ preventScroll: true });
  }

  toStart(): void {
    const first = this.transcript.rows.at(0);
    if (first) void this.showKey(first.key, first.seq, false);
  }

  /** The next prompt of a person after the place being read, or the one before it. */
  stepPrompt(by: 1 | -1): void {
    const rows = this.transcript.rows;
    let at = rows.indexOfSeq(this.readingSeq);
    for (at += by; at >= 0 && at < rows.length; at += by) {
      const row = rows.at(at);
      if (row?.key.startsWith('p:')) {
        void this.showKey(row.key, row.seq, true);
        return;
      }
    }
    if (by > 0) this.toEnd();
    else this.askOlder();
  }

  toggleCurrent(): void {
    this.currentEntry?.toggle();
  }

  /** Number of the entry in focus, or else of the first one in view. */
  get readingSeq(): number {
    const item = this.currentEntry?.item;
    if (item?.kind === 'entry') return item.entry.seq;
    if (item?.kind === 'quiet') return item.tools[0]?.seq ?? 0;
    if (item?.kind === 'tasks') return item.card.first.seq;
    return this.transcript.lastSeq;
  }

  // ---- life ----

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.keeper?.close();
    this.keeper = undefined;
    window.clearTimeout(this.slowTimer);
    window.clearTimeout(this.lostTimer);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    if (this.hasUpdated) this.requestUpdate();
  }

  override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('drafts')) this.noticeLost(changed.get('drafts') ?? []);
    if (changed.has('transcript')) this.arrangeWindow();
    if (changed.has('loading') || changed.has('transcript')) this.arrangeSkeleton();
    if (changed.has('transcript')) this.announce();
  }

  override updated(): void {
    if (!this.keeper && this.list) this.keeper = new ScrollKeeper(this.scroller, this.list, () => this.scrolled());
    this.keeper?.restore();
    this.seek();
    this.extend();
  }

  override render(): TemplateResult {
    const items = this.items();
    return html`
      <div class="flow" role="log" aria-live="off" aria-label="Transcript" tabindex="0">
        ${this.top()}
        <ol @fold=${this.hold}>
          ${repeat(
            items,
            (item) => item.key,
            (item, at) => html`<li class=${look(item, at === items.length - 1)}><transcript-entry
              .item=${item} .me=${this.me} .cwd=${this.cwd} .mode=${this.mode} .locked=${this.locked} .watching=${this.watching} .problems=${this.problems} .answered=${this.answered} .runnable=${this.runnable}
            ></transcript-entry></li>`,
          )}
        </ol>
      </div>
      <div class="sr" aria-live="polite">${this.spoken}</div>
      ${this.unread || this.toSeq !== undefined
        ? html`<button class="btn jump" type="button" @click=${this.toEnd}>${this.unread ? `${this.unread.toLocaleString('en-US')} new` : 'To the end'} ${icon('arrow-down', true)}</button>`
        : nothing}
    `;
  }

  private top(): TemplateResult | typeof nothing {
    const nothingYet = this.transcript.rows.length === 0 && !this.drafts.length && !this.pendingPrompts.length && !this.given.length && !this.strays.length;
    if (this.failed) {
      return html`<div class="older" role="alert">${this.failed}<button class="btn sm" type="button" @click=${this.retryOlder}>Try again</button></div>`;
    }
    if (nothingYet && this.loading) {
      return this.slow ? html`<div class="sk" role="status" aria-label="Loading the transcript">${Array.from({ length: 7 }, () => html`<div></div>`)}</div>` : nothing;
    }
    if (nothingYet && this.promised) return html`<div class="empty"><h2>Nothing said yet</h2><p>Claude starts with the prompt below as soon as it is ready.</p></div>`;
    if (nothingYet) return html`<div class="empty"><h2>Nothing said yet</h2><p>Write the first prompt below. Claude starts with it and works in this session's folder.</p></div>`;
    if (this.loading && this.hasOlder) return html`<div class="older" role="status">Reading earlier entries…</div>`;
    return nothing;
  }

  // ---- items ----

  private items(): readonly Shown[] {
    const rows = this.transcript.rows;
    const from = rows.indexOfSeq(this.fromSeq);
    const to = this.toSeq === undefined ? rows.length : rows.indexOfSeq(this.toSeq + 1);
    const recorded = present(this.transcript, from, to, new Date());
    if (this.toSeq !== undefined) return recorded;
    const drafts = this.draftItems();
    const last = recorded.at(-1);
    // Text in the making says that the attempt succeeded, before any of it is recorded.
    if (drafts.length && last?.kind === 'entry' && last.entry.kind === 'note' && last.entry.note === 'retry') recorded[recorded.length - 1] = { ...last, outcome: 'recovered' };
    const strays = this.strays.map((entry) => ({ kind: 'entry' as const, key: entry.key, entry, outcome: 'unknown' as const }));
    return [...recorded, ...drafts, ...strays, ...this.sendingItems()];
  }

  private draftItems(): DraftItem[] {
    const standing = this.lost.map(({ draft, at }) => ({ draft, abandoned: Date.now() - at > DRAFT_GRACE_MILLIS }));
    const all = [...standing, ...this.drafts.map((draft) => ({ draft, abandoned: false }))];
    return all
      .filter(({ draft }) => !this.transcript.entries.has(blockKey(draft.messageId, draft.index)))
      .filter(({ draft }) => draft.text)
      .map(({ draft, abandoned }) => ({
        kind: 'draft',
        key: blockKey(draft.messageId, draft.index),
        thinking: draft.kind === 'thinking',
        text: draft.text,
        abandoned,
      }));
  }

  private sendingItems(): SendingItem[] {
    const given = new Set(this.given.map((prompt) => prompt.promptId));
    const taken = this.given
      .filter((prompt) => !this.isRow(prompt.promptId))
      .map((prompt): SendingItem => ({ kind: 'sending', key: `p:${prompt.promptId}`, author: prompt.author.id === this.me ? '' : prompt.author.name, text: prompt.text, time: prompt.time, state: 'given', problem: '' }));
    const sent = this.pendingPrompts
      .filter((prompt) => prompt.state !== 'refused' && !given.has(prompt.promptId) && !this.isRow(prompt.promptId))
      .map((prompt): SendingItem => ({
        kind: 'sending',
        key: `p:${prompt.promptId}`,
        author: '',
        text: prompt.text,
        time: new Date(prompt.since).toISOString(),
        state: prompt.state,
        problem: prompt.problem ?? '',
      }));
    return [...taken, ...sent];
  }

  /** Whether the transcript holds the prompt itself. */
  private isRow(promptId: string): boolean {
    const entry = this.transcript.entries.get(`p:${promptId}`);
    return entry?.kind === 'prompt' && entry.state !== 'waiting';
  }

  /** No text vanishes without a word: a draft that was not recorded is kept for a while, as what it was. */
  private noticeLost(before: readonly Draft[]): void {
    const now = Date.now();
    const key = (draft: Draft): string => blockKey(draft.messageId, draft.index);
    const current = new Set(this.drafts.map(key));
    const gone = before.filter((draft) => draft.text && !current.has(key(draft)) && !this.transcript.entries.has(key(draft)));
    const kept = this.lost.filter(({ draft, at }) => !current.has(key(draft)) && now - at < ABANDONED_MILLIS);
    this.lost = [...kept, ...gone.map((draft) => ({ draft, at: now }))].slice(-4);
    if (gone.length) this.watchLost();
  }

  private watchLost(): void {
    window.clearTimeout(this.lostTimer);
    this.lostTimer = window.setTimeout(() => {
      this.lost = this.lost.filter(({ draft, at }) => Date.now() - at < ABANDONED_MILLIS && !this.transcript.entries.has(blockKey(draft.messageId, draft.index)));
      if (this.lost.length) this.watchLost();
    }, DRAFT_GRACE_MILLIS + 50);
  }

  // ---- the window ----

  private arrangeWindow(): void {
    const rows = this.transcript.rows;
    const following = this.keeper?.following ?? true;
    const from = rows.indexOfSeq(this.fromSeq);
    const last = rows.last();
    if (!this.fromSeq || (following && this.toSeq === undefined && rows.length - from > MOST_ROWS)) {
      this.fromSeq = rows.at(Math.max(0, rows.length - FIRST_ROWS))?.seq ?? 0;
    } else if (!following && this.toSeq === undefined && rows.length - from > MOST_ROWS) {
      this.toSeq = rows.at(from + MOST_ROWS - 1)?.seq;
    }
    if (following && this.toSeq === undefined) {
      this.seenSeq = last?.seq ?? 0;
      this.unread = 0;
    } else {
      this.unread = rows.length - rows.indexOfSeq(this.seenSeq + 1);
    }
  }

  private hold(event: Event): void {
    const path = event.composedPath();
    const entry = path[path.indexOf(this.list) - 1];
    if (entry instanceof HTMLElement) this.keeper?.hold(entry);
  }

  private scrolled(): void {
    if (this.keeper?.following && this.toSeq === undefined) {
      this.seenSeq = this.transcript.rows.last()?.seq ?? 0;
      this.unread = 0;
    }
    this.extend();
  }

  /** Draws more when the reader comes near an edge of the window, and asks for more at the edge of what is loaded. */
  private extend(): void {
    const keeper = this.keeper;
    const rows = this.transcript.rows;
    if (!keeper || !this.scroller.clientHeight) return;
    const from = rows.indexOfSeq(this.fromSeq);
    const to = this.toSeq === undefined ? rows.length : rows.indexOfSeq(this.toSeq + 1);
    if (keeper.fromTop < NEAR_EDGE) {
      if (from > 0) {
        const next = Math.max(0, from - MORE_ROWS);
        this.fromSeq = rows.at(next)?.seq ?? 0;
        if (to - next > MOST_ROWS && !keeper.following) this.toSeq = rows.at(next + MOST_ROWS - 1)?.seq;
      } else {
        this.askOlder();
      }
    } else if (this.toSeq !== undefined && keeper.toEnd < NEAR_EDGE) {
      const next = Math.min(rows.length, to + MORE_ROWS);
      this.toSeq = next === rows.length ? undefined : rows.at(next - 1)?.seq;
      if (next - from > MOST_ROWS) this.fromSeq = rows.at(next - MOST_ROWS)?.seq ?? this.fromSeq;
    }
  }

  private askOlder(): void {
    if (!this.hasOlder || this.loading || this.failed || this.askedBefore === this.transcript.firstSeq) return;
    this.askedBefore = this.transcript.firstSeq;
    intend(this, 'load-older', undefined);
  }

  private readonly retryOlder = (): void => {
    this.askedBefore = -1;
    intend(this, 'load-older', undefined);
  };

  private seek(): void {
    const seq = this.wantedSeq;
    if (!seq || !this.transcript.firstSeq) return;
    if (seq < this.transcript.firstSeq && this.hasOlder) {
      this.askOlder();
      return;
    }
    const key = rowOfSeq(this.transcript, seq);
    const row = this.transcript.rows.at(Math.max(0, this.transcript.rows.indexOfSeq(seq)));
    this.wantedSeq = 0;
    if (key) void this.showKey(key, row?.key === key ? row.seq : seq, true);
  }

  private async showKey(key: string, seq: number, lit: boolean): Promise<void> {
    const rows = this.transcript.rows;
    const at = rows.indexOfSeq(seq);
    const from = rows.indexOfSeq(this.fromSeq);
    const to = this.toSeq === undefined ? rows.length : rows.indexOfSeq(this.toSeq + 1);
    if (at < from || at >= to) {
      const next = Math.max(0, at - MORE_ROWS / 2);
      const end = next + FIRST_ROWS * 2;
      this.fromSeq = rows.at(next)?.seq ?? 0;
      this.toSeq = end >= rows.length ? undefined : rows.at(end - 1)?.seq;
    }
    if (this.keeper) this.keeper.following = false;
    await this.updateComplete;
    const element = this.elementOf(key);
    if (!element) return;
    this.keeper?.show(element);
    // The end of the window is not the end of the transcript.
    if (this.keeper && this.toSeq !== undefined) this.keeper.following = false;
    const entry = element.querySelector('transcript-entry');
    if (!lit || !entry) return;
    entry.classList.remove('lit');
    void entry.offsetWidth; // The animation begins anew only after a layout.
    entry.classList.add('lit');
  }

  private elementOf(key: string): HTMLElement | undefined {
    for (const entry of this.list.querySelectorAll('transcript-entry')) {
      const item = entry.item;
      const here = item.key === key || (item.kind === 'quiet' && item.tools.some((tool) => tool.key === key)) || (item.kind === 'tasks' && item.card.calls.some((call) => call.key === key));
      if (here && entry.parentElement) return entry.parentElement;
    }
    return undefined;
  }

  private get currentEntry(): TranscriptEntry | undefined {
    const focused = this.shadowRoot?.activeElement;
    if (focused instanceof HTMLElement && focused.localName === 'transcript-entry') return focused as TranscriptEntry;
    const top = this.scroller.getBoundingClientRect().top;
    for (const entry of this.list.querySelectorAll('transcript-entry')) {
      if (entry.item.kind !== 'day' && entry.getBoundingClientRect().bottom > top + this.scroller.clientHeight / 4) return entry;
    }
    return undefined;
  }

  // ---- words for readers ----

  private arrangeSkeleton(): void {
    const waiting = this.loading && this.transcript.rows.length === 0;
    if (!waiting) {
      window.clearTimeout(this.slowTimer);
      this.slowTimer = 0;
      this.slow = false;
    } else if (!this.slowTimer) {
      this.slowTimer = window.setTimeout(() => (this.slow = true), SKELETON_AFTER_MILLIS);
    }
  }

  /** Finished blocks and ends of turns are said once; tokens are not. */
  private announce(): void {
    const row = this.transcript.rows.last();
    if (!row || row.seq <= this.spokenSeq) return;
    const first = this.spokenSeq === 0;
    this.spokenSeq = row.seq;
    const entry = this.transcript.entries.get(row.key);
    if (!first && entry) this.spoken = spokenWords(entry) || this.spoken;
  }
}

function spokenWords(entry: Entry): string {
  switch (entry.kind) {
    case 'text':
      return visible(`Claude: ${entry.text.slice(0, 300)}`);
    case 'turn':
      return `${words.turnWords(entry)} after ${words.took(entry.durationMs)}`;
    case 'approval':
      return words.approvalTitle(entry);
    case 'note':
      return words.noteWords(entry).title;
    case 'prompt':
    case 'thought':
    case 'tool':
    case 'raw':
      return '';
  }
}

/** Space between entries: prompts stand apart, one-liners together. */
function look(item: Shown, last: boolean): string {
  const tight = item.kind === 'quiet' || (item.kind === 'entry' && isLine(item.entry));
  const wide = item.kind === 'day' || item.kind === 'sending' || (item.kind === 'entry' && item.entry.kind === 'prompt');
  return `${tight ? 'tight' : wide ? 'wide' : ''}${last ? ' last' : ''}`;
}

function isLine(entry: Entry): boolean {
  if (entry.kind === 'note') return words.noteWords(entry).weight === 'line';
  return entry.kind === 'thought' || entry.kind === 'raw';
}
