import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import type { LogLine, Session } from '../../../api/types';
import { clock, moment, plural } from '../../../lib/format';
import { titleOf } from '../../../lib/groups';
import { icon } from '../../../lib/icons';
import { pathOf } from '../../../lib/router';
import { lineKey, lineText, shortLogger } from '../../../lib/system';
import { controls } from '../../../styles/shared';
import { visible, visibleStrictly } from '../../../transcript/visible';
import '../../copy-field';
import '../../relative-time';
import { panelSheet } from './panel';

/** So many stand there at first; the others are one press away, and the page does not end behind them. */
const SHOWN = 8;

/** The last warnings and errors of the log, newest first; one unfolds in place with all there is to copy. */
@customElement('recent-errors')
export class RecentErrors extends LitElement {
  static override styles = [
    controls,
    panelSheet,
    css`
      :host { display: block; min-width: 0; }
      .lines > li { padding: 0; }
      .fold { display: grid; grid-template-columns: auto 4.75rem minmax(0, 1fr) auto; gap: var(--sp-2); align-items: center; width: 100%; padding: var(--sp-2) var(--sp-4); min-height: var(--row-1); }
      .fold:hover { background: var(--hover); }
      .fold:focus-visible { outline-offset: -2px; border-radius: var(--r-md); }
      .fold > .i { align-self: center; color: var(--text-3); }
      .fold .lv { display: inline-flex; gap: var(--sp-15); align-items: center; font-size: var(--text-sm); color: var(--text-2); font-weight: var(--weight-medium); }
      .fold .ERROR { color: var(--fail-text); }
      .fold .what { min-width: 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
      [aria-expanded='true'] .what { white-space: normal; overflow-wrap: anywhere; }
      .fold .when { color: var(--text-3); font-size: var(--text-sm); font-variant-numeric: tabular-nums; white-space: nowrap; }
      .more { padding: var(--sp-1) var(--sp-4) var(--sp-3) calc(var(--sp-4) + 1.375rem); display: grid; gap: var(--sp-3); grid-template-columns: minmax(0, 1fr); }
      dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: var(--sp-1) var(--sp-4); font-size: var(--text-sm); }
      dt { color: var(--text-3); }
      dd { min-width: 0; overflow-wrap: anywhere; }
      .rest { display: grid; padding: var(--sp-2) var(--sp-4); }
      @media (max-width: 47.99rem) {
        .fold { grid-template-columns: auto minmax(0, 1fr) auto; min-height: 2.75rem; }
        .fold .what { grid-column: 2 / -1; grid-row: 2; white-space: normal; overflow-wrap: anywhere; display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 2; line-clamp: 2; }
        [aria-expanded='true'] .what { display: block; }
        .more { padding-inline-start: var(--sp-4); }
        dl { grid-template-columns: minmax(0, 1fr); gap: 0; }
        dd { margin-block-end: var(--sp-2); }
      }
    `,
  ];

  /** Nothing while they are not known yet. */
  @property({ attribute: false }) lines: readonly LogLine[] | undefined;
  /** Why they could not be read. */
  @property() problem = '';
  @property({ attribute: false }) sessions: ReadonlyMap<string, Session> = new Map();
  @state() private opened = '';
  @state() private all = false;
  @state() private errorsOnly = false;

  override render(): TemplateResult {
    const { lines } = this;
    if (lines === undefined) return this.problem === '' ? skeleton() : html`<p class="calm wrong" role="status">${this.problem}</p>`;
    if (lines.length === 0) return html`<p class="calm">No warning and no error since the server started.</p>`;
    const errors = lines.filter((line) => line.level === 'ERROR');
    const chosen = this.errorsOnly ? errors : lines;
    const shown = this.all ? chosen : chosen.slice(0, SHOWN);
    return html`${errors.length > 0 && errors.length < lines.length ? this.choice(errors.length, lines.length) : nothing}
      <ul class="lines">${repeat(keyed(shown), ([key]) => key, ([key, line]) => this.line(key, line))}</ul>
      ${chosen.length > SHOWN ? html`<div class="rest"><button class="btn ghost sm" type="button" aria-expanded=${this.all} @click=${() => (this.all = !this.all)}>${this.all ? 'Show the newest only' : `Show all ${chosen.length}`}</button></div>` : nothing}`;
  }

  private choice(errors: number, all: number): TemplateResult {
    return html`<div class="rest"><label class="row-flex sm t2"><input class="check" type="checkbox" .checked=${this.errorsOnly} @change=${(event: Event) => (this.errorsOnly = (event.target as HTMLInputElement).checked)} />Errors only <span class="t3">${errors} of ${plural(all, 'line')}</span></label></div>`;
  }

  private line(key: string, line: LogLine): TemplateResult {
    const open = this.opened === key;
    const word = line.level === 'ERROR' ? 'Error' : 'Warning';
    return html`<li>
      <button class="fold" type="button" aria-expanded=${open} @click=${() => (this.opened = open ? '' : key)}>
        ${icon(open ? 'chevron-down' : 'chevron-right', true)}<span class="lv ${line.level}">${icon(line.level === 'ERROR' ? 'octagon-x' : 'triangle-alert', true)}${word}</span>
        <span class="what">${visible(line.message)}</span><span class="when" title=${moment(line.time)}>${clock(line.time)}</span>
      </button>
      ${open ? this.detail(line) : nothing}
    </li>`;
  }

  private detail(line: LogLine): TemplateResult {
    const { requestId, sessionId, exception } = line;
    const session = sessionId === undefined ? undefined : this.sessions.get(sessionId);
    return html`<div class="more">
      <dl>
        <dt>When</dt><dd class="num">${moment(line.time)} <span class="t3">(<relative-time .time=${line.time}></relative-time> ago)</span></dd>
        <dt>Where</dt><dd class="mono" title=${line.logger}>${shortLogger(line.logger)}</dd>
        ${requestId === undefined ? nothing : html`<dt>Request</dt><dd class="mono">${visibleStrictly(requestId)}</dd>`}
        ${sessionId === undefined ? nothing : html`<dt>Session</dt><dd><a class="link" href=${pathOf(sessionId)}>${session ? titleOf(session) : visibleStrictly(sessionId)}</a></dd>`}
      </dl>
      <copy-field label=${exception === undefined ? 'The line' : 'The line with its stack trace'} .value=${visible(lineText(line))}></copy-field>
    </div>`;
  }
}

/** Lines of the same moment with the same words are told apart by their place among them. */
function keyed(lines: readonly LogLine[]): readonly (readonly [string, LogLine])[] {
  const seen = new Map<string, number>();
  // From the oldest, so that a new line changes the key of no other.
  return [...lines]
    .reverse()
    .map((line) => {
      const key = lineKey(line);
      const before = seen.get(key) ?? 0;
      seen.set(key, before + 1);
      return [`${key} ${before}`, line] as const;
    })
    .reverse();
}

function skeleton(): TemplateResult {
  return html`<div class="sk-lines late" role="status"><span class="sr">Warnings and errors are being loaded</span>${[1, 2, 3].map(() => html`<span class="sk"></span>`)}</div>`;
}
