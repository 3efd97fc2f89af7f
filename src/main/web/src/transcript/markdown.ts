/**
 * Markdown of models and people as safe HTML, block by block.
 *
 * Nothing in it may run, load or leave the page by itself: no HTML of the author's passes, links go to http and https only, and
 * images are shown as links. DOMPurify looks at the result once more, so that one mistake is not enough.
 */
import createDOMPurify from 'dompurify';
import MarkdownIt from 'markdown-it';
import { visible } from './visible';

/** Longer than this is shown as plain text: nobody reads it as prose, and parsing it would be felt. */
export const MARKDOWN_LIMIT = 256 * 1024;

/** One outermost block. Two equal `html` or `code` values need no new drawing. */
export type Block =
  | { readonly kind: 'html'; readonly html: string }
  | { readonly kind: 'code'; readonly code: string; readonly language: string };

/** More pieces than this, for instance 40,000 items of a list, take seconds to lay out: they are shown as plain text. */
const MOST_PIECES = 20_000;
/** A block of code has a head and a button. */
const FENCE_PIECES = 20;
/** Deeper than this, quotes and lists are shown as they were written. */
const MOST_NESTED = 40;
/** A name of a language is short; what stands behind a fence need not be one. */
const LANGUAGE_LENGTH = 40;

const md = new MarkdownIt({ html: false, linkify: true, breaks: false, typographer: false, maxNesting: 2 * MOST_NESTED });
md.validateLink = (url) => /^https?:\/\//i.test(url.trim());
// An address that stands for itself is shown as it stands. Decoded, it could hide letters; a name in another script could look
// like a name that people know.
md.normalizeLinkText = (url) => url.replace(/^[a-z]+:\/\/[^/?#]*/i, (head) => md.normalizeLink(head));
// A word like `README.md` is a file here, not a site in Moldova.
md.linkify.set({ fuzzyLink: false, fuzzyEmail: false });

// The parser drops what is nested too deep. Nothing that was said may be missing.
const { tokenize } = md.block;
md.block.tokenize = (state, startLine, endLine) => {
  if (state.level < MOST_NESTED) {
    tokenize.call(md.block, state, startLine, endLine);
    return;
  }
  const token = state.push('code_block', 'code', 0);
  token.content = state.getLines(startLine, endLine, state.blkIndent, false);
  state.line = endLine;
};

// Entities are decoded by the parser, after the source was made visible.
md.renderer.rules['text'] = (tokens, at) => md.utils.escapeHtml(visible(tokens[at]?.content ?? ''));
md.renderer.rules['link_open'] = (tokens, at, options, _env, renderer) => {
  const token = tokens[at];
  // Without an address it would lead to this very page.
  if (!token?.attrGet('href')) return '<a>';
  token.attrSet('rel', 'noopener noreferrer');
  token.attrSet('target', '_blank');
  return renderer.renderToken(tokens, at, options);
};
md.renderer.rules['image'] = (tokens, at) => {
  const token = tokens[at];
  const source = String(token?.attrGet('src') ?? '');
  const words = md.utils.escapeHtml(token?.content || source);
  if (!md.validateLink(source)) return `[image: ${words}]`;
  return `<a href="${md.utils.escapeHtml(source)}" rel="noopener noreferrer" target="_blank">[image: ${words}]</a>`;
};
// A style attribute would need an exception in the content security policy; a class does not.
for (const name of ['th_open', 'td_open']) {
  md.renderer.rules[name] = (tokens, at) => {
    const align = /text-align:(center|right)/.exec(String(tokens[at]?.attrGet('style') ?? ''))?.[1];
    return align ? `<${name.slice(0, 2)} class="to-${align}">` : `<${name.slice(0, 2)}>`;
  };
}
md.renderer.rules['table_open'] = () => '<div class="wide" tabindex="0" role="region" aria-label="Table"><table>';
md.renderer.rules['table_close'] = () => '</table></div>';
// Headings of a message stand below those of the page.
for (const name of ['heading_open', 'heading_close']) {
  md.renderer.rules[name] = (tokens, at) => {
    const level = Math.min(6, Number(tokens[at]?.tag.slice(1) ?? 3) + 2);
    return name === 'heading_open' ? `<h${level} class="${tokens[at]?.tag ?? ''}">` : `</h${level}>`;
  };
}

/**
 * Splits into blocks. Unfinished text is fine: an open fence is a code block, half a link is text.
 *
 * @param breaks whether the author's line ends count, as people expect of what they typed
 */
export function blocks(source: string, breaks = false): Block[] {
  if (source.length > MARKDOWN_LIMIT) return [{ kind: 'code', code: visible(source), language: '' }];
  const tokens = md.parse(visible(source), {});
  if (piecesOf(tokens) > MOST_PIECES) return [{ kind: 'code', code: visible(source), language: '' }];
  const options = { ...md.options, breaks };
  const out: Block[] = [];
  let from = 0;
  tokens.forEach((token, at) => {
    if (token.level !== 0 || token.nesting === 1) return;
    if (token.type === 'fence' || token.type === 'code_block') {
      const language = (token.info.trim().split(/\s+/)[0] ?? '').slice(0, LANGUAGE_LENGTH);
      out.push({ kind: 'code', code: token.content.replace(/\n$/, ''), language });
    } else {
      const html = md.renderer.render(tokens.slice(from, at + 1), options, {});
      if (html) out.push({ kind: 'html', html });
    }
    from = at + 1;
  });
  return out;
}

function piecesOf(tokens: readonly { readonly type: string; readonly children: readonly unknown[] | null }[]): number {
  return tokens.reduce((count, token) => count + (token.type === 'fence' ? FENCE_PIECES : 1) + (token.children?.length ?? 0), 0);
}

const TAGS = [
  ...['p', 'br', 'hr', 'h3', 'h4', 'h5', 'h6', 'ul', 'ol', 'li', 'blockquote', 'pre', 'code', 'em', 'strong', 's', 'a'],
  ...['table', 'thead', 'tbody', 'tr', 'th', 'td', 'div', 'span'],
];
const ATTRIBUTES = ['href', 'rel', 'target', 'class', 'start', 'tabindex', 'role', 'aria-label'];

/** The last gate before the document. Markup of other libraries (the highlighter's) passes here too. */
export function sanitize(html: string): DocumentFragment {
  const purify = (purifier ??= createDOMPurify(window));
  return purify.sanitize(html, {
    ALLOWED_TAGS: TAGS,
    ALLOWED_ATTR: ATTRIBUTES,
    ADD_URI_SAFE_ATTR: ['rel', 'target', 'start', 'tabindex', 'aria-label'],
    ALLOW_DATA_ATTR: false,
    ALLOW_ARIA_ATTR: false,
    ALLOWED_URI_REGEXP: /^https?:\/\//i,
    RETURN_DOM_FRAGMENT: true,
  });
}

let purifier: ReturnType<typeof createDOMPurify> | undefined;
