import { html, type TemplateResult } from 'lit';

/** Shapes of states; told apart at 14 px without colour. With a label they are pictures for readers, without they are decoration. */
export type Glyph = 'ask' | 'stall' | 'work' | 'start' | 'idle' | 'done' | 'later' | 'queue' | 'parked' | 'stopped' | 'paused' | 'fail';

const SHAPES: Record<Glyph, { look: string; body: TemplateResult }> = {
  ask: {
    look: 's-ask',
    body: html`<svg class="g" viewBox="0 0 16 16" aria-hidden="true"><path class="f" d="M4 1.2h8A2.8 2.8 0 0 1 14.8 4v5.6a2.8 2.8 0 0 1-2.8 2.8H8.6L5.4 15.2V12.4H4A2.8 2.8 0 0 1 1.2 9.6V4A2.8 2.8 0 0 1 4 1.2Z"/><path class="k" d="M6.3 5.2A1.8 1.8 0 0 1 9.8 5.6c0 1.2-1.8 1.4-1.8 2.4"/><circle class="fk" cx="8" cy="10" r=".95"/></svg>`,
  },
  stall: {
    look: 's-stall',
    body: html`<svg class="g" viewBox="0 0 16 16" aria-hidden="true"><path d="M8 2a6 6 0 1 1-5.2 3"/><path d="M8 5.2v3.2"/><circle class="f" cx="8" cy="10.9" r=".95"/></svg>`,
  },
  work: {
    look: 's-work',
    body: html`<svg class="g" viewBox="0 0 16 16" aria-hidden="true"><circle class="dim" cx="8" cy="8" r="6"/><path class="spin" d="M8 2a6 6 0 0 1 6 6"/><circle class="f" cx="8" cy="8" r="2"/></svg>`,
  },
  start: {
    look: 's-work',
    body: html`<svg class="g" viewBox="0 0 16 16" aria-hidden="true"><circle cx="8" cy="8" r="6" stroke-dasharray="2.6 2.1"/></svg>`,
  },
  idle: { look: 's-idle', body: html`<svg class="g" viewBox="0 0 16 16" aria-hidden="true"><circle cx="8" cy="8" r="6"/></svg>` },
  done: {
    look: 's-idle',
    body: html`<svg class="g" viewBox="0 0 16 16" aria-hidden="true"><circle cx="8" cy="8" r="6"/><path d="m5.6 8.2 1.7 1.7 3.2-3.6"/></svg>`,
  },
  later: { look: 's-rest', body: html`<svg class="g" viewBox="0 0 16 16" aria-hidden="true"><circle cx="8" cy="8" r="6"/></svg>` },
  queue: {
    look: 's-queue',
    body: html`<svg class="g" viewBox="0 0 16 16" aria-hidden="true"><circle cx="8" cy="8" r="6"/><path d="M8 4.8V8l2 1.4"/></svg>`,
  },
  parked: {
    look: 's-rest',
    body: html`<svg class="g" viewBox="0 0 16 16" aria-hidden="true"><path class="f" d="M13.9 9.6A6.2 6.2 0 1 1 6.4 2.1a5 5 0 0 0 7.5 7.5Z"/></svg>`,
  },
  stopped: {
    look: 's-rest',
    body: html`<svg class="g" viewBox="0 0 16 16" aria-hidden="true"><rect class="f" x="3" y="3" width="10" height="10" rx="2"/></svg>`,
  },
  paused: {
    look: 's-rest',
    body: html`<svg class="g" viewBox="0 0 16 16" aria-hidden="true"><circle cx="8" cy="8" r="6"/><path d="M6.4 6v4M9.6 6v4"/></svg>`,
  },
  fail: {
    look: 's-fail',
    body: html`<svg class="g" viewBox="0 0 16 16" aria-hidden="true"><path class="f" d="M5.2 1.4h5.6l3.8 3.8v5.6l-3.8 3.8H5.2l-3.8-3.8V5.2Z"/><path class="k" d="m5.9 5.9 4.2 4.2m0-4.2-4.2 4.2"/></svg>`,
  },
};

export function glyph(name: Glyph, label = ''): TemplateResult {
  const { look, body } = SHAPES[name];
  return label
    ? html`<span class="gl ${look}" role="img" aria-label=${label} title=${label}>${body}</span>`
    : html`<span class="gl ${look}" aria-hidden="true">${body}</span>`;
}
