import { css } from 'lit';

/** Tables of administration and account: a sticky head, one line per row, cells that give way. */
export const tableSheet = css`
  table { width: 100%; border-collapse: collapse; }
  th { position: sticky; inset-block-start: 0; z-index: var(--z-sticky); height: 1.875rem; padding: 0 var(--sp-3) 0 0; background: var(--surface); box-shadow: inset 0 -1px var(--line); font-size: var(--text-xs); color: var(--text-3); font-weight: var(--weight-medium); text-align: start; white-space: nowrap; }
  td { padding: var(--sp-2) var(--sp-3) var(--sp-2) 0; border-block-end: 1px solid var(--line); vertical-align: middle; }
  th:first-child, td:first-child { padding-inline-start: var(--pad-x); }
  th:last-child, td:last-child { padding-inline-end: var(--pad-x); }
  tbody tr { height: var(--row-1); }
  tbody tr.line:hover { background: var(--hover); }
  .end { text-align: end; }
  .tight { width: 1%; white-space: nowrap; }
  .under { display: none; }
  .state { display: inline-flex; align-items: center; gap: var(--sp-15); white-space: nowrap; }
  .state::before { content: ''; width: 0.5rem; height: 0.5rem; border-radius: 50%; border: 1.5px solid var(--rest-glyph); flex: none; }
  .state.active::before { background: var(--idle-glyph); border-color: var(--idle-glyph); }
  .state.invited::before { border-style: dashed; border-color: var(--queue-glyph); }
  .state.disabled::before { border-radius: 0; border-width: 0 0 2px; height: 0.3rem; }
  @media (max-width: 47.99rem) {
    .wide, thead { display: none; }
    .under { display: block; }
    td { padding-block: var(--sp-3); }
  }
`;

/** Choices that each need a sentence. */
export const choiceSheet = css`
  .choices { display: grid; gap: var(--sp-1); }
  .choice { display: grid; grid-template-columns: auto minmax(0, 1fr); gap: var(--sp-0) var(--sp-2); align-items: start; padding: var(--sp-15) var(--sp-2); border-radius: var(--r-md); cursor: pointer; }
  .choice:hover { background: var(--hover); }
  .choice .radio { margin-block-start: 2px; }
  .choice b { font-weight: var(--weight-medium); }
  .choice span { grid-column: 2; color: var(--text-2); font-size: var(--text-sm); }
  legend { padding: 0; margin-block-end: var(--sp-1); }
`;
