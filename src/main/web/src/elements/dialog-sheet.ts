import { css } from 'lit';

export const dialogSheet = css`
  dialog { width: 34rem; max-width: calc(100vw - 2rem); max-height: calc(100dvh - 2rem); padding: 0; border: 1px solid var(--line-2); border-radius: var(--r-xl); background: var(--raised); color: var(--text); box-shadow: var(--shadow-3); font-size: var(--text-md); overflow: hidden; }
  dialog::backdrop { background: var(--scrim); }
  dialog > form, dialog > div { display: flex; flex-direction: column; max-height: calc(100dvh - 2rem); }
  dialog header { display: flex; align-items: center; justify-content: space-between; padding: var(--sp-3) var(--sp-3) 0 var(--sp-5); flex: none; }
  dialog h2 { font-size: var(--text-xl); font-weight: var(--weight-strong); letter-spacing: var(--tracking-title); }
  dialog .in { padding: var(--sp-3) var(--sp-5) var(--sp-5); display: grid; gap: var(--sp-4); overflow: auto; min-height: 0; }
  dialog footer { display: flex; justify-content: flex-end; gap: var(--sp-2); padding: var(--sp-3) var(--sp-5); border-block-start: 1px solid var(--line); flex: none; }
  @media (max-width: 47.99rem) {
    dialog { width: 100vw; max-width: 100vw; margin: auto 0 0; border-radius: var(--r-xl) var(--r-xl) 0 0; border-inline: 0; border-block-end: 0; }
    dialog footer { padding-block-end: calc(var(--sp-3) + env(safe-area-inset-bottom)); }
    dialog footer .btn { flex: 1 1 auto; height: 2.75rem; }
  }
`;
