import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import type { NewSession } from '../api/api';
import type { Answer, ApiProblem } from '../api/http';
import type { Project, ServerInfo, Session, Sharing } from '../api/types';
import { NO_TEXT, type NewSessionText } from '../state/keep';
import { icon } from '../lib/icons';
import { SHARINGS } from '../lib/may';
import { controls } from '../styles/shared';
import { dialogSheet } from './dialog-sheet';
import './trust-line';
import type { TrustApi } from './trust-review';

const OTHER = 'other';

const MODES = [
  ['default', 'Ask first', 'Reads freely; asks a person before it changes files or runs commands.'],
  ['acceptEdits', 'Accept edits', 'Changes files in the folder without asking; still asks before commands.'],
  ['plan', 'Plan only', 'Looks and plans, changes nothing, and asks you to accept the plan.'],
] as const;

const MODELS = [
  ['', 'The CLI’s own choice'],
  ['opus', 'Opus'],
  ['sonnet', 'Sonnet'],
  ['haiku', 'Haiku'],
] as const;

const ISOLATIONS: Record<ServerInfo['isolation'], string> = {
  'same-user': 'Commands run as this server’s own user and can read what it can, its secrets too: allow only what you would run yourself.',
  runner: 'Commands run in the runner, as a user of its own: they reach projects, and neither the server’s secrets nor its records.',
};

/** Asks for what a session needs, and starts it. Says `session-created {id}`, `new-session-text` with what is typed, and `dialog-closed`. */
@customElement('new-session')
export class NewSessionDialog extends LitElement {
  static override styles = [
    controls,
    dialogSheet,
    css`
      .modes { display: grid; gap: var(--sp-1); }
      .mode { display: grid; grid-template-columns: auto minmax(0, 1fr); gap: var(--sp-0) var(--sp-2); align-items: start; padding: var(--sp-15) var(--sp-2); border-radius: var(--r-md); cursor: pointer; }
      .mode:hover { background: var(--hover); }
      .mode .radio { margin-block-start: 2px; }
      .mode b { font-weight: var(--weight-medium); }
      .mode span { grid-column: 2; color: var(--text-2); font-size: var(--text-sm); }
      legend { padding: 0; margin-block-end: var(--sp-1); }
      fieldset .help { margin-block-start: var(--sp-2); color: var(--text-2); font-size: var(--text-sm); }
      .two { display: grid; grid-template-columns: minmax(0, 1.6fr) minmax(0, 1fr); gap: var(--sp-3); }
      @media (max-width: 30rem) { .two { grid-template-columns: minmax(0, 1fr); } }
    `,
  ];

  @property({ attribute: false }) projects: readonly Project[] = [];
  @property({ attribute: false }) roots: readonly string[] = [];
  /** What this server gives a session of which nothing else is said. */
  @property() usualSharing: Sharing = 'private';
  /** Whose user the commands have. */
  @property() isolation: ServerInfo['isolation'] = 'same-user';
  /** What was typed before and never sent. */
  @property({ attribute: false }) text: NewSessionText = NO_TEXT;
  @property({ attribute: false }) trust!: TrustApi;
  @property({ attribute: false }) addProject!: (path: string) => Promise<Answer<Project>>;
  @property({ attribute: false }) create!: (wish: NewSession, prompt: string) => Promise<Answer<Session>>;
  @state() private project = '';
  @state() private otherSharing: Sharing | undefined;
  @state() private busy = false;
  @state() private pathProblem = '';
  @state() private problem: ApiProblem | undefined;
  @query('dialog') private dialog!: HTMLDialogElement;
  @query('form') private form!: HTMLFormElement;
  @query('#path') private path!: HTMLInputElement | null;

  override willUpdate(): void {
    if (this.project === '') this.project = [...this.projects].sort((a, b) => b.createdAt.localeCompare(a.createdAt))[0]?.id ?? OTHER;
  }

  override firstUpdated(): void {
    this.dialog.showModal();
    (this.path ?? this.renderRoot.querySelector<HTMLElement>('#title'))?.focus();
  }

  private get sharing(): Sharing {
    return this.otherSharing ?? this.usualSharing;
  }

  /** Whoever cancels does not want it; whatever else closes the dialog leaves what was typed for the next time. */
  private cancel(): void {
    this.tell(NO_TEXT);
    this.dialog.close();
  }

  private tell(text: NewSessionText): void {
    this.dispatchEvent(new CustomEvent('new-session-text', { detail: text }));
  }

  private typed(): void {
    const data = new FormData(this.form);
    this.tell({ title: String(data.get('title') ?? ''), prompt: String(data.get('prompt') ?? '') });
  }

  private async submit(event: Event): Promise<void> {
    event.preventDefault();
    if (this.busy) return;
    this.problem = undefined;
    this.pathProblem = '';
    this.busy = true;
    const created = await this.start();
    this.busy = false;
    if (!created) {
      await this.updateComplete;
      if (this.pathProblem !== '') this.path?.focus();
      return;
    }
    this.tell(NO_TEXT);
    this.dialog.close();
    this.dispatchEvent(new CustomEvent('session-created', { detail: { id: created.id }, bubbles: true, composed: true }));
  }

  private async start(): Promise<Session | undefined> {
    const projectId = await this.chosenProject();
    if (projectId === undefined) return undefined;
    const data = new FormData(this.form);
    const text = (name: string) => String(data.get(name) ?? '').trim();
    const wish: NewSession = {
      projectId,
      permissionMode: text('mode'),
      ...(text('title') === '' ? {} : { title: text('title') }),
      ...(text('model') === '' ? {} : { model: text('model') }),
      // What is shown is what happens, also when the usual has been changed in between.
      sharing: this.sharing,
    };
    const answer = await this.create(wish, text('prompt'));
    if (answer.ok) return answer.value;
    this.problem = answer.problem;
    return undefined;
  }

  private async chosenProject(): Promise<string | undefined> {
    if (this.project !== OTHER) return this.project;
    const path = this.path?.value.trim() ?? '';
    if (!path.startsWith('/')) {
      this.pathProblem = path === '' ? 'Type the folder’s path.' : 'The path must begin at the root, with “/”.';
      return undefined;
    }
    const answer = await this.addProject(path);
    if (answer.ok) {
      this.project = answer.value.id;
      return answer.value.id;
    }
    if (answer.problem.kind === 'offline') this.problem = answer.problem;
    else this.pathProblem = answer.problem.message;
    return undefined;
  }

  override render(): TemplateResult {
    return html`<dialog aria-labelledby="h" @close=${() => this.dispatchEvent(new CustomEvent('dialog-closed'))}
      @cancel=${(event: Event) => event.target === this.dialog && this.dirty() && event.preventDefault()}
      @click=${(event: Event) => event.target === this.dialog && !this.dirty() && this.dialog.close()}>
      <form @submit=${(event: Event) => void this.submit(event)} @input=${this.typed} novalidate>
        <header><h2 id="h">New session</h2>
          <button class="btn ghost icon" type="button" aria-label="Close" @click=${this.cancel}>${icon('x')}</button></header>
        <div class="in">
          ${this.notice()}
          ${this.folder()}
          ${this.settings()}
          <div class="two">
            <div class="field"><label for="title">Title</label>
              <input class="input" id="title" name="title" maxlength="200" autocomplete="off" placeholder="What it is about" .value=${this.text.title} /></div>
            <div class="field"><label for="model">Model</label>
              <select class="input" id="model" name="model">${MODELS.map(([value, words]) => html`<option value=${value}>${words}</option>`)}</select></div>
          </div>
          <fieldset>
            <legend class="label">What it may do without asking</legend>
            <div class="modes">
              ${MODES.map(
                ([value, words, meaning]) => html`<label class="mode"><input class="radio" type="radio" name="mode" value=${value} ?checked=${value === 'default'} /><b>${words}</b><span>${meaning}</span></label>`,
              )}
            </div>
            <p class="help">${ISOLATIONS[this.isolation]}</p>
          </fieldset>
          <div class="field"><label for="sharing">Who else may come to it</label>
            <select class="input" id="sharing" aria-describedby="sharing-said" @change=${(event: Event) => (this.otherSharing = (event.target as HTMLSelectElement).value as Sharing)}>
              ${(Object.keys(SHARINGS) as Sharing[]).map((sharing) => html`<option value=${sharing} ?selected=${sharing === this.sharing}>${SHARINGS[sharing].name}${sharing === this.usualSharing ? ' · usual here' : ''}</option>`)}
            </select>
            <p class="help" id="sharing-said">${SHARINGS[this.sharing].mine} You can change it at any time, in the session.</p></div>
          <div class="field"><label for="prompt">First prompt <span class="t3">optional</span></label>
            <textarea class="input" id="prompt" name="prompt" rows="4" placeholder="What should be done?" .value=${this.text.prompt} @keydown=${this.sendKey}></textarea></div>
        </div>
        <footer>
          <button class="btn" type="button" @click=${this.cancel}>Cancel</button>
          <button class="btn primary" type="submit" ?disabled=${this.busy}>${this.busy ? 'Starting…' : 'Start session'}</button>
        </footer>
      </form>
    </dialog>`;
  }

  private folder(): TemplateResult {
    const wrong = this.pathProblem !== '';
    return html`
      ${this.projects.length === 0
        ? nothing
        : html`<div class="field"><label for="project">Project</label>
            <select class="input" id="project" .value=${this.project} @change=${(event: Event) => (this.project = (event.target as HTMLSelectElement).value)}>
              ${this.projects.map((project) => html`<option value=${project.id} ?selected=${project.id === this.project}>${project.name} · ${project.path}</option>`)}
              <option value=${OTHER} ?selected=${this.project === OTHER}>Another folder…</option>
            </select></div>`}
      ${this.project === OTHER
        ? html`<div class="field"><label for="path">Folder</label>
            <input class="input mono" id="path" autocomplete="off" spellcheck="false" autocapitalize="none" placeholder="${this.roots[0] ?? ''}/…"
              aria-invalid=${wrong ? 'true' : nothing} aria-describedby="path-said" />
            ${wrong
              ? html`<p class="wrong" id="path-said" role="alert">${this.pathProblem}</p>`
              : html`<p class="help" id="path-said">${this.roots.length === 0
                  ? 'No folder is allowed yet; an administrator sets projects.roots.'
                  : html`Allowed is what lies inside ${this.roots.map((root, i) => html`${i > 0 ? ', ' : ''}<code class="tint-code">${root}</code>`)}.`}</p>`}
          </div>`
        : nothing}
    `;
  }

  /** What the project's own settings would run; of a folder that is no project yet nobody has looked. */
  private settings(): TemplateResult | typeof nothing {
    const project = this.projects.find((one) => one.id === this.project);
    return project ? html`<trust-line .project=${project} .api=${this.trust}></trust-line>` : nothing;
  }

  private notice(): TemplateResult | typeof nothing {
    if (!this.problem) return nothing;
    const title = this.problem.kind === 'offline' ? 'No answer came.' : 'The session was not started.';
    const words = this.problem.kind === 'offline' ? 'It may have been started all the same: look in the list before you try again.' : this.problem.message;
    return html`<div class="note bad" role="alert">${icon('triangle-alert')}<div><p><strong>${title}</strong></p><p>${words}</p></div></div>`;
  }

  private sendKey(event: KeyboardEvent): void {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) this.form.requestSubmit();
  }

  /** What was typed is not thrown away by Escape or a click beside the dialog. */
  private dirty(): boolean {
    return [...this.renderRoot.querySelectorAll<HTMLInputElement | HTMLTextAreaElement>('#title, #prompt, #path')].some((field) => field.value.trim() !== '');
  }
}
