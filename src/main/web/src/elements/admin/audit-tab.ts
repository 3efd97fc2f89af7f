import { css, html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import { AUDIT_EXPORT, type Api, type AuditFilter } from '../../api/api';
import type { ApiProblem } from '../../api/http';
import type { Account, AuditRecord, AuditVerification, ConnectionState, Session } from '../../api/types';
import { actorName } from '../../lib/actor';
import { ACTIONS, actionWords, chainWords, detailPairs, isRefusal, withNewer, withOlder } from '../../lib/audit';
import { clock, moment, number } from '../../lib/format';
import { glyph, glyphSheet } from '../../lib/glyphs';
import { titleOf } from '../../lib/groups';
import { icon } from '../../lib/icons';
import { pathOf } from '../../lib/router';
import { controls } from '../../styles/shared';
import { tableSheet } from '../../styles/table';
import { viewSheet } from '../../styles/view';
import { visible, visibleStrictly } from '../../transcript/visible';

export type AuditApi = Pick<Api, 'audit' | 'auditVerification' | 'users'>;

const ALL: AuditFilter = { person: '', action: '', session: '' };

/** What was done, by whom, newest first; and whether the record of it is whole. For administrators. */
@customElement('audit-tab')
export class AuditTab extends LitElement {
  static override styles = [
    controls,
    glyphSheet,
    viewSheet,
    tableSheet,
    css`
      .tools { flex-wrap: wrap; row-gap: var(--sp-2); }
      .tools label { display: inline-flex; align-items: center; gap: var(--sp-15); color: var(--text-2); font-size: var(--text-sm); }
      .tools select { width: auto; max-width: 13rem; }
      .chip { display: inline-flex; align-items: center; gap: var(--sp-1); height: var(--ctl-sm); padding-inline: var(--sp-2) 0; border: 1px solid var(--line-2); border-radius: var(--r-sm); font-size: var(--text-sm); max-width: 20rem; }
      .chip .btn { height: 100%; width: 1.5rem; }
      .chain { display: flex; align-items: center; gap: var(--sp-2); padding: var(--sp-15) var(--pad-x); border-block-end: 1px solid var(--line); background: var(--bg); color: var(--text-2); font-size: var(--text-sm); flex: none; }
      .chain .i { color: var(--idle-glyph); }
      .chain b { color: var(--text); font-weight: var(--weight-medium); }
      .chain p { min-width: 0; text-wrap: pretty; }
      .chain.bad { background: var(--fail-tint); border-color: var(--fail-line); color: var(--text); }
      .chain.bad :is(.i, b) { color: var(--fail-text); }
      .chain.calm .i { color: var(--text-3); }
      tr.line { cursor: pointer; }
      tr.line[data-open] { background: var(--hover); }
      tr.line[data-open] td { border-block-end-color: transparent; }
      td:has(.fold) { padding-block: 0; }
      .fold { display: inline-flex; align-items: center; gap: var(--sp-15); min-height: var(--row-1); color: var(--text-2); font-variant-numeric: tabular-nums; white-space: nowrap; }
      .fold .i { color: var(--text-3); }
      .what { overflow-wrap: anywhere; }
      .person { color: inherit; max-width: 14rem; display: block; }
      .no { color: var(--fail-text); }
      .under { color: var(--text-3); font-size: var(--text-sm); overflow-wrap: anywhere; }
      .more td { background: var(--hover); padding: 0 var(--pad-x) var(--sp-3); }
      .pairs { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: var(--sp-1) var(--sp-4); padding: var(--sp-3) var(--sp-4); border: 1px solid var(--line-2); border-radius: var(--r-md); background: var(--raised); font-size: var(--text-sm); cursor: auto; }
      .pairs dt { color: var(--text-3); }
      .pairs dd { min-width: 0; overflow-wrap: anywhere; white-space: pre-wrap; }
      .pairs .mono { font-size: var(--text-xs); }
      .day { padding: var(--sp-15) var(--pad-x); background: var(--bg); font-size: var(--text-sm); font-weight: var(--weight-strong); text-align: start; height: auto; position: static; color: var(--text); box-shadow: none; border-block-end: 1px solid var(--line); }
      .foot { display: grid; justify-items: center; padding: var(--sp-4); color: var(--text-3); font-size: var(--text-sm); }
      @media (max-width: 47.99rem) {
        .chain { align-items: flex-start; }
        .tools label > span { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
        .tools label { flex: 1 1 6rem; min-width: 0; }
        .tools .push { display: none; }
        .tools > .btn { width: 2.75rem; height: 2.5rem; padding: 0; }
        .tools > .btn.sm { width: auto; padding: 0 var(--sp-2); }
        .verb { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
        .tools select { width: 100%; max-width: none; }
        td { vertical-align: top; }
        .fold { min-height: 2.75rem; align-items: center; }
        .what { padding-block: var(--sp-3); }
        .pairs { grid-template-columns: minmax(0, 1fr); gap: 0; padding: var(--sp-3); }
        .pairs dd { margin-block-end: var(--sp-2); }
      }
    `,
  ];

  @property({ attribute: false }) api!: AuditApi;
  @property({ attribute: false }) connection: ConnectionState = { kind: 'connecting' };
  @property({ attribute: false }) sessions: ReadonlyMap<string, Session> = new Map();
  @state() private filter: AuditFilter = filterOf(location.search);
  @state() private records: readonly AuditRecord[] | undefined;
  @state() private next: number | null = null;
  @state() private problem: ApiProblem | undefined;
  @state() private olderProblem = '';
  @state() private busy: '' | 'fresh' | 'older' | 'export' = '';
  @state() private opened: number | undefined;
  @state() private verification: AuditVerification | undefined;
  @state() private verifying = false;
  @state() private verifyProblem = '';
  @state() private people: readonly Account[] = [];
  @state() private notice = '';
  /** Answers to an earlier filter are no answers any more. */
  private asked = 0;

  override connectedCallback(): void {
    super.connectedCallback();
    void this.begin();
  }

  private async begin(): Promise<void> {
    if (!this.api) await this.updateComplete;
    void this.verify();
    void this.api.users().then((answer) => answer.ok && (this.people = answer.value.users));
    await this.load();
  }

  override willUpdate(changed: PropertyValues<this>): void {
    const before = changed.get('connection');
    if (before && (before.kind === 'offline' || before.kind === 'draining') && this.connection.kind === 'live' && this.problem) void this.begin();
  }

  private get away(): boolean {
    return this.connection.kind === 'offline' || this.connection.kind === 'draining';
  }

  // ---- reading -----------------------------------------------------------------------------------------------------------

  private async load(): Promise<void> {
    const asked = ++this.asked;
    this.busy = 'fresh';
    const answer = await this.api.audit(this.filter);
    if (asked !== this.asked) return;
    this.busy = '';
    this.problem = answer.ok ? undefined : answer.problem;
    if (!answer.ok) return;
    const merged = withNewer(this.records ?? [], answer.value.records);
    if (merged === undefined) this.next = answer.value.next;
    this.records = merged ?? answer.value.records;
  }

  private async older(): Promise<void> {
    if (this.next === null || this.busy !== '') return;
    const asked = ++this.asked;
    this.busy = 'older';
    const answer = await this.api.audit(this.filter, this.next);
    if (asked !== this.asked) return;
    this.busy = '';
    this.olderProblem = answer.ok ? '' : answer.problem.message;
    if (!answer.ok) return;
    this.notice = `${answer.value.records.length} older records`;
    this.records = withOlder(this.records ?? [], answer.value.records);
    this.next = answer.value.next;
  }

  private async verify(): Promise<void> {
    this.verifying = true;
    const answer = await this.api.auditVerification();
    this.verifying = false;
    this.verifyProblem = answer.ok ? '' : answer.problem.kind === 'offline' ? 'The server does not answer.' : answer.problem.message;
    if (answer.ok) this.verification = answer.value;
  }

  private choose(change: Partial<AuditFilter>): void {
    this.filter = { ...this.filter, ...change };
    const query = new URLSearchParams(Object.entries(this.filter).filter(([, value]) => value !== '')).toString();
    history.replaceState(history.state, '', `${location.pathname}${query === '' ? '' : `?${query}`}`);
    this.records = undefined;
    this.opened = undefined;
    void this.load();
  }

  private refresh(): void {
    void this.verify();
    void this.load();
  }

  /** A download cannot renew a sign-in that ran out, so it is asked for something small first. */
  private async save(): Promise<void> {
    this.busy = 'export';
    const answer = await this.api.auditVerification();
    this.busy = '';
    if (!answer.ok) {
      this.verifyProblem = answer.problem.message;
      return;
    }
    this.verification = answer.value;
    const anchor = document.createElement('a');
    anchor.href = AUDIT_EXPORT;
    anchor.download = '';
    anchor.click();
    this.notice = 'The export is being downloaded. It is recorded too.';
  }

  // ---- drawing -----------------------------------------------------------------------------------------------------------

  override render(): TemplateResult {
    return html`${this.chain()} ${this.tools()} ${this.body()}<div class="sr" role="status">${this.notice}</div>`;
  }

  private chain(): TemplateResult {
    if (this.verifyProblem) return html`<div class="chain calm" role="status">${icon('shield', true)}<p><b>The chain could not be checked.</b> ${this.verifyProblem}</p><span class="push"></span><button class="btn sm" type="button" @click=${() => void this.verify()}>Check again</button></div>`;
    const { verification } = this;
    if (verification === undefined) return html`<div class="chain calm" role="status">${icon('shield', true)}<p>Checking the chain…</p></div>`;
    const { title, rest } = chainWords(verification);
    return html`<div class="chain ${verification.whole ? '' : 'bad'}" role=${verification.whole ? 'status' : 'alert'}>
      ${icon(verification.whole ? 'shield-check' : 'triangle-alert', true)}<p><b>${title}</b> ${rest}</p><span class="push"></span>
      <button class="btn sm ghost" type="button" ?disabled=${this.verifying || this.away} title="Each record carries the mark of the one before; a changed or missing one shows" @click=${() => void this.verify()}>${this.verifying ? 'Checking…' : 'Check again'}</button></div>`;
  }

  private tools(): TemplateResult {
    const { person, action, session } = this.filter;
    const actions = [...new Set([...Object.keys(ACTIONS), ...(action === '' ? [] : [action]), ...(this.records ?? []).map((record) => record.action)])];
    return html`<div class="tools">
      <label><span>Who</span><select class="input quiet" @change=${(event: Event) => this.choose({ person: (event.target as HTMLSelectElement).value })}>
        <option value="" ?selected=${person === ''}>Everybody</option>
        ${this.people.map((one) => html`<option value=${one.id} ?selected=${one.id === person}>${one.name}</option>`)}
        ${person !== '' && !this.people.some((one) => one.id === person) ? html`<option value=${person} selected>${this.nameOf(person)}</option>` : nothing}
      </select></label>
      <label><span>What</span><select class="input quiet" @change=${(event: Event) => this.choose({ action: (event.target as HTMLSelectElement).value })}>
        <option value="" ?selected=${action === ''}>Everything</option>
        ${actions.map((one) => html`<option value=${one} ?selected=${one === action}>${actionWords(one)}</option>`)}
      </select></label>
      ${session === '' ? nothing : html`<span class="chip"><span class="clip">in ${this.sessionName(session)}</span><button class="btn icon ghost sm" type="button" aria-label="Records of all sessions again" @click=${() => this.choose({ session: '' })}>${icon('x', true)}</button></span>`}
      ${this.isFiltered ? html`<button class="btn ghost sm" type="button" @click=${() => this.choose(ALL)}>Clear</button>` : nothing}
      <span class="push"></span>
      <button class="btn ghost icon" type="button" aria-label="Read what is new" title="Read what is new" ?disabled=${this.away || this.busy !== ''} @click=${() => this.refresh()}>${icon('refresh-cw')}</button>
      <button class="btn" type="button" ?disabled=${this.away || this.busy === 'export'} title=${this.away ? 'Not possible without a connection' : 'All records, oldest first, as JSON lines'} @click=${() => void this.save()}>${icon('download', true)}<span class="verb">Export</span></button>
    </div>`;
  }

  private get isFiltered(): boolean {
    return Object.values(this.filter).some((value) => value !== '');
  }

  private body(): TemplateResult {
    const { records } = this;
    if (records === undefined) return this.problem ? this.failed(this.problem) : skeleton();
    if (records.length === 0) return this.empty();
    return html`<div class="scroll" tabindex="0" role="region" aria-label="Records">
      <table>
        <caption class="sr">Records of the audit, newest first</caption>
        <thead><tr><th scope="col" class="tight">Time</th><th scope="col" class="tight wide">Who</th><th scope="col" class="tight wide">What</th><th scope="col">In words</th></tr></thead>
        <tbody>${repeat(records, (record) => record.n, (record, at) => html`${this.day(record, records[at - 1])}${this.row(record)}`)}</tbody>
      </table>
      <div class="foot">${this.olderProblem ? html`<p role="alert">${this.olderProblem}</p>` : nothing}
        ${this.next === null ? html`<p>${this.isFiltered ? 'These are all that match.' : 'This is where the record begins.'}</p>` : html`<button class="btn" type="button" ?disabled=${this.busy !== '' || this.away} @click=${() => void this.older()}>${this.busy === 'older' ? 'Loading…' : 'Load older'}</button>`}</div>
    </div>`;
  }

  private day(record: AuditRecord, before: AuditRecord | undefined): TemplateResult | typeof nothing {
    const day = dayWords(record.time);
    return before !== undefined && dayWords(before.time) === day ? nothing : html`<tr><th class="day" colspan="4" scope="colgroup">${day}</th></tr>`;
  }

  private row(record: AuditRecord): TemplateResult {
    const open = this.opened === record.n;
    const who = visible(actorName(record.actor));
    const refused = isRefusal(record.action);
    return html`<tr class="line" ?data-open=${open} @click=${(event: Event) => this.pressed(event, record.n)}>
        <td class="tight"><button class="fold" type="button" aria-expanded=${open} aria-controls=${open ? `r${record.n}` : nothing} aria-label="${moment(record.time)}, record ${record.n}" title=${moment(record.time)} @click=${() => this.toggle(record.n)}>${icon(open ? 'chevron-down' : 'chevron-right', true)}${clock(record.time)}</button></td>
        <td class="tight wide"><span class="person clip" title=${who}>${who}</span></td>
        <td class="tight wide ${refused ? 'no' : 't2'}">${actionWords(record.action)}</td>
        <td class="what">${visible(record.summary)}<span class="under">${who} · <span class=${refused ? 'no' : ''}>${actionWords(record.action)}</span></span></td>
      </tr>
      ${open ? html`<tr class="more" id="r${record.n}"><td colspan="4">${this.detail(record)}</td></tr>` : nothing}`;
  }

  private detail(record: AuditRecord): TemplateResult {
    const { actor, sessionId } = record;
    return html`<dl class="pairs">
      <dt>When</dt><dd class="num">${moment(record.time)} <span class="t3">(${record.time})</span></dd>
      <dt>Who</dt><dd>${visible(actorName(actor))}${actor.kind === 'person' && actor.id !== this.filter.person ? html` · <button class="link" type="button" @click=${() => this.choose({ person: actor.id })}>only this person</button>` : nothing}</dd>
      <dt>What</dt><dd>${actionWords(record.action)}${record.action === this.filter.action ? nothing : html` · <button class="link" type="button" @click=${() => this.choose({ action: record.action })}>only such</button>`}</dd>
      ${sessionId === undefined ? nothing : html`<dt>Session</dt><dd><a class="link" href=${`${pathOf(sessionId)}#${record.seq}`}>${this.sessionName(sessionId)}</a>${sessionId === this.filter.session ? nothing : html` · <button class="link" type="button" @click=${() => this.choose({ session: sessionId })}>only this session</button>`}</dd>`}
      ${detailPairs(record).map(([name, value]) => html`<dt>${name}</dt><dd class="mono">${visibleStrictly(value)}</dd>`)}
      <dt>Record</dt><dd class="num">${number(record.n)}, event ${number(record.seq)}</dd>
      <dt>Mark</dt><dd class="mono">${record.hash}</dd>
    </dl>`;
  }

  /** The whole row opens, but for what is to be pressed or selected in it. */
  private pressed(event: Event, n: number): void {
    if ((event.target as Element).closest('button, a') || (getSelection()?.toString() ?? '') !== '') return;
    this.toggle(n);
  }

  private toggle(n: number): void {
    this.opened = this.opened === n ? undefined : n;
  }

  private sessionName(id: string): string {
    const session = this.sessions.get(id);
    return session ? titleOf(session) : `session ${id.slice(0, 8)}…`;
  }

  private nameOf(person: string): string {
    const known = (this.records ?? []).find((record) => record.actor.kind === 'person' && record.actor.id === person)?.actor;
    return known ? actorName(known) : `${person.slice(0, 8)}…`;
  }

  private empty(): TemplateResult {
    return this.isFiltered
      ? html`<div class="scroll"><div class="empty" role="status"><h2>No record matches</h2><p>Looked for the person, the action and the session that are chosen above.</p><div class="acts"><button class="btn" type="button" @click=${() => this.choose(ALL)}>Clear the filters</button></div></div></div>`
      : html`<div class="scroll"><div class="empty" role="status"><h2>Nothing is recorded yet</h2><p>Sign-ins, prompts, decisions, stops and changes to people come here as they happen, each chained to the one before.</p></div></div>`;
  }

  private failed(problem: ApiProblem): TemplateResult {
    return html`<div class="scroll"><div class="empty" role="alert">${glyph('failed')}<h2>The audit could not be read</h2>
      <p>${problem.kind === 'offline' ? 'The server does not answer. What happens meanwhile is recorded all the same.' : problem.message}</p>
      <div class="acts"><button class="btn primary" type="button" @click=${() => void this.begin()}>Try again</button></div>
      <p class="small">${problem.code}${problem.requestId === undefined ? '' : ` · request ${problem.requestId}`}</p></div></div>`;
  }
}

function filterOf(search: string): AuditFilter {
  const query = new URLSearchParams(search);
  return { person: query.get('person') ?? '', action: query.get('action') ?? '', session: query.get('session') ?? '' };
}

function dayWords(time: string): string {
  return new Date(time).toLocaleDateString('en-GB', { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' });
}

function skeleton(): TemplateResult {
  return html`<div class="scroll late" role="status"><span class="sr">The audit is being loaded</span><table aria-hidden="true"><tbody>${[1, 2, 3, 4, 5, 6].map(() => html`<tr><td class="tight"><span class="sk">00:00:00 00:00</span></td><td><span class="sk"></span></td></tr>`)}</tbody></table></div>`;
}
