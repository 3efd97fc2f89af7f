import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import { icon } from '../lib/icons';
import { controls } from '../styles/shared';

const SAID_MS = 4_000;

/** A text that is there to be taken away: shown whole, copied with one press. */
@customElement('copy-field')
export class CopyField extends LitElement {
  static override styles = [
    controls,
    css`
      :host { display: grid; gap: var(--sp-15); min-width: 0; }
      .label { display: flex; align-items: center; gap: var(--sp-2); }
      .line { display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: var(--sp-2); align-items: start; }
      output { display: block; padding: var(--sp-2); border: 1px solid var(--line-2); border-radius: var(--r-md); background: var(--sunken); font-family: var(--font-mono); font-size: var(--text-code); line-height: var(--leading-code); overflow-wrap: anywhere; white-space: pre-wrap; user-select: all; max-height: 9rem; overflow: auto; }
      .btn { min-width: 6.5rem; }
      @media (max-width: 47.99rem) { .line { grid-template-columns: minmax(0, 1fr); } .btn { height: 2.75rem; } }
    `,
  ];

  @property() label = '';
  @property() value = '';
  @state() private said = '';
  @query('output') private output!: HTMLOutputElement;
  private timer: ReturnType<typeof setTimeout> | undefined;

  override disconnectedCallback(): void {
    clearTimeout(this.timer);
    super.disconnectedCallback();
  }

  override focus(): void {
    this.renderRoot.querySelector<HTMLElement>('.btn')?.focus();
  }

  override render(): TemplateResult {
    const copied = this.said === 'Copied';
    return html`
      <span class="label" id="l">${this.label}</span>
      <div class="line">
        <output aria-labelledby="l" tabindex="0">${this.value}</output>
        <button class="btn" type="button" aria-label=${`${copied ? 'Copied' : 'Copy'}: ${this.label}`} @click=${() => void this.copy()}>${icon(copied ? 'check' : 'copy', true)}${copied ? 'Copied' : 'Copy'}</button>
      </div>
      <span class=${copied || this.said === '' ? 'sr' : 'help sm t2'} role="status">${this.said === '' ? nothing : copied ? `${this.label}: copied` : this.said}</span>
    `;
  }

  private async copy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(this.value);
      this.said = 'Copied';
      this.dispatchEvent(new CustomEvent('copied', { bubbles: true, composed: true }));
    } catch {
      // Without a secure origin there is no clipboard: the text is chosen, and the reader's own key copies it.
      getSelection()?.selectAllChildren(this.output);
      this.said = 'It is selected. Copy it with your own keys.';
    }
    clearTimeout(this.timer);
    this.timer = setTimeout(() => (this.said = ''), SAID_MS);
  }
}
