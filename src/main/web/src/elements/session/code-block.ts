import { css, html, LitElement, type PropertyValues, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { icon } from '../../lib/icons';
import { controls } from '../../styles/shared';
import type { highlight } from '../../transcript/highlight';
import { sanitize } from '../../transcript/markdown';
import { codeSheet } from './sheets';

/** Above this the colours cost more than they tell: what is made to be hard for a grammar costs by the square of its length. */
const HIGHLIGHT_LIMIT = 20_000;
const COPIED_MILLIS = 1_600;

let highlighter: typeof highlight | undefined;
let loading: Promise<void> | undefined;

/** A block of code with its language and a Copy button. Colours come later than the text and never move it. */
@customElement('code-block')
export class CodeBlock extends LitElement {
  static override styles = [
    controls,
    codeSheet,
    css`
      :host { display: block; border: 1px solid var(--line); border-radius: var(--r-md); background: var(--sunken); min-width: 0; overflow: clip; }
      header { display: flex; align-items: center; gap: var(--sp-2); height: 1.75rem; padding: 0 var(--sp-1) 0 var(--sp-3); font-size: var(--text-xs); line-height: 1.4; color: var(--text-3); border-block-end: 1px solid var(--line); }
      .code { max-height: 32rem; margin: 0; }
    `,
  ];

  @property() code = '';
  @property() language = '';
  @state() private copied = false;
  private timer = 0;

  override render(): TemplateResult {
    return html`
      <header>
        <span>${this.language || 'text'}</span>
        <button class="btn ghost sm push" type="button" @click=${this.copy}>
          ${icon(this.copied ? 'check' : 'copy', true)}<span aria-live="polite">${this.copied ? 'Copied' : 'Copy'}</span>
        </button>
      </header>
      <pre class="code" tabindex="0" role="region" aria-label=${`Code${this.language ? `, ${this.language}` : ''}`}></pre>
    `;
  }

  override updated(changed: PropertyValues<this>): void {
    if (changed.has('code') || changed.has('language')) this.paint();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    window.clearTimeout(this.timer);
  }

  private paint(): void {
    const target = this.renderRoot.querySelector('pre');
    if (!target) return;
    const wanted = this.language && this.code.length <= HIGHLIGHT_LIMIT;
    const markup = wanted ? highlighter?.(this.code, this.language.toLowerCase()) : undefined;
    if (markup === undefined) target.textContent = this.code;
    else target.replaceChildren(sanitize(markup));
    if (wanted && !highlighter) void this.colourLater();
  }

  private async colourLater(): Promise<void> {
    loading ??= import('../../transcript/highlight').then(
      (module) => {
        highlighter = module.highlight;
      },
      // Without colours the code is still readable; the next block tries again.
      () => {
        loading = undefined;
      },
    );
    await loading;
    if (highlighter && this.isConnected) this.paint();
  }

  private async copy(): Promise<void> {
    if (!(await copyText(this.code))) return;
    this.copied = true;
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => (this.copied = false), COPIED_MILLIS);
  }
}

/** Whether it worked; the clipboard is closed to pages without a secure origin. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
