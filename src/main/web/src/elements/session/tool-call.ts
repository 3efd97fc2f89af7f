import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { icon, type IconName } from '../../lib/icons';
import { controls } from '../../styles/shared';
import { parseAnsi } from '../../transcript/ansi';
import { fileDiff, type FileDiff } from '../../transcript/diff';
import type { ChildEntry, ToolEntry } from '../../transcript/entries';
import { visible, visibleStrictly } from '../../transcript/visible';
import * as words from '../../transcript/words';
import { decidedLine, isOvertaken } from './approval-card';
import './diff-view';
import { glyph } from './glyphs';
import { tellFold } from './intents';
import './md-text';
import { cardSheet, codeSheet, glyphSheet } from './sheets';
import { taskList } from './task-list';
import { Ticker } from './ticker';

const LINES_SHOWN = 20;
/** What a browser lays out without being felt. The rest is in the file that the CLI names. */
const LINES_AT_MOST = 5_000;
/** Changes of colour in one output; what follows is as well readable without. */
const PIECES_AT_MOST = 5_000;
const CHILDREN_SHOWN = 3;
const TARGET_LENGTH = 400;
const HINT_LENGTH = 2_000;

/** One call of a tool: what was asked, what came of it, how long it took. Its head never moves when it unfolds. */
@customElement('tool-call')
export class ToolCall extends LitElement {
  static override styles = [
    controls,
    glyphSheet,
    cardSheet,
    codeSheet,
    css`
      :host { display: block; min-width: 0; }
      .asks { padding: var(--sp-2); display: grid; }
      .line-item { display: flex; align-items: center; gap: var(--sp-2); font-size: var(--text-sm); color: var(--text-2); min-width: 0; min-height: 1.375rem; width: 100%; border-radius: var(--r-sm); }
      .line-item > .i { width: 0.875rem; height: 0.875rem; color: var(--text-3); }
      .line-item .tgt { font-size: 0.71875rem; }
      .line-item .tgt.words { font-size: var(--text-sm); }
      .line-item .end { margin-inline-start: auto; color: var(--text-3); flex: none; font-variant-numeric: tabular-nums; display: inline-flex; gap: var(--sp-2); align-items: center; }
      .line-item .end .i { width: 0.875rem; height: 0.875rem; }
      .line-item .end .ok { color: var(--idle-text); }
      .line-item .end .no { color: var(--fail-text); }
      .line-item .end :is(.ok, .no) { display: inline-flex; align-items: center; }
      button.line-item:hover { color: var(--text); }
      .foot { padding: var(--sp-1) var(--sp-3); border-block-start: 1px solid var(--line); }
      .by { display: inline-flex; align-items: center; gap: var(--sp-1); }
      @media (max-width: 47.99rem) { .by-words { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); } }
      .pad { padding: var(--sp-2) var(--sp-3); }
      .label2 { font-size: var(--text-xs); color: var(--text-3); font-weight: var(--weight-medium); }
      .from { color: var(--text-2); white-space: pre-wrap; overflow-wrap: anywhere; font-size: var(--text-md); }
      .stream + .stream { margin-block-start: var(--sp-1); }
    `,
  ];

  @property({ attribute: false }) tool!: ToolEntry;
  @property() me = '';
  /** The session's folder: paths within it are shown relative to it. */
  @property() cwd = '';
  @property() mode = '';
  /** Requests that this person answered in this tab. */
  @property({ attribute: false }) answered: ReadonlySet<string> = new Set();
  /** Whether this person may decide, and why not. */
  @property() locked = '';
  /** Who reads may not decide or write here: then nothing is offered that only they could not use. */
  @property({ type: Boolean }) watching = false;
  @property({ attribute: false }) problems: ReadonlyMap<string, string> = new Map();
  /** Drawn as one line inside a subagent until it is opened. */
  @property({ type: Boolean }) slim = false;
  @state() private choice: boolean | undefined;
  @state() private allLines = false;
  @state() private allChildren = false;
  private diffOf: { tool: ToolEntry; diff: FileDiff | undefined } | undefined;

  constructor() {
    super();
    new Ticker(this, () => this.tool.state === 'running' && this.tool.approval?.state !== 'pending');
  }

  /** Folds or unfolds, as a person wishes. */
  toggle(): void {
    if (!this.hasBody) return;
    tellFold(this);
    this.choice = !this.open;
  }

  override render(): TemplateResult {
    const tool = this.tool;
    const asks = tool.approval?.state === 'pending';
    // The request card says the same and more; a card around it would only be a frame.
    if (asks && !words.isAgent(tool)) return this.request();
    if (this.slim && !asks && !this.choice) return this.line();
    const running = tool.state === 'running' && !asks;
    return html`
      <article class=${running ? 'tc run' : 'tc'} aria-label=${`${words.toolName(tool.tool)}, ${STATES[tool.state]}`}>
        ${this.head()} ${this.open ? html`<div class="body">${this.body()}</div>` : nothing}
        ${asks ? html`<div class="asks">${this.request()}</div>` : this.decided()}
      </article>
    `;
  }

  private request(): TemplateResult {
    const approval = this.tool.approval;
    const problem = this.problems.get(approval?.approvalId ?? '') ?? '';
    return html`<approval-card .approval=${approval} .cwd=${this.cwd} .mode=${this.mode} .locked=${this.locked} .watching=${this.watching} .problem=${problem}></approval-card>`;
  }

  /** A plain yes is said in the head; whatever has more to it gets a line. */
  private decided(): TemplateResult | typeof nothing {
    const approval = this.tool.approval;
    if (!approval || this.saidInHead) return nothing;
    return html`<div class="foot">${decidedLine(approval, this.me, this.answered)}</div>`;
  }

  private get saidInHead(): boolean {
    const approval = this.tool.approval;
    return approval?.state === 'allowed' && !approval.decisionReason && approval.delivery !== 'unknown' && !isOvertaken(approval, this.me, this.answered);
  }

  private get open(): boolean {
    return this.hasBody && (this.choice ?? this.opensByItself);
  }

  private get opensByItself(): boolean {
    const tool = this.tool;
    if (tool.approval?.state === 'pending') return words.isAgent(tool);
    if (tool.state === 'failed' || tool.denial !== undefined) return true;
    if (words.EDITS.has(tool.tool) || tool.tool === 'TodoWrite') return true;
    if (words.isAgent(tool)) return tool.state === 'running' || waitsWithin(tool);
    return false;
  }

  private get hasBody(): boolean {
    const tool = this.tool;
    if (tool.approval?.state === 'pending') return words.isAgent(tool) && tool.children.length > 0;
    return Boolean(tool.result) || tool.children.length > 0 || Object.keys(tool.input).length > 0;
  }

  // ---- head ----

  private head(): TemplateResult {
    const inside = html`
      ${this.hasBody ? html`<span class="chev">${icon('chevron-right', true)}</span>` : nothing}
      ${icon(words.toolIcon(this.tool.tool) as IconName)}
      <span class="verb">${words.toolName(this.tool.tool)}</span>${this.target()}
      <span class="meta">${this.meta()}</span>
    `;
    return this.hasBody
      ? html`<button class="hd" type="button" aria-expanded=${this.open} @click=${this.toggle}>${inside}</button>`
      : html`<div class="hd">${inside}</div>`;
  }

  private line(): TemplateResult {
    return html`<button class="line-item" type="button" aria-expanded="false" @click=${this.toggle}>
      ${icon(words.toolIcon(this.tool.tool) as IconName)}<span class="sr">${words.toolName(this.tool.tool)}</span>
      ${this.target()}<span class="end">${this.meta()}</span>
    </button>`;
  }

  private target(): TemplateResult {
    const target = words.toolTarget(this.tool.tool, this.tool.input);
    const within = target.form === 'path' && this.cwd && target.text.startsWith(`${this.cwd}/`);
    const told = within ? target.text.slice(this.cwd.length + 1) : target.text;
    const text = visibleStrictly(words.oneLine(told, TARGET_LENGTH));
    if (target.form === 'path') {
      const base = words.baseName(text);
      return html`<span class="tgt path" title=${visibleStrictly(target.text.slice(0, HINT_LENGTH))}><span class="dir">${text.slice(0, text.length - base.length)}</span><span class="base">${base}</span></span>`;
    }
    return html`<span class=${target.form === 'words' ? 'tgt words' : 'tgt'} title=${text}>${text}</span>`;
  }

  private meta(): TemplateResult {
    const tool = this.tool;
    const asks = tool.approval?.state === 'pending';
    const diff = this.diff;
    const outcome = words.toolOutcome(tool);
    const calls = words.isAgent(tool) ? tool.children.filter((child) => child.kind === 'tool').length : 0;
    return html`
      ${diff && tool.state !== 'failed' ? html`<span class="pm"><span class="plus">+${diff.added}</span> <span class="minus">−${diff.removed}</span></span>` : nothing}
      ${calls ? html`<span class="opt">${words.plural(calls, 'call')}</span>` : nothing}
      ${tool.approval && (this.saidInHead || (this.slim && !asks))
        ? html`<span class="by" title=${tool.approval.decidedAt ? words.exactTime(tool.approval.decidedAt) : nothing}>${icon(tool.approval.state === 'allowed' ? 'shield-check' : 'shield')}<span class="by-words">${words.decidedWords({ ...tool.approval, decisionReason: undefined }, this.me)}</span></span>`
        : nothing}
      ${outcome ? html`<span class=${tool.state === 'ok' ? 'opt' : 'no'}>${outcome}</span>` : nothing}
      ${asks ? html`<span>waits for you</span>` : this.took()} ${this.mark(asks)}
    `;
  }

  private took(): TemplateResult | typeof nothing {
    const tool = this.tool;
    if (tool.state === 'running') {
      const from = tool.approval?.decidedAt ?? tool.time;
      return html`<span>${words.clock(Date.now() - Date.parse(from))}</span>`;
    }
    if (tool.durationMs === undefined || tool.durationMs < 50) return nothing;
    return html`<span class="opt">${words.took(tool.durationMs)}</span>`;
  }

  private mark(asks: boolean): TemplateResult {
    if (asks) return glyph('asking', 'Needs you');
    switch (this.tool.state) {
      case 'running':
        return glyph('working', 'running');
      case 'ok':
        return html`<span class="ok" title="Done">${icon('check')}<span class="sr">done</span></span>`;
      case 'failed':
        return html`<span class="no" title="Failed">${icon('x')}<span class="sr">failed</span></span>`;
      case 'denied':
        return html`<span class="no" title="Denied">${icon('shield')}<span class="sr">denied</span></span>`;
      case 'unknown':
        return html`<span class="no" title="The process ended before the result">${icon('circle-dashed')}</span>`;
    }
  }

  // ---- body ----

  private body(): TemplateResult | typeof nothing {
    const tool = this.tool;
    if (words.isAgent(tool)) return this.agent();
    switch (tool.tool) {
      case 'Bash':
        return this.bash();
      case 'TodoWrite':
        return tool.state === 'failed' ? this.generic() : this.tasks();
      case 'AskUserQuestion':
        return this.answers();
      case 'ExitPlanMode':
        return html`<div class="pad"><md-text .text=${str(tool.input['plan'])}></md-text></div>${this.trouble()}`;
      case 'Read':
      case 'NotebookRead':
      case 'Grep':
      case 'Glob':
      case 'LS':
      case 'WebSearch':
      case 'WebFetch':
      case 'ToolSearch':
        return html`${tool.state === 'ok' ? nothing : this.pairs()}${this.result('Result')}`;
      default:
        return this.diff ? this.edit(this.diff) : this.generic();
    }
  }

  private bash(): TemplateResult {
    const tool = this.tool;
    const command = visibleStrictly(str(tool.input['command']));
    const parts = words.bashOutput(tool);
    const lines = parts.flatMap((part) =>
      part.text.replace(/\n$/, '').split('\n').map((line) => ({ kind: part.kind, line })),
    );
    const limit = this.allLines ? LINES_AT_MOST : LINES_SHOWN;
    const cut = lines.length > limit;
    // A failure tells most at its end, so that is what is kept.
    const shown = !cut ? lines : tool.state === 'failed' ? lines.slice(-limit) : lines.slice(0, limit);
    const stderr = parts.length > 1;
    const file = str(tool.result?.result?.['persistedOutputPath']);
    return html`
      <pre class="code wrap" tabindex="0" role="region" aria-label="Command"><span class="p">$ </span>${command}</pre>
      ${lines.length
        ? html`<pre class="code" tabindex="0" role="region" aria-label="Output">${cut && tool.state === 'failed' ? html`<span class="dimmed">… ${words.plural(lines.length - limit, 'line')} before</span>${'\n'}` : nothing}${group(shown).map((run) => html`${stderr && run.kind === 'err' ? html`<span class="p">stderr${'\n'}</span>` : nothing}${this.ansi(run.text, run.kind === 'err' && tool.state === 'failed')}`)}</pre>`
        : tool.result
          ? html`<p class="pad t3 sm">No output.</p>`
          : nothing}
      ${cut ? this.moreLines(lines.length) : nothing}
      ${file ? html`<p class="pad t3 sm">The whole output is in <code class="tint-code">${visibleStrictly(file)}</code></p>` : nothing}
    `;
  }

  private edit(diff: FileDiff): TemplateResult {
    return html`${this.trouble()}<diff-view .diff=${diff}></diff-view>`;
  }

  private agent(): TemplateResult {
    const tool = this.tool;
    const settled = tool.children.filter((child) => !asksWithin(child));
    const asking = tool.children.filter(asksWithin);
    const shown = this.allChildren ? settled : settled.slice(-CHILDREN_SHOWN);
    const hidden = settled.length - shown.length;
    const report = tool.result && !tool.result.isError ? agentReport(tool) : '';
    const prompt = str(tool.input['prompt']);
    return html`
      <div class="nest">
        ${prompt && this.choice ? html`<p class="from">${visible(prompt)}</p>` : nothing}
        ${hidden ? html`<button class="fold" type="button" @click=${this.showChildren}>${icon('chevron-right')}<b>${words.plural(hidden, 'earlier step')}</b></button>` : nothing}
        ${shown.map((child) => this.child(child))} ${asking.map((child) => this.child(child))}
        ${report ? html`<md-text .text=${report}></md-text>` : nothing} ${this.trouble()}
      </div>
    `;
  }

  private child(child: ChildEntry): TemplateResult {
    if (child.kind === 'tool') {
      return html`<tool-call slim .tool=${child} .me=${this.me} .cwd=${this.cwd} .mode=${this.mode} .answered=${this.answered} .locked=${this.locked} .watching=${this.watching} .problems=${this.problems}></tool-call>`;
    }
    if (child.kind === 'thought') return html`<p class="line-item">${icon('brain')}<span class="clip">${visible(child.text.slice(0, 300))}</span></p>`;
    return html`<md-text .text=${child.text}></md-text>`;
  }

  private tasks(): TemplateResult {
    return taskList(words.todos(this.tool.input));
  }

  private answers(): TemplateResult {
    const given = (this.tool.result?.result?.['answers'] ?? {}) as Record<string, unknown>;
    return html`<dl class="kv">
        ${words.questions(this.tool.input).map((question) => html`<dt>${visible(question.question)}</dt><dd>${visible(str(given[question.question])) || 'not answered'}</dd>`)}
      </dl>
      ${this.trouble()}`;
  }

  private generic(): TemplateResult {
    return html`${this.pairs()}${this.result('Result')}`;
  }

  private pairs(): TemplateResult | typeof nothing {
    const pairs = Object.entries(this.tool.input);
    if (!pairs.length) return nothing;
    return html`<dl class="kv">
      ${pairs.map(([name, value]) => html`<dt>${visibleStrictly(name)}</dt><dd>${visibleStrictly(typeof value === 'string' ? value : JSON.stringify(value, null, 1))}</dd>`)}
    </dl>`;
  }

  private result(name: string): TemplateResult | typeof nothing {
    const result = this.tool.result;
    if (!result) return this.trouble();
    const lines = words.plainError(result.content).replace(/\n$/, '').split('\n');
    if (lines.length === 1 && !lines[0]) return nothing;
    const shown = lines.slice(0, this.allLines ? LINES_AT_MOST : LINES_SHOWN).join('\n');
    return html`<pre class="code wrap" tabindex="0" role="region" aria-label=${name}>${this.ansi(shown, result.isError)}</pre>
      ${this.moreLines(lines.length)}`;
  }

  /** Why it did not come off, where the body shows something else than the result. */
  private trouble(): TemplateResult | typeof nothing {
    const tool = this.tool;
    if (tool.state === 'unknown') {
      return html`<p class="pad t2 sm">The process ended before the result came. It may have run in part or in full.</p>`;
    }
    const text = tool.denial ?? (tool.result?.isError ? words.plainError(tool.result.content) : '');
    return text ? html`<pre class="code wrap" tabindex="0" role="region" aria-label="Reason"><span class="err">${visible(text)}</span></pre>` : nothing;
  }

  private ansi(text: string, failed: boolean): TemplateResult {
    const all = parseAnsi(text);
    const pieces = all.slice(0, PIECES_AT_MOST).map((piece) => (piece.look ? html`<span class=${piece.look}>${piece.text}</span>` : piece.text));
    pieces.push(all.slice(PIECES_AT_MOST).map((piece) => piece.text).join(''));
    return failed ? html`<span class="err">${pieces}</span>` : html`${pieces}`;
  }

  private moreLines(count: number): TemplateResult | typeof nothing {
    const most = count > LINES_AT_MOST;
    if (this.allLines) return most ? html`<p class="pad t3 sm">${words.number(LINES_AT_MOST)} of ${words.plural(count, 'line')} are shown.</p>` : nothing;
    if (count <= LINES_SHOWN) return nothing;
    return html`<button class="more" type="button" @click=${this.showLines}>Show ${most ? `${words.number(LINES_AT_MOST)} of` : 'all'} ${words.plural(count, 'line')}</button>`;
  }

  private showLines(): void {
    tellFold(this);
    this.allLines = true;
  }

  private showChildren(): void {
    tellFold(this);
    this.allChildren = true;
  }

  private get diff(): FileDiff | undefined {
    if (!words.EDITS.has(this.tool.tool) || this.tool.tool === 'NotebookEdit') return undefined;
    if (this.diffOf?.tool !== this.tool) {
      const result = this.tool.result?.isError ? undefined : this.tool.result?.result;
      const input = this.tool.approval?.decidedInput ?? this.tool.input;
      this.diffOf = { tool: this.tool, diff: fileDiff(input, result) };
    }
    return this.diffOf.diff;
  }
}

const STATES = { running: 'running', ok: 'done', failed: 'failed', denied: 'denied', unknown: 'outcome unknown' } as const;

function asksWithin(child: ChildEntry): boolean {
  return child.kind === 'tool' && (child.approval?.state === 'pending' || waitsWithin(child));
}

function waitsWithin(tool: ToolEntry): boolean {
  return tool.children.some(asksWithin);
}

/** What the subagent said in the end, without the frame that the CLI puts around it for the model. */
function agentReport(tool: ToolEntry): string {
  const content = tool.result?.result?.['content'];
  if (Array.isArray(content)) {
    return content.map((block: unknown) => str((block as Record<string, unknown> | null)?.['text'])).filter(Boolean).join('\n\n');
  }
  return tool.result?.content ?? '';
}

function group(lines: readonly { kind: words.Output['kind']; line: string }[]): { kind: words.Output['kind']; text: string }[] {
  const out: { kind: words.Output['kind']; lines: string[] }[] = [];
  for (const { kind, line } of lines) {
    const last = out.at(-1);
    if (last?.kind === kind) last.lines.push(line);
    else out.push({ kind, lines: [line] });
  }
  return out.map((run, at) => ({ kind: run.kind, text: run.lines.join('\n') + (at < out.length - 1 ? '\n' : '') }));
}

function str(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
