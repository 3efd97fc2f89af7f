import { css, LitElement, type PropertyValues } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { controls } from '../../styles/shared';
import { blocks, sanitize, type Block } from '../../transcript/markdown';
import { CodeBlock } from './code-block';
import { proseSheet } from './sheets';

/**
 * Markdown, also while it is being written. Only blocks that changed are drawn anew, so that a stream touches its last block
 * alone, and the recorded text takes the place of the draft without a flash or a lost selection.
 */
@customElement('md-text')
export class MdText extends LitElement {
  static override styles = [
    controls,
    proseSheet,
    css`
      :host { display: block; min-width: 0; }
      .caret > .b:last-child > :is(p, h3, h4, h5, h6):last-child::after,
      .caret > .b:last-child > :is(ul, ol):last-child > li:last-child::after,
      .caret:empty::after,
      .caret > code-block:last-child::after {
        content: ''; display: inline-block; width: 0.5em; height: 1.05em; background: var(--work-glyph); vertical-align: -0.16em; margin-inline-start: 2px; border-radius: 1px; animation: blink 1.1s steps(2, jump-none) infinite;
      }
      @keyframes blink { 50% { opacity: 0.25; } }
      @media (prefers-reduced-motion: reduce) { * { animation: none !important; } }
    `,
  ];

  @property() text = '';
  /** More may come: a caret stands at the end. */
  @property({ type: Boolean }) streaming = false;

  /** Line ends of the author count. */
  @property({ type: Boolean }) breaks = false;

  private readonly prose = document.createElement('div');
  private drawn: Block[] = [];
  private frame = 0;

  override createRenderRoot(): HTMLElement | DocumentFragment {
    const root = super.createRenderRoot();
    this.prose.className = 'prose';
    root.appendChild(this.prose);
    return root;
  }

  protected override update(changed: PropertyValues<this>): void {
    super.update(changed);
    this.prose.classList.toggle('caret', this.streaming);
    // What is recorded may have the very text of the last draft, whose drawing still waits for a frame; a tab in the background has none.
    const settled = changed.has('streaming') && !this.streaming;
    if (!changed.has('text') && !settled) return;
    // Tokens come faster than frames; one drawing per frame is all that can be seen.
    if (this.streaming && this.drawn.length) this.frame ||= requestAnimationFrame(() => this.draw());
    else this.draw();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    cancelAnimationFrame(this.frame);
    this.frame = 0;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    if (this.hasUpdated) this.draw();
  }

  private draw(): void {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    const next = blocks(this.text, this.breaks);
    next.forEach((block, at) => this.drawBlock(block, at));
    while (this.prose.childElementCount > next.length) this.prose.lastElementChild?.remove();
    this.drawn = next;
  }

  private drawBlock(block: Block, at: number): void {
    const before = this.drawn[at];
    const standing = this.prose.children[at];
    if (block.kind === 'code') {
      const element = standing instanceof CodeBlock ? standing : new CodeBlock();
      element.className = 'b';
      element.code = block.code;
      element.language = block.language;
      if (element !== standing) this.put(element, standing);
    } else if (!standing || before?.kind !== 'html' || before.html !== block.html) {
      const element = standing instanceof HTMLDivElement ? standing : document.createElement('div');
      element.className = 'b';
      element.replaceChildren(sanitize(block.html));
      if (element !== standing) this.put(element, standing);
    }
  }

  private put(element: Element, standing: Element | undefined): void {
    if (standing) standing.replaceWith(element);
    else this.prose.appendChild(element);
  }
}
