import { html, svg, type TemplateResult } from 'lit';
import { glyph as stateGlyph, type Look } from '../../lib/glyphs';

/** Shapes within a transcript: those of the session's states, and two of tasks. */
export type Glyph = Look | 'done' | 'later';

const DONE = svg`<circle cx="8" cy="8" r="6"/><path d="m5.6 8.2 1.7 1.7 3.2-3.6"/>`;
const LATER = svg`<circle cx="8" cy="8" r="6"/>`;

/** With a label it is a picture for readers; without, the words must stand beside it. */
export function glyph(name: Glyph, label = ''): TemplateResult {
  const drawing = draw(name);
  return label
    ? html`<span class="gl" role="img" aria-label=${label} title=${label}>${drawing}</span>`
    : html`<span class="gl" aria-hidden="true">${drawing}</span>`;
}

function draw(name: Glyph): TemplateResult {
  if (name === 'done') return html`<svg class="g s-idle" viewBox="0 0 16 16" aria-hidden="true">${DONE}</svg>`;
  if (name === 'later') return html`<svg class="g s-rest" viewBox="0 0 16 16" aria-hidden="true">${LATER}</svg>`;
  return stateGlyph(name);
}
