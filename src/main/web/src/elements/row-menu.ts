import { css, html, LitElement, type TemplateResult } from 'lit';
import { customElement, property, query } from 'lit/decorators.js';
import { icon, type IconName } from '../lib/icons';
import { controls } from '../styles/shared';

export interface MenuEntry {
  readonly name: string;
  readonly icon: IconName;
  readonly act: () => void;
  /** It takes something away: last, after a line. */
  readonly bad?: boolean;
  /** Why it cannot be done just now; said in its place. */
  readonly off?: string;
}

const GAP = 4;

/** What can be done with one row. Floats over everything, closes by Escape or a press beside it, and gives the focus back. */
@customElement('row-menu')
export class RowMenu extends LitElement {
  static override styles = [
    controls,
    css`
      :host { display: inline-flex; }
      [popover] { position: fixed; inset: auto; margin: 0; width: 15.5rem; max-width: calc(100vw - 1rem); padding: var(--sp-1); border: 1px solid var(--line-2); border-radius: var(--r-lg); background: var(--raised); color: var(--text); box-shadow: var(--shadow-2); font-size: var(--text-md); }
      .entry { display: grid; grid-template-columns: auto minmax(0, 1fr); gap: 0 var(--sp-2); align-items: center; width: 100%; min-height: 1.875rem; padding: var(--sp-1) var(--sp-2); border-radius: var(--r-sm); }
      .entry:hover, .entry:focus-visible { background: var(--hover); }
      .entry .i { color: var(--text-3); }
      .entry small { grid-column: 2; font-size: var(--text-sm); color: var(--text-3); }
      .entry[aria-disabled='true'] { color: var(--text-3); cursor: default; background: none; }
      .bad, .bad .i { color: var(--fail-text); }
      hr { border: 0; height: 1px; background: var(--line); margin: var(--sp-1) 0; }
      @media (max-width: 47.99rem) { .entry { min-height: 2.75rem; } .btn { width: 2.75rem; height: 2.75rem; } }
    `,
  ];

  @property() label = '';
  @property({ attribute: false }) entries: readonly MenuEntry[] = [];
  @query('.btn') private button!: HTMLButtonElement;
  @query('[popover]') private list!: HTMLElement;

  override focus(): void {
    this.button.focus();
  }

  override render(): TemplateResult {
    return html`
      <button class="btn ghost icon" type="button" aria-haspopup="menu" aria-label=${this.label} @click=${this.open} @keydown=${this.openKey}>${icon('ellipsis')}</button>
      <div popover role="menu" aria-label=${this.label} @keydown=${this.key} @toggle=${(event: ToggleEvent) => this.button.setAttribute('aria-expanded', event.newState === 'open' ? 'true' : 'false')}>
        ${this.entries.map(
          (entry) => html`${entry.bad ? html`<hr />` : ''}<button class="entry ${entry.bad ? 'bad' : ''}" type="button" role="menuitem" tabindex="-1" aria-disabled=${entry.off ? 'true' : 'false'} @click=${() => this.choose(entry)}>
            ${icon(entry.icon)}<span>${entry.name}</span>${entry.off ? html`<small>${entry.off}</small>` : ''}</button>`,
        )}
      </div>
    `;
  }

  private readonly open = (): void => {
    this.list.showPopover();
    const at = this.button.getBoundingClientRect();
    const own = this.list.getBoundingClientRect();
    const below = at.bottom + GAP + own.height <= innerHeight;
    // Through the object model, which the policy for styles does not bind.
    this.list.style.left = `${Math.max(8, at.right - own.width)}px`;
    this.list.style.top = `${below ? at.bottom + GAP : Math.max(8, at.top - GAP - own.height)}px`;
    this.items[0]?.focus();
  };

  private openKey(event: KeyboardEvent): void {
    if (event.key !== 'ArrowDown') return;
    event.preventDefault();
    this.open();
  }

  private get items(): HTMLElement[] {
    return [...this.list.querySelectorAll<HTMLElement>('.entry')];
  }

  private key(event: KeyboardEvent): void {
    const { items } = this;
    const at = items.indexOf((this.renderRoot as ShadowRoot).activeElement as HTMLElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1 + items.length, Home: 0, End: items.length - 1 }[event.key];
    if (to !== undefined) items[to % items.length]?.focus();
    else if (event.key === 'Tab') this.list.hidePopover();
    else if (/^[a-z]$/i.test(event.key)) items.find((item) => item.innerText.trim().toLowerCase().startsWith(event.key.toLowerCase()))?.focus();
    else return;
    if (event.key !== 'Tab') event.preventDefault();
    event.stopPropagation();
  }

  private choose(entry: MenuEntry): void {
    if (entry.off) return;
    // First closed, so that a dialog which opens now gives the focus back to the button.
    this.list.hidePopover();
    this.button.focus();
    entry.act();
  }
}
