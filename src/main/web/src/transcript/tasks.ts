/**
 * The task list as people think of it: one card per stretch of work, and not one line per call that creates or moves a task.
 *
 * Within a turn a list changes in place, in the order in which tasks were made. A later turn that touches tasks gets a card of
 * its own, with what was still open, so that the list stands near the work that it describes; the older card stays as it was
 * left. Pure.
 */
import type { Json, ToolEntry } from './entries';
import type { Transcript } from './reduce';
import { todos, type Todo } from './words';

export interface TaskCard {
  /** Stable: that of the call that began the card. */
  readonly key: string;
  readonly first: ToolEntry;
  readonly calls: readonly ToolEntry[];
  readonly tasks: readonly Todo[];
}

const TASK_TOOLS: ReadonlySet<string> = new Set(['TodoWrite', 'TaskCreate', 'TaskUpdate', 'TaskList', 'TaskGet']);

export function isTaskTool(tool: string): boolean {
  return TASK_TOOLS.has(tool);
}

/** Cards in order. A call that failed or that waits for a person is none of them: it is shown by itself. */
export function taskCards(state: Transcript): readonly TaskCard[] {
  const cards: TaskCard[] = [];
  const known = new Map<string, Task>();
  let open: { first: ToolEntry; calls: ToolEntry[]; tasks: Task[] } | undefined;
  let left: Task[] = [];
  const close = (): void => {
    if (!open) return;
    left = open.tasks;
    const shown = open.tasks.filter((task) => !task.removed);
    if (shown.length) cards.push({ key: `k:${open.first.key}`, first: open.first, calls: open.calls, tasks: shown.map(toTodo) });
    open = undefined;
  };
  for (const key of state.taskCalls) {
    const call = key === TURN_OVER ? undefined : state.entries.get(key);
    if (!call) {
      close();
      continue;
    }
    if (call.kind !== 'tool' || !counts(call)) continue;
    open ??= { first: call, calls: [], tasks: left.every(isOver) ? [] : left.map((task) => known.get(task.key) ?? task) };
    open.calls.push(call);
    open.tasks = applyCall(open.tasks, call, known);
    for (const task of open.tasks) known.set(task.key, task);
  }
  close();
  return cards;
}

/** Stands among the task calls where a turn came to its end. */
export const TURN_OVER = '';

interface Task {
  /** The CLI's number of the task, or until it is known the call that makes it. */
  readonly key: string;
  readonly subject: string;
  readonly now: string;
  readonly state: Todo['state'];
  readonly removed: boolean;
}

function toTodo(task: Task): Todo {
  return { text: (task.state === 'doing' && task.now) || task.subject, state: task.state };
}

function isOver(task: Task): boolean {
  return task.removed || task.state === 'done';
}

function counts(call: ToolEntry): boolean {
  return call.state !== 'failed' && call.state !== 'denied' && call.approval?.state !== 'pending';
}

function applyCall(tasks: Task[], call: ToolEntry, known: ReadonlyMap<string, Task>): Task[] {
  switch (call.tool) {
    case 'TodoWrite':
      return todos(call.input).map((todo, at) => ({ key: `w${at}`, subject: todo.text, now: '', state: todo.state, removed: false }));
    case 'TaskCreate':
      return [...tasks, { key: createdId(call), subject: word(call.input, 'subject') || 'A task', now: word(call.input, 'activeForm'), state: 'later', removed: false }];
    case 'TaskUpdate':
      return update(tasks, call.input, known);
    default:
      return tasks;
  }
}

/** A task of an earlier stretch comes back into the list when it is touched again. */
function update(tasks: Task[], input: Json, known: ReadonlyMap<string, Task>): Task[] {
  const id = word(input, 'taskId');
  const before = tasks.find((task) => task.key === id);
  const base = before ?? known.get(id) ?? { key: id, subject: `Task ${id}`, now: '', state: 'later' as const, removed: false };
  const status = word(input, 'status');
  const changed: Task = {
    key: id,
    subject: word(input, 'subject') || base.subject,
    now: word(input, 'activeForm') || base.now,
    state: STATES[status] ?? base.state,
    removed: status === 'deleted' || (base.removed && status === ''),
  };
  return before ? tasks.map((task) => (task === before ? changed : task)) : [...tasks, changed];
}

const STATES: Readonly<Record<string, Todo['state']>> = { completed: 'done', in_progress: 'doing', pending: 'later' };

function createdId(call: ToolEntry): string {
  const task = call.result?.result?.['task'];
  const id = typeof task === 'object' && task !== null ? (task as Json)['id'] : undefined;
  if (typeof id === 'string' || typeof id === 'number') return String(id);
  return /^Task #(\d+) /.exec(call.result?.content ?? '')?.[1] ?? call.key;
}

function word(data: Json, name: string): string {
  const value = data[name];
  return typeof value === 'string' ? value : '';
}

/** `2 of 4`, for a card's head. */
export function tasksWords(tasks: readonly Todo[]): string {
  return `${tasks.filter((task) => task.state === 'done').length} of ${tasks.length}`;
}
