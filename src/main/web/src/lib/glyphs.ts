import { css, html, nothing, svg, type SVGTemplateResult, type TemplateResult } from 'lit';
import type { SessionState } from '../api/types';

/** What a session can look like: its state, or `stalled`, a working one of which nothing is heard for long. */
export type Look = SessionState | 'stalled';

interface Drawing {
  readonly word: string;
  /** Colour family of tokens.css. */
  readonly tone: 'ask' | 'stall' | 'work' | 'idle' | 'queue' | 'fail' | 'rest';
  readonly shape: SVGTemplateResult;
}

const RING = svg`<circle cx="8" cy="8" r="6"/>`;

/** One shape per state, told apart at 14 px without colour. Our own drawings. */
const DRAWINGS: Record<Look, Drawing> = {
  asking: {
    word: 'Needs you',
    tone: 'ask',
    shape: svg`<path class="f" d="M4 1.2h8A2.8 2.8 0 0 1 14.8 4v5.6a2.8 2.8 0 0 1-2.8 2.8H8.6L5.4 15.2V12.4H4A2.8 2.8 0 0 1 1.2 9.6V4A2.8 2.8 0 0 1 4 1.2Z"/><path class="k" d="M6.3 5.2A1.8 1.8 0 0 1 9.8 5.6c0 1.2-1.8 1.4-1.8 2.4"/><circle class="fk" cx="8" cy="10" r=".95"/>`,
  },
  stalled: {
    word: 'Stalled',
    tone: 'stall',
    shape: svg`<path d="M8 2a6 6 0 1 1-5.2 3"/><path d="M8 5.2v3.2"/><circle class="f" cx="8" cy="10.9" r=".95"/>`,
  },
  working: {
    word: 'Working',
    tone: 'work',
    shape: svg`<circle class="dim" cx="8" cy="8" r="6"/><path class="spin" d="M8 2a6 6 0 0 1 6 6"/><circle class="f" cx="8" cy="8" r="2"/>`,
  },
  starting: { word: 'Starting', tone: 'work', shape: svg`<circle cx="8" cy="8" r="6" stroke-dasharray="2.6 2.1"/>` },
  idle: { word: 'Idle', tone: 'idle', shape: RING },
  queued: { word: 'Queued', tone: 'queue', shape: svg`${RING}<path d="M8 4.8V8l2 1.4"/>` },
  parked: {
    word: 'Parked',
    tone: 'rest',
    shape: svg`<path class="f" d="M13.9 9.6A6.2 6.2 0 1 1 6.4 2.1a5 5 0 0 0 7.5 7.5Z"/>`,
  },
  stopped: { word: 'Stopped', tone: 'rest', shape: svg`<rect class="f" x="3" y="3" width="10" height="10" rx="2"/>` },
  interrupted: { word: 'Interrupted', tone: 'rest', shape: svg`${RING}<path d="M6.4 6v4M9.6 6v4"/>` },
  failed: {
    word: 'Failed',
    tone: 'fail',
    shape: svg`<path class="f" d="M5.2 1.4h5.6l3.8 3.8v5.6l-3.8 3.8H5.2l-3.8-3.8V5.2Z"/><path class="k" d="m5.9 5.9 4.2 4.2m0-4.2-4.2 4.2"/>`,
  },
};

export function word(look: Look): string {
  return DRAWINGS[look].word;
}

export function tone(look: Look): Drawing['tone'] {
  return DRAWINGS[look].tone;
}

/** The state's drawing. With `named` it has the word for readers, else the word must stand beside it. */
export function glyph(look: Look, named = false): TemplateResult {
  const { shape, tone: family, word: name } = DRAWINGS[look];
  return named
    ? html`<svg class="g s-${family}" viewBox="0 0 16 16" role="img" aria-label=${name}>${shape}</svg>`
    : html`<svg class="g s-${family}" viewBox="0 0 16 16" aria-hidden="true">${shape}</svg>`;
}

/** The live mark: four tiles, the upper right one is the most urgent state of all sessions. */
export type Mark = 'ask' | 'work' | 'quiet' | 'offline';

export function mark(kind: Mark): TemplateResult {
  const tile =
    kind === 'offline'
      ? svg`<circle class="off" cx="14.75" cy="5.25" r="3.3"/>`
      : svg`<circle class=${kind === 'ask' ? 'hot' : kind === 'work' ? 'live' : 'q'} cx="14.75" cy="5.25" r="4.1"/>`;
  return html`<svg class="mark" viewBox="0 0 20 20" aria-hidden="true">
    <rect class="q" x="1.5" y="1.5" width="7.5" height="7.5" rx="2"/>${tile}
    <rect class="q" x="1.5" y="11" width="7.5" height="7.5" rx="2"/>
    <rect class="q" x="11" y="11" width="7.5" height="7.5" rx="2"/>
  </svg>${nothing}`;
}

export const glyphSheet = css`
  .g { width: 1rem; height: 1rem; flex: none; fill: none; stroke: currentColor; stroke-width: 1.75; stroke-linecap: round; stroke-linejoin: round; overflow: visible; }
  .g .f { fill: currentColor; stroke: none; }
  .g .k { stroke: var(--g-k, var(--surface)); }
  .g .fk { fill: var(--g-k, var(--surface)); stroke: none; }
  .g .dim { opacity: 0.3; }
  .s-ask { color: var(--ask-glyph); --g-k: var(--on-ask); }
  .s-ask .f { fill: var(--ask-solid); }
  .s-stall { color: var(--ask-glyph); }
  .s-work { color: var(--work-glyph); }
  .s-idle { color: var(--idle-glyph); }
  .s-queue { color: var(--queue-glyph); }
  .s-fail { color: var(--fail-glyph); --g-k: var(--raised); }
  .s-rest { color: var(--rest-glyph); }
  .spin { animation: spin 1.4s linear infinite; transform-origin: 50% 50%; transform-box: view-box; }
  @keyframes spin { to { transform: rotate(1turn); } }
  .mark { width: 1.25rem; height: 1.25rem; flex: none; }
  .mark .q { fill: var(--text-off); }
  .mark .hot { fill: var(--ask-solid); }
  .mark .live { fill: var(--work-glyph); }
  .mark .off { fill: none; stroke: var(--text-3); stroke-width: 1.5; }
  @media (prefers-reduced-motion: reduce) { .spin { animation: none; } }
`;
