import { css } from 'lit';

/** What views share: the bar at the top, the region that scrolls, empty and error states, skeletons. */
export const viewSheet = css`
  :host { display: flex; flex-direction: column; flex: 1 1 auto; min-width: 0; min-height: 0; background: var(--surface); position: relative; }
  .bar { display: flex; align-items: center; gap: var(--sp-2); min-height: var(--bar); padding: 0 var(--pad-x); border-block-end: 1px solid var(--line); flex: none; }
  .bar h1 { font-size: var(--text-xl); font-weight: var(--weight-strong); letter-spacing: var(--tracking-title); white-space: nowrap; }
  .bar .sub { color: var(--text-3); }
  .tools { display: flex; align-items: center; gap: var(--sp-2); padding: var(--sp-2) var(--pad-x); border-block-end: 1px solid var(--line); flex: none; }
  .scroll { flex: 1 1 auto; min-height: 0; overflow: auto; position: relative; scrollbar-width: thin; scrollbar-color: var(--line-2) transparent; }
  .empty { display: grid; justify-items: center; gap: var(--sp-2); text-align: center; padding: var(--sp-14) var(--sp-6); max-width: 32rem; margin-inline: auto; }
  .empty .pic { width: 7rem; height: auto; color: var(--text-3); margin-block-end: var(--sp-2); }
  .empty > .g { width: 2rem; height: 2rem; margin-block-end: var(--sp-1); }
  .empty h2 { font-size: var(--text-2xl); font-weight: var(--weight-strong); letter-spacing: var(--tracking-title); }
  .empty p { color: var(--text-2); text-wrap: pretty; overflow-wrap: anywhere; }
  .empty .acts { display: flex; flex-wrap: wrap; gap: var(--sp-2); justify-content: center; margin-block-start: var(--sp-2); }
  .empty .small { color: var(--text-3); font-size: var(--text-sm); font-family: var(--font-mono); margin-block-start: var(--sp-4); user-select: all; }
  .sk { display: block; background: var(--active); border-radius: var(--r-xs); height: 0.625rem; position: relative; overflow: hidden; }
  .sk::after { content: ""; position: absolute; inset: 0; background: linear-gradient(90deg, transparent, color-mix(in srgb, var(--surface) 55%, transparent), transparent); transform: translateX(-100%); animation: sheen 1.6s infinite; }
  .late { animation: appear 1ms linear 150ms both; }
  @keyframes sheen { to { transform: translateX(100%); } }
  @keyframes appear { from { visibility: hidden; } to { visibility: visible; } }
  @media (prefers-reduced-motion: reduce) { .sk::after { animation: none; } }
  @media (max-width: 47.99rem) { .bar { min-height: 3.25rem; } .no-phone { display: none !important; } }
`;
