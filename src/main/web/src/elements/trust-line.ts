import { css, html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import type { Project, Trust } from '../api/types';
import { icon } from '../lib/icons';
import { lineWords } from '../lib/trust';
import { controls } from '../styles/shared';
import { visible } from '../transcript/visible';
import './trust-review';
import type { TrustApi } from './trust-review';

/** What the chosen project's own settings are and whether they load, in one calm line; nothing when it brings none. */
@customElement('trust-line')
export class TrustLine extends LitElement {
  static override styles = [
    controls,
    css`
      :host { display: block; container-type: inline-size; }
      .note { align-items: center; }
      .note > .i { align-self: flex-start; }
      .looking { color: var(--text-3); font-size: var(--text-sm); animation: appear 1ms linear 300ms both; }
      @keyframes appear { from { visibility: hidden; } to { visibility: visible; } }
      @container (max-width: 26rem) {
        .note { flex-wrap: wrap; }
        .note > div { flex: 1 1 12rem; }
        .note .btn { flex: 1 1 100%; }
      }
      @media (max-width: 47.99rem) { .note .btn { height: 2.75rem; } }
    `,
  ];

  @property({ attribute: false }) project!: Project;
  @property({ attribute: false }) api!: TrustApi;
  /** Who looks is a viewer: nothing is offered. */
  @property({ type: Boolean }) watching = false;
  @state() private trust: Trust | undefined;
  @state() private failed = false;
  @state() private reviewing = false;

  override willUpdate(changed: PropertyValues<this>): void {
    const before = changed.get('project');
    // Another project, or somebody has decided about this one in the meantime.
    if (changed.has('project') && (before?.id !== this.project.id || before.trust !== this.project.trust)) {
      if (before?.id !== this.project.id) {
        this.trust = undefined;
        this.reviewing = false;
      }
      void this.load();
    }
  }

  private async load(): Promise<void> {
    this.failed = false;
    const { id } = this.project;
    const answer = await this.api.trust(id);
    if (id !== this.project.id) return;
    // What somebody reads does not change under their eyes; that it is outdated is said when they decide, or seen when they close it.
    const reading = this.reviewing && this.trust !== undefined;
    if (!answer.ok) this.failed = !reading;
    else if (!reading || answer.value.fingerprint === this.trust?.fingerprint) this.trust = answer.value;
  }

  override render(): TemplateResult | typeof nothing {
    if (this.failed) return this.unknown();
    if (!this.trust) return html`<p class="looking" role="status">Looking at the project’s own settings…</p>`;
    const { state: how } = this.trust;
    if (how === 'nothing-to-load') return nothing;
    const { title, rest } = lineWords(this.trust, this.watching ? 'somebody trusts' : 'you trust');
    return html`<div class="note ${how === 'changed' ? 'ask' : ''}">
        ${icon(how === 'trusted' ? 'shield-check' : how === 'unreadable' ? 'triangle-alert' : 'shield')}
        <div class="grow"><p>${how === 'changed' ? html`<strong>${title}</strong>` : title}</p><p>${visible(rest)}</p></div>
        ${how === 'unreadable' ? nothing : html`<button class="btn sm" type="button" aria-haspopup="dialog" @click=${() => (this.reviewing = true)}>Review…</button>`}
      </div>
      ${this.reviewing
        ? html`<trust-review .project=${this.project} .trust=${this.trust} .api=${this.api} .watching=${this.watching}
            @trust-changed=${(event: CustomEvent<{ trust: Trust }>) => (this.trust = event.detail.trust)}
            @dialog-closed=${this.reviewed}></trust-review>`
        : nothing}`;
  }

  private readonly reviewed = (): void => {
    this.reviewing = false;
    void this.load();
  };

  private unknown(): TemplateResult {
    return html`<div class="note">${icon('circle-dashed')}
      <div class="grow" role="status"><p>What this project’s own settings are could not be read.</p><p>They load only if they were trusted as they are.</p></div>
      <button class="btn sm" type="button" @click=${() => void this.load()}>Try again</button></div>`;
  }
}
