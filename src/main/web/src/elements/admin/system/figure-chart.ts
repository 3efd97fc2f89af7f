import { css, html, LitElement, nothing, unsafeCSS, type PropertyValues, type TemplateResult } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import type uPlot from 'uplot';
import uPlotSheet from 'uplot/dist/uPlot.min.css?inline';
import type { FigureUnit } from '../../../api/types';
import { clock } from '../../../lib/format';
import { chartSentence, figureParts, figureWords, summaryOf, topOf, type Columns } from '../../../lib/system';
import { onLookChange } from '../../../lib/theme';
import { controls } from '../../../styles/shared';

/** Loaded when the first chart is shown, and once: nobody else needs it. */
let library: Promise<typeof uPlot> | undefined;

function load(): Promise<typeof uPlot> {
  library ??= import('uplot').then(
    (module) => module.default,
    (failure: unknown) => {
      library = undefined;
      throw failure;
    },
  );
  return library;
}

const COLOURS = ['--ch-1', '--ch-4'] as const;
const TICK_SECONDS = [60, 120, 300, 600];
/** Pixels. */
const LABEL_HALF = 18;

/** One figure over time, or a few of one unit: the newest value in words, and a drawing which readers get as a sentence. */
@customElement('figure-chart')
export class FigureChart extends LitElement {
  static override styles = [
    controls,
    unsafeCSS(uPlotSheet),
    css`
      :host { display: grid; grid-template-columns: minmax(0, 1fr); grid-template-rows: auto auto minmax(0, 1fr) auto; gap: var(--sp-1); min-width: 0; padding: var(--sp-3) var(--sp-4); }
      .l { display: flex; gap: var(--sp-2); color: var(--text-2); font-size: var(--text-sm); }
      .l .at { margin-inline-start: auto; color: var(--text-3); white-space: nowrap; }
      .vs { display: flex; flex-wrap: wrap; column-gap: var(--sp-4); align-items: baseline; min-height: 1.875rem; }
      .v { font-size: 1.375rem; font-weight: var(--weight-strong); letter-spacing: -0.02em; line-height: 1.875rem; font-variant-numeric: tabular-nums; white-space: nowrap; }
      .v small { font-size: var(--text-md); color: var(--text-3); font-weight: var(--weight-normal); letter-spacing: 0; line-height: 1; }
      .v .none { color: var(--text-3); font-weight: var(--weight-normal); }
      .key { display: inline-block; width: 0.75rem; height: 0; border-block-start: 2px solid var(--ch-1); vertical-align: 0.3em; margin-inline-end: var(--sp-1); }
      .key.k1 { border-block-start: 2px dashed var(--ch-4); }
      .plot { height: 5.75rem; min-width: 0; overflow: hidden; position: relative; }
      .plot .uplot { font-family: var(--font-ui); }
      .u-cursor-x { border-inline-end: 1px solid var(--line-strong) !important; }
      .foot { color: var(--text-3); font-size: var(--text-xs); font-variant-numeric: tabular-nums; min-height: 1rem; }
      @media (max-width: 47.99rem) {
        :host { padding: var(--sp-2) var(--sp-3); }
        .plot { height: 4.5rem; }
        .v { font-size: 1.25rem; }
      }
      .lost { position: absolute; inset: 0; display: grid; place-content: center; text-align: center; color: var(--text-3); font-size: var(--text-sm); }
    `,
  ];

  @property() heading = '';
  @property() note = '';
  @property() unit: FigureUnit = 'number';
  @property({ attribute: false }) lines: readonly string[] = [];
  @property({ attribute: false }) columns: Columns = [[]];
  @property({ attribute: false }) limit: number | undefined;
  /** Seconds since the epoch at the left edge, the same for all charts. */
  @property({ type: Number }) from = 0;
  @property({ type: Number }) until = 0;
  @state() private hovered: number | undefined;
  @state() private lost = false;
  @query('.plot') private plot!: HTMLElement;
  private chart: uPlot | undefined;
  private resized: ResizeObserver | undefined;
  private unwatch: (() => void) | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.unwatch = onLookChange(() => void this.draw());
    this.resized = new ResizeObserver(() => this.fit());
    void this.updateComplete.then(() => {
      if (!this.isConnected) return;
      this.resized?.observe(this.plot);
      void this.draw();
    });
  }

  override disconnectedCallback(): void {
    this.unwatch?.();
    this.resized?.disconnect();
    this.chart?.destroy();
    this.chart = undefined;
    super.disconnectedCallback();
  }

  override updated(changed: PropertyValues<this>): void {
    if (changed.has('columns') || changed.has('until') || changed.has('limit')) this.chart?.setData(this.columns);
  }

  // ---- words -------------------------------------------------------------------------------------------------------------

  override render(): TemplateResult {
    const [, ...values] = this.columns;
    const at = this.hovered === undefined ? undefined : this.columns[0][this.hovered];
    return html`
      <div class="l"><span class="clip">${this.heading}</span>${at === undefined ? (this.note === '' ? nothing : html`<span class="at">${this.note}</span>`) : html`<span class="at num">${clock(at * 1000)}</span>`}</div>
      <div class="vs">${values.map((column, line) => this.value(column, line, at === undefined))}</div>
      <div class="plot" role="img" aria-label=${chartSentence(this.heading, this.lines, values, this.unit)}>${this.lost ? html`<div class="lost">The drawing could not be loaded.</div>` : nothing}</div>
      <div class="foot">${this.range(values)}</div>
    `;
  }

  private value(column: readonly (number | null)[], line: number, newest: boolean): TemplateResult {
    const value = newest ? summaryOf(column).now : (column[this.hovered ?? -1] ?? undefined);
    const named = this.lines[line];
    const key = this.lines.length > 1 ? html`<i class="key k${line}"></i>` : nothing;
    if (value === undefined) return html`<span class="v">${key}<span class="none" title="Nothing was measured">–</span>${named === undefined ? nothing : html` <small>${named}</small>`}</span>`;
    const [amount, unit] = figureParts(value, this.unit);
    const most = this.limit === undefined || this.lines.length > 1 ? '' : `of ${figureWords(this.limit, this.unit)}`;
    const after = [named ?? (most !== '' && most.endsWith(unit) ? '' : unit), most].filter((word) => word !== '').join(' ');
    return html`<span class="v">${key}${amount}${after === '' ? nothing : html` <small>${after}</small>`}</span>`;
  }

  private range(columns: readonly (readonly (number | null)[])[]): string {
    const ranges = columns.map((column) => {
      const { low, high } = summaryOf(column);
      if (low === undefined || high === undefined) return 'Nothing measured yet';
      return low === high ? `${figureWords(low, this.unit)} all the time` : `${figureWords(low, this.unit)} to ${figureWords(high, this.unit)}`;
    });
    return [...new Set(ranges)].join(' · ');
  }

  // ---- drawing -----------------------------------------------------------------------------------------------------------

  private fit(): void {
    const { clientWidth: width, clientHeight: height } = this.plot;
    if (width > 0 && this.chart && (this.chart.width !== width || this.chart.height !== height)) this.chart.setSize({ width, height });
  }

  /** Anew: the colours are those of the theme at this moment. */
  private async draw(): Promise<void> {
    try {
      const Plot = await load();
      this.lost = false;
      if (!this.isConnected) return;
      this.chart?.destroy();
      this.chart = new Plot(this.options(), this.columns, this.plot);
    } catch {
      // The words stand without it; another look at the page tries again.
      this.lost = true;
    }
  }

  private options(): uPlot.Options {
    const style = getComputedStyle(this);
    const role = (name: string) => style.getPropertyValue(name).trim();
    const font = `${Math.round(0.6875 * parseFloat(getComputedStyle(document.documentElement).fontSize))}px ${role('--font-ui')}`;
    return {
      width: this.plot.clientWidth || 240,
      height: this.plot.clientHeight || 92,
      padding: [12, 1, 0, 1],
      legend: { show: false },
      cursor: { y: false, drag: { x: false, y: false }, points: { size: 7 }, sync: { key: 'figures', scales: ['x', null] } },
      scales: { x: { time: true, range: () => [this.from, this.until] }, y: { range: () => [0, this.top()] } },
      series: [{}, ...this.columns.slice(1).map((_, line) => this.line(role(COLOURS[line % COLOURS.length] ?? '--ch-1'), line))],
      axes: [
        { size: 18, gap: 4, font, stroke: role('--text-3'), space: 56, incrs: TICK_SECONDS, grid: { show: false }, ticks: { show: false }, values: (plot, times) => times.map((time) => this.tick(plot, time)) },
        { size: 0, grid: { stroke: role('--ch-grid'), width: 1 }, ticks: { show: false }, splits: () => [0, this.top() / 2, this.top()], values: () => [] },
      ],
      hooks: {
        draw: [(plot) => this.scale(plot, font, role('--text-3'), role('--line-strong'))],
        setCursor: [(plot) => this.pointed(plot)],
      },
    };
  }

  /** A label that does not fit beside an edge would be cut. */
  private tick(plot: uPlot, time: number): string {
    const at = plot.valToPos(time, 'x');
    return at < LABEL_HALF || at > plot.width - LABEL_HALF ? '' : clock(time * 1000).slice(0, 5);
  }

  private line(colour: string, line: number): uPlot.Series {
    return {
      stroke: colour,
      width: 1.5,
      ...(line === 0 ? { fill: faint(colour) } : { dash: [5, 3] }),
      points: { show: true, size: 4, width: 0, fill: colour, filter: (plot, series) => alone(plot.data[series] ?? []) },
    };
  }

  /** A limit belongs to the picture as soon as it is anywhere near. */
  private top(): number {
    const high = Math.max(0, ...this.columns.slice(1).flatMap((column) => column.map((value) => value ?? 0)));
    const { limit } = this;
    return limit !== undefined && high > limit * 0.4 ? Math.max(limit * 1.05, high * 1.05) : topOf(high, this.unit);
  }

  /** The scale stands in the drawing, over its lines: a column for it would take the room of a third of the time. */
  private scale({ ctx, bbox, valToPos }: uPlot, font: string, text: string, edge: string): void {
    const { limit } = this;
    const top = this.top();
    const marks = limit !== undefined && limit < top ? [limit] : [top / 2, top];
    ctx.save();
    ctx.font = font.replace(/^(\d+)px/, (_, px: string) => `${Math.round(Number(px) * devicePixelRatio)}px`);
    ctx.fillStyle = text;
    ctx.textBaseline = 'bottom';
    ctx.textAlign = 'left';
    for (const mark of marks) {
      const y = Math.round(valToPos(mark, 'y', true));
      ctx.fillText(figureWords(mark, this.unit), bbox.left, y - 2);
      if (mark !== limit) continue;
      ctx.strokeStyle = edge;
      ctx.lineWidth = devicePixelRatio;
      ctx.setLineDash([3 * devicePixelRatio, 3 * devicePixelRatio]);
      ctx.beginPath();
      ctx.moveTo(bbox.left, y);
      ctx.lineTo(bbox.left + bbox.width, y);
      ctx.stroke();
    }
    ctx.restore();
  }

  private pointed(plot: uPlot): void {
    const { idx, left } = plot.cursor;
    this.hovered = idx === null || idx === undefined || (left ?? -1) < 0 ? undefined : idx;
  }
}

/** What has no neighbour would be drawn by no line. */
function alone(column: ArrayLike<number | null | undefined>): number[] {
  const none = (at: number) => column[at] === null || column[at] === undefined;
  return Array.from(column, (_, at) => at).filter((at) => !none(at) && none(at - 1) && none(at + 1));
}

function faint(colour: string): string {
  return /^#[0-9a-f]{6}$/i.test(colour) ? `${colour}1f` : 'transparent';
}
