import type { EventOf, JsonObject } from '../api/types';

const LIMIT = 160;

/** One line that says what a session does, from the event that tells it. */
export function activityOf(event: EventOf<'tool-called'> | EventOf<'assistant-replied'> | EventOf<'approval-requested'>): string {
  switch (event.type) {
    case 'assistant-replied':
      return firstLine(event.data.text);
    case 'tool-called':
      return call(event.data.tool, event.data.input);
    case 'approval-requested':
      return call(event.data.tool, event.data.input);
  }
}

/** What a call is about, in the order of what people would ask for first. */
const TARGETS = ['command', 'file_path', 'path', 'notebook_path', 'pattern', 'query', 'url', 'description', 'prompt'];

function call(tool: string, input: JsonObject): string {
  const target = TARGETS.map((name) => input[name]).find((value) => typeof value === 'string' && value !== '');
  return typeof target === 'string' ? firstLine(`${tool} ${target}`) : tool;
}

function firstLine(text: string): string {
  const line = text.trim().split('\n', 1)[0] ?? '';
  const letters = [...line];
  return letters.length > LIMIT ? `${letters.slice(0, LIMIT - 1).join('')}…` : line;
}
