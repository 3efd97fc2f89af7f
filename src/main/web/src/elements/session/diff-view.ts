import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { controls } from '../../styles/shared';
import type { DiffRow, FileDiff } from '../../transcript/diff';
import { visibleStrictly } from '../../transcript/visible';
import { baseName, plural } from '../../transcript/words';
import { tellFold } from './intents';
import { cardSheet } from './sheets';

const SHOWN = 60;
const SHOWN_AT_ONCE = 2_000;
/** Beyond this, what must be shown whole is shown as text: rows of their own would take seconds to lay out. */
const MOST_ROWS = 1_000;

/** A unified diff: both numbers, the sign, the words that changed. Colour, sign and gutter all say the same. */
@customElement('diff-view')
export class DiffView extends LitElement {
  static override styles = [
    controls,
    cardSheet,
    css`
      :host { display: block; min-width: 0; }
      .diff { font-family: var(--font-mono); font-size: var(--text-code); line-height: var(--leading-code); overflow: auto; scrollbar-width: thin; scrollbar-color: var(--line-2) transparent; background: var(--raised); }
      .diff:focus-visible { outline-offset: -2px; }
      ol { min-width: 100%; width: max-content; }
      li { display: grid; grid-template-columns: 2.5rem 2.5rem 1.375rem minmax(0, 1fr); white-space: pre; min-height: 1.55em; tab-size: 4; }
      .bare li { grid-template-columns: 1.75rem minmax(0, 1fr); }
      .bare .ln { display: none; }
      .ln { color: var(--text-3); text-align: end; padding-inline-end: var(--sp-2); user-select: none; font-size: 0.6875rem; display: flex; align-items: center; justify-content: flex-end; font-variant-numeric: tabular-nums; }
      .sg { text-align: center; user-select: none; color: var(--text-3); }
      .tx { padding-inline-end: var(--sp-4); }
      .add { background: var(--add-bg); }
      .add .ln { background: var(--add-gutter); color: var(--add-text); }
      .add .sg { color: var(--add-text); font-weight: 600; }
      .add mark { background: var(--add-word); color: inherit; border-radius: 2px; }
      .del { background: var(--del-bg); }
      .del .ln { background: var(--del-gutter); color: var(--del-text); }
      .del .sg { color: var(--del-text); font-weight: 600; }
      .del mark { background: var(--del-word); color: inherit; border-radius: 2px; }
      .hunk { background: var(--hunk-bg); color: var(--hunk-text); font-size: 0.71875rem; align-items: center; }
      .hunk .tx { grid-column: 3 / -1; padding-inline-start: var(--sp-2); }
      .bare .hunk .tx { grid-column: 1 / -1; }
      pre { font: inherit; tab-size: 4; padding-inline: var(--sp-2) var(--sp-4); }
      .tail { color: var(--text-3); font-style: italic; }
      .more { border-block-start: 1px solid var(--line); }
      @media (max-width: 47.99rem) { li { grid-template-columns: 2rem 2rem 1.125rem minmax(0, 1fr); } }
      @media (forced-colors: active) { .add, .del { border-inline-start: 3px solid CanvasText; } }
    `,
  ];

  @property({ attribute: false }) diff: FileDiff | undefined;
  /** Everything is shown from the start: nothing may be allowed that is not seen whole. */
  @property({ type: Boolean }) whole = false;
  @state() private limit = SHOWN;

  override render(): TemplateResult | typeof nothing {
    const diff = this.diff;
    if (!diff) return nothing;
    const limit = this.whole ? MOST_ROWS : this.limit;
    const rest = diff.rows.slice(limit);
    const hidden = this.whole ? 0 : rest.length;
    return html`
      <div class=${diff.numbered ? 'diff' : 'diff bare'} tabindex="0" role="region" aria-label=${`Changes in ${visibleStrictly(baseName(diff.path))}`}>
        <ol>
          ${diff.rows.slice(0, limit).map(row)}
        </ol>
        ${this.whole && rest.length ? html`<pre>${rest.map(line).join('\n')}</pre>` : nothing}
      </div>
      ${hidden > 0
        ? html`<button class="more" type="button" @click=${this.showMore}>Show ${plural(Math.min(hidden, SHOWN_AT_ONCE), 'more line')}</button>`
        : nothing}
    `;
  }

  private showMore(): void {
    tellFold(this);
    this.limit += SHOWN_AT_ONCE;
  }
}

const SIGNS = { add: '+', del: '−', same: '', hunk: '', note: '' } as const;
const SPOKEN = { add: 'added: ', del: 'removed: ', same: '', hunk: '', note: '' } as const;

function row(line: DiffRow): TemplateResult {
  if (line.kind === 'hunk') {
    return html`<li class="hunk"><span class="ln"></span><span class="ln"></span><span class="tx">${line.text}</span></li>`;
  }
  const spoken = SPOKEN[line.kind];
  return html`<li class=${line.kind === 'note' ? 'tail' : line.kind}><span class="ln">${line.oldNumber ?? ''}</span><span class="ln">${line.newNumber ?? ''}</span><span class="sg" aria-hidden="true">${SIGNS[line.kind]}</span><span class="tx">${spoken ? html`<span class="sr">${spoken}</span>` : nothing}${marked(line)}</span></li>`;
}

function line({ kind, text }: DiffRow): string {
  return `${SIGNS[kind] || ' '} ${text}`;
}

function marked(line: DiffRow): TemplateResult | string {
  if (!line.word) return line.text;
  const [from, to] = line.word;
  return html`${line.text.slice(0, from)}<mark>${line.text.slice(from, to)}</mark>${line.text.slice(to)}`;
}
