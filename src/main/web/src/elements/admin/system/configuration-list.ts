import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import type { ConfiguredValue } from '../../../api/types';
import { icon } from '../../../lib/icons';
import { plural } from '../../../lib/format';
import { isSet, matching } from '../../../lib/system';
import { controls } from '../../../styles/shared';
import { visibleStrictly } from '../../../transcript/visible';
import { panelSheet } from './panel';

/** What holds for each key and where it comes from: at first what somebody set, and all of it one press away. */
@customElement('configuration-list')
export class ConfigurationList extends LitElement {
  static override styles = [
    controls,
    panelSheet,
    css`
      :host { display: block; min-width: 0; }
      .tools { display: flex; flex-wrap: wrap; align-items: center; gap: var(--sp-2) var(--sp-3); padding: var(--sp-2) var(--sp-4); border-block-end: 1px solid var(--line); }
      .search { position: relative; flex: 0 1 20rem; min-width: 12rem; }
      .search .i { position: absolute; inset-inline-start: var(--sp-2); inset-block: 0; margin-block: auto; color: var(--text-3); pointer-events: none; }
      .search .input { padding-inline-start: 1.75rem; }
      table { width: 100%; border-collapse: collapse; table-layout: fixed; }
      th { height: 1.875rem; padding: 0 var(--sp-3) 0 0; font-size: var(--text-xs); color: var(--text-3); font-weight: var(--weight-medium); text-align: start; border-block-end: 1px solid var(--line); }
      td { padding: var(--sp-15) var(--sp-3) var(--sp-15) 0; border-block-end: 1px solid var(--line); vertical-align: baseline; overflow-wrap: anywhere; }
      tr:last-child td { border: 0; }
      :is(th, td):first-child { padding-inline-start: var(--sp-4); }
      :is(th, td):last-child { padding-inline-end: var(--sp-4); }
      .key { width: 30%; }
      .from { width: 34%; color: var(--text-2); }
      td.from { font-size: var(--text-sm); }
      .usual { color: var(--text-3); }
      mark { background: var(--accent-tint); color: inherit; border-radius: 2px; }
      @media (max-width: 47.99rem) {
        thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
        tr { display: grid; grid-template-columns: minmax(0, 1fr); padding: var(--sp-2) var(--sp-4); border-block-end: 1px solid var(--line); }
        tr:last-child { border: 0; }
        td, td:first-child, td:last-child { border: 0; padding: 0; width: auto; }
        .search { flex: 1 1 100%; }
      }
    `,
  ];

  @property({ attribute: false }) values: readonly ConfiguredValue[] = [];
  @state() private typed = '';
  @state() private all = false;

  override render(): TemplateResult {
    const set = this.values.filter(isSet);
    const from = this.all ? this.values : set;
    const found = matching(from, this.typed);
    return html`
      <div class="tools">
        <span class="search">${icon('search', true)}<input class="input quiet" type="search" aria-label="Find in the configuration" placeholder="Key, value or source" .value=${this.typed} @input=${(event: InputEvent) => (this.typed = (event.target as HTMLInputElement).value)} /></span>
        <label class="row-flex sm t2"><input class="check" type="checkbox" .checked=${this.all} @change=${(event: Event) => (this.all = (event.target as HTMLInputElement).checked)} />Defaults too</label>
        <span class="sr" role="status">${this.typed === '' ? '' : plural(found.length, 'key')}</span>
      </div>
      ${found.length === 0 ? this.none(set.length) : this.table(found)}
    `;
  }

  private table(values: readonly ConfiguredValue[]): TemplateResult {
    return html`<table>
      <caption class="sr">What holds for each key</caption>
      <thead><tr><th class="key" scope="col">Key</th><th scope="col">Value</th><th class="from" scope="col">Set by</th></tr></thead>
      <tbody>${repeat(values, (value) => value.key, (value) => html`<tr>
        <td class="key mono">${value.key}</td>
        <td class="mono">${value.value === '' ? html`<span class="usual">empty</span>` : visibleStrictly(value.value)}</td>
        <td class="from ${isSet(value) ? '' : 'usual'}">${visibleStrictly(value.source)}</td>
      </tr>`)}</tbody>
    </table>`;
  }

  private none(set: number): TemplateResult {
    if (this.typed !== '') {
      const beyond = this.all ? 0 : matching(this.values, this.typed).length;
      return html`<p class="calm">No key, value or source matches “${this.typed}”${this.all ? '' : ' among what was set'}.
        ${beyond > 0 ? html`<button class="link" type="button" @click=${() => (this.all = true)}>${beyond === 1 ? 'One default does' : `${beyond} defaults do`}</button>.` : nothing}</p>`;
    }
    return html`<p class="calm">${set === 0 ? 'Everything is as it comes: nobody has set a key.' : ''}</p>`;
  }
}
