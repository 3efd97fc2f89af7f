import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import type { Api } from '../../api/api';
import type { ApiProblem } from '../../api/http';
import type { ConnectionState, Project } from '../../api/types';
import { middle, plural } from '../../lib/format';
import { glyph, glyphSheet } from '../../lib/glyphs';
import { icon } from '../../lib/icons';
import { daysOf, dueWords, keptWords, losesMore, MOST_DAYS } from '../../lib/retention';
import { controls } from '../../styles/shared';
import { choiceSheet, tableSheet } from '../../styles/table';
import { viewSheet } from '../../styles/view';
import { visible, visibleStrictly } from '../../transcript/visible';
import { dialogSheet } from '../dialog-sheet';
import { Question } from '../question';
import { Reading } from '../reading';

export type ProjectsApi = Pick<Api, 'projects' | 'retention' | 'setRetention'>;

/** `confirmed` days are those that are asked about a second time. */
interface Ask {
  readonly project: Project;
  readonly confirmed?: number;
}

const OFFLINE = 'Not possible without a connection';
const FIRST_DAYS = 90;
/** Whoever types a number has not finished with its first digit. */
const TYPED_MS = 300;

/** For how long what is said in the sessions of each project is kept. For administrators: what goes is everybody's. */
@customElement('projects-tab')
export class ProjectsTab extends LitElement {
  static override styles = [
    controls,
    glyphSheet,
    viewSheet,
    tableSheet,
    choiceSheet,
    dialogSheet,
    css`
      .name { font-weight: var(--weight-medium); overflow-wrap: anywhere; }
      .path { display: block; color: var(--text-3); font-size: var(--text-xs); overflow-wrap: anywhere; }
      :is(th, td).wide { padding-inline-end: var(--sp-6); }
      .lines td .sk { max-width: 12rem; }
      .days { display: flex; align-items: center; gap: var(--sp-2); }
      .days .input { width: 6rem; }
      .inside { display: grid; gap: var(--sp-3); }
      .inside p { text-wrap: pretty; }
      dl { display: grid; grid-template-columns: auto minmax(0, 1fr); gap: var(--sp-1) var(--sp-3); font-size: var(--text-sm); }
      dt { font-weight: var(--weight-medium); }
      dd { color: var(--text-2); text-wrap: pretty; }
      .sure { display: flex; gap: var(--sp-2); align-items: start; }
      .due { min-height: 1.25rem; }
      .under { color: var(--text-2); font-size: var(--text-sm); }
      .inside .wrong { color: var(--fail-text); }
      .inside .wrong:empty { display: none; }
      @media (max-width: 47.99rem) {
        td .btn { min-width: 2.75rem; height: 2.75rem; }
      }
    `,
  ];

  @property({ attribute: false }) api!: ProjectsApi;
  @property({ attribute: false }) connection: ConnectionState = { kind: 'connecting' };
  @state() private projects: readonly Project[] | undefined;
  @state() private problem: ApiProblem | undefined;
  @state() private limited = false;
  @state() private typed = '';
  @state() private fault = '';
  @state() private due: { readonly days: number; readonly sessions: number } | undefined;
  @state() private notice = '';
  private timer: ReturnType<typeof setTimeout> | undefined;
  private readonly question = new Question<Ask>(this);

  constructor() {
    super();
    new Reading(this, () => void this.load());
  }

  override disconnectedCallback(): void {
    clearTimeout(this.timer);
    super.disconnectedCallback();
  }

  private async load(): Promise<void> {
    if (!this.api) await this.updateComplete;
    const answer = await this.api.projects();
    if (answer.ok) this.projects = answer.value.projects;
    this.problem = answer.ok ? undefined : answer.problem;
  }

  private get away(): boolean {
    return this.connection.kind === 'offline' || this.connection.kind === 'draining';
  }

  override render(): TemplateResult {
    return html`${this.body()} ${this.dialogNow()}<div class="sr" role="status">${this.notice}</div>`;
  }

  private body(): TemplateResult {
    const { projects } = this;
    if (projects === undefined) return this.problem ? this.failed(this.problem) : skeleton();
    if (projects.length === 0) return html`<div class="scroll"><div class="empty" role="status">${icon('folder')}<h2>No project yet</h2><p>A folder becomes a project with the first session that somebody starts in it.</p></div></div>`;
    const limited = projects.filter((project) => project.retentionDays !== undefined).length;
    return html`
      <div class="tools"><span class="t3 sm">${plural(projects.length, 'project')}, ${limited === 0 ? 'all kept for ever' : `${limited} with a limit`}</span></div>
      <div class="scroll" tabindex="0" role="region" aria-label="Projects">
        <table>
          <caption class="sr">Projects, and for how long what is said in their sessions is kept</caption>
          <thead><tr><th scope="col">Project</th><th scope="col" class="tight wide">Contents are kept</th><th scope="col" class="tight"><span class="sr">Actions</span></th></tr></thead>
          <tbody>${repeat(projects, (project) => project.id, (project) => this.row(project))}</tbody>
        </table>
      </div>
    `;
  }

  private row(project: Project): TemplateResult {
    const name = visible(project.name);
    const kept = keptWords(project.retentionDays);
    return html`<tr class="line">
      <td><span class="name">${name}</span><span class="mono path" title=${visibleStrictly(project.path)}>${middle(visibleStrictly(project.path), 60)}</span><span class="under">Kept ${kept.toLowerCase()}</span></td>
      <td class="tight wide ${project.retentionDays === undefined ? 't2' : ''}">${kept}</td>
      <td class="tight"><button class="btn sm" type="button" ?disabled=${this.away} title=${this.away ? OFFLINE : nothing} aria-label="Change for how long contents of ${name} are kept" @click=${() => this.begin(project)}>Change…</button></td>
    </tr>`;
  }

  private failed(problem: ApiProblem): TemplateResult {
    return html`<div class="scroll"><div class="empty" role="alert">${glyph('failed')}<h2>The list of projects could not be loaded</h2>
      <p>${problem.kind === 'offline' ? 'The server does not answer.' : problem.message}</p>
      <div class="acts"><button class="btn primary" type="button" @click=${() => void this.load()}>Try again</button></div>
      <p class="small">${problem.code}${problem.requestId === undefined ? '' : ` · request ${problem.requestId}`}</p></div></div>`;
  }

  // ---- the choice --------------------------------------------------------------------------------------------------------

  private begin(project: Project): void {
    this.limited = project.retentionDays !== undefined;
    this.typed = String(project.retentionDays ?? FIRST_DAYS);
    this.fault = '';
    this.due = undefined;
    this.question.begin({ project });
    this.lookAhead(0);
  }

  /** How many sessions the days that stand there would mean. */
  private lookAhead(after: number): void {
    clearTimeout(this.timer);
    const { ask } = this.question;
    const days = daysOf(this.typed);
    if (!this.limited || ask === undefined || typeof days === 'string') return;
    this.timer = setTimeout(() => void this.ahead(ask.project, days), after);
  }

  private async ahead(project: Project, days: number): Promise<void> {
    const answer = await this.api.retention(project.id, days);
    if (answer.ok && answer.value.sessionsDue !== undefined) this.due = { days, sessions: answer.value.sessionsDue };
  }

  private dueOf(days: number): number | undefined {
    return this.due?.days === days ? this.due.sessions : undefined;
  }

  private dialogNow(): TemplateResult | typeof nothing {
    const { ask } = this.question;
    return ask === undefined ? nothing : this.question.dialog(ask.confirmed === undefined ? this.choice(ask.project) : this.confirmation(ask.project, ask.confirmed), false);
  }

  private choice(project: Project): TemplateResult {
    const days = daysOf(this.typed);
    return this.question.form({ title: `Contents of ${visible(project.name)}`, verb: losesMore(project.retentionDays, this.wanted()) ? 'Go on…' : 'Save', busy: 'Saving…', inside: html`
      <fieldset><legend class="label">Keep what is said in its sessions</legend><div class="choices">
        <label class="choice"><input class="radio" type="radio" name="kept" value="ever" ?checked=${!this.limited} @change=${() => this.choose(false)} /><b>For ever</b><span>Nothing goes by itself.</span></label>
        <label class="choice"><input class="radio" type="radio" name="kept" value="days" ?checked=${this.limited} @change=${() => this.choose(true)} /><b>For some days after the last word</b><span>Then what was said goes. That a session was, and what it cost, stays.</span></label>
      </div></fieldset>
      ${this.limited ? html`<div class="field"><label for="days">Days</label>
          <div class="days"><input class="input" id="days" name="days" inputmode="numeric" autocomplete="off" maxlength="5" .value=${this.typed} aria-invalid=${this.fault === '' ? nothing : 'true'} aria-describedby="days-said" @input=${(event: Event) => this.type((event.target as HTMLInputElement).value)} /></div>
          <p class=${this.fault === '' ? 'help' : 'wrong'} id="days-said" role=${this.fault === '' ? nothing : 'alert'}>${this.fault || `1 to ${MOST_DAYS.toLocaleString('en-US')}, counted from the last event of a session without a process.`}</p></div>
        <p class="t2 sm due" role="status">${typeof days === 'string' ? '' : dueWords(this.dueOf(days), days)}</p>` : nothing}` }, () => this.chosen(project));
  }

  private wanted(): number | undefined {
    const days = daysOf(this.typed);
    return this.limited && typeof days === 'number' ? days : undefined;
  }

  private choose(limited: boolean): void {
    this.limited = limited;
    this.fault = '';
    this.lookAhead(0);
  }

  private type(text: string): void {
    this.typed = text;
    this.fault = '';
    this.lookAhead(TYPED_MS);
  }

  private chosen(project: Project): void {
    const days = daysOf(this.typed);
    if (this.limited && typeof days === 'string') {
      this.fault = days;
      this.renderRoot.querySelector<HTMLInputElement>('#days')?.focus();
      return;
    }
    const wanted = this.wanted();
    if (wanted === project.retentionDays) return this.question.close();
    if (wanted !== undefined && losesMore(project.retentionDays, wanted)) {
      this.fault = '';
      this.question.begin({ project, confirmed: wanted });
      this.lookAhead(0);
    } else void this.save(project, wanted);
  }

  // ---- once more ---------------------------------------------------------------------------------------------------------

  private confirmation(project: Project, days: number): TemplateResult {
    const due = dueWords(this.dueOf(days), days);
    return this.question.form({ title: `Let contents go after ${plural(days, 'day')}?`, verb: 'Let them go', busy: 'Saving…', bad: true, inside: html`<div class="inside">
      <div class="note bad">${icon('triangle-alert')}<div><p><strong>It cannot be undone.</strong></p><p role="status">${due || 'How many sessions that is now is being counted.'}</p></div></div>
      <dl>
        <dt>Goes</dt><dd>Prompts, answers, thoughts, commands and files with their output, requests and decisions, titles, and Claude’s own transcript. Nobody can read it again, and the session cannot be resumed.</dd>
        <dt>Stays</dt><dd>That the session was, whose, when it ran, its turns, tokens and costs; and in the audit who did something, without the words.</dd>
        <dt>When</dt><dd>In the night after ${plural(days, 'day')} without an event. A session with a process is left alone; a parked one is not.</dd>
        <dt>Backups</dt><dd>They hold what was there until they go themselves: up to 12 months, as they are usually kept.</dd>
      </dl>
      <label class="sure"><input class="check" type="checkbox" name="sure" aria-describedby="sure-said" /><span>It is everybody’s sessions in ${visible(project.name)}, and I mean it.</span></label>
      <p class="wrong sm" id="sure-said" role=${this.fault === '' ? nothing : 'alert'}>${this.fault}</p>
      <p class="t3 sm">That you set it is on record in the audit.</p></div>` }, (data) => this.confirmed(project, days, data.has('sure')));
  }

  private confirmed(project: Project, days: number, sure: boolean): void {
    this.fault = sure ? '' : 'Tick the box first.';
    if (sure) void this.save(project, days);
  }

  private async save(project: Project, days: number | undefined): Promise<void> {
    const answer = await this.question.waitFor(this.api.setRetention(project.id, days ?? null));
    if (!answer.ok) return;
    this.notice = days === undefined ? `Contents of ${project.name} are kept for ever.` : `Contents of ${project.name} are kept for ${plural(days, 'day')}.`;
    this.question.close();
    await this.load();
  }
}

function skeleton(): TemplateResult {
  return html`<div class="scroll late" role="status"><span class="sr">Projects are being loaded</span><table class="lines" aria-hidden="true"><tbody>${[1, 2, 3].map(() => html`<tr><td><span class="sk"></span></td><td><span class="sk"></span></td></tr>`)}</tbody></table></div>`;
}
