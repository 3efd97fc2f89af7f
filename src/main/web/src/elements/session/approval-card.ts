import { css, html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import type { JsonObject, PermissionUpdate } from '../../api/types';
import { icon } from '../../lib/icons';
import { readLook } from '../../lib/theme';
import { controls } from '../../styles/shared';
import { fileDiff, type FileDiff } from '../../transcript/diff';
import type { ApprovalEntry } from '../../transcript/entries';
import { unseenIn, visible, visibleStrictly } from '../../transcript/visible';
import * as words from '../../transcript/words';
import './diff-view';
import { glyph } from './glyphs';
import { intend } from './intents';
import './md-text';
import { cardSheet, codeSheet, glyphSheet } from './sheets';
import { Ticker } from './ticker';

/** Mirrors `--still`: nobody approves what slid under the finger. */
const STILL_MILLIS = 350;
const WATCH_MILLIS = 50;
const VERB_AFTER_MILLIS = 300;
const GIVE_UP_MILLIS = 15_000;
/** Before that, the end of a request's time is no news. */
const URGENT_MILLIS = 10 * 60_000;
const OTHER = '\u0000other';
const MARKS_TOLD = 12;

/** A request of the CLI, whole, and the decision about it. The only place where anything can be allowed. */
@customElement('approval-card')
export class ApprovalCard extends LitElement {
  static override styles = [
    controls,
    glyphSheet,
    codeSheet,
    cardSheet,
    css`
      :host { display: block; min-width: 0; }
      :host(:focus-visible) { outline: 0; }
      .ap { border: 1px solid var(--ask-line); border-radius: var(--r-lg); background: var(--raised); overflow: clip; box-shadow: inset 3px 0 0 var(--ask-solid), var(--shadow-1); }
      .ap:focus-visible { outline: var(--focus-width) solid var(--focus); outline-offset: 2px; border-radius: var(--r-lg); }
      .ap > header { display: flex; align-items: center; flex-wrap: wrap; gap: var(--sp-1) var(--sp-2); min-height: 2.375rem; padding: var(--sp-15) var(--sp-3) var(--sp-15) var(--sp-4); background: var(--ask-tint); border-block-end: 1px solid var(--ask-line); min-width: 0; box-shadow: inset 3px 0 0 var(--ask-solid); }
      h2 { font-size: var(--text-md); font-weight: var(--weight-strong); }
      header .meta { margin-inline-start: auto; color: var(--text-2); font-size: var(--text-sm); font-variant-numeric: tabular-nums; white-space: nowrap; }
      .in { padding: var(--sp-3) var(--sp-4); display: grid; grid-template-columns: minmax(0, 1fr); gap: var(--sp-3); }
      .soon { color: var(--ask-text); font-weight: var(--weight-medium); }
      .say { font-weight: var(--weight-medium); overflow-wrap: anywhere; }
      .why { color: var(--text-2); font-size: var(--text-sm); overflow-wrap: anywhere; }
      .where { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: var(--sp-0) var(--sp-4); font-size: var(--text-sm); }
      .where dt { color: var(--text-3); }
      .where dd { color: var(--text-2); overflow-wrap: anywhere; }
      .where .mono { font-size: 0.71875rem; line-height: 1.6; }
      .box { border: 1px solid var(--line-2); border-radius: var(--r-md); overflow: clip; background: var(--sunken); }
      .box .code { background: none; font-size: var(--text-code); }
      /* What runs stands in the order in which it runs, letters that are written from the right too. */
      .box pre.code, .box .path { direction: ltr; unicode-bidi: bidi-override; }
      .path { font-family: var(--font-mono); font-size: var(--text-code); padding: var(--sp-2) var(--sp-3); border-block-end: 1px solid var(--line); overflow-wrap: anywhere; }
      .acts { display: flex; align-items: center; gap: var(--sp-2); flex-wrap: wrap; }
      .drawer { border: 1px solid var(--line-2); border-radius: var(--r-md); padding: var(--sp-3); display: grid; gap: var(--sp-2); background: var(--surface); }
      .opt { display: grid; gap: var(--sp-2); }
      .opt label { border: 1px solid var(--line-2); border-radius: var(--r-md); padding: var(--sp-2) var(--sp-3); display: grid; grid-template-columns: auto minmax(0, 1fr) auto; gap: var(--sp-3); align-items: start; cursor: pointer; }
      .opt label:hover { background: var(--hover); }
      .opt input { margin-block-start: 2px; }
      .opt label:has(input:checked) { border-color: var(--accent-solid); background: var(--accent-tint); }
      .opt p { color: var(--text-2); font-size: var(--text-sm); }
      fieldset { min-width: 0; display: grid; gap: var(--sp-2); }
      legend { font-weight: var(--weight-strong); padding: 0; margin-block-end: var(--sp-2); overflow-wrap: anywhere; }
      .rule { display: grid; grid-template-columns: auto minmax(0, 1fr) auto; align-items: center; gap: 0 var(--sp-1); font-family: var(--font-mono); font-size: var(--text-code); }
      .rule .input { font-family: inherit; }
      .choices { display: grid; gap: var(--sp-3); }
      .choice { display: grid; grid-template-columns: auto minmax(0, 1fr); gap: var(--sp-1) var(--sp-2); align-items: center; }
      .choice > :nth-child(n + 3) { grid-column: 2; }
      .choice p { color: var(--text-2); font-size: var(--text-sm); overflow-wrap: anywhere; }
      textarea.mono { font-family: var(--font-mono); font-size: var(--text-code); field-sizing: content; max-height: 24rem; }
      .wrong { color: var(--fail-text); font-size: var(--text-sm); }
      textarea.input { font-size: var(--text-md); }
      @media (max-width: 47.99rem) {
        .in { padding: var(--sp-3); }
        .acts { display: grid; grid-template-columns: 1fr 1fr; }
        .acts .btn { height: 3rem; }
        .acts .push { display: none; }
        textarea.input { font-size: 1rem; }
      }
      @media (forced-colors: active) { .ap { border-width: 3px; } }
    `,
  ];

  @property({ attribute: false }) approval!: ApprovalEntry;
  @property() cwd = '';
  /** How Claude may act in this session, in words. */
  @property() mode = '';
  /** Why this person cannot decide now; empty when they can. */
  @property() locked = '';
  /** Why the last answer was not taken. */
  @property() problem = '';
  /** Who reads may not decide: nothing is offered, and `locked` says who may. */
  @property({ type: Boolean }) watching = false;

  @state() private drawer: '' | 'deny' | 'remember' | 'edit' = '';
  @state() private reason = '';
  @state() private sent: { decision: 'allow' | 'deny'; at: number } | undefined;
  @state() private chosen: ReadonlyMap<string, ReadonlySet<string>> = new Map();
  /** The suggestions that were ticked, and the rules as they were edited; by their place. */
  @state() private ticked: ReadonlySet<number> = new Set();
  @state() private rules: ReadonlyMap<number, string> = new Map();
  /** The input as it was edited: a command, or JSON. */
  @state() private edited = '';
  @state() private own: ReadonlyMap<string, string> = new Map();
  @query('.ap') private card!: HTMLElement;

  private compared: { input: ApprovalEntry['input']; diff: FileDiff | undefined } | undefined;
  private seen: IntersectionObserver | undefined;
  private movedAt = 0;
  private place = Number.NaN;
  private watch = 0;

  constructor() {
    super();
    new Ticker(this, () => this.approval.state === 'pending');
    this.addEventListener('keydown', (event) => this.key(event));
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.movedAt = performance.now();
    this.seen = new IntersectionObserver(([entry]) => this.tellSeen(entry?.isIntersecting ?? false), { threshold: 0.01 });
    this.seen.observe(this);
  }

  override firstUpdated(): void {
    this.place = this.getBoundingClientRect().top;
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    window.clearInterval(this.watch);
    this.seen?.disconnect();
  }

  /** A request out of sight is announced by a bar above the composer. */
  private tellSeen(visible: boolean): void {
    this.keepWatch(visible);
    this.dispatchEvent(new CustomEvent('approval-seen', { bubbles: true, composed: true, detail: { card: this, visible } }));
  }

  /** Whether it stands still matters only where it can be seen, and from then on. */
  private keepWatch(visible: boolean): void {
    window.clearInterval(this.watch);
    if (!visible) return;
    this.movedAt = performance.now();
    this.watch = window.setInterval(() => this.notice(), WATCH_MILLIS);
  }

  override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('problem') && this.problem) this.sent = undefined;
    if (this.sent && performance.now() - this.sent.at > GIVE_UP_MILLIS) this.sent = undefined;
  }

  override focus(): void {
    this.card.focus();
  }

  override render(): TemplateResult {
    const approval = this.approval;
    const waiting = words.took(Math.max(0, Date.now() - Date.parse(approval.time)));
    return html`
      <article class="ap" tabindex="-1" aria-labelledby="title">
        <header>
          ${glyph('asking', 'Needs you')}
          <h2 id="title">${words.approvalTitle(approval)}</h2>
          ${approval.agentId ? html`<span class="tag">subagent</span>` : nothing}
          <span class="meta">${this.expiry()}<a class="at" href="#${approval.seq}" title=${words.exactTime(approval.time)}>event ${approval.seq.toLocaleString('en-US')}</a> · waiting ${waiting.replace(/\.\d s$/, ' s')}</span>
        </header>
        <div class="in">
          ${this.what()} ${this.watching ? nothing : this.decision()}
          ${this.problem ? html`<p class="wrong" role="alert">${this.problem}</p>` : nothing}
          ${this.locked ? html`<p class="why">${this.locked}</p>` : nothing}
        </div>
      </article>
    `;
  }

  // ---- what is asked ----

  private what(): TemplateResult {
    if (this.approval.approvalKind === 'question') return this.questions();
    if (this.approval.approvalKind === 'plan') return this.plan();
    const { description, reason, input, tool } = this.approval;
    const command = tool === 'Bash' && typeof input['command'] === 'string' ? input['command'] : undefined;
    const saying = command !== undefined && description ? description : '';
    return html`
      ${saying ? html`<p class="say">${visible(saying)}</p>` : nothing}
      <div class="box">${command === undefined ? this.other() : this.command(command)}</div>
      ${this.where(reason)}
    `;
  }

  private where(reason: string | undefined): TemplateResult {
    return html`<dl class="where">
      ${this.cwd ? html`<dt>Runs in</dt><dd class="mono">${visibleStrictly(this.cwd)}</dd>` : nothing}
      <dt>Asked by</dt><dd>${this.approval.agentId ? 'a subagent' : 'Claude'}${this.mode ? html` · mode ${this.mode}` : nothing}</dd>
      ${reason ? html`<dt>Why it asks</dt><dd>${visible(reason)}</dd>` : nothing}
    </dl>`;
  }

  private command(command: string): TemplateResult {
    const rest = Object.entries(this.approval.input).filter(([name]) => name !== 'command' && name !== 'description');
    return html`<pre class="code wrap" tabindex="0" role="region" aria-label="The whole command">${visibleStrictly(command)}</pre>
      ${rest.length ? pairs(rest) : nothing}`;
  }

  private other(): TemplateResult {
    const { input, tool } = this.approval;
    const diff = words.EDITS.has(tool) && tool !== 'NotebookEdit' ? this.diffOf(input) : undefined;
    if (diff) return html`<p class="path">${visibleStrictly(diff.path)}</p><diff-view whole .diff=${diff}></diff-view>`;
    return pairs(Object.entries(input));
  }

  /** Compared once: the card is drawn anew each second. */
  private diffOf(input: ApprovalEntry['input']): FileDiff | undefined {
    if (this.compared?.input !== input) this.compared = { input, diff: fileDiff(input) };
    return this.compared.diff;
  }

  private plan(): TemplateResult {
    const plan = this.approval.input['plan'];
    return typeof plan === 'string' && plan
      ? html`<md-text .text=${plan}></md-text>`
      : html`<p class="why">The plan was not written down. Send it back and ask for it in words.</p>`;
  }

  private questions(): TemplateResult {
    return html`${words.questions(this.approval.input).map((question, at) => {
      const chosen = this.chosen.get(question.question) ?? new Set();
      const type = question.several ? 'checkbox' : 'radio';
      const option = (value: string, label: string, description: string, digit: number): TemplateResult => html`
        <label>
          <input class=${question.several ? 'check' : 'radio'} type=${type} ?disabled=${this.watching} name=${`q${at}`} .checked=${chosen.has(value)} @change=${() => this.choose(question, value)} />
          <span>${visible(label)}${description ? html`<p>${visible(description)}</p>` : nothing}</span>
          ${at === 0 && digit < 10 && !this.watching ? html`<kbd>${digit}</kbd>` : nothing}
        </label>
      `;
      return html`<fieldset>
        <legend>${question.header ? html`<span class="tag">${visible(question.header)}</span> ` : nothing}${visible(question.question)}</legend>
        <div class="opt">
          ${question.options.map((each, digit) => option(each.label, each.label, each.description, digit + 1))}
          ${this.watching ? nothing : option(OTHER, 'Something else', 'Say it in your own words.', question.options.length + 1)}
        </div>
        ${chosen.has(OTHER)
          ? html`<input class="input" aria-label="Your own words" .value=${this.own.get(question.question) ?? ''} @input=${(event: InputEvent) => this.say(question.question, event)} />`
          : nothing}
      </fieldset>`;
    })}`;
  }

  // ---- the decision ----

  private decision(): TemplateResult {
    switch (this.drawer) {
      case '':
        return this.actions();
      case 'deny':
        return this.denial();
      case 'remember':
        return this.remembering();
      case 'edit':
        return this.editing();
    }
  }

  /** Counted down only when it becomes urgent. */
  private expiry(): TemplateResult | typeof nothing {
    const { expiresAt } = this.approval;
    if (expiresAt === undefined) return nothing;
    const left = Date.parse(expiresAt) - Date.now();
    if (left > URGENT_MILLIS) return nothing;
    return html`<span class="soon" title=${words.exactTime(expiresAt)}>${left > 0 ? `denied by itself in ${words.took(left).replace(/\.\d s$/, ' s')}` : 'time is over'}</span> · `;
  }

  private actions(): TemplateResult {
    const [yes, no] = LABELS[this.approval.approvalKind];
    const busy = this.busy;
    const allowing = busy && this.sent?.decision === 'allow';
    const unanswered = this.approval.approvalKind === 'question' && !this.answered;
    return html`<div class="acts">
      <button class="btn go" type="button" ?disabled=${busy || Boolean(this.locked) || unanswered} @click=${this.allow}>
        ${allowing && this.late ? `${VERBS[this.approval.approvalKind]}…` : yes} <kbd>A</kbd>
      </button>
      ${this.approval.approvalKind === 'plan'
        ? html`<button class="btn" type="button" ?disabled=${busy || Boolean(this.locked)} @click=${this.acceptEdits}>Accept, and edit freely <kbd>⇧ A</kbd></button>`
        : nothing}
      ${this.approval.approvalKind === 'permission'
        ? html`${this.memorable.length ? html`<button class="btn" type="button" ?disabled=${busy || Boolean(this.locked)} @click=${this.startRemembering}>Allow in this session… <kbd>⇧ A</kbd></button>` : nothing}
            <button class="btn ghost" type="button" ?disabled=${busy || Boolean(this.locked)} @click=${this.startEditing}>Edit… <kbd>E</kbd></button>`
        : nothing}
      <span class="push"></span>
      <button class="btn bad-text" type="button" ?disabled=${busy || Boolean(this.locked)} @click=${this.startDenying}>${no}… <kbd>D</kbd></button>
    </div>`;
  }

  private denial(): TemplateResult {
    const plan = this.approval.approvalKind === 'plan';
    const label = plan ? 'What should change?' : 'Why not? The model reads it and goes on.';
    return html`<div class="drawer">
      <label class="label" for="reason">${label}</label>
      <textarea class="input" id="reason" rows="2" .value=${this.reason} @input=${this.writeReason} @keydown=${this.reasonKey}></textarea>
      <div class="acts">
        <button class="btn bad" type="button" ?disabled=${this.busy || Boolean(this.locked)} @click=${this.deny}>${plan ? 'Send back' : 'Deny'} <kbd>Ctrl ↵</kbd></button>
        <button class="btn ghost" type="button" @click=${this.closeDrawer}>Cancel</button>
      </div>
    </div>`;
  }

  /** The CLI's suggestions that the server takes, one rule or folder or mode each; where they reach is the session. */
  private get memorable(): readonly PermissionUpdate[] {
    return this.approval.suggestions.flatMap((update): PermissionUpdate[] => {
      if (update.type === 'addRules') {
        return (update.rules ?? []).filter((rule) => rule.toolName === this.approval.tool).map((rule) => ({ type: 'addRules', behavior: 'allow', rules: [rule], destination: 'session' }));
      }
      if (update.type === 'addDirectories') return (update.directories ?? []).map((directory) => ({ type: 'addDirectories', directories: [directory], destination: 'session' }));
      return update.type === 'setMode' && update.mode === 'acceptEdits' ? [{ type: 'setMode', mode: update.mode, destination: 'session' }] : [];
    });
  }

  private remembering(): TemplateResult {
    return html`<div class="drawer" role="group" aria-label="Allow in this session" @keydown=${this.drawerKey}>
      <p class="label">Allow it now, and do not ask again in this session for:</p>
      <div class="choices">${this.memorable.map((update, at) => this.choice(update, at))}</div>
      <div class="acts">
        <button class="btn go" type="button" ?disabled=${this.busy || Boolean(this.locked) || this.ticked.size === 0} @click=${this.remember}>Allow in this session <kbd>Ctrl ↵</kbd></button>
        <button class="btn ghost" type="button" @click=${this.closeDrawer}>Cancel</button>
      </div>
    </div>`;
  }

  private choice(update: PermissionUpdate, at: number): TemplateResult {
    const rule = update.type === 'addRules' ? update.rules?.[0] : undefined;
    const content = this.rules.get(at) ?? rule?.ruleContent;
    return html`<div class="choice">
      <input class="check" type="checkbox" id="c${at}" .checked=${this.ticked.has(at)} @change=${() => this.tick(at)} />
      <label for="c${at}">${rule ? (content === undefined ? `Every call of ${words.toolName(rule.toolName)}` : 'This rule') : visibleStrictly(words.rememberWords(update))}</label>
      ${rule && content !== undefined
        ? html`<div class="rule"><span>${rule.toolName}(</span><input class="input" aria-label="Rule" spellcheck="false" autocomplete="off" maxlength="1000" .value=${content} @input=${(event: InputEvent) => this.editRule(at, event)} /><span>)</span></div>
            ${unseen(content)}
            <p>Allows ${words.ruleWords(rule.toolName, content)}.${rule.toolName === 'Bash' && !content.includes('*') ? html` Add <code>*</code> at the end for all that begin so.` : nothing}</p>`
        : nothing}
    </div>`;
  }

  private editing(): TemplateResult {
    const wrong = this.editFault;
    return html`<div class="drawer">
      <label class="label" for="edited">${this.editsCommand ? 'The command that runs instead' : 'The input that is used instead, as JSON'}</label>
      <textarea class="input mono" id="edited" rows=${this.editsCommand ? 3 : 8} spellcheck="false" autocomplete="off" autocapitalize="off" aria-describedby="edit-fault"
        .value=${this.edited} @input=${(event: InputEvent) => (this.edited = (event.target as HTMLTextAreaElement).value)} @keydown=${this.editKey}></textarea>
      ${unseen(this.edited)}
      <p class="wrong" id="edit-fault" role="status">${wrong}</p>
      <div class="acts">
        <button class="btn go" type="button" ?disabled=${this.busy || Boolean(this.locked) || wrong !== '' || !this.isEdited} @click=${this.allowEdited}>Allow what is written <kbd>Ctrl ↵</kbd></button>
        <button class="btn ghost" type="button" @click=${this.closeDrawer}>Cancel</button>
      </div>
    </div>`;
  }

  private get editsCommand(): boolean {
    return this.approval.tool === 'Bash' && typeof this.approval.input['command'] === 'string';
  }

  private get original(): string {
    return this.editsCommand ? (this.approval.input['command'] as string) : JSON.stringify(this.approval.input, null, 2);
  }

  private get isEdited(): boolean {
    return this.edited !== this.original;
  }

  private get editFault(): string {
    if (this.editsCommand) return this.edited.trim() === '' ? 'Write a command, or deny the request.' : '';
    try {
      const input: unknown = JSON.parse(this.edited);
      return typeof input === 'object' && input !== null && !Array.isArray(input) ? '' : 'It must be an object: { … }.';
    } catch {
      return 'This is not JSON yet.';
    }
  }

  private get busy(): boolean {
    return this.sent !== undefined;
  }

  private get late(): boolean {
    return this.sent !== undefined && performance.now() - this.sent.at >= VERB_AFTER_MILLIS;
  }

  /** It has stood still long enough to be what the person meant. */
  private get armed(): boolean {
    this.notice();
    return performance.now() - this.movedAt >= STILL_MILLIS;
  }

  private notice(): void {
    const place = this.getBoundingClientRect().top;
    if (place === this.place) return;
    this.place = place;
    this.movedAt = performance.now();
  }

  private readonly allow = (): void => {
    if (!this.armed || this.busy || this.locked) return;
    const question = this.approval.approvalKind === 'question';
    if (question && !this.answered) return;
    this.send('allow', question ? { answers: this.answers() } : {});
  };

  /** From the form that the person opened: what it moved by opening is no reason to doubt them. */
  private readonly deny = (): void => {
    if (this.busy || this.locked) return;
    const reason = this.reason.trim();
    this.send('deny', reason ? { reason } : {});
  };

  /** The plan is accepted, and its edits are not asked about. */
  private readonly acceptEdits = (): void => {
    if (!this.armed || this.busy || this.locked) return;
    this.send('allow', { remember: [{ type: 'setMode', mode: 'acceptEdits', destination: 'session' }] });
  };

  private readonly remember = (): void => {
    if (this.busy || this.locked || this.ticked.size === 0) return;
    const remember = this.memorable.flatMap((update, at) => (this.ticked.has(at) ? [this.withRule(update, at)] : []));
    this.send('allow', { remember });
  };

  private withRule(update: PermissionUpdate, at: number): PermissionUpdate {
    const rule = update.rules?.[0];
    const edited = this.rules.get(at)?.trim();
    if (!rule || edited === undefined || edited === '') return update;
    return { ...update, rules: [{ toolName: rule.toolName, ruleContent: edited }] };
  }

  private readonly allowEdited = (): void => {
    if (this.busy || this.locked || this.editFault !== '' || !this.isEdited) return;
    const input = this.editsCommand ? { ...this.approval.input, command: this.edited } : (JSON.parse(this.edited) as JsonObject);
    this.send('allow', { input: input as JsonObject });
  };

  private send(decision: 'allow' | 'deny', more: { reason?: string; answers?: JsonObject; input?: JsonObject; remember?: readonly PermissionUpdate[] }): void {
    this.sent = { decision, at: performance.now() };
    window.setTimeout(() => this.requestUpdate(), VERB_AFTER_MILLIS);
    intend(this, 'approval-decide', { approvalId: this.approval.approvalId, decision, ...more });
  }

  private readonly startDenying = (): void => {
    if (!this.armed || this.busy || this.locked) return;
    this.open('deny', 'textarea');
  };

  /** What is closest to the question is ticked; what reaches further is the person's to tick. */
  private readonly startRemembering = (): void => {
    if (!this.armed || this.busy || this.locked || this.memorable.length === 0) return;
    const first = this.memorable.findIndex((update) => update.type === 'addRules');
    this.ticked = new Set(first < 0 ? [] : [first]);
    this.rules = new Map();
    this.open('remember', '.input, .check');
  };

  private readonly startEditing = (): void => {
    if (!this.armed || this.busy || this.locked) return;
    this.edited = this.original;
    this.open('edit', 'textarea');
  };

  private open(drawer: 'deny' | 'remember' | 'edit', first: string): void {
    this.drawer = drawer;
    void this.updateComplete.then(() => this.renderRoot.querySelector<HTMLElement>(`.drawer :is(${first})`)?.focus());
  }

  private readonly closeDrawer = (): void => {
    this.drawer = '';
    void this.updateComplete.then(() => this.focus());
  };

  private tick(at: number): void {
    const next = new Set(this.ticked);
    if (!next.delete(at)) next.add(at);
    this.ticked = next;
  }

  private editRule(at: number, event: InputEvent): void {
    this.rules = new Map(this.rules).set(at, (event.target as HTMLInputElement).value);
    if (!this.ticked.has(at)) this.tick(at);
  }

  private drawerKey(event: KeyboardEvent): void {
    event.stopPropagation();
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) this.remember();
    if (event.key === 'Escape') this.closeDrawer();
  }

  private editKey(event: KeyboardEvent): void {
    event.stopPropagation();
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) this.allowEdited();
    if (event.key === 'Escape') this.closeDrawer();
  }

  private writeReason(event: InputEvent): void {
    this.reason = (event.target as HTMLTextAreaElement).value;
  }

  private reasonKey(event: KeyboardEvent): void {
    event.stopPropagation();
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) this.deny();
    if (event.key === 'Escape') this.closeDrawer();
  }

  private key(event: KeyboardEvent): void {
    const field = event.composedPath()[0];
    const writing = field instanceof HTMLTextAreaElement || (field instanceof HTMLInputElement && !['radio', 'checkbox'].includes(field.type));
    if (event.repeat || writing || event.ctrlKey || event.metaKey || event.altKey || !readLook().letters) return;
    const key = event.key.toLowerCase();
    if (this.drawer !== '') return;
    if (key === 'a' && event.shiftKey) this.more();
    else if (key === 'a') this.allow();
    else if (key === 'e' && this.approval.approvalKind === 'permission') this.startEditing();
    else if (key === 'd') this.startDenying();
    else if (/^[1-9]$/.test(key) && this.approval.approvalKind === 'question') this.digit(Number(key));
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** The second way to say yes. */
  private more(): void {
    if (this.approval.approvalKind === 'plan') this.acceptEdits();
    else if (this.approval.approvalKind === 'permission') this.startRemembering();
  }

  // ---- answers ----

  private digit(digit: number): void {
    const question = words.questions(this.approval.input)[0];
    if (!question) return;
    const label = question.options[digit - 1]?.label ?? (digit === question.options.length + 1 ? OTHER : '');
    if (label) this.choose(question, label);
  }

  private choose(question: words.Question, label: string): void {
    const before = this.chosen.get(question.question) ?? new Set<string>();
    const next = new Set(question.several ? before : []);
    if (question.several && next.has(label)) next.delete(label);
    else next.add(label);
    this.chosen = new Map(this.chosen).set(question.question, next);
  }

  private say(question: string, event: InputEvent): void {
    this.own = new Map(this.own).set(question, (event.target as HTMLInputElement).value);
  }

  private get answered(): boolean {
    return words.questions(this.approval.input).every((question) => this.answerTo(question.question));
  }

  /** The CLI takes several labels as one text. */
  private answerTo(question: string): string {
    const labels = [...(this.chosen.get(question) ?? [])];
    return labels
      .map((label) => (label === OTHER ? (this.own.get(question) ?? '').trim() : label))
      .filter(Boolean)
      .join(', ');
  }

  private answers(): JsonObject {
    const all = words.questions(this.approval.input);
    return Object.fromEntries(all.map((question) => [question.question, this.answerTo(question.question)]));
  }
}

const LABELS = { permission: ['Allow once', 'Deny'], question: ['Answer', 'Decline'], plan: ['Accept plan', 'Send back'] } as const;
const VERBS = { permission: 'Allowing', question: 'Answering', plan: 'Accepting' } as const;

/** A field shows text as the browser draws it: what cannot be seen in it is told beside it. */
function unseen(text: string): TemplateResult | typeof nothing {
  const marks = unseenIn(text);
  return marks.length ? html`<p class="wrong" role="status">It holds what cannot be seen here: ${marks.slice(0, MARKS_TOLD).join(' ')}${marks.length > MARKS_TOLD ? ' …' : ''}</p>` : nothing;
}

function pairs(entries: readonly [string, unknown][]): TemplateResult {
  return html`<dl class="kv">
    ${entries.map(([name, value]) => html`<dt>${visibleStrictly(name)}</dt><dd>${visibleStrictly(typeof value === 'string' ? value : JSON.stringify(value, null, 1))}</dd>`)}
  </dl>`;
}

/** This person answered, and somebody else's answer counted. */
export function isOvertaken(approval: ApprovalEntry, me: string, answered: ReadonlySet<string>): boolean {
  return answered.has(approval.approvalId) && approval.state !== 'withdrawn' && approval.decidedById !== me;
}

/** What became of a request, as one line. @param answered the requests that this person answered in this tab */
export function decidedLine(approval: ApprovalEntry, me: string, answered: ReadonlySet<string>): TemplateResult {
  const at = approval.decidedAt ? words.exactTime(approval.decidedAt) : '';
  return html`<p class="decided" title=${at}>
    ${icon(approval.state === 'allowed' ? 'shield-check' : 'shield')}
    <span>${words.decidedWords(approval, me)}${isOvertaken(approval, me, answered) ? '. Your answer was not used.' : ''}</span>
  </p>`;
}
