import { css, html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { customElement, property, query, state } from 'lit/decorators.js';
import type { Api } from '../../../api/api';
import { icon } from '../../../lib/icons';
import { controls } from '../../../styles/shared';
import { dialogSheet } from '../../dialog-sheet';
import '../../session/md-text';

/** `[StartAndStop](StartAndStop.md)`, with or without a place in it. */
const PAGE_LINK = /\[([^\]\n]+)\]\(([A-Za-z][A-Za-z-]*)\.md(?:#[\w-]*)?\)/g;

/** A page of the runbooks, read where one is: what it means, what to look at, what to do. Says `dialog-closed`. */
@customElement('runbook-sheet')
export class RunbookSheet extends LitElement {
  static override styles = [
    controls,
    dialogSheet,
    css`
      dialog { width: 52rem; }
      dialog h2 { font-family: var(--font-ui); overflow-wrap: anywhere; }
      .in { min-height: 12rem; }
      .pages .link { margin-inline-end: var(--sp-2); min-height: 1.5rem; }
      .from { color: var(--text-3); font-size: var(--text-sm); }
    `,
  ];

  @property({ attribute: false }) api!: Pick<Api, 'runbook'>;
  /** Its name, without ending. */
  @property() page = '';
  @state() private text: string | undefined;
  @state() private problem = '';
  @query('dialog') private dialog!: HTMLDialogElement;

  protected override firstUpdated(): void {
    this.dialog.showModal();
  }

  override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('page')) void this.load();
  }

  private async load(): Promise<void> {
    this.problem = '';
    const { page } = this;
    const answer = await this.api.runbook(page);
    if (page !== this.page) return;
    if (answer.ok) this.text = answer.value.text;
    else this.problem = answer.problem.kind === 'offline' ? 'The server does not answer.' : answer.problem.message;
  }

  override render(): TemplateResult {
    return html`<dialog aria-labelledby="h" @close=${this.closed} @click=${(event: Event) => event.target === this.dialog && this.dialog.close()}><div>
      <header><h2 id="h">${this.page}</h2><button class="btn icon ghost" type="button" aria-label="Close" autofocus @click=${() => this.dialog.close()}>${icon('x')}</button></header>
      <div class="in" tabindex="0" role="region" aria-label="Runbook">${this.body()}<p class="from">runbooks/${this.page}.md, as it was when this version was built</p></div>
    </div></dialog>`;
  }

  private body(): TemplateResult {
    if (this.problem !== '') return html`<p class="note bad" role="alert">${icon('triangle-alert')}<span>The page could not be read. ${this.problem} <button class="link" type="button" @click=${() => void this.load()}>Try again</button></span></p>`;
    const { text = '' } = this;
    const pages = pagesOf(text, this.page);
    return html`<md-text .text=${shownText(text)}></md-text>
      ${pages.length === 0 ? nothing : html`<p class="pages t2 sm">Pages it names: ${pages.map((page) => html`<button class="link" type="button" @click=${() => this.turnTo(page)}>${page}</button> `)}</p>`}`;
  }

  private turnTo(page: string): void {
    this.page = page;
    this.text = undefined;
    const inside = this.renderRoot.querySelector<HTMLElement>('.in');
    if (!inside) return;
    inside.scrollTop = 0;
    inside.focus();
  }

  private readonly closed = (): void => {
    this.dispatchEvent(new CustomEvent('dialog-closed', { bubbles: true, composed: true }));
  };
}

/** The dialog has the title already; what is below it moves up, so that headings stay in order. Pages stand by their name. */
function shownText(text: string): string {
  return text.replace(/^\s*# .*\n+/, '').replace(/^#(#+ )/gm, '$1').replace(PAGE_LINK, '**$1**');
}

/** Those that it leads to, each once. */
function pagesOf(text: string, but: string): readonly string[] {
  return [...new Set([...text.matchAll(PAGE_LINK)].map((link) => link[2] ?? ''))].filter((page) => page !== but);
}
