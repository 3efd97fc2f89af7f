import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import type { Api } from '../api/api';
import type { ApiProblem } from '../api/http';
import type { Project, Trust, TrustFile, TrustSummary } from '../api/types';
import { bytes } from '../lib/format';
import { icon } from '../lib/icons';
import { commandLine } from '../lib/trust';
import { controls } from '../styles/shared';
import { unseenIn, visible, visibleStrictly } from '../transcript/visible';
import { dialogSheet } from './dialog-sheet';
import './relative-time';
import { codeSheet } from './session/sheets';

export type TrustApi = Pick<Api, 'trust' | 'trustProject' | 'withdrawTrust'>;

/** More are counted. */
const MARKS_TOLD = 8;

/**
 * All that a project's own settings would run, then the files as they are, and the decision about them. Says `trust-changed {trust}` and
 * `dialog-closed`.
 */
@customElement('trust-review')
export class TrustReview extends LitElement {
  static override styles = [
    controls,
    codeSheet,
    dialogSheet,
    css`
      dialog { width: 46rem; }
      dialog > article { display: flex; flex-direction: column; max-height: calc(100dvh - 2rem); }
      section { display: grid; gap: var(--sp-2); min-width: 0; }
      .in { grid-template-columns: minmax(0, 1fr); }
      .in:focus-visible { outline-offset: -2px; border-radius: 0; }
      h3 { font-size: var(--text-md); font-weight: var(--weight-strong); }
      h3 + p { color: var(--text-2); font-size: var(--text-sm); margin-block-start: calc(-1 * var(--sp-1)); }
      .path { font-family: var(--font-mono); font-size: var(--text-code); color: var(--text-3); overflow-wrap: anywhere; }
      .box { border: 1px solid var(--line-2); border-radius: var(--r-md); overflow: clip; background: var(--sunken); min-width: 0; }
      .box > .cap { display: flex; flex-wrap: wrap; gap: 0 var(--sp-2); align-items: baseline; padding: var(--sp-1) var(--sp-3); border-block-end: 1px solid var(--line); font-size: var(--text-sm); color: var(--text-2); background: var(--surface); overflow-wrap: anywhere; }
      .cap b { color: var(--text); font-weight: var(--weight-medium); }
      /* What runs stands in the order in which it runs, letters that are written from the right too. */
      .box .code, .rules .mono, .path { direction: ltr; unicode-bidi: bidi-override; }
      .box .code { background: none; margin: 0; max-height: none; }
      .rules { display: grid; gap: var(--sp-1); }
      .rules li { display: grid; grid-template-columns: 3.5rem minmax(0, 1fr); gap: var(--sp-2); align-items: baseline; overflow-wrap: anywhere; }
      .rules .kind { font-size: var(--text-sm); color: var(--text-3); }
      .out { display: grid; gap: var(--sp-1); font-size: var(--text-sm); color: var(--text-2); }
      .out li { overflow-wrap: anywhere; }
      .unseen { color: var(--fail-text); }
    `,
  ];

  @property({ attribute: false }) project!: Project;
  @property({ attribute: false }) trust!: Trust;
  @property({ attribute: false }) api!: TrustApi;
  /** Who reads may not decide, and does not get the files. */
  @property({ type: Boolean }) watching = false;
  @state() private busy = false;
  @state() private problem: ApiProblem | undefined;
  @query('dialog') private dialog!: HTMLDialogElement;
  @query('.in') private reading!: HTMLElement;

  override firstUpdated(): void {
    this.dialog.showModal();
    // To be read first: the decision stands at the end, and nothing is chosen beforehand.
    this.reading.focus();
  }

  private readonly close = (): void => this.dialog.close();

  private readonly said = (): void => {
    this.dispatchEvent(new CustomEvent('dialog-closed'));
  };

  private tell(trust: Trust): void {
    this.dispatchEvent(new CustomEvent('trust-changed', { detail: { trust } }));
  }

  private async mark(): Promise<void> {
    const { fingerprint } = this.trust;
    if (fingerprint === undefined) return;
    await this.deciding(async () => {
      const answer = await this.api.trustProject(this.project.id, fingerprint);
      if (answer.ok) {
        this.tell(answer.value);
        this.close();
        return;
      }
      this.problem = answer.problem;
      if (answer.problem.status === 409) await this.lookAgain();
      await this.updateComplete;
      this.reading.scrollTo?.({ top: 0 });
    });
  }

  private async withdraw(): Promise<void> {
    await this.deciding(async () => {
      const answer = await this.api.withdrawTrust(this.project.id);
      if (!answer.ok) {
        this.problem = answer.problem;
        return;
      }
      await this.lookAgain();
      this.close();
    });
  }

  private async deciding(work: () => Promise<void>): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    this.problem = undefined;
    await work();
    this.busy = false;
  }

  /** What is shown must be what is there. */
  private async lookAgain(): Promise<void> {
    const answer = await this.api.trust(this.project.id);
    if (answer.ok) this.tell(answer.value);
  }

  override render(): TemplateResult {
    return html`<dialog aria-labelledby="h" @close=${this.said} @click=${(event: Event) => event.target === this.dialog && this.close()}>
      <article>
        <header><h2 id="h">Settings that “${visible(this.project.name)}” brings</h2>
          <button class="btn ghost icon" type="button" aria-label="Close" @click=${this.close}>${icon('x')}</button></header>
        <div class="in" tabindex="0" role="region" aria-label="What would run">
          <p class="path">${visibleStrictly(this.project.path)}</p>
          ${this.refused()} ${this.standing()}
          ${this.trust.summary ? this.summary(this.trust.summary) : nothing}
          ${this.files(this.trust.files ?? [])}
          ${this.watching ? html`<p class="t2">Operators and administrators see the files whole, and decide.</p>` : nothing}
        </div>
        ${this.actions()}
      </article>
    </dialog>`;
  }

  private standing(): TemplateResult {
    switch (this.trust.state) {
      case 'trusted':
        return html`<p>${this.trust.trustedBy === undefined ? 'Trusted' : html`<b>${visible(this.trust.trustedBy)}</b> trusted these`}${this.trust.trustedAt === undefined
            ? nothing
            : html` <relative-time .time=${this.trust.trustedAt}></relative-time> ago`}.
          Sessions of this project start with them as they stand here. When a file changes, they are not loaded until somebody has looked again.</p>`;
      case 'changed':
        return html`<div class="note ask">${icon('shield')}<div><p><strong>They are not what was trusted.</strong></p><p>Until somebody trusts them as they are now, sessions start without them.</p></div></div>`;
      case 'unreadable':
        return html`<div class="note bad">${icon('triangle-alert')}<div><p><strong>They cannot be trusted as they are.</strong></p><p>${visible(this.trust.reason ?? '')}</p></div></div>`;
      case 'nothing-to-load':
        return html`<p>There is nothing left that would be loaded.</p>`;
      case 'untrusted':
        return html`<p>They come with the repository. Once trusted, they apply in every session of this project that is started from then on, for everybody. What they run is not asked about, and has the same rights as Claude’s own commands.</p>`;
    }
  }

  // ---- what would run ------------------------------------------------------------------------------------------------------

  private summary(summary: TrustSummary): TemplateResult {
    return html`${this.hooks(summary)} ${this.servers(summary)} ${this.rules(summary)} ${this.environment(summary)} ${this.leftOut(summary)}`;
  }

  private hooks({ hooks }: TrustSummary): TemplateResult | typeof nothing {
    if (hooks.length === 0) return nothing;
    return html`<section aria-labelledby="hooks"><h3 id="hooks">Hooks</h3><p>Commands that run by themselves, without asking.</p>
      ${hooks.map(
        (hook) => html`<div class="box"><p class="cap"><b>${visibleStrictly(hook.event)}</b>${hook.matcher === '' ? nothing : html`<span class="mono">${visibleStrictly(hook.matcher)}</span>`}<span class="t3 push">${hook.file}</span></p>
          ${code(hook.command, `Command of the hook ${visibleStrictly(hook.event)}`)}</div>`,
      )}</section>`;
  }

  private servers({ mcpServers }: TrustSummary): TemplateResult | typeof nothing {
    if (mcpServers.length === 0) return nothing;
    return html`<section aria-labelledby="servers"><h3 id="servers">MCP servers</h3><p>Started, or spoken to, with each session. Their tools are asked about unless a rule allows them.</p>
      ${mcpServers.map((server) => {
        const words = server.url ?? commandLine(server);
        return html`<div class="box"><p class="cap"><b>${visibleStrictly(server.name)}</b><span>${server.url === undefined ? 'runs' : 'speaks to'}</span>${server.environment.length === 0
            ? nothing
            : html`<span class="t3 push">with ${visibleStrictly(server.environment.join(', '))}</span>`}</p>
          ${code(words, `MCP server ${visibleStrictly(server.name)}`)}</div>`;
      })}</section>`;
  }

  private rules({ allow, ask, deny }: TrustSummary): TemplateResult | typeof nothing {
    if (allow.length + ask.length + deny.length === 0) return nothing;
    const row = (kind: string) => (rule: string) => html`<li><span class="kind">${kind}</span><span class="mono">${visibleStrictly(rule)}</span></li>`;
    return html`<section aria-labelledby="rules"><h3 id="rules">Permission rules</h3><p>What is allowed here runs without a person being asked.</p>
      <ul class="rules">${allow.map(row('allow'))}${ask.map(row('ask'))}${deny.map(row('deny'))}</ul></section>`;
  }

  private environment({ environment }: TrustSummary): TemplateResult | typeof nothing {
    if (environment.length === 0) return nothing;
    return html`<section aria-labelledby="variables"><h3 id="variables">Environment</h3><p>For every command, hook and MCP server.</p>
      <ul class="rules">${environment.map((each) => html`<li><span class="kind">set</span><span class="mono">${visibleStrictly(each.name)}${each.value === undefined ? nothing : `=${visibleStrictly(each.value)}`}</span></li>`)}</ul></section>`;
  }

  private leftOut({ leftOut, others }: TrustSummary): TemplateResult | typeof nothing {
    if (leftOut.length + others.length === 0) return nothing;
    return html`<section aria-labelledby="left"><h3 id="left">Not loaded, trusted or not</h3>
      <ul class="out">
        ${leftOut.map((left) => html`<li><span class="mono">${visibleStrictly(left.name)}</span> in ${left.file}: ${visible(left.why)}</li>`)}
        ${others.length === 0 ? nothing : html`<li><span class="mono">${others.join(', ')}</span>: instructions, agents, commands and skills of a repository are not loaded; Claude can read them as the files they are</li>`}
      </ul></section>`;
  }

  private files(files: readonly TrustFile[]): TemplateResult | typeof nothing {
    const whole = files.filter((file) => file.text !== undefined);
    if (whole.length === 0) return nothing;
    return html`<section aria-labelledby="files"><h3 id="files">The files, whole</h3>
      ${whole.map((file) => {
        const text = file.text ?? '';
        return html`<div class="box"><p class="cap"><b class="mono">${file.path}</b><span class="t3 push" title="SHA-256 ${file.sha256}">${bytes(file.bytes)}</span>${unseen(text)}</p>${code(text, file.path)}</div>`;
      })}</section>`;
  }

  // ---- the decision --------------------------------------------------------------------------------------------------------

  private refused(): TemplateResult | typeof nothing {
    if (!this.problem) return nothing;
    const [title, words] =
      this.problem.kind === 'offline'
        ? ['No answer came.', 'It may have been done all the same: close this and look again before you decide.']
        : this.problem.code === 'trust-outdated'
          ? ['The files have changed while you were reading.', 'What stands here now is what is there now. Nothing was trusted.']
          : ['It was not done.', this.problem.message];
    return html`<div class="note bad" role="alert">${icon('triangle-alert')}<div><p><strong>${title}</strong></p><p>${words}</p></div></div>`;
  }

  private actions(): TemplateResult {
    const { state: how } = this.trust;
    if (how === 'trusted' && !this.watching) {
      return html`<footer><button class="btn bad-text" type="button" ?disabled=${this.busy} @click=${() => void this.withdraw()}>${this.busy ? 'Withdrawing…' : 'Withdraw trust'}</button>
        <button class="btn primary" type="button" @click=${this.close}>Done</button></footer>`;
    }
    if ((how === 'untrusted' || how === 'changed') && !this.watching) {
      return html`<footer><button class="btn" type="button" @click=${this.close}>Not now</button>
        <button class="btn go" type="button" ?disabled=${this.busy} @click=${() => void this.mark()}>${this.busy ? 'Trusting…' : 'Trust these settings'}</button></footer>`;
    }
    return html`<footer><button class="btn primary" type="button" @click=${this.close}>Done</button></footer>`;
  }
}

function code(text: string, label: string): TemplateResult {
  return html`<pre class="code wrap" tabindex="0" role="region" aria-label=${label}>${visibleStrictly(text)}</pre>`;
}

function unseen(text: string): TemplateResult | typeof nothing {
  const marks = unseenIn(text);
  if (marks.length === 0) return nothing;
  const more = marks.length - MARKS_TOLD;
  return html`<span class="unseen">holds characters that cannot be seen: ${marks.slice(0, MARKS_TOLD).join(' ')}${more > 0 ? ` and ${more} more` : ''}</span>`;
}
