import { html, nothing, type LitElement, type ReactiveController, type TemplateResult } from 'lit';
import type { Answer, ApiProblem } from '../api/http';
import { icon } from '../lib/icons';

/** A question: its title, the verb of its button, the verb while it is done, what it means, and whether it takes something away. */
export interface Words {
  readonly title: string;
  readonly verb: string;
  readonly busy: string;
  readonly inside: TemplateResult;
  readonly bad?: boolean;
}

/**
 * The one question that a view has open: its dialog, whether an answer is awaited, and why the last one was refused. The view says
 * what is asked, and draws `dialog`; it adopts `dialogSheet`.
 */
export class Question<A> implements ReactiveController {
  ask: A | undefined;
  busy = false;
  refusal: ApiProblem | undefined;

  /** @param wordsOf title and sentence for a refusal that needs others than the usual */
  constructor(
    private readonly host: LitElement,
    private readonly wordsOf: (problem: ApiProblem) => readonly [string, string] | undefined = () => undefined,
  ) {
    host.addController(this);
  }

  hostUpdated(): void {
    const { element } = this;
    if (this.ask !== undefined && element && !element.open) element.showModal();
  }

  begin(ask: A): void {
    this.ask = ask;
    this.busy = false;
    this.refusal = undefined;
    this.host.requestUpdate();
  }

  readonly close = (): void => this.element?.close();

  /** Waits for the server; what it refuses stands in the dialog, unless that is closed or asks something else by now. */
  async waitFor<T>(asked: Promise<Answer<T>>, refused: (problem: ApiProblem) => boolean = () => true): Promise<Answer<T>> {
    const { ask } = this;
    this.busy = true;
    this.refusal = undefined;
    this.host.requestUpdate();
    const answer = await asked;
    if (this.ask === ask) {
      this.busy = false;
      if (!answer.ok && refused(answer.problem)) this.refusal = answer.problem;
      this.host.requestUpdate();
    }
    return answer;
  }

  // ---- drawing -----------------------------------------------------------------------------------------------------------

  /** @param beside whether a press beside it closes it: not where something was typed or is shown once */
  dialog(inside: TemplateResult, beside: boolean): TemplateResult | typeof nothing {
    if (this.ask === undefined) return nothing;
    return html`<dialog aria-labelledby="h" @close=${this.closed} @click=${(event: Event) => beside && event.target === this.element && this.close()}>${inside}</dialog>`;
  }

  form(words: Words, submit: (data: FormData) => void): TemplateResult {
    return html`<form novalidate @submit=${(event: Event) => this.submitted(event, submit)}>
      ${this.head(words.title)}
      <div class="in">${this.refused()} ${words.inside}</div>
      <footer><button class="btn" type="button" @click=${this.close}>Cancel</button>
        <button class="btn ${words.bad ? 'bad' : 'primary'}" type="submit" ?disabled=${this.busy}>${this.busy ? words.busy : words.verb}</button></footer>
    </form>`;
  }

  /** Nothing to decide: something to be taken away. */
  shown(title: string, inside: TemplateResult): TemplateResult {
    return html`<div>
      ${this.head(title)}
      <div class="in">${inside}</div>
      <footer><button class="btn primary" type="button" @click=${this.close}>Done</button></footer>
    </div>`;
  }

  private head(title: string): TemplateResult {
    return html`<header><h2 id="h">${title}</h2><button class="btn ghost icon" type="button" aria-label="Close" @click=${this.close}>${icon('x')}</button></header>`;
  }

  private refused(): TemplateResult | typeof nothing {
    if (!this.refusal) return nothing;
    const [title, words] = this.wordsOf(this.refusal) ?? refusalWords(this.refusal);
    return html`<div class="note bad" role="alert">${icon('triangle-alert')}<div><p><strong>${title}</strong></p><p>${words}</p></div></div>`;
  }

  private submitted(event: Event, submit: (data: FormData) => void): void {
    event.preventDefault();
    if (!this.busy) submit(new FormData(event.target as HTMLFormElement));
  }

  private readonly closed = (): void => {
    this.ask = undefined;
    this.host.requestUpdate();
  };

  private get element(): HTMLDialogElement | null {
    return this.host.renderRoot.querySelector('dialog');
  }
}

function refusalWords(problem: ApiProblem): readonly [string, string] {
  return problem.kind === 'offline' ? ['No answer came.', 'It may have been done all the same: look at the list before you try again.'] : ['It was not done.', problem.message];
}
