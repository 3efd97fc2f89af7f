import { html, type TemplateResult } from 'lit';
import { visible } from '../../transcript/visible';
import type { Todo } from '../../transcript/words';
import { glyph } from './glyphs';

const DRAWN = { done: 'done', doing: 'working', later: 'later' } as const;
const SPOKEN = { done: 'done', doing: 'in progress', later: 'later' } as const;

/** Tasks in the order in which they were made; needs `cardSheet` and `glyphSheet`. */
export function taskList(tasks: readonly Todo[]): TemplateResult {
  return html`<ul class="todo">${tasks.map((task) => html`<li class=${task.state}>${glyph(DRAWN[task.state], SPOKEN[task.state])}<span>${visible(task.text)}</span></li>`)}</ul>`;
}
