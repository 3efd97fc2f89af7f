import { css } from 'lit';
import { glyphSheet as shapeSheet } from '../../lib/glyphs';

/** Badges, and the boxes of state glyphs. */
const badgeSheet = css`
  .gl { display: inline-flex; flex: none; }
  .badge { display: inline-flex; align-items: center; gap: var(--sp-15); height: 1.375rem; padding: 0 var(--sp-2) 0 var(--sp-15); border-radius: var(--r-sm); border: 1px solid transparent; font-size: var(--text-sm); font-weight: var(--weight-medium); white-space: nowrap; flex: none; }
  .badge .g { width: 0.875rem; height: 0.875rem; }
  .b-ask { background: var(--ask-tint); color: var(--ask-text); border-color: var(--ask-line); }
  .b-work { background: var(--work-tint); color: var(--work-text); }
  .b-idle { background: var(--idle-tint); color: var(--idle-text); }
  .b-queue { background: var(--queue-tint); color: var(--queue-text); }
  .b-fail { background: var(--fail-tint); color: var(--fail-text); }
  .b-rest { background: var(--rest-tint); color: var(--text-2); }
`;

/** State glyphs and badges. */
export const glyphSheet = [shapeSheet, badgeSheet];

/** Code, terminal output and what highlights them. */
export const codeSheet = css`
  .code { background: var(--sunken); padding: var(--sp-2) var(--sp-3); overflow: auto; line-height: var(--leading-code); font-family: var(--font-mono); font-size: var(--text-code); white-space: pre; tab-size: 4; scrollbar-width: thin; scrollbar-color: var(--line-2) transparent; color: var(--text); }
  .code.wrap { white-space: pre-wrap; overflow-wrap: anywhere; }
  .code .p, .dimmed { color: var(--text-3); }
  .code .p { user-select: none; }
  .code .err { color: var(--fail-text); }
  .code:focus-visible { outline-offset: -2px; }
  .fg-red { color: var(--fail-text); }
  .fg-green { color: var(--idle-text); }
  .fg-yellow { color: var(--syn-num); }
  .fg-blue { color: var(--accent-text); }
  .fg-magenta { color: var(--syn-key); }
  .fg-cyan { color: var(--syn-type); }
  .fg-grey, .fg-black { color: var(--text-3); }
  .fg-base { color: var(--surface); }
  .bg-red { background: var(--fail-tint); }
  .bg-green { background: var(--idle-tint); }
  .bg-yellow, .bg-grey, .bg-black { background: var(--active); }
  .bg-blue, .bg-cyan { background: var(--accent-tint); }
  .bg-magenta { background: var(--queue-tint); }
  .bg-white, .bg-text { background: var(--text); color: var(--surface); }
  .bold { font-weight: var(--weight-strong); }
  .dim { color: var(--text-3); }
  .italic { font-style: italic; }
  .under { text-decoration: underline; }
  .struck { text-decoration: line-through; }
  .hljs-keyword, .hljs-literal, .hljs-selector-tag, .hljs-meta .hljs-keyword, .hljs-doctag { color: var(--syn-key); }
  .hljs-string, .hljs-regexp, .hljs-addition, .hljs-attribute, .hljs-symbol, .hljs-bullet { color: var(--syn-str); }
  .hljs-number, .hljs-variable.constant_ { color: var(--syn-num); }
  .hljs-title, .hljs-section, .hljs-built_in, .hljs-selector-id, .hljs-selector-class, .hljs-name { color: var(--syn-fn); }
  .hljs-type, .hljs-title.class_, .hljs-attr, .hljs-property, .hljs-params .hljs-type { color: var(--syn-type); }
  .hljs-comment, .hljs-quote, .hljs-meta { color: var(--syn-com); }
  .hljs-deletion { color: var(--del-text); }
  .hljs-strong { font-weight: var(--weight-strong); }
  .hljs-emphasis { font-style: italic; }
`;

/** Prose of people and models. */
export const proseSheet = css`
  .prose { font-size: var(--text-lg); line-height: var(--leading-prose); max-width: var(--measure); overflow-wrap: break-word; min-width: 0; }
  .prose > .b + .b, .prose .b > * + *, .prose blockquote > * + *, .prose li > * + * { margin-block-start: var(--sp-3); }
  .prose :is(h3, h4, h5, h6) { margin: 0; font-size: var(--text-lg); font-weight: var(--weight-strong); line-height: 1.4; }
  .prose :is(h3, h4).h1 { font-size: var(--text-xl); }
  .prose .b + .b > :is(h3, h4, h5, h6) { margin-block-start: var(--sp-1); }
  .prose :is(ul, ol) { padding-inline-start: 1.375rem; list-style: disc; }
  .prose ol { list-style: decimal; }
  .prose li + li { margin-block-start: var(--sp-1); }
  .prose li > :is(ul, ol) { margin-block-start: var(--sp-1); }
  .prose li::marker { color: var(--text-3); }
  .prose code { background: var(--sunken); border: 1px solid var(--line); border-radius: var(--r-xs); padding: 0 0.25em; font-size: 0.9em; overflow-wrap: anywhere; }
  .prose pre { background: var(--sunken); border: 1px solid var(--line); border-radius: var(--r-md); padding: var(--sp-2) var(--sp-3); overflow: auto; }
  .prose pre code { background: none; border: 0; padding: 0; font-size: var(--text-code); }
  .prose strong { font-weight: var(--weight-strong); }
  .prose a[href] { color: var(--accent-text); text-decoration: underline; text-decoration-thickness: 1px; text-underline-offset: 2px; text-decoration-color: var(--accent-line); overflow-wrap: anywhere; }
  .prose a[href]:hover { text-decoration-color: currentColor; }
  .prose blockquote { margin: 0; padding-inline-start: var(--sp-3); border-inline-start: 2px solid var(--line-2); color: var(--text-2); }
  .prose hr { border: 0; border-block-start: 1px solid var(--line-2); margin: var(--sp-2) 0; }
  .prose .wide { overflow-x: auto; scrollbar-width: thin; }
  .prose table { border-collapse: collapse; font-size: var(--text-md); line-height: 1.45; }
  .prose th, .prose td { padding: var(--sp-1) var(--sp-3) var(--sp-1) 0; border-block-end: 1px solid var(--line); text-align: start; vertical-align: top; }
  .prose th { font-weight: var(--weight-strong); font-size: var(--text-sm); color: var(--text-2); }
  .prose .to-right { text-align: end; font-variant-numeric: tabular-nums; }
  .prose .to-center { text-align: center; }
`;

/** Cards of calls, folds and one-liners. */
export const cardSheet = css`
  .fold { display: flex; align-items: center; gap: var(--sp-15); color: var(--text-3); font-size: var(--text-sm); min-height: 1.5rem; max-width: 100%; border-radius: var(--r-sm); }
  .fold .i { width: 0.875rem; height: 0.875rem; }
  .fold:hover { color: var(--text); }
  .fold em { font-style: normal; color: var(--text-3); }
  .fold b { font-weight: var(--weight-medium); color: var(--text-2); }
  .chev { transition: transform var(--t-quick) var(--ease); display: inline-flex; }
  [aria-expanded='true'] > .chev { transform: rotate(90deg); }
  .tc { border: 1px solid var(--line-2); border-radius: var(--r-md); background: var(--raised); overflow: clip; min-width: 0; }
  .tc.run { border-color: var(--work-line); }
  .tc .hd { display: flex; align-items: center; gap: var(--sp-2); width: 100%; min-height: 2rem; padding: 0 var(--sp-3) 0 var(--sp-2); min-width: 0; font-size: var(--text-md); line-height: var(--leading-ui); }
  .tc button.hd:hover { background: var(--hover); }
  .tc button.hd:focus-visible { outline-offset: -2px; border-radius: var(--r-md); }
  .tc .hd > .i { color: var(--text-3); width: 0.9375rem; height: 0.9375rem; }
  .tc .verb { font-weight: var(--weight-medium); flex: none; }
  .tgt { font-family: var(--font-mono); font-size: 0.75rem; color: var(--text-2); min-width: 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; flex: 0 1 auto; }
  .tgt.words { font-family: var(--font-ui); font-size: var(--text-md); }
  .tgt.path { display: flex; }
  .tgt .dir { color: var(--text-3); overflow: hidden; text-overflow: ellipsis; flex: 0 1 auto; }
  .tgt .base { flex: none; max-width: 100%; overflow: hidden; text-overflow: ellipsis; }
  .tc .meta { margin-inline-start: auto; display: flex; align-items: center; gap: var(--sp-2); color: var(--text-3); font-size: var(--text-sm); font-variant-numeric: tabular-nums; flex: none; padding-inline-start: var(--sp-2); }
  .meta .ok, .meta .no { display: inline-flex; align-items: center; }
  .meta .ok { color: var(--idle-text); }
  .meta .no { color: var(--fail-text); }
  .meta .i { width: 0.875rem; height: 0.875rem; }
  .tc > .body { border-block-start: 1px solid var(--line); }
  .tc > .body > * + * { border-block-start: 1px solid var(--line); }
  .more { display: flex; align-items: center; justify-content: center; gap: var(--sp-2); width: 100%; min-height: 1.75rem; color: var(--text-2); font-size: var(--text-sm); background: var(--raised); }
  .more:hover { background: var(--hover); }
  .more:focus-visible { outline-offset: -2px; }
  .plus { color: var(--add-text); }
  .minus { color: var(--del-text); }
  .pm { font-variant-numeric: tabular-nums; font-size: var(--text-sm); white-space: nowrap; font-weight: var(--weight-medium); }
  .todo { padding: var(--sp-2) var(--sp-3); display: grid; gap: var(--sp-15); }
  .todo li { display: flex; gap: var(--sp-2); align-items: flex-start; }
  .todo .gl { margin-block-start: 1px; }
  .todo .done { color: var(--text-3); }
  .todo .doing { font-weight: var(--weight-medium); }
  .todo .later { color: var(--text-2); }
  .nest { border-inline-start: 2px solid var(--line-2); margin-inline-start: var(--sp-3); padding: var(--sp-2) var(--sp-2) var(--sp-2) var(--sp-3); display: grid; grid-template-columns: minmax(0, 1fr); gap: var(--sp-2); }
  .kv { display: grid; grid-template-columns: fit-content(40%) minmax(0, 1fr); gap: var(--sp-1) var(--sp-4); font-size: var(--text-md); padding: var(--sp-2) var(--sp-3); }
  .kv dt { color: var(--text-3); min-width: 0; overflow-wrap: anywhere; }
  .kv dd { min-width: 0; overflow-wrap: anywhere; white-space: pre-wrap; font-family: var(--font-mono); font-size: var(--text-code); }
  .decided { display: flex; align-items: flex-start; gap: var(--sp-2); color: var(--text-2); font-size: var(--text-sm); line-height: 1.25rem; overflow-wrap: anywhere; min-width: 0; }
  .decided > .i { width: 0.875rem; height: 0.875rem; margin-block-start: 3px; }
  @media (max-width: 47.99rem) {
    .tc .meta .opt { display: none; }
    .kv { grid-template-columns: minmax(0, 1fr); gap: 0; }
    .kv dd + dt { margin-block-start: var(--sp-2); }
    .tc .hd { min-height: 2.75rem; }
    .fold { min-height: 2.75rem; }
    .more { min-height: 2.75rem; }
  }
  @media (forced-colors: active) { .tc { border-color: CanvasText; } }
`;
