import { html, LitElement, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { age, duration, moment } from '../lib/format';
import { onTick } from '../lib/ticker';

/** How long ago something was; the exact moment on hover. `long` shows two units. */
@customElement('relative-time')
export class RelativeTime extends LitElement {
  @property() time = '';
  @property({ type: Boolean }) long = false;
  private stop: (() => void) | undefined;
  private shown = '';

  override connectedCallback(): void {
    super.connectedCallback();
    this.stop = onTick(() => {
      if (this.words() !== this.shown) this.requestUpdate();
    });
  }

  override disconnectedCallback(): void {
    this.stop?.();
    super.disconnectedCallback();
  }

  private words(): string {
    const passed = Date.now() - Date.parse(this.time);
    if (Number.isNaN(passed)) return '';
    return this.long ? duration(passed) : age(passed);
  }

  override render(): TemplateResult {
    this.shown = this.words();
    return html`<time datetime=${this.time} title=${this.time === '' ? '' : moment(this.time)}>${this.shown}</time>`;
  }
}
