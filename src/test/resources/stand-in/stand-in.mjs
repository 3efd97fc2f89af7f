#!/usr/bin/env node
// A stand-in for the Claude CLI: speaks as much of its stream-json protocol as tests and benchmarks need, and misbehaves on
// request, which the real one cannot be made to do. No dependencies. Protocol facts: CLI 2.1.330.
//
// A prompt is answered with "You said: …", or, when it is a JSON object, with a measured stream:
//   {"rate":50,"count":1000,"bytes":400}   rate in events per second, 0 = as fast as the pipe takes them
// Each event is one assistant line whose text is "NUMBER NANOSECONDS xxxx…": NUMBER counts from 1 to count, NANOSECONDS is the
// monotonic clock when the line was made, the same clock as Java's System.nanoTime() on Linux.
//   {"permission":"touch a.txt"}           asks for a Bash call and reports the decision
//
// Faults, by STAND_IN_FAULT or --fault=NAME (the value of --name also counts: fault:NAME, so that a session's title can ask):
//   exit-at-once     ends with exit code 3 and a line on stderr
//   silent           never answers initialize
//   garbage          writes lines that are not JSON, or unknown, before each good one
//   dies-mid-turn    ends with exit code 9 after the first event of a turn
//   ignores-sigterm  goes on after SIGTERM and after the end of stdin
import { createInterface } from 'node:readline';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';

const VERSION = '2.1.330';
const argv = process.argv.slice(2);
if (argv.includes('--version')) {
  console.log(`${VERSION} (Claude Code)`);
  process.exit(0);
}

const fault = process.env.STAND_IN_FAULT || option('--fault') || (option('--name') ?? '').match(/^fault:(.+)$/)?.[1] || '';
const sessionId = option('--session-id') ?? option('--resume') ?? randomUUID();
const model = option('--model') ?? 'stand-in';
let permissionMode = option('--permission-mode') ?? 'default';

if (fault === 'exit-at-once') {
  process.stderr.write('stand-in: told to exit at once\n');
  process.exit(3);
}
process.on('SIGTERM', () => {
  if (fault !== 'ignores-sigterm') process.exit(143);
});
process.stdout.on('error', () => process.exit(0)); // The reader is gone: nobody is left to speak to.

const waiting = []; // prompts not yet begun
const asked = new Map(); // request id -> resolve
let turn = null; // {cancelled, wake}
let inputEnded = false;
let resultIndex = 0;

createInterface({ input: process.stdin, crlfDelay: Infinity })
  .on('line', heard)
  .on('close', () => {
    inputEnded = true;
    if (fault === 'ignores-sigterm') setInterval(() => {}, 60_000);
    else if (turn) for (const [id, resolve] of asked) (asked.delete(id), resolve({ behavior: 'deny', message: 'stdin closed' }));
    else process.exit(0);
  });

function heard(text) {
  if (!text.trim()) return;
  let line;
  try {
    line = JSON.parse(text);
  } catch (e) {
    process.stderr.write(`Error parsing streaming input line (type=unknown, ${text.length} chars): ${e.name}\n`);
    process.exit(1);
  }
  if (line.type === 'control_request') control(line);
  else if (line.type === 'control_response') answered(line.response);
  else if (line.type === 'user') prompted(line);
}

function control({ request_id, request }) {
  if (request.subtype === 'initialize') {
    if (fault !== 'silent') succeed(request_id, initialized());
  } else if (request.subtype === 'interrupt') {
    succeed(request_id, { still_queued: waiting.map((p) => p.uuid) });
    turn?.cancel();
  } else if (request.subtype === 'set_permission_mode') {
    permissionMode = request.mode;
    succeed(request_id, { mode: permissionMode });
    say({ type: 'system', subtype: 'status', status: null, permissionMode });
  } else {
    say({ type: 'control_response', response: { subtype: 'error', request_id, error: `Unsupported: ${request.subtype}` } });
  }
}

function answered(response) {
  const resolve = asked.get(response.request_id);
  if (!resolve) return;
  asked.delete(response.request_id);
  resolve(response.subtype === 'success' ? response.response : { behavior: 'deny', message: response.error });
}

function prompted(line) {
  const content = line.message.content;
  const text = typeof content === 'string' ? content : content.filter((b) => b.type === 'text').map((b) => b.text).join('\n');
  waiting.push({ uuid: line.uuid ?? randomUUID(), text });
  lifecycle(waiting.at(-1), 'queued');
  if (!turn) void turns();
}

async function turns() {
  while (waiting.length > 0) {
    await oneTurn(waiting.shift());
  }
  if (inputEnded && fault !== 'ignores-sigterm') process.stdout.write('', () => process.exit(0));
}

async function oneTurn(prompt) {
  let cancelled = false;
  let wake = () => {};
  turn = {
    cancel() {
      cancelled = true;
      for (const [id] of asked) say({ type: 'control_cancel_request', request_id: id });
      asked.clear();
      wake();
    },
    get cancelled() {
      return cancelled;
    },
    /** Waits, or less when the turn is cancelled. */
    pause: (millis) =>
      new Promise((resolve) => {
        const timer = setTimeout(resolve, millis);
        wake = () => (clearTimeout(timer), resolve());
      }),
    /** Waits for a promise, or less when the turn is cancelled. */
    until: (promise) => Promise.race([promise, new Promise((resolve) => (wake = resolve))]),
  };
  const began = process.hrtime.bigint();
  say({ type: 'system', subtype: 'session_state_changed', state: 'running' });
  lifecycle(prompt, 'started');
  say(initLine());
  say({ type: 'user', message: { role: 'user', content: prompt.text }, parent_tool_use_id: null, uuid: prompt.uuid, isReplay: true });

  const text = await answer(prompt.text);

  if (cancelled) {
    say({ type: 'user', message: { role: 'user', content: [{ type: 'text', text: '[Request interrupted by user]' }] }, parent_tool_use_id: null });
  }
  say(resultLine(prompt, text, cancelled, Number((process.hrtime.bigint() - began) / 1_000_000n)));
  lifecycle(prompt, cancelled ? 'cancelled' : 'completed');
  turn = null;
  say({ type: 'system', subtype: 'session_state_changed', state: 'idle' });
}

async function answer(text) {
  const wish = wishIn(text);
  if (wish?.count) return stream(wish);
  if (wish?.permission) return askFor(wish.permission);
  const reply = `You said: ${text}`;
  await assistant([{ type: 'text', text: reply }]);
  return reply;
}

function wishIn(text) {
  if (!text.startsWith('{')) return null;
  try {
    return JSON.parse(text);
  } catch {
    return null; // Only looks like a wish: an ordinary prompt.
  }
}

async function stream({ rate = 0, count, bytes = 0 }) {
  const start = process.hrtime.bigint();
  for (let n = 1; n <= count && !turn.cancelled; n++) {
    if (rate > 0) {
      const due = Number(start + BigInt(Math.round(((n - 1) * 1e9) / rate)) - process.hrtime.bigint()) / 1e6;
      if (due >= 1) await turn.pause(due);
      if (turn.cancelled) break;
    }
    const head = `${n} ${process.hrtime.bigint()} `;
    await assistant([{ type: 'text', text: head.padEnd(bytes, 'x') }]);
  }
  return 'streamed';
}

async function askFor(command) {
  const id = `toolu_${hex()}`;
  const input = { command, description: 'Asked by the stand-in' };
  await assistant([{ type: 'tool_use', id, name: 'Bash', input }]);
  const requestId = randomUUID();
  const decided = new Promise((resolve) => asked.set(requestId, resolve));
  say({ type: 'system', subtype: 'session_state_changed', state: 'requires_action' });
  say({
    type: 'control_request',
    request_id: requestId,
    request: { subtype: 'can_use_tool', tool_name: 'Bash', display_name: 'Bash', input, description: input.description, tool_use_id: id, permission_suggestions: [] },
  });
  const decision = await turn.until(decided);
  if (!decision) return '';
  say({ type: 'system', subtype: 'session_state_changed', state: 'running' });
  const denied = decision.behavior !== 'allow';
  const output = denied ? decision.message : `(would run: ${(decision.updatedInput ?? input).command})`;
  say({ type: 'user', message: { role: 'user', content: [{ type: 'tool_result', tool_use_id: id, content: output, is_error: denied }] }, parent_tool_use_id: null });
  const reply = denied ? `Denied: ${decision.message}` : 'Allowed';
  await assistant([{ type: 'text', text: reply }]);
  return reply;
}

/** One assistant line, as the CLI writes one for each content block; waits when the pipe is full. */
async function assistant(content) {
  const message = { id: `msg_${hex()}`, type: 'message', role: 'assistant', model, content, stop_reason: null, stop_sequence: null, usage: usage() };
  const room = say({ type: 'assistant', message, parent_tool_use_id: null });
  if (fault === 'dies-mid-turn') {
    process.stdout.write('', () => process.exit(9));
    await new Promise(() => {});
  }
  if (!room) await once(process.stdout, 'drain');
}

function initialized() {
  return {
    commands: [],
    agents: [],
    models: [{ value: model, displayName: model }],
    account: { tokenSource: 'none', apiKeySource: 'ANTHROPIC_API_KEY' },
    pid: process.pid,
    claude_code_version: VERSION,
    current_permission_mode: permissionMode,
    session_state: 'idle',
    pending_permission_requests: [],
    pending_user_dialog_requests: [],
  };
}

function initLine() {
  return { type: 'system', subtype: 'init', cwd: process.cwd(), tools: ['Bash'], mcp_servers: [], model, permissionMode, slash_commands: [], apiKeySource: 'ANTHROPIC_API_KEY', claude_code_version: VERSION, capabilities: ['interrupt_receipt_v1', 'msg_lifecycle_v1'] };
}

function resultLine(prompt, text, cancelled, duration_ms) {
  const outcome = cancelled
    ? { subtype: 'error_during_execution', is_error: true, terminal_reason: 'aborted_streaming', errors: [] }
    : { subtype: 'success', is_error: false, terminal_reason: 'completed', result: text };
  const spent = { inputTokens: 10, outputTokens: 5, cacheReadInputTokens: 0, cacheCreationInputTokens: 0, costUSD: 0.0001, contextWindow: 200000 };
  return { type: 'result', ...outcome, duration_ms, duration_api_ms: 0, num_turns: 1, total_cost_usd: 0.0001 * (resultIndex + 1), usage: usage(), modelUsage: { [model]: spent }, model_usage_since_last_result: { [model]: spent }, permission_denials: [], result_index: resultIndex++, user_message_uuid: prompt.uuid, user_message_uuids: [prompt.uuid] };
}

function usage() {
  return { input_tokens: 10, cache_creation_input_tokens: 0, cache_read_input_tokens: 0, output_tokens: 5 };
}

function lifecycle(prompt, state) {
  say({ type: 'command_lifecycle', command_uuid: prompt.uuid, state });
}

function succeed(request_id, response) {
  say({ type: 'control_response', response: { subtype: 'success', request_id, response } });
}

/** Writes one line; false when the pipe is full and the writer should wait. */
function say(line) {
  if (fault === 'garbage') {
    process.stdout.write('this is no JSON {\n{"type":"never_heard_of","uuid":1}\n[1,2\n');
  }
  return process.stdout.write(`${JSON.stringify({ uuid: randomUUID(), ...line, session_id: sessionId })}\n`);
}

/** The value of a long option, given as --name=value or as --name value. */
function option(name) {
  for (let i = 0; i < argv.length; i++) {
    if (argv[i] === name) return argv[i + 1];
    if (argv[i].startsWith(`${name}=`)) return argv[i].slice(name.length + 1);
  }
  return undefined;
}

function hex() {
  return randomUUID().replaceAll('-', '').slice(0, 24);
}
