import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import type { Api } from '../../../api/api';
import type { ApiProblem } from '../../../api/http';
import type { Backups, ConnectionState, Health, HealthCheck, Limit, LogLevel, LogLine, Session, SystemFacts } from '../../../api/types';
import { concern } from '../../../lib/backups';
import { bytes, clock, duration, moment } from '../../../lib/format';
import { glyph, glyphSheet } from '../../../lib/glyphs';
import { icon } from '../../../lib/icons';
import {
  chartsOf,
  checkWords,
  columnsOf,
  figureWords,
  fullness,
  limitWords,
  ordered,
  pageName,
  sentence,
  summaryOf,
  TONE_WORDS,
  toneOf,
  usedWords,
  verdict,
  windowOf,
  withPage,
  type Chart,
  type Recording,
  type Tone,
} from '../../../lib/system';
import { controls } from '../../../styles/shared';
import { viewSheet } from '../../../styles/view';
import { visible } from '../../../transcript/visible';
import { Polling } from '../../polling';
import '../../relative-time';
import { meter } from '../../session/meter';
import './backup-panel';
import './configuration-list';
import './figure-chart';
import './log-level';
import { panelSheet } from './panel';
import './recent-errors';
import './runbook-sheet';

export type SystemApi = Pick<Api, 'system' | 'health' | 'figures' | 'limits' | 'recentErrors' | 'runbook' | 'setLogLevel' | 'backups' | 'requestBackup'>;

const EVERY_MS = 5_000;
/** What seldom changes, and can be large, is asked for in each of so many rounds. */
const SELDOM = 3;
const STALE_MS = 3 * EVERY_MS;

const PAYS: Readonly<Record<SystemFacts['credential'], string>> = { 'api-key': 'API key', 'oauth-token': 'subscription token', demo: 'scripted model', none: 'nothing' };

/** Whether all is well, and if not what, whom it hurts and what to read; how full the limits are; how the figures moved. */
@customElement('system-tab')
export class SystemTab extends LitElement {
  static override styles = [
    controls,
    glyphSheet,
    viewSheet,
    panelSheet,
    css`
      .page { padding: var(--sp-5) var(--pad-x) var(--sp-10); display: grid; grid-template-columns: minmax(0, 1fr); gap: var(--sp-5); max-width: 88rem; width: 100%; }
      .two { display: grid; grid-template-columns: minmax(0, 1.65fr) minmax(0, 1fr); gap: var(--sp-5); align-items: start; }

      .verdict { display: grid; grid-template-columns: auto minmax(0, 1fr) auto; gap: 0 var(--sp-3); align-items: center; padding: var(--sp-3) var(--sp-4); border: 1px solid var(--line-2); border-radius: var(--r-lg); background: var(--bg); }
      .verdict > .i { width: 1.375rem; height: 1.375rem; }
      .verdict h2 { display: inline; font-size: var(--text-xl); font-weight: var(--weight-strong); letter-spacing: var(--tracking-title); }
      .verdict p { overflow-wrap: anywhere; text-wrap: pretty; }
      .verdict .hurts { color: var(--text-2); font-size: var(--text-sm); margin-block-start: var(--sp-0); }
      .verdict.good > .i { color: var(--idle-glyph); }
      .verdict.failing { background: var(--fail-tint); border-color: var(--fail-line); }
      .verdict.failing h2 { color: var(--fail-text); }
      .verdict.failing > .i { color: var(--fail-text); }
      .verdict .when { color: var(--text-3); font-size: var(--text-sm); white-space: nowrap; font-variant-numeric: tabular-nums; }

      .checks > li { display: grid; grid-template-columns: 1rem minmax(0, 10rem) minmax(0, 1fr) auto; gap: 0 var(--sp-3); align-items: baseline; min-height: var(--row-1); align-content: center; }
      .checks > li > .row-flex { align-self: start; margin-block-start: 1px; }
      .checks .what { color: var(--text-2); min-width: 0; overflow-wrap: anywhere; }
      .checks .hurts { display: block; color: var(--text-2); font-size: var(--text-sm); }
      .checks .wrong-line .what > span:first-child { color: var(--text); }
      .checks .word { font-size: var(--text-sm); color: var(--text-3); min-width: 3.75rem; text-align: end; }
      .tone-good { color: var(--idle-glyph); }
      .tone-warning { color: var(--text); }
      .tone-failing { color: var(--fail-text); }
      .checks .word.tone-warning, .checks .word.tone-failing { font-weight: var(--weight-medium); }
      .checks .word.tone-good { color: var(--idle-text); }
      .checks .word.tone-warning { color: var(--text); }
      .checks .word.tone-failing { color: var(--fail-text); }
      .page-link { display: inline-flex; align-items: center; gap: var(--sp-1); font-size: var(--text-sm); min-height: 1.5rem; }
      .page-link .i { color: inherit; }

      .pairs { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: var(--sp-2) var(--sp-4); padding: var(--sp-3) var(--sp-4); }
      .pairs dt { color: var(--text-2); }
      .pairs dd { text-align: end; overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }

      .tiles { display: grid; grid-template-columns: repeat(4, minmax(0, 1fr)); gap: 1px; background: var(--line); }
      .tiles > * { background: var(--raised); }
      .seg { display: inline-flex; border: 1px solid var(--line-2); border-radius: var(--r-md); overflow: clip; }
      .seg button { padding: 0 var(--sp-2); height: 1.625rem; font-size: var(--text-sm); color: var(--text-2); font-weight: var(--weight-medium); }
      .seg button:hover { background: var(--hover); }
      .seg button[aria-pressed='true'] { background: var(--active); color: var(--text); }
      .seg button:focus-visible { outline-offset: -2px; }
      .wrap-x { overflow-x: auto; scrollbar-width: thin; }
      table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums; }
      th { font-size: var(--text-xs); color: var(--text-3); font-weight: var(--weight-medium); text-align: start; height: 1.875rem; }
      th, td { padding: 0 var(--sp-4) 0 0; border-block-end: 1px solid var(--line); white-space: nowrap; }
      td { height: var(--row-1); }
      tbody th { font-size: inherit; color: inherit; font-weight: inherit; height: var(--row-1); white-space: normal; }
      :is(th, td):first-child { padding-inline-start: var(--sp-4); }
      .r { text-align: end; }
      tr:last-child :is(th, td) { border: 0; }

      .limits { display: grid; grid-template-columns: repeat(3, minmax(0, 1fr)); gap: 1px; background: var(--line); }
      .limits > li { border: 0; background: var(--raised); padding: var(--sp-3) var(--sp-4); display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: var(--sp-15) var(--sp-3); align-content: start; align-items: baseline; }
      .limits .u { text-align: end; font-variant-numeric: tabular-nums; white-space: nowrap; color: var(--text-2); }
      .limits .u b { color: var(--text); font-weight: var(--weight-strong); }
      .limits .gauge, .limits .then { grid-column: 1 / -1; }
      .limits .then { color: var(--text-3); font-size: var(--text-sm); text-wrap: pretty; }
      .limits .by { grid-column: 1 / -1; color: var(--text-2); font-size: var(--text-sm); }
      .limits .by.mono { font-size: var(--text-xs); }
      .limits .full .u, .limits .full .u b { color: var(--fail-text); }

      @media (max-width: 87.99rem) { .tiles { grid-template-columns: repeat(3, minmax(0, 1fr)); } }
      @media (max-width: 68rem) {
        .two { grid-template-columns: minmax(0, 1fr); }
        .tiles, .limits { grid-template-columns: repeat(2, minmax(0, 1fr)); }
      }
      @media (max-width: 47.99rem) {
        .limits { grid-template-columns: minmax(0, 1fr); }
        log-level { flex: 1 1 100%; padding-block: var(--sp-1) var(--sp-2); }
        .page { padding: var(--sp-3) var(--sp-3) var(--sp-8); gap: var(--sp-4); }
        .verdict { grid-template-columns: auto minmax(0, 1fr); align-items: start; }
        .verdict .end { grid-column: 2; margin-block-start: var(--sp-2); }
        .checks > li { grid-template-columns: 1rem minmax(0, 1fr) auto; }
        .checks .what { grid-column: 2 / -1; grid-row: 2; font-size: var(--text-sm); }
        .checks .word { min-width: 0; }
        /* Of what is fine the name is enough here. */
        .checks > li:not(.wrong-line) .what { display: none; }
        .page-link { min-height: 2.75rem; }
        .seg button { height: 2.25rem; padding: 0 var(--sp-3); }
      }
      @media (max-width: 20rem) { .tiles { grid-template-columns: minmax(0, 1fr); } }
      @media (forced-colors: active) { .panel, .verdict, .seg { border-color: CanvasText; } }
    `,
  ];

  @property({ attribute: false }) api!: SystemApi;
  @property({ attribute: false }) connection: ConnectionState = { kind: 'connecting' };
  @property({ attribute: false }) sessions: ReadonlyMap<string, Session> = new Map();
  @state() private facts: SystemFacts | undefined;
  @state() private backups: Backups | undefined;
  /** When the facts were read, by this browser's clock: the time since the start goes on from there. */
  @state() private factsAt = 0;
  @state() private health: Health | undefined;
  @state() private recording: Recording | undefined;
  @state() private limits: readonly Limit[] | undefined;
  @state() private errors: readonly LogLine[] | undefined;
  @state() private errorsProblem = '';
  @state() private problem: ApiProblem | undefined;
  /** When the health was read last, by this browser's clock. */
  @state() private readAt = 0;
  @state() private asTable = false;
  @state() private opened = '';
  private round = 0;
  /** When the connection was lost, by this browser's clock. */
  private awayAt = 0;
  private readonly polling = new Polling(this, () => this.read(), EVERY_MS);

  private get away(): boolean {
    return this.connection.kind === 'offline' || this.connection.kind === 'draining';
  }

  override willUpdate(): void {
    if (!this.away) this.awayAt = 0;
    else if (this.awayAt === 0) {
      this.awayAt = Date.now();
      this.polling.now();
    }
  }

  // ---- reading -----------------------------------------------------------------------------------------------------------

  private async read(): Promise<void> {
    const seldom = this.round % SELDOM === 0 || this.problem !== undefined;
    const [health, figures, limits] = await Promise.all([
      this.api.health(),
      this.api.figures(this.recording?.samples.at(-1)?.time),
      this.api.limits(),
      ...(seldom ? [this.readSeldom()] : []),
    ]);
    // Each part stands by itself: what was read before stays, and the health says since when.
    this.problem = health.ok ? undefined : health.problem;
    if (health.ok) {
      const before = this.health;
      this.health = health.value;
      this.readAt = Date.now();
      this.round += 1;
      // Why it changed stands in the log.
      if (!seldom && before !== undefined && failing(before) !== failing(health.value)) await this.readSeldom();
    }
    if (figures.ok) this.recording = withPage(this.recording, figures.value);
    if (limits.ok) this.limits = limits.value.limits;
  }

  private async readSeldom(): Promise<void> {
    const [facts, errors] = await Promise.all([this.api.system(), this.api.recentErrors()]);
    if (facts.ok) {
      this.facts = facts.value;
      this.factsAt = Date.now();
    }
    this.errorsProblem = errors.ok ? '' : `The last errors could not be read. ${errors.problem.kind === 'offline' ? 'The server does not answer.' : errors.problem.message}`;
    if (errors.ok) this.errors = errors.value.lines;
  }

  // ---- drawing -----------------------------------------------------------------------------------------------------------

  override render(): TemplateResult {
    const { health } = this;
    if (health === undefined) return this.problem ? this.failed(this.problem) : skeleton();
    return html`<div class="scroll"><div class="page">
        ${this.verdictNow(health)}
        <div class="two">${this.checks(health)} ${this.server()}</div>
        <backup-panel .api=${this.api} .connection=${this.connection} @backups-read=${(event: CustomEvent<Backups>) => (this.backups = event.detail)} @runbook-wanted=${(event: CustomEvent<string>) => this.openPage(event.detail)}></backup-panel>
        ${this.figuresNow()}
        ${this.limitsNow()} ${this.log()}
        ${this.configuration()}
      </div></div>
      ${this.opened === '' ? nothing : html`<runbook-sheet .api=${this.api} .page=${this.opened} @dialog-closed=${() => (this.opened = '')}></runbook-sheet>`}`;
  }

  private verdictNow(health: Health): TemplateResult {
    // What was read before the connection was lost says nothing of now.
    if (this.awayAt > this.readAt || (this.problem && Date.now() - this.readAt > STALE_MS)) return this.stale();
    const { tone, title, rest, hurts, runbook } = verdict(health, this.backups && concern(this.backups));
    return html`<section class="verdict ${tone}" aria-label="Summary">
      ${icon(toneIcon(tone))}
      <div role="status"><p><h2>${title}</h2> ${visible(rest)}</p>${hurts === '' ? nothing : html`<p class="hurts">Whom it hurts: ${hurts}</p>`}</div>
      <span class="end">${runbook === undefined ? html`<span class="when" title="Everything here is looked at anew every 5 seconds while you see it">checked ${clock(health.checkedAt)}</span>` : html`<button class="btn primary" type="button" @click=${() => this.openPage(runbook)}>${icon('notebook-pen', true)}What to do</button>`}</span>
    </section>`;
  }

  private stale(): TemplateResult {
    const { problem } = this;
    return html`<section class="verdict" aria-label="Summary">
      ${icon('wifi-off')}
      <div role="status"><p><h2>The server does not tell how it is.</h2> What you see is from ${clock(this.readAt)}. ${problem?.kind === 'refused' ? problem.message : 'It is asked again every few seconds.'}</p></div>
      <span class="end"><button class="btn" type="button" @click=${() => this.polling.now()}>Ask now</button></span>
    </section>`;
  }

  private checks(health: Health): TemplateResult {
    return html`<section class="panel" aria-labelledby="checks"><header><h2 id="checks">Checks</h2><span class="sub">every 5 s while you look</span></header>
      <ul class="lines checks">${repeat(ordered(health.checks), (check) => check.name, (check) => this.check(check))}</ul></section>`;
  }

  private check(check: HealthCheck): TemplateResult {
    const tone = toneOf(check);
    const { name, good, hurts } = checkWords(check);
    const { runbook } = check;
    return html`<li class=${check.ok ? '' : 'wrong-line'}>
      <span class="tone-${tone} row-flex">${icon(toneIcon(tone))}</span><span class="med">${name}</span>
      <span class="what">${check.ok ? good : html`<span>${visible(sentence(check.message ?? 'It fails'))}</span><span class="hurts">Whom it hurts: ${hurts}</span>${runbook === undefined ? nothing : html`<button class="link page-link" type="button" @click=${() => this.openPage(runbook)}>${pageName(runbook)}</button>`}`}</span>
      <span class="word tone-${tone}">${TONE_WORDS[tone]}</span>
    </li>`;
  }

  private openPage(runbook: string): void {
    this.opened = pageName(runbook);
  }

  private server(): TemplateResult {
    const { facts } = this;
    const started = facts === undefined ? 0 : this.factsAt - facts.uptimeSeconds * 1000;
    return html`<section class="panel" aria-labelledby="server"><header><h2 id="server">This server</h2></header>
      ${facts === undefined
        ? html`<div class="sk-lines">${[1, 2, 3, 4].map(() => html`<span class="sk"></span>`)}</div>`
        : html`<dl class="pairs">
        <dt>Version</dt><dd class="mono">${facts.version}</dd>
        <dt>Up</dt><dd title="Started ${moment(started)}">${duration(Date.now() - started)}</dd>
        <dt>Profile</dt><dd>${facts.profile}${facts.demo ? ', demo' : ''}</dd>
        <dt>Claude CLI</dt><dd>${facts.cli.version === undefined ? 'none' : html`<span class="mono">${facts.cli.version}</span>`}${facts.cli.state === 'other-version' ? ', not the pinned one' : ''}</dd>
        <dt>Pays for the model</dt><dd>${PAYS[facts.credential]}</dd>
        <dt>Holds it</dt><dd>${facts.modelAccess === 'gateway' ? 'the server’s gateway' : 'each CLI: commands can read it'}</dd>
        ${this.runtime(facts)}
        <dt>Runs as</dt><dd>${facts.isolation === 'runner' ? 'another user, in a runner' : 'the server’s own user'}</dd>
      </dl>`}</section>`;
  }

  private runtime({ runtime }: SystemFacts): TemplateResult | typeof nothing {
    if (runtime === undefined) return nothing;
    const { lastBackupAt, backupVerified } = runtime;
    return html`<dt>Java</dt><dd class="mono">${runtime.java}</dd>
      ${runtime.databaseBytes === undefined ? nothing : html`<dt>Database</dt><dd>${bytes(runtime.databaseBytes)}</dd>`}
      <dt>Last backup</dt><dd>${lastBackupAt === undefined ? 'never' : html`<relative-time .time=${lastBackupAt}></relative-time> ago${backupVerified === true ? ', verified' : ', but a later one failed when it was read back'}`}</dd>`;
  }

  // ---- figures -----------------------------------------------------------------------------------------------------------

  private figuresNow(): TemplateResult {
    const { recording } = this;
    const charts = recording === undefined ? [] : chartsOf(recording.figures);
    const { from, until } = windowOf(recording);
    return html`<section class="panel" aria-labelledby="figures"><header><h2 id="figures">Figures</h2><span class="sub num">last ${duration((until - from) * 1000)}, every 5 s</span><span class="push"></span>
        <span class="seg" role="group" aria-label="Shown as">${[false, true].map((table) => html`<button type="button" aria-pressed=${this.asTable === table} @click=${() => (this.asTable = table)}>${table ? 'Table' : 'Charts'}</button>`)}</span></header>
      ${recording === undefined
        ? html`<div class="sk-lines"><span class="sk"></span><span class="sk"></span></div>`
        : this.asTable
          ? this.table(recording, charts)
          : html`<div class="tiles">${repeat(charts, (chart) => chart.title, (chart) => this.chart(recording, chart, from, until))}</div>`}</section>`;
  }

  private chart(recording: Recording, chart: Chart, from: number, until: number): TemplateResult {
    const first = recording.figures.find((figure) => chart.figures.includes(figure.name));
    return html`<figure-chart .heading=${chart.title} .note=${chart.note ?? ''} .unit=${first?.unit ?? 'number'} .limit=${first?.limit} .lines=${chart.lines ?? []}
      .columns=${columnsOf(recording, chart.figures)} .from=${from} .until=${until}></figure-chart>`;
  }

  private table(recording: Recording, charts: readonly Chart[]): TemplateResult {
    const rows = charts.flatMap((chart) => chart.figures.map((name, line) => ({ name, title: chart.lines?.[line] === undefined ? chart.title : `${chart.title}, ${chart.lines[line]}` })));
    return html`<div class="wrap-x" tabindex="0" role="region" aria-label="Figures as a table"><table>
      <caption class="sr">Each figure now, and its lowest, mean and highest value</caption>
      <thead><tr><th scope="col">Figure</th>${['Now', 'Lowest', 'Mean', 'Highest'].map((head) => html`<th class="r" scope="col">${head}</th>`)}</tr></thead>
      <tbody>${rows.map(({ name, title }) => {
        const unit = recording.figures.find((figure) => figure.name === name)?.unit ?? 'number';
        const { now, low, mean, high } = summaryOf(columnsOf(recording, [name])[1] ?? []);
        return html`<tr><th scope="row">${title}</th>${[now, low, mean, high].map((value) => html`<td class="r">${value === undefined ? html`<span class="t3" title="Nothing was measured">–</span>` : figureWords(value, unit)}</td>`)}</tr>`;
      })}</tbody></table></div>`;
  }

  // ---- limits, log, configuration ----------------------------------------------------------------------------------------

  private limitsNow(): TemplateResult {
    const { limits } = this;
    return html`<section class="panel" aria-labelledby="limits"><header><h2 id="limits">Limits</h2><span class="sub">and what happens when they are full</span></header>
      ${limits === undefined
        ? html`<div class="sk-lines"><span class="sk"></span><span class="sk"></span></div>`
        : limits.length === 0
          ? html`<p class="calm">This server measures none.</p>`
          : html`<ul class="lines limits">${repeat(limits, (limit) => limit.name, (limit) => this.limit(limit))}</ul>`}</section>`;
  }

  private limit(limit: Limit): TemplateResult {
    const { name, full, setBy } = limitWords(limit);
    const percent = fullness(limit);
    const [used, most] = usedWords(limit);
    return html`<li class=${percent >= 100 ? 'full' : ''}>
      <span class="med">${name}</span><span class="u"><b>${used}</b> of ${most}</span>
      <span class="gauge">${meter(percent, `${name}, used`)}</span>
      <span class="then">${full}</span>
      ${limit.key === undefined ? (setBy === undefined ? nothing : html`<span class="by">${setBy}</span>`) : html`<span class="by mono">${limit.key}</span>`}
    </li>`;
  }

  private log(): TemplateResult {
    const level = this.facts?.logLevel;
    return html`<section class="panel" aria-labelledby="log"><header><h2 id="log">Warnings and errors</h2><span class="sub">the last 100 since the start</span><span class="push"></span>
      ${level === undefined ? nothing : html`<log-level .api=${this.api} .level=${level} ?away=${this.away} @log-level-changed=${(event: CustomEvent<LogLevel>) => this.facts && (this.facts = { ...this.facts, logLevel: event.detail })}></log-level>`}</header>
      <recent-errors .lines=${this.errors} .problem=${this.errorsProblem} .sessions=${this.sessions}></recent-errors></section>`;
  }

  private configuration(): TemplateResult {
    const values = this.facts?.configuration;
    return html`<section class="panel" aria-labelledby="configuration"><header><h2 id="configuration">Configuration</h2><span class="sub">what holds now; secrets by their presence alone</span></header>
      ${values === undefined ? html`<div class="sk-lines"><span class="sk"></span></div>` : html`<configuration-list .values=${values}></configuration-list>`}</section>`;
  }

  private failed(problem: ApiProblem): TemplateResult {
    return html`<div class="scroll"><div class="empty" role="alert">${glyph('failed')}<h2>The server does not tell how it is</h2>
      <p>${problem.kind === 'offline' ? 'It does not answer. It is asked again every few seconds.' : problem.message}</p>
      <div class="acts"><button class="btn primary" type="button" @click=${() => this.polling.now()}>Try again</button></div>
      <p class="small">${problem.code}${problem.requestId === undefined ? '' : ` · request ${problem.requestId}`}</p></div></div>`;
  }
}

function failing({ checks }: Health): string {
  return checks.filter((check) => !check.ok).map((check) => check.name).join();
}

function toneIcon(tone: Tone) {
  return tone === 'good' ? 'circle-check' : tone === 'warning' ? 'triangle-alert' : 'octagon-x';
}

function skeleton(): TemplateResult {
  return html`<div class="scroll late" role="status"><span class="sr">The state of the server is being read</span><div class="page" aria-hidden="true">
    <div class="verdict"><span class="sk"></span><span class="sk"></span></div>
    <div class="two"><div class="panel sk-lines">${[1, 2, 3, 4, 5, 6].map(() => html`<span class="sk"></span>`)}</div><div class="panel sk-lines">${[1, 2, 3, 4].map(() => html`<span class="sk"></span>`)}</div></div>
  </div></div>`;
}
