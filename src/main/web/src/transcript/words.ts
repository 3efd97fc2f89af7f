/**
 * The transcript's words: what happened, what it means, what to do. Pure, so that they can be tested as a table. Every
 * sentence that names a cause keeps the code for small type beside it.
 */
import { actorName } from '../lib/actor';
import type { PermissionUpdate } from '../api/types';
import { bytes, count, duration, money, number, plural, took } from '../lib/format';
import type { ApprovalEntry, Json, NoteEntry, Outcome, ToolEntry, TurnEntry } from './entries';
import { visible, visibleStrictly } from './visible';

export { bytes, count, money, number, plural, took };

// ---- numbers for people ---------------------------------------------------------------------------------------------

/** A clock that runs: `0:41`, `12:05`, `1:02:09`. */
export function clock(millis: number): string {
  const seconds = Math.max(0, Math.floor(millis / 1000));
  const two = (value: number): string => String(value).padStart(2, '0');
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  return hours ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

// Made once: to make one takes longer than all else that is done for a card, and each card tells the time.
const MINUTES = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const SECONDS = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const DATE = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'long', year: 'numeric' });

export function timeOfDay(iso: string, seconds = false): string {
  return (seconds ? SECONDS : MINUTES).format(new Date(iso));
}

export function exactTime(iso: string): string {
  return `${DATE.format(new Date(iso))}, ${timeOfDay(iso, true)}`;
}

export function dayOf(iso: string, now: Date): string {
  const date = new Date(iso);
  const days = Math.round((startOfDay(now) - startOfDay(date)) / 86_400_000);
  const name = date.toLocaleDateString('en-GB', {
    day: 'numeric',
    month: 'long',
    ...(date.getFullYear() === now.getFullYear() ? {} : { year: 'numeric' as const }),
  });
  if (days === 0) return `Today, ${name}`;
  if (days === 1) return `Yesterday, ${name}`;
  return name;
}

function startOfDay(date: Date): number {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
}

// ---- modes and states -----------------------------------------------------------------------------------------------

const MODES: Record<string, string> = {
  default: 'Ask first',
  manual: 'Ask first',
  acceptEdits: 'Accept edits',
  plan: 'Plan',
  bypassPermissions: 'Never ask',
  dontAsk: 'Deny what would ask',
  auto: 'Automatic',
};

export function modeWords(mode: string): string {
  return named(MODES, mode) ?? mode;
}

// ---- turns ----------------------------------------------------------------------------------------------------------

export function turnWords(turn: TurnEntry): string {
  if (turn.interrupted) return 'Interrupted';
  if (turn.error?.code === 'turn-limit') return 'Stopped at the limit of rounds';
  if (turn.error?.code === 'budget-reached') return 'Stopped at the budget';
  if (turn.isError) return 'Turn failed';
  switch (turn.reason) {
    case 'max_turns':
      return 'Stopped at the limit of rounds';
    case 'budget_exhausted':
      return 'Stopped at the budget';
    case 'aborted_streaming':
    case 'aborted_tools':
      return 'Interrupted';
    default:
      return 'Turn done';
  }
}

/** How the reason of a failed turn is drawn: a limit that was set is no fault. */
export function turnErrorLook(code: string): { weight: 'card' | 'bad'; icon: string } {
  switch (code) {
    case 'turn-limit':
    case 'budget-reached':
      return { weight: 'card', icon: 'gauge' };
    case 'context-full':
    case 'request-too-large':
      return { weight: 'card', icon: 'layers' };
    case 'model-not-signed-in':
    case 'model-credit':
    case 'model-auth':
    case 'model-forbidden':
      return { weight: 'bad', icon: 'key-round' };
    case 'model-unknown':
      return { weight: 'bad', icon: 'cpu' };
    case 'model-rate-limited':
    case 'model-overloaded':
      return { weight: 'bad', icon: 'clock' };
    case 'model-unavailable':
    case 'model-unreachable':
      return { weight: 'bad', icon: 'wifi-off' };
    default:
      return { weight: 'bad', icon: 'octagon-x' };
  }
}

/** All that went in, from the cache or not. */
export function turnInput(turn: TurnEntry): number {
  return turn.tokens.input + turn.tokens.cacheRead + turn.tokens.cacheWrite;
}

// ---- notes ----------------------------------------------------------------------------------------------------------

export interface NoteWords {
  /** `line` is one grey line; `card` stands out; `bad` is something broken. */
  readonly weight: 'line' | 'card' | 'bad';
  readonly icon: string;
  readonly title: string;
  readonly meaning?: string | undefined;
  /** Small print to copy: a code, an exit status. */
  readonly code?: string | undefined;
  /** The process's last words, folded. */
  readonly tail?: string | undefined;
}

/**
 * @param outcome for a retry: whether work went on afterwards, or the turn ended
 * @param waitMillis for a retry: how long until it is tried; below nothing when that is over
 */
export function noteWords(note: NoteEntry, outcome: Outcome = 'unknown', waitMillis = 0): NoteWords {
  const data = note.data;
  const who = note.actor.kind === 'person' ? actorName(note.actor) : 'The server';
  switch (note.note) {
    case 'created':
      return line('layers', `${who} opened this session in ${str(data, 'cwd')}, mode ${modeWords(str(data, 'permissionMode'))}`);
    case 'started':
      return line('terminal', startWords(note));
    case 'interruption-requested':
      return line('circle-stop', `${who} asked to interrupt the turn`);
    case 'stop-requested':
      return line('circle-stop', `${who} asked to stop the session`);
    case 'ended':
      return endedWords(data);
    case 'failed':
      return failedWords(data);
    case 'cut':
      return cutWords(note);
    case 'reset':
      return line('layers', 'The conversation was cleared. The model begins afresh; what was said stays here.');
    case 'retry':
      return retryWords(data, outcome, waitMillis);
    case 'fallback':
      return card(
        'cpu',
        `${str(data, 'from')} is overloaded, ${str(data, 'to')} answers instead.`,
        'The turn goes on with it.',
      );
    case 'compacted':
      return card(
        'layers',
        `The conversation was compacted: ${count(num(data, 'preTokens'))} to ${count(num(data, 'postTokens'))} tokens.`,
        `${str(data, 'trigger') === 'manual' ? 'As asked.' : 'The context was nearly full.'} The full text stays here.`,
      );
    case 'mode':
      return line('shield', `Mode is now ${modeWords(str(data, 'permissionMode'))}`);
    case 'shared':
      return line(sharedIcon(str(data, 'sharing')), `${who} ${sharedWords(str(data, 'sharing'))}`);
    case 'expired':
      return line('hourglass', `What was said up to here has expired: the project keeps it for ${plural(num(data, 'days'), 'day')}. Costs and times are kept.`);
    case 'rate-limit':
      return rateWords(data);
    case 'stalled':
      return line('hourglass', stalledWords(data));
    case 'denied':
      return card('shield', `${str(data, 'tool')} was refused without asking.`, str(data, 'message'));
    case 'notice':
      return noticeWords(data);
  }
}

function sharedWords(sharing: string): string {
  if (sharing === 'private') return 'made this session private';
  return sharing === 'team-write' ? 'shared this session: the team may write' : 'shared this session: the team may read';
}

function sharedIcon(sharing: string): string {
  if (sharing === 'private') return 'lock';
  return sharing === 'team-write' ? 'users' : 'eye';
}

function startWords(note: NoteEntry): string {
  const resumed = note.data['resumed'] === true;
  if (!note.cliVersion) return resumed ? 'Taking the conversation up again' : 'Starting Claude';
  const version = `Claude CLI ${note.cliVersion}`;
  return resumed ? `${version} took the conversation up again` : `${version} is ready`;
}

function endedWords(data: Json): NoteWords {
  const reason = str(data, 'reason');
  const proof = leftover(data);
  if (reason === 'parked') return line('moon', `Parked to save memory. The next prompt wakes it. ${proof}`);
  if (reason === 'server-stopped') return line('square', `Stopped with the server. ${proof}`);
  if (reason === 'server-died') return line('moon', `The server was restarted while this rested. The next prompt wakes it. ${proof}`);
  if (reason === 'runner-leaving') return line('moon', `The runner is being replaced; the session goes on with the next one. ${proof}`);
  if (reason === 'runner-lost') return line('moon', `The runner was restarted while this rested. The next prompt wakes it. ${proof}`);
  return line('square', `Stopped. ${proof}`);
}

function failedWords(data: Json): NoteWords {
  const exit = num(data, 'exitCode', -1);
  const codes = [str(data, 'code'), exit >= 0 ? exitWords(exit) : ''].filter(Boolean);
  return {
    weight: 'bad',
    icon: 'octagon-x',
    title: str(data, 'message') || 'The process ended by itself.',
    meaning: [str(data, 'remedy'), leftoverTrouble(data)].filter(Boolean).join(' '),
    code: codes.join(' · '),
    tail: str(data, 'stderrTail') || undefined,
  };
}

function cutWords(note: NoteEntry): NoteWords {
  const trouble = leftoverTrouble(note.data);
  return {
    weight: 'bad',
    icon: 'square',
    title: `The session was cut by a restart${str(note.data, 'cause').startsWith('runner-') ? ' of the runner' : ''}, noticed at ${timeOfDay(note.time, true)}.`,
    meaning: ['Nothing was run again. Resume it and run the prompt again, or leave it.', trouble].filter(Boolean).join(' '),
    code: str(note.data, 'cause') || undefined,
  };
}

/** When the next attempt is long over without a word of it, there was none. */
const RETRY_OVER_MILLIS = -120_000;

/** How long until the retry that a note tells of; below nothing when that is over. */
export function retryWait(note: NoteEntry, now: number): number {
  return Date.parse(note.time) + num(note.data, 'delayMs') - now;
}

function retryWords(data: Json, outcome: Outcome, wait: number): NoteWords {
  const attempt = num(data, 'attempt');
  const status = num(data, 'status');
  const error = str(data, 'error');
  const what = retryCause(error, status);
  const code = status ? ` (${status})` : '';
  if (outcome === 'recovered') return line('refresh-cw', `${what}${code}: ${plural(attempt, 'attempt')}, then it went on`);
  const of = `attempt ${attempt} of ${num(data, 'maxRetries')}`;
  if (outcome === 'given-up' || wait < RETRY_OVER_MILLIS) return line('refresh-cw', `${what}${code}: ${of}`);
  const rest = wait > 0 ? `Trying again in ${Math.ceil(wait / 1000)} s, ${of}.` : `Trying again now, ${of}.`;
  if (error === 'authentication_failed') {
    return card('key-round', `${what}${code}. ${rest}`, 'An administrator can replace the credential. Interrupt the turn, or wait.');
  }
  return card('refresh-cw', `${what}${code}. ${rest}`, 'Nothing is lost and nothing runs twice.');
}

export function retryCause(error: string, status: number): string {
  if (error === 'authentication_failed' || status === 401) return 'The model refused the credential';
  if (error === 'rate_limit' || error === 'overloaded' || status === 429 || status === 529) return 'The model service is busy';
  if (status >= 500 || error === 'server_error') return 'The model service has a fault';
  return status ? 'The model service refused the request' : 'The model service cannot be reached';
}

function stalledWords(data: Json): string {
  const then = data['interrupts'] === true ? 'The turn was interrupted.' : '';
  return `${quietTitle(str(data, 'cause'), str(data, 'tool'))} for ${duration(num(data, 'silentMs'))}. ${then}`;
}

/** What is missing while nothing is heard, without how long. */
export function quietTitle(cause: string, tool: string): string {
  switch (cause) {
    case 'model-silent':
      return 'No word from the model';
    case 'tool-running':
      return `${tool ? toolName(tool) : 'A tool'} still ran, nothing was heard`;
    case 'retrying':
      return 'The model service did not answer, nothing was heard';
    case 'rate-limited':
      return 'The limit of the plan was reached, nothing was heard';
    default:
      return 'Nothing was heard';
  }
}

function rateWords(data: Json): NoteWords {
  const window = limitName(str(data, 'window'));
  const resets = str(data, 'resetsAt');
  const until = resets ? `It resets at ${timeOfDay(resets)}.` : '';
  if (str(data, 'status') === 'rejected') {
    return {
      weight: 'bad',
      icon: 'clock',
      title: `${window} is reached.`,
      meaning: `${until} Prompts are kept; send them again then, or use another credential.`.trim(),
    };
  }
  const used = num(data, 'utilization');
  return card('clock', `${window} is nearly reached${used ? `: ${Math.round(used * 100)} % used` : ''}.`, until);
}

export function limitName(window: string): string {
  return named(WINDOWS, window) ?? 'The limit of the plan';
}

const WINDOWS: Record<string, string> = {
  five_hour: 'The 5-hour limit',
  seven_day: 'The weekly limit',
  seven_day_opus: 'The weekly limit of Opus',
  seven_day_sonnet: 'The weekly limit of Sonnet',
  overage: 'The extra allowance',
};

function noticeWords(data: Json): NoteWords {
  const words = str(data, 'text');
  const level = str(data, 'level');
  if (level === 'error') return { weight: 'bad', icon: 'octagon-x', title: words };
  return level === 'warning' ? card('info', words) : line('info', words);
}

/** What an exit status means; signals are told apart. */
export function exitWords(code: number): string {
  if (code === 0) return 'exit 0';
  if (code === 126) return 'exit 126, not executable';
  if (code === 127) return 'exit 127, command not found';
  if (code === 130) return 'exit 130, interrupted';
  if (code === 137) return 'exit 137, killed';
  if (code === 139) return 'exit 139, crashed';
  if (code === 143) return 'exit 143, terminated';
  return `exit ${code}`;
}

function leftover(data: Json): string {
  return leftoverTrouble(data) || 'Nothing was left running.';
}

function leftoverTrouble(data: Json): string {
  const remaining = num(obj(data['leftover']), 'remaining');
  return remaining > 0 ? `${plural(remaining, 'process is', 'processes are')} still running; an administrator must end them.` : '';
}

// ---- approvals ------------------------------------------------------------------------------------------------------

/** What is wanted, as a heading. */
export function approvalTitle(approval: ApprovalEntry): string {
  if (approval.approvalKind === 'question') return 'Question';
  if (approval.approvalKind === 'plan') return 'Plan to accept';
  const tool = toolName(approval.tool);
  if (approval.tool === 'Bash') return 'Bash wants to run';
  if (approval.tool === 'Write') return 'Claude wants to write a file';
  if (EDITS.has(approval.tool)) return 'Claude wants to edit a file';
  if (approval.tool === 'WebFetch') return 'Claude wants to fetch a page';
  return `${tool} wants to run`;
}

/** What became of a request, in one line. @param me the id of the person who reads */
export function decidedWords(approval: ApprovalEntry, me: string): string {
  if (approval.state === 'withdrawn') return withdrawnWords(approval.withdrawnCause ?? '');
  const by = approval.decidedById === me ? 'you' : (approval.decidedBy ?? 'somebody');
  const verb = {
    permission: approval.state === 'allowed' ? 'Allowed' : 'Denied',
    question: approval.state === 'allowed' ? 'Answered' : 'Declined',
    plan: approval.state === 'allowed' ? 'Accepted' : 'Sent back',
  }[approval.approvalKind];
  if (approval.decisionReason === 'expired' && approval.decidedById === undefined) return 'Denied by the server: nobody answered in time';
  const reason = approval.decisionReason ? `: “${visible(approval.decisionReason)}”` : '';
  const changed = approval.decidedInput && approval.approvalKind === 'permission' ? ', changed' : '';
  const kept = approval.approvalKind === 'permission' && approval.remembered?.length ? '. Not asked again in this session' : '';
  const fate = approval.delivery === 'unknown' ? '. Whether it took effect is not known: the process ended first' : '';
  return `${verb}${changed} by ${by}${reason}${kept}${fate}`;
}

function withdrawnWords(cause: string): string {
  if (cause === 'interrupted') return 'Withdrawn: the turn was interrupted';
  if (cause === 'process-ended') return 'Withdrawn: the process ended';
  if (cause === 'server-restarted') return 'Withdrawn: the server was restarted';
  return 'Withdrawn: Claude no longer asks';
}

/** What a suggestion of the CLI would let pass without a question, for people. */
export function rememberWords(update: PermissionUpdate): string {
  switch (update.type) {
    case 'addRules':
      return 'Calls like this one';
    case 'addDirectories':
      return `Work in ${(update.directories ?? []).join(', ')} as in the project`;
    case 'setMode':
      return update.mode === 'acceptEdits' ? 'All edits of files in the project, without a question' : `Go on in mode ${modeWords(update.mode ?? '')}`;
    default:
      return update.type;
  }
}

/** What a rule lets pass. */
export function ruleWords(tool: string, content: string): string {
  if (content.trim() === '') return `every call of ${toolName(tool)}`;
  if (tool !== 'Bash') return `calls of ${toolName(tool)} that match`;
  const [, beginning] = /^([^*]+?)(?::| )\*$/.exec(content) ?? [];
  if (beginning !== undefined) return `commands that begin with “${visibleStrictly(beginning)}”`;
  return content.includes('*') ? 'commands that match, with anything for each *' : 'exactly this command';
}

// ---- tools ----------------------------------------------------------------------------------------------------------

export const EDITS: ReadonlySet<string> = new Set(['Edit', 'MultiEdit', 'Write', 'NotebookEdit']);

const READS: ReadonlySet<string> = new Set(['Read', 'Grep', 'Glob', 'LS', 'NotebookRead', 'WebSearch', 'ToolSearch']);

export function isReadOnly(tool: ToolEntry): boolean {
  return READS.has(tool.tool);
}

export function isAgent(tool: ToolEntry): boolean {
  return tool.tool === 'Agent' || tool.tool === 'Task';
}

/** `mcp__jira__get_issue` reads as `jira: get_issue`. The name is the model's word for it: any text. */
export function toolName(tool: string): string {
  const mcp = /^mcp__(.+?)__(.+)$/.exec(tool);
  return visibleStrictly(mcp ? `${mcp[1]}: ${mcp[2]}` : (named(NAMES, tool) ?? tool));
}

const NAMES: Record<string, string> = {
  AskUserQuestion: 'Question',
  ExitPlanMode: 'Plan',
  EnterPlanMode: 'Plan mode',
  TodoWrite: 'Tasks',
  TaskCreate: 'New task',
  TaskUpdate: 'Task',
  TaskList: 'Tasks',
  TaskGet: 'Task',
  TaskOutput: 'Background output',
  TaskStop: 'Stop in background',
  BashOutput: 'Background output',
  KillShell: 'Stop in background',
  WebFetch: 'Fetch',
  WebSearch: 'Web search',
  MultiEdit: 'Edit',
  NotebookEdit: 'Notebook',
  Task: 'Agent',
};

export function toolIcon(tool: string): string {
  if (tool.startsWith('mcp__')) return 'plug';
  return named(ICONS, tool) ?? 'wrench';
}

const ICONS: Record<string, string> = {
  Bash: 'terminal',
  BashOutput: 'terminal',
  KillShell: 'terminal',
  TaskOutput: 'terminal',
  TaskStop: 'terminal',
  Read: 'file-text',
  NotebookRead: 'file-text',
  Edit: 'file-pen',
  MultiEdit: 'file-pen',
  NotebookEdit: 'file-pen',
  Write: 'file-plus',
  Grep: 'search',
  Glob: 'search',
  LS: 'search',
  ToolSearch: 'search',
  WebFetch: 'globe',
  WebSearch: 'globe',
  Agent: 'bot',
  Task: 'bot',
  TodoWrite: 'list-todo',
  TaskCreate: 'list-todo',
  TaskUpdate: 'list-todo',
  TaskList: 'list-todo',
  TaskGet: 'list-todo',
  AskUserQuestion: 'message-circle-question-mark',
  ExitPlanMode: 'map',
  EnterPlanMode: 'map',
};

export interface Target {
  readonly text: string;
  readonly form: 'path' | 'code' | 'words';
}

/** What a call is about, for its head. */
export function toolTarget(tool: string, input: Json): Target {
  switch (tool) {
    case 'Bash':
      return { text: str(input, 'command'), form: 'code' };
    case 'Read':
    case 'Edit':
    case 'MultiEdit':
    case 'Write':
      return { text: str(input, 'file_path'), form: 'path' };
    case 'NotebookEdit':
    case 'NotebookRead':
      return { text: str(input, 'notebook_path'), form: 'path' };
    case 'Grep':
    case 'Glob':
      return { text: [str(input, 'pattern'), str(input, 'path')].filter(Boolean).join('  in  '), form: 'code' };
    case 'LS':
      return { text: str(input, 'path'), form: 'path' };
    case 'WebFetch':
      return { text: str(input, 'url'), form: 'code' };
    case 'WebSearch':
    case 'ToolSearch':
      return { text: str(input, 'query'), form: 'words' };
    case 'Agent':
    case 'Task':
      return { text: [str(input, 'subagent_type'), str(input, 'description')].filter(Boolean).join(': '), form: 'words' };
    case 'TodoWrite':
      return { text: todoWords(todos(input)), form: 'words' };
    case 'TaskCreate':
      return { text: str(input, 'subject'), form: 'words' };
    case 'TaskUpdate':
      return { text: taskUpdateWords(input), form: 'words' };
    case 'AskUserQuestion':
      return { text: questions(input).map((question) => question.question).join(' '), form: 'words' };
    case 'ExitPlanMode':
      return { text: planTitle(str(input, 'plan')), form: 'words' };
    default:
      return { text: Object.keys(input).length ? JSON.stringify(input) : '', form: 'code' };
  }
}

export interface Todo {
  readonly text: string;
  readonly state: 'done' | 'doing' | 'later';
}

export function todos(input: Json): Todo[] {
  const all = Array.isArray(input['todos']) ? input['todos'] : [];
  return all.map(obj).map((todo) => {
    const status = str(todo, 'status');
    const state = status === 'completed' ? 'done' : status === 'in_progress' ? 'doing' : 'later';
    return { text: str(todo, state === 'doing' ? 'activeForm' : 'content') || str(todo, 'content'), state };
  });
}

function todoWords(all: readonly Todo[]): string {
  return `${all.filter((todo) => todo.state === 'done').length} of ${all.length}`;
}

function taskUpdateWords(input: Json): string {
  const status = { in_progress: 'begun', completed: 'done', pending: 'put back', deleted: 'removed' }[str(input, 'status')];
  const words = [str(input, 'subject'), status].filter(Boolean).join(', ');
  return `${str(input, 'taskId')}${words ? `: ${words}` : ''}`;
}

function planTitle(plan: string): string {
  const steps = plan.match(/^[ \t]*(?:\d{1,9}[.)]|[-*])\s/gm)?.length ?? 0;
  const head = /^#{1,6}[ \t]+(\S.*)$/m.exec(plan)?.[1] ?? '';
  return [head, steps ? plural(steps, 'step') : ''].filter(Boolean).join(' · ');
}

export interface Question {
  readonly question: string;
  readonly header: string;
  readonly several: boolean;
  readonly options: readonly { readonly label: string; readonly description: string }[];
}

export function questions(input: Json): Question[] {
  const all = Array.isArray(input['questions']) ? input['questions'] : [];
  return all.map(obj).map((question) => ({
    question: str(question, 'question'),
    header: str(question, 'header'),
    several: question['multiSelect'] === true,
    options: (Array.isArray(question['options']) ? question['options'] : []).map(obj).map((option) => ({
      label: str(option, 'label'),
      description: str(option, 'description'),
    })),
  }));
}

/** What came of a call, for its head; empty when the tick says it all. */
export function toolOutcome(tool: ToolEntry): string {
  if (tool.state === 'denied') return tool.denial === undefined ? 'denied' : 'refused';
  if (tool.state === 'unknown') return 'outcome unknown';
  const result = tool.result;
  if (!result) return '';
  if (tool.tool === 'Bash') {
    if (typeof result.result?.['backgroundTaskId'] === 'string') return 'in the background';
    if (result.result?.['interrupted'] === true) return 'interrupted';
    const exit = exitCode(tool);
    return exit === undefined ? '' : exitWords(exit);
  }
  const file = obj(result.result?.['file']);
  if (tool.tool === 'Read' && typeof file['numLines'] === 'number') return plural(file['numLines'], 'line');
  return '';
}

/** The CLI puts it into words: `Exit code 2` is the first line of a failed command. */
export function exitCode(tool: ToolEntry): number | undefined {
  const match = tool.result?.isError ? /^(?:Error: )?Exit code (\d{1,3})(?=\n|$)/.exec(tool.result.content) : null;
  return match ? Number(match[1]) : undefined;
}

export interface Output {
  readonly kind: 'out' | 'err';
  readonly text: string;
}

/** What a command wrote. Where the CLI tells the two streams apart they stay apart. */
export function bashOutput(tool: ToolEntry): Output[] {
  const result = tool.result;
  if (!result) return [];
  const out = result.result?.['stdout'];
  const err = result.result?.['stderr'];
  if (typeof out === 'string' || typeof err === 'string') {
    const both: Output[] = [
      { kind: 'out', text: typeof out === 'string' ? out : '' },
      { kind: 'err', text: typeof err === 'string' ? err : '' },
    ];
    return both.filter((part) => part.text.trim());
  }
  const text = plainError(result.content).replace(/^(?:Error: )?Exit code \d{1,3}(?:\n|$)/, '');
  return text.trim() ? [{ kind: result.isError && exitCode(tool) === undefined ? 'err' : 'out', text }] : [];
}

/** The CLI wraps its own complaints in a tag, which is for the model and not for people. */
export function plainError(content: string): string {
  return content.replace(/^<tool_use_error>([\s\S]*)<\/tool_use_error>$/, '$1');
}

/** "Read 4 files, ran 2 searches". */
export function quietWords(tools: readonly ToolEntry[]): string {
  const reads = tools.filter((tool) => tool.tool === 'Read' || tool.tool === 'NotebookRead').length;
  const lists = tools.filter((tool) => tool.tool === 'LS').length;
  const searches = tools.length - reads - lists;
  const parts = [
    reads && `read ${plural(reads, 'file')}`,
    lists && `listed ${plural(lists, 'folder')}`,
    searches && `ran ${plural(searches, 'search', 'searches')}`,
  ].filter((part) => typeof part === 'string');
  const words = parts.join(', ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Its beginning, on one line. Cut before it is looked at: a row of a million blanks would keep a pattern busy for minutes. */
export function oneLine(text: string, most: number): string {
  return text.slice(0, most).replace(/[ \t]*\n\s*/g, ' ↵ ');
}

export function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

// ---- building blocks ------------------------------------------------------------------------------------------------

function line(icon: string, title: string): NoteWords {
  return { weight: 'line', icon, title: title.trim() };
}

function card(icon: string, title: string, meaning?: string): NoteWords {
  return { weight: 'card', icon, title, meaning: meaning || undefined };
}

/** What a table says of a name from outside, which may be one that every object has, like `constructor`. */
function named<T>(table: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}

function str(data: Json, name: string): string {
  const value = data[name];
  return typeof value === 'string' ? value : '';
}

function num(data: Json, name: string, otherwise = 0): number {
  const value = data[name];
  return typeof value === 'number' && Number.isFinite(value) ? value : otherwise;
}

function obj(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};
}
