import { describe, expect, it } from 'vitest';
import type { JsonObject, WireEvent } from '../../src/api/types';
import { present } from '../../src/transcript/present';
import { emptyTranscript, prependPage, reduceTranscript, type Transcript } from '../../src/transcript/reduce';
import { taskCards, tasksWords } from '../../src/transcript/tasks';
import { Script } from '../session-demo/events';

const script = (): Script => new Script(1, Date.parse('2026-11-22T13:30:00Z'));
const read = (events: readonly WireEvent[], atStart = true): Transcript => events.reduce<Transcript>(reduceTranscript, emptyTranscript(atStart));

function create(s: Script, id: string, subject: string): void {
  s.call(`c${id}`, 'TaskCreate', { subject, activeForm: `Doing ${subject}` }).result(`c${id}`, `Task #${id} created successfully: ${subject}`, { result: { task: { id, subject } } });
}

function move(s: Script, id: string, status: string, call = `u${id}${status}`): void {
  s.call(call, 'TaskUpdate', { taskId: id, status }).result(call, 'Updated');
}

const shown = (state: Transcript): string[][] => taskCards(state).map((card) => card.tasks.map((task) => `${task.state} ${task.text}`));
const kinds = (state: Transcript): string[] => present(state, 0, state.rows.length, new Date()).map((item) => (item.kind === 'entry' ? item.entry.kind : item.kind));

describe('tasks', () => {
  it('are one card that changes in place, whatever is said and done between', () => {
    const s = script();
    create(s, '1', 'Run');
    create(s, '2', 'Fix');
    s.say('Now it begins');
    move(s, '1', 'completed');
    move(s, '2', 'in_progress');
    const state = read(s.events);
    expect(shown(state)).toEqual([['done Run', 'doing Doing Fix']]);
    expect(kinds(state)).toEqual(['day', 'tasks', 'text']);
    expect(tasksWords(taskCards(state)[0]?.tasks ?? [])).toBe('1 of 2');
  });

  it('stand in the list before the CLI has numbered them, and keep their place afterwards', () => {
    const s = script().call('c1', 'TaskCreate', { subject: 'Run' }).call('c2', 'TaskCreate', { subject: 'Fix' });
    expect(shown(read(s.events))).toEqual([['later Run', 'later Fix']]);
    s.result('c2', 'Task #2 created successfully: Fix').result('c1', 'Task #1 created successfully: Run');
    move(s, '2', 'completed');
    expect(shown(read(s.events))).toEqual([['later Run', 'done Fix']]);
  });

  it('of a later turn get a card of their own with what was still open', () => {
    const s = script();
    create(s, '1', 'Run');
    create(s, '2', 'Fix');
    move(s, '1', 'completed');
    s.turn([]);
    move(s, '2', 'completed');
    s.turn([]);
    create(s, '3', 'New');
    expect(shown(read(s.events))).toEqual([['done Run', 'later Fix'], ['done Run', 'done Fix'], ['later New']]);
  });

  it('written as a whole replace the list', () => {
    const todo = (status: string): JsonObject => ({ todos: [{ content: 'Run', status, activeForm: 'Running' }] });
    const s = script().call('a', 'TodoWrite', todo('in_progress')).result('a', 'ok').call('b', 'TodoWrite', todo('completed')).result('b', 'ok');
    expect(shown(read(s.events))).toEqual([['done Run']]);
  });

  it('that are removed leave the list, and a call that failed changes nothing and is shown', () => {
    const s = script();
    create(s, '1', 'Run');
    create(s, '2', 'Fix');
    move(s, '1', 'deleted');
    s.call('bad', 'TaskUpdate', { taskId: '2', status: 'completed' }).result('bad', 'No such task', { isError: true });
    const state = read(s.events);
    expect(shown(state)).toEqual([['later Fix']]);
    expect(kinds(state)).toEqual(['day', 'tasks', 'tool']);
  });

  it('read from the end backwards get their words when the older page comes', () => {
    const s = script();
    create(s, '1', 'Run');
    const at = s.events.length;
    move(s, '1', 'completed');
    const tail = read(s.events.slice(at), false);
    expect(shown(tail)).toEqual([['done Task 1']]);
    expect(shown(prependPage(tail, s.events.slice(0, at), true))).toEqual([['done Run']]);
  });
});
