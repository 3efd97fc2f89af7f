import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import { icon } from '../lib/icons';
import type { Toast } from '../state/dashboard';
import { controls } from '../styles/shared';

/** For what happened out of sight only; errors stay until they are closed. Says `toast-dismiss {id}`. */
@customElement('toast-stack')
export class ToastStack extends LitElement {
  static override styles = [
    controls,
    css`
      :host { position: fixed; inset: auto var(--sp-4) var(--sp-4) auto; z-index: var(--z-toast); width: 24rem; max-width: calc(100vw - 2rem); }
      ol { display: grid; gap: var(--sp-2); }
      li { display: flex; gap: var(--sp-2); align-items: flex-start; padding: var(--sp-3); border-radius: var(--r-lg); background: var(--raised); box-shadow: var(--shadow-2); border: 1px solid var(--line-2); }
      li > .i { margin-block-start: 1px; }
      li.error > .i { color: var(--fail-glyph); }
      div { min-width: 0; flex: 1 1 auto; overflow-wrap: anywhere; }
      p + p { color: var(--text-2); font-size: var(--text-sm); }
      .small { color: var(--text-3); font-size: var(--text-xs); user-select: all; }
      .btn { margin: calc(-1 * var(--sp-1)); }
      @media (max-width: 47.99rem) { :host { inset: var(--sp-2) var(--sp-2) auto; width: auto; max-width: none; } }
    `,
  ];

  @property({ attribute: false }) toasts: readonly Toast[] = [];

  override render(): TemplateResult {
    return html`<div class="live" role="alert"><ol>${repeat(
      this.toasts,
      (toast) => toast.id,
      (toast) => html`<li class=${toast.level}>
        ${icon(toast.level === 'error' ? 'octagon-x' : 'info')}
        <div><p class="strong">${toast.title}</p><p>${toast.detail}</p>${toast.small === '' ? nothing : html`<p class="small mono">${toast.small}</p>`}</div>
        <button class="btn ghost icon sm" type="button" aria-label="Close" @click=${() => this.close(toast.id)}>${icon('x', true)}</button>
      </li>`,
    )}</ol></div>`;
  }

  private close(id: number): void {
    this.dispatchEvent(new CustomEvent('toast-dismiss', { detail: { id }, bubbles: true, composed: true }));
  }
}
