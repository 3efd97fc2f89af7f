import { css } from 'lit';

/** A part of the system page: an edge, a head, lines. */
export const panelSheet = css`
  .panel { border: 1px solid var(--line-2); border-radius: var(--r-lg); background: var(--raised); min-width: 0; overflow: clip; }
  .panel > header { display: flex; align-items: center; flex-wrap: wrap; gap: var(--sp-1) var(--sp-2); min-height: 2.5rem; padding: var(--sp-1) var(--sp-2) var(--sp-1) var(--sp-4); border-block-end: 1px solid var(--line); }
  .panel > header h2 { font-size: var(--text-md); font-weight: var(--weight-strong); }
  .panel > header .sub { color: var(--text-3); font-size: var(--text-sm); }
  .lines > li { padding: var(--sp-2) var(--sp-4); border-block-end: 1px solid var(--line); }
  .lines > li:last-child { border: 0; }
  .calm { padding: var(--sp-4); color: var(--text-2); }
  .wrong { color: var(--fail-text); }
  .small { color: var(--text-3); font-size: var(--text-sm); }
  .sk-lines { display: grid; gap: var(--sp-4); padding: var(--sp-4); }
`;
