import { css, html, LitElement, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { glyph, glyphSheet, tone, word, type Look } from '../lib/glyphs';

/** Shape, word and colour of a state. */
@customElement('status-badge')
export class StatusBadge extends LitElement {
  static override styles = [
    glyphSheet,
    css`
      :host { display: inline-flex; flex: none; }
      .badge { display: inline-flex; align-items: center; gap: var(--sp-15); height: 1.375rem; padding: 0 var(--sp-2) 0 var(--sp-15); border-radius: var(--r-sm); border: 1px solid transparent; font-size: var(--text-sm); font-weight: var(--weight-medium); white-space: nowrap; }
      .g { width: 0.875rem; height: 0.875rem; }
      .b-ask, .b-stall { background: var(--ask-tint); color: var(--ask-text); border-color: var(--ask-line); }
      .b-work { background: var(--work-tint); color: var(--work-text); }
      .b-idle { background: var(--idle-tint); color: var(--idle-text); }
      .b-queue { background: var(--queue-tint); color: var(--queue-text); }
      .b-fail { background: var(--fail-tint); color: var(--fail-text); }
      .b-rest { background: var(--rest-tint); color: var(--text-2); }
      @media (forced-colors: active) { .badge { border-color: CanvasText; } }
    `,
  ];

  @property() state: Look = 'idle';

  override render(): TemplateResult {
    return html`<span class="badge b-${tone(this.state)}">${glyph(this.state)}${word(this.state)}</span>`;
  }
}
