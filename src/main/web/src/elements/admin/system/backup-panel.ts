import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import type { Api } from '../../../api/api';
import type { ApiProblem } from '../../../api/http';
import type { BackupRun, Backups, ConnectionState } from '../../../api/types';
import { BACKUP_PAGE, expectation, keptWords, outcomeOf, progressOf, progressWords, runTook, standing, triggerWords, type BackupTone } from '../../../lib/backups';
import { bytes, clock, moment } from '../../../lib/format';
import { icon } from '../../../lib/icons';
import { uuid } from '../../../lib/uuid';
import { controls } from '../../../styles/shared';
import { visible } from '../../../transcript/visible';
import { dialogSheet } from '../../dialog-sheet';
import { Polling } from '../../polling';
import { Question } from '../../question';
import '../../relative-time';
import { meter } from '../../session/meter';
import { panelSheet } from './panel';

const EVERY_MS = 3_000;
const STALE_MS = 4 * EVERY_MS;
/** So many stand there at first; the others are one press away. */
const SHOWN = 5;

/**
 * How it stands with the backups, what runs now, what became of the last ones, and one now. Says `backups-read` with
 * what it read, and `runbook-wanted` with a page's name.
 */
@customElement('backup-panel')
export class BackupPanel extends LitElement {
  static override styles = [
    controls,
    panelSheet,
    dialogSheet,
    css`
      :host { display: block; min-width: 0; }
      .now { display: grid; grid-template-columns: auto minmax(0, 1fr) auto; gap: var(--sp-1) var(--sp-3); align-items: start; padding: var(--sp-3) var(--sp-4); border-block-end: 1px solid var(--line); }
      .now:last-child { border: 0; }
      .now > .row-flex { margin-block-start: 1px; }
      .now p { overflow-wrap: anywhere; text-wrap: pretty; }
      .now .title { font-weight: var(--weight-strong); }
      .now .rest { color: var(--text-2); }
      .now .far { display: grid; grid-template-columns: minmax(0, 20rem) auto; gap: var(--sp-3); align-items: center; justify-content: start; margin-block-start: var(--sp-2); color: var(--text-2); font-size: var(--text-sm); font-variant-numeric: tabular-nums; }
      .now.failing { background: var(--fail-tint); }
      .tone-good { color: var(--idle-text); }
      .now > .tone-good { color: var(--idle-glyph); }
      .tone-failing { color: var(--fail-text); }
      .stale { display: flex; gap: var(--sp-2); align-items: center; padding: var(--sp-2) var(--sp-4); border-block-end: 1px solid var(--line); color: var(--text-2); font-size: var(--text-sm); }
      table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums; }
      th { font-size: var(--text-xs); color: var(--text-3); font-weight: var(--weight-medium); text-align: start; height: 1.875rem; white-space: nowrap; }
      th, td { padding: 0 var(--sp-4) 0 0; border-block-end: 1px solid var(--line); vertical-align: baseline; }
      thead th { vertical-align: middle; }
      td, tbody th { padding-block: var(--sp-2); }
      tbody th { font-size: inherit; color: inherit; font-weight: inherit; height: auto; }
      :is(th, td):first-child { padding-inline-start: var(--sp-4); }
      tbody tr:last-child > * { border: 0; }
      .tight { width: 1%; white-space: nowrap; }
      .r { text-align: end; }
      .outcome { display: inline-flex; gap: var(--sp-15); align-items: baseline; font-weight: var(--weight-medium); white-space: nowrap; }
      .outcome > .i { align-self: center; }
      .why { color: var(--text-2); font-size: var(--text-sm); overflow-wrap: anywhere; }
      .facts { display: none; color: var(--text-2); font-size: var(--text-sm); }
      .more { padding: var(--sp-2) var(--sp-4); border-block-start: 1px solid var(--line); }
      .calm { padding: var(--sp-3) var(--sp-4); }
      .inside { display: grid; gap: var(--sp-3); }
      .inside p { text-wrap: pretty; }
      @media (max-width: 47.99rem) {
        .panel > header { padding-block: var(--sp-2); }
        header .btn { height: 2.75rem; }
        .now { grid-template-columns: auto minmax(0, 1fr); }
        .now .btn { grid-column: 2; justify-self: start; height: 2.75rem; margin-block-start: var(--sp-1); }
        .now .far { grid-template-columns: minmax(0, 1fr) auto; }
        thead, .wide { display: none; }
        .facts { display: block; }
        tr { display: grid; grid-template-columns: minmax(0, 1fr) auto; padding: var(--sp-2) var(--sp-4); border-block-end: 1px solid var(--line); }
        tbody tr:last-child { border: 0; }
        :is(td, tbody th), :is(td, tbody th):first-child { display: block; width: auto; padding: 0; border: 0; }
        td.what { grid-column: 1 / -1; grid-row: 2; }
      }
      @media (forced-colors: active) { .panel { border-color: CanvasText; } }
    `,
  ];

  @property({ attribute: false }) api!: Pick<Api, 'backups' | 'requestBackup'>;
  @property({ attribute: false }) connection: ConnectionState = { kind: 'connecting' };
  @state() private backups: Backups | undefined;
  @state() private problem: ApiProblem | undefined;
  /** By this browser's clock. */
  @state() private readAt = 0;
  @state() private all = false;
  private readonly polling = new Polling(this, () => this.read(), EVERY_MS);
  /** What is asked is the id of the backup: pressed again after no answer came, it asks for the same one. */
  private readonly question = new Question<string>(this, (problem) =>
    problem.kind === 'offline' ? ['No answer came.', 'It may have been asked for all the same. Press again: one backup comes of it at most.'] : undefined,
  );

  private get away(): boolean {
    return this.connection.kind === 'offline' || this.connection.kind === 'draining';
  }

  private async read(): Promise<void> {
    const answer = await this.api.backups();
    this.problem = answer.ok ? undefined : answer.problem;
    if (!answer.ok) return;
    this.backups = answer.value;
    this.readAt = Date.now();
    this.dispatchEvent(new CustomEvent('backups-read', { detail: answer.value }));
  }

  // ---- drawing -----------------------------------------------------------------------------------------------------------

  override render(): TemplateResult {
    const { backups } = this;
    return html`<section class="panel" aria-labelledby="backups"><header><h2 id="backups">Backups</h2><span class="sub">each is restored and compared before it counts</span><span class="push"></span>
        ${backups === undefined ? nothing : this.button(backups)}</header>
      ${backups === undefined ? this.unread() : html`${this.staleNow()} ${this.now(backups)} ${this.history(backups.history)}`}
    </section>
    ${this.dialogNow()}`;
  }

  private button(backups: Backups): TemplateResult | typeof nothing {
    // Where nobody would take it, what to do stands in its place.
    if (!backups.available) return nothing;
    const why = this.away ? 'Not possible without a connection' : backups.running !== undefined ? 'One runs already' : backups.requested?.waiting === true ? 'One was asked for already' : undefined;
    return html`<button class="btn" type="button" ?disabled=${why !== undefined} title=${why ?? nothing} @click=${() => this.question.begin(uuid())}>Back up now…</button>`;
  }

  private unread(): TemplateResult {
    const { problem } = this;
    return problem === undefined
      ? html`<div class="sk-lines late" role="status"><span class="sr">The backups are being read</span><span class="sk"></span><span class="sk"></span></div>`
      : html`<p class="calm wrong" role="status">How it stands with the backups could not be read. ${problem.kind === 'offline' ? 'The server does not answer.' : problem.message}</p>`;
  }

  private staleNow(): TemplateResult | typeof nothing {
    if (!this.problem || Date.now() - this.readAt <= STALE_MS) return nothing;
    return html`<p class="stale">${icon('wifi-off', true)}<span>This is from ${clock(this.readAt)}. ${this.problem.kind === 'offline' ? 'The server does not answer.' : this.problem.message}</span></p>`;
  }

  private now(backups: Backups): TemplateResult {
    const { tone, title, rest, help } = standing(backups);
    const { running } = backups;
    const percent = running === undefined ? undefined : progressOf(running);
    return html`<div class="now ${tone}">
      <span class="row-flex tone-${tone}">${icon(toneIcon(tone))}</span>
      <div><p class="title" role="status">${visible(title)}</p> <p class="rest">${visible(rest)}</p>
        ${running === undefined || percent === undefined ? nothing : html`<div class="far">${meter(percent, 'How far this step is')}<span>${progressWords(running)}</span></div>`}</div>
      ${help ? html`<button class="btn" type="button" @click=${this.wantPage}>${icon('notebook-pen', true)}What to do</button>` : nothing}
    </div>`;
  }

  private history(runs: readonly BackupRun[]): TemplateResult | typeof nothing {
    if (runs.length === 0) return nothing;
    const shown = this.all ? runs : runs.slice(0, SHOWN);
    return html`<table>
        <caption class="sr">The last backups, newest first</caption>
        <thead><tr><th scope="col" class="tight">Began</th><th scope="col">Outcome</th><th scope="col" class="tight">By</th><th scope="col" class="tight r">Size</th><th scope="col" class="tight r">Took</th><th scope="col" class="tight">Kept</th></tr></thead>
        <tbody>${repeat(shown, (run) => run.id, (run) => this.run(run))}</tbody>
      </table>
      ${runs.length > SHOWN ? html`<div class="more"><button class="btn ghost sm" type="button" aria-expanded=${this.all} @click=${() => (this.all = !this.all)}>${this.all ? 'Show the newest only' : `Show all ${runs.length}`}</button></div>` : nothing}`;
  }

  private run(run: BackupRun): TemplateResult {
    const { tone, word, why } = outcomeOf(run);
    const size = run.bytes === undefined || run.bytes === 0 ? undefined : bytes(run.bytes);
    const kept = keptWords(run);
    return html`<tr>
      <th scope="row" class="tight"><relative-time .time=${run.startedAt}></relative-time> ago <span class="wide t3 sm">${moment(run.startedAt)}</span></th>
      <td class="what"><span class="outcome tone-${tone}">${icon(toneIcon(tone), true)}${word}</span> ${why === '' ? nothing : html`<span class="why">${visible(why)}</span>`}
        <span class="facts">${[size, runTook(run), kept].filter((part) => part !== undefined).join(' · ')}</span></td>
      <td class="tight t2">${triggerWords(run)}</td>
      <td class="tight r wide">${size ?? html`<span class="t3" title="It has none">–</span>`}</td>
      <td class="tight r wide">${runTook(run)}</td>
      <td class="tight t2 wide">${kept}</td>
    </tr>`;
  }

  // ---- one now -----------------------------------------------------------------------------------------------------------

  private dialogNow(): TemplateResult | typeof nothing {
    const id = this.question.ask;
    if (id === undefined) return nothing;
    const inside = html`<div class="inside">
      <p>The database, the attachments, and the settings and transcripts of the CLI are copied, stored encrypted, restored into a scratch place and compared. Projects are not in it: they are git’s. Secrets are not either.</p>
      <p>Everybody works on meanwhile. For a while it takes twice the room of the data on the disk. ${this.backups === undefined ? '' : expectation(this.backups)}</p>
      <p class="small">That you asked is on record in the audit.</p></div>`;
    return this.question.dialog(this.question.form({ title: 'Back up now?', verb: 'Back up', busy: 'Asking…', inside }, () => void this.request(id)), true);
  }

  private async request(id: string): Promise<void> {
    const answer = await this.question.waitFor(this.api.requestBackup(id));
    this.polling.now();
    if (answer.ok && this.question.ask === id) this.question.close();
  }

  private readonly wantPage = (): void => {
    this.dispatchEvent(new CustomEvent<string>('runbook-wanted', { detail: BACKUP_PAGE, bubbles: true, composed: true }));
  };
}

function toneIcon(tone: BackupTone) {
  switch (tone) {
    case 'good':
      return 'circle-check';
    case 'warning':
      return 'triangle-alert';
    case 'failing':
      return 'octagon-x';
    case 'busy':
      return 'refresh-cw';
  }
}
