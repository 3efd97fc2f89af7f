import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { ProcessUse, Project, Session, Sharing, User } from '../../api/types';
import { icon } from '../../lib/icons';
import { mayShare, mayStart, sharingIcon, SHARINGS } from '../../lib/may';
import { controls } from '../../styles/shared';
import type { Entry, Json, TurnEntry } from '../../transcript/entries';
import type { Transcript } from '../../transcript/reduce';
import { taskCards, tasksWords } from '../../transcript/tasks';
import { visible, visibleStrictly } from '../../transcript/visible';
import * as words from '../../transcript/words';
import '../trust-line';
import type { TrustApi } from '../trust-review';
import { glyph } from './glyphs';
import { intend } from './intents';
import { meter } from './meter';
import { cardSheet, glyphSheet } from './sheets';
import { taskList } from './task-list';

const LOOK_BACK = 400;

/** What is true of the session as a whole: tasks, what runs beside it, context, usage, details. */
@customElement('session-side')
export class SessionSide extends LitElement {
  static override styles = [
    controls,
    glyphSheet,
    cardSheet,
    css`
      :host { display: block; overflow: auto; min-height: 0; scrollbar-width: thin; scrollbar-color: var(--line-2) transparent; }
      :host(:focus-visible) { outline: var(--focus-width) solid var(--focus); outline-offset: -2px; }
      section { padding: var(--sp-3) var(--sp-4) var(--sp-4); border-block-end: 1px solid var(--line); }
      h2 { display: flex; align-items: center; gap: var(--sp-2); font-size: var(--text-sm); font-weight: var(--weight-strong); min-height: 1.5rem; margin-block-end: var(--sp-1); }
      h2 .n { color: var(--text-3); font-weight: var(--weight-normal); }
      .pairs { display: grid; grid-template-columns: auto minmax(0, 1fr); gap: var(--sp-1) var(--sp-3); font-size: var(--text-sm); }
      .pairs dt { color: var(--text-2); }
      .pairs dd { text-align: end; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; min-width: 0; }
      .pairs .mono { font-size: var(--text-xs); }
      .m { display: block; margin-block-end: var(--sp-2); }
      .todo { padding: var(--sp-1) 0 0; font-size: var(--text-sm); }
      .running { display: grid; gap: var(--sp-15); font-size: var(--text-sm); color: var(--text-2); }
      .running li { display: flex; gap: var(--sp-2); align-items: center; min-width: 0; }
      .pairs + .quiet { margin-block-start: var(--sp-2); }
      .share { display: grid; gap: 1px; margin-inline: calc(-1 * var(--sp-2)); }
      .share label { display: grid; grid-template-columns: auto minmax(0, 1fr); gap: 1px var(--sp-2); padding: var(--sp-15) var(--sp-2); border-radius: var(--r-md); cursor: pointer; }
      .share label:hover { background: var(--hover); }
      .share .radio { margin-block-start: 2px; }
      .share b { font-weight: var(--weight-medium); }
      .share label span { grid-column: 2; color: var(--text-2); font-size: var(--text-sm); }
      .share label:has(:disabled) { cursor: default; }
      .who { display: flex; gap: var(--sp-2); font-size: var(--text-sm); }
      .who .i { width: 0.875rem; height: 0.875rem; margin-block-start: 2px; color: var(--text-3); }
      trust-line { margin-block-end: var(--sp-2); }
      .quiet { color: var(--text-3); font-size: var(--text-sm); }
    `,
  ];

  @property({ attribute: false }) session!: Session;
  @property({ attribute: false }) transcript!: Transcript;
  /** What its process takes just now, where that is known. */
  @property({ attribute: false }) use: ProcessUse | undefined;

  @property({ attribute: false }) viewer!: User;
  /** What its owner chose, until it is confirmed. */
  @property({ attribute: false }) wantedSharing: Sharing | undefined;
  /** The session's project, and how its own settings are asked about. */
  @property({ attribute: false }) project: Project | undefined;
  @property({ attribute: false }) trust: TrustApi | undefined;
  /** No connection: nothing can be changed. */
  @property({ type: Boolean }) away = false;

  override connectedCallback(): void {
    super.connectedCallback();
    // It scrolls by itself, so keys must reach it.
    this.tabIndex = 0;
  }

  override render(): TemplateResult {
    return html`${this.tasks()} ${this.running()} ${this.sharing()} ${this.process()} ${this.context()} ${this.usage()} ${this.details()}`;
  }

  private tasks(): TemplateResult | typeof nothing {
    const card = taskCards(this.transcript).at(-1);
    if (!card) return nothing;
    return html`<section>
      <h2>Tasks <span class="n num">${tasksWords(card.tasks)}</span></h2>
      ${taskList(card.tasks)}
    </section>`;
  }

  /** Who may come: to be changed by its owner and administrators, to be known by all others. */
  private sharing(): TemplateResult {
    const { session } = this;
    const chosen = this.wantedSharing ?? session.sharing;
    if (!mayShare(session)) {
      const { name, meaning } = SHARINGS[chosen];
      return html`<section><h2>Sharing</h2><p class="who">${icon(sharingIcon(chosen), true)}<span><b class="med">${name}.</b> <span class="t2">${meaning}</span></span></p></section>`;
    }
    return html`<section>
      <h2 id="l-share">Sharing <span class="n push" role="status">${this.wantedSharing === undefined ? '' : 'Saving…'}</span></h2>
      <div class="share" role="radiogroup" aria-labelledby="l-share">
        ${(Object.keys(SHARINGS) as Sharing[]).map(
          (sharing) => html`<label><input class="radio" type="radio" name="sharing" .checked=${sharing === chosen} ?disabled=${this.away} @change=${() => intend(this, 'session-share', { sharing })} />
            <b>${SHARINGS[sharing].name}</b><span>${SHARINGS[sharing].meaning}</span></label>`,
        )}
      </div>
      ${this.away ? html`<p class="quiet">Can be changed when the connection is back.</p>` : nothing}
    </section>`;
  }

  private running(): TemplateResult | typeof nothing {
    const tasks = this.transcript.background;
    if (!tasks.length) return nothing;
    return html`<section>
      <h2>In the background <span class="n num">${tasks.length}</span></h2>
      <ul class="running">${tasks.map((task) => html`<li>${glyph('working', 'running')}<span class="clip">${visible(taskWords(task))}</span></li>`)}</ul>
    </section>`;
  }

  /** Figures of the last seconds; without them only the number that the events told. */
  private process(): TemplateResult | typeof nothing {
    const { use, session } = this;
    const pid = use?.pid ?? session.pid;
    if (pid === undefined) return nothing;
    return html`<section>
      <h2>Process <span class="n num push">pid ${pid}</span></h2>
      ${use
        ? html`<dl class="pairs">
            <dt title="Of one core, over the last seconds; 200 % is two cores">CPU</dt><dd>${Math.round(use.cpuPercent)} %</dd>
            <dt title="Resident memory of Claude and all that it started">Memory</dt><dd>${words.bytes(use.residentBytes)}</dd>
            <dt title="Claude and all that it started">Processes</dt><dd>${use.processes}</dd>
            <dt>Running since</dt><dd title=${words.exactTime(use.startedAt)}>${words.timeOfDay(use.startedAt)}</dd>
          </dl>`
        : html`<p class="quiet">What it takes is not known just now.</p>`}
    </section>`;
  }

  private context(): TemplateResult {
    const { contextTokens, contextWindow } = this.session;
    if (!contextTokens || !contextWindow) {
      return html`<section><h2>Context</h2><p class="quiet">Known after the first turn.</p></section>`;
    }
    const share = Math.round((contextTokens / contextWindow) * 100);
    return html`<section>
      <h2>Context <span class="n num push">${words.count(contextTokens)} of ${words.count(contextWindow)} · ${share} %</span></h2>
      <span class="m">${meter(share, 'Context used')}</span>
      <p class="quiet">After the last turn. When it is nearly full, Claude compacts the conversation by itself.</p>
    </section>`;
  }

  private usage(): TemplateResult {
    const { session } = this;
    const turn = this.newest((entry): entry is TurnEntry => entry.kind === 'turn');
    const input = session.tokens.input + session.tokens.cacheRead + session.tokens.cacheWrite;
    const cached = input ? Math.round((session.tokens.cacheRead / input) * 100) : 0;
    return html`<section>
      <h2>Usage <span class="push num">${words.money(session.cost)}</span></h2>
      <dl class="pairs">
        ${turn ? html`<dt>Last turn</dt><dd>${words.money(turn.costUsd)} · ${words.took(turn.durationMs)}</dd>` : nothing}
        <dt>In · from cache</dt><dd>${words.count(input)} · ${cached} %</dd>
        <dt>Out</dt><dd>${words.count(session.tokens.output)}</dd>
        <dt>Prompts · turns</dt><dd>${session.prompts} · ${session.turns}</dd>
      </dl>
      <p class="quiet">At list prices, subagents included.</p>
    </section>`;
  }

  private details(): TemplateResult {
    const { session } = this;
    return html`<section>
      <h2>Details</h2>
      ${this.project && this.trust ? html`<trust-line .project=${this.project} .api=${this.trust} .watching=${!mayStart(this.viewer)}></trust-line>` : nothing}
      <dl class="pairs">
        <dt>Owner</dt><dd>${session.owner.name}</dd>
        <dt>Created</dt><dd title=${session.createdAt}>${words.exactTime(session.createdAt)}</dd>
        <dt>Folder</dt><dd class="mono">${visibleStrictly(session.cwd)}</dd>
        <dt>Mode</dt><dd>${words.modeWords(session.permissionMode)}</dd>
        ${session.effort ? html`<dt>Effort</dt><dd>${session.effort}</dd>` : nothing}
        ${session.cliVersion ? html`<dt>Claude CLI</dt><dd>${session.cliVersion}</dd>` : nothing}
        <dt>CLI session</dt><dd class="mono">${session.cliSessionId}</dd>
        <dt>Last event</dt><dd>${session.lastSeq.toLocaleString('en-US')}</dd>
      </dl>
    </section>`;
  }

  private newest<T extends Entry>(wanted: (entry: Entry) => entry is T): T | undefined {
    const { rows, entries } = this.transcript;
    for (const row of rows.slice(Math.max(0, rows.length - LOOK_BACK), rows.length).reverse()) {
      const entry = entries.get(row.key);
      if (entry && wanted(entry)) return entry;
    }
    return undefined;
  }
}

function taskWords(task: Json): string {
  const text = task['description'] ?? task['task_id'];
  return typeof text === 'string' ? text : 'A background task';
}
