import { css, html, LitElement, type TemplateResult } from 'lit';
import { customElement, property, query } from 'lit/decorators.js';
import type { User } from '../api/types';
import { icon } from '../lib/icons';
import { keysFor } from '../lib/keys';
import { controls } from '../styles/shared';
import { dialogSheet } from './dialog-sheet';

/** The keys there are. Says `dialog-closed`. */
@customElement('keys-help')
export class KeysHelp extends LitElement {
  static override styles = [
    controls,
    dialogSheet,
    css`
      h3 { font-size: var(--text-sm); font-weight: var(--weight-strong); color: var(--text-2); margin-block-end: var(--sp-1); }
      dl { display: grid; grid-template-columns: 1fr auto; gap: var(--sp-1) var(--sp-4); align-items: center; }
      dt { grid-column: 1; }
      dd { grid-column: 2; display: flex; gap: var(--sp-1); justify-content: flex-end; }
      kbd { display: inline-flex; }
    `,
  ];

  @property({ attribute: false }) user!: User;
  @query('dialog') private dialog!: HTMLDialogElement;

  override firstUpdated(): void {
    this.dialog.showModal();
  }

  override render(): TemplateResult {
    return html`<dialog aria-labelledby="h" @close=${() => this.dispatchEvent(new CustomEvent('dialog-closed'))}
      @click=${(event: Event) => event.target === this.dialog && this.dialog.close()}>
      <div>
        <header><h2 id="h">Keys</h2>
          <button class="btn ghost icon" type="button" aria-label="Close" @click=${() => this.dialog.close()}>${icon('x')}</button></header>
        <div class="in" tabindex="0" role="region" aria-label="All keys">
          ${keysFor(this.user).map(
            ({ where, keys }) => html`<section><h3>${where}</h3><dl>${keys.map(
              ([key, does]) => html`<dt>${does}</dt><dd>${key.split(' ').map((part) => html`<kbd>${part}</kbd>`)}</dd>`,
            )}</dl></section>`,
          )}
          <p class="t3 sm">Single letters can be switched off in the menu at your name.</p>
        </div>
      </div>
    </dialog>`;
  }
}
