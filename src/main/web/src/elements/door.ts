import { css } from 'lit';

/** The page before one is inside: one narrow form in the middle. */
export const door = css`
  :host { display: block; height: 100dvh; overflow: auto; background: var(--bg); }
  .door { min-height: 100%; display: grid; grid-template-rows: 1fr auto; }
  main { display: grid; place-items: center; padding: var(--sp-6) var(--sp-4); }
  form { width: 22rem; max-width: 100%; display: grid; gap: var(--sp-4); }
  .mark { width: 2.5rem; height: 2.5rem; }
  h1 { font-size: var(--text-2xl); font-weight: var(--weight-strong); letter-spacing: var(--tracking-title); }
  .host { color: var(--text); font-weight: var(--weight-medium); }
  .input { height: 2.5rem; font-size: var(--text-lg); padding-inline: var(--sp-3); }
  .btn.primary { height: 2.5rem; }
  footer { padding: var(--sp-4); text-align: center; color: var(--text-3); font-size: var(--text-sm); }
  @media (max-width: 47.99rem) { .input { font-size: 1rem; height: 2.75rem; } .btn.primary { height: 2.75rem; } }
`;
