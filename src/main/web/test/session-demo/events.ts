/** A made-up afternoon of one session, in the shapes that the real CLI gives its calls and results. */
import type { Actor, EventData, EventType, JsonObject, WireEvent } from '../../src/api/types';

const MARA: Actor = { kind: 'person', id: 'u-mara', name: 'Mara Lindqvist' };
const DENIZ: Actor = { kind: 'person', id: 'u-deniz', name: 'Deniz Aydın' };
const CLI: Actor = { kind: 'cli' };
const SERVER: Actor = { kind: 'server' };

/** Writes events one after the other, with numbers and times of their own. */
export class Script {
  readonly events: WireEvent[] = [];
  private seq: number;
  private at: number;
  private block = 0;

  constructor(first = 48_000, start = Date.now() - 40 * 60_000) {
    this.seq = first;
    this.at = start;
  }

  add<T extends EventType>(type: T, data: EventData[T], actor: Actor = CLI, after = 1_000): this {
    this.at += after;
    this.seq += 1;
    const event = { seq: this.seq, time: new Date(this.at).toISOString(), sessionId: 's1', actor, type, data };
    this.events.push(event as unknown as WireEvent);
    return this;
  }

  prompt(id: string, text: string, actor: Actor = MARA): this {
    return this.add('prompt-submitted', { promptId: id, text }, actor).add('prompt-delivered', { promptId: id }, CLI, 80);
  }

  say(text: string, parent?: string): this {
    return this.add('assistant-replied', { ...this.key(), text, aborted: false, ...inside(parent) });
  }

  think(text: string, after = 6_000): this {
    return this.add('assistant-thought', { ...this.key(), text }, CLI, after);
  }

  call(id: string, tool: string, input: JsonObject, parent?: string): this {
    return this.add('tool-called', { ...this.key(), toolUseId: id, tool, input, ...inside(parent) }, CLI, 400);
  }

  result(id: string, content: string, more: { result?: JsonObject; isError?: boolean; parent?: string; after?: number } = {}): this {
    const { result, isError = false, parent, after = 900 } = more;
    return this.add('tool-returned', { cliUuid: `r-${id}`, toolUseId: id, isError, content, ...(result ? { result } : {}), ...inside(parent) }, CLI, after);
  }

  ask(id: string, toolUseId: string, tool: string, input: JsonObject, more: Partial<EventData['approval-requested']> = {}): this {
    return this.add('approval-requested', { approvalId: id, kind: 'permission', cliRequestId: `c-${id}`, toolUseId, tool, input, suggestions: [], ...more }, CLI, 50);
  }

  decide(id: string, decision: 'allow' | 'deny', actor: Actor = MARA, reason?: string): this {
    return this.add('approval-resolved', { approvalId: id, decision, remembered: [], ...(reason ? { reason } : {}) }, actor, 9_000).add('approval-delivered', { approvalId: id }, CLI, 30);
  }

  turn(prompts: string[], more: Partial<EventData['turn-ended']> = {}): this {
    return this.add('turn-ended', {
      cliUuid: `t${this.seq}`, isError: false, reason: 'completed', durationMs: 147_000, rounds: 9, promptIds: prompts,
      tokens: { input: 4_200, output: 4_100, cacheRead: 196_000, cacheWrite: 11_800 }, costUsd: 0.38, contextTokens: 318_000, contextWindow: 1_000_000, ...more,
    });
  }

  private key(): { cliUuid: string; messageId: string; index: number } {
    this.block += 1;
    return { cliUuid: `x${this.block}`, messageId: `msg_${this.block}`, index: 0 };
  }
}

function inside(parent: string | undefined): { parentToolUseId?: string } {
  return parent ? { parentToolUseId: parent } : {};
}

export function afternoon(): WireEvent[] {
  const s = new Script();
  s.add('session-created', { projectId: 'p1', cwd: '/srv/projects/payments-api', title: 'Fix flaky refund test', permissionMode: 'default', owner: 'u-mara', sharing: 'team-read' }, MARA)
    .add('session-started', { launch: 'l1', cliSessionId: 'c1', resumed: false }, SERVER)
    .add('session-ready', { cliVersion: '2.1.330', accountSource: 'api-key', model: 'claude-sonnet-5-5' })
    .prompt('p1', '`RefundRetryTest` fails about one run in ten on CI. Find out why, fix it without touching production code if you can, and push a branch.')
    .add('turn-started', { model: 'claude-sonnet-5-5', permissionMode: 'default', tools: [] }, CLI, 60)
    .think('The failure rate suggests real time somewhere in the test rather than in the client.\nI should look at the test and at the clock it uses.', 14_000);
  for (const [id, file] of [['r1', 'RefundRetryTest.java'], ['r2', 'RefundClient.java'], ['r3', 'FakeClock.java']] as const) {
    s.call(id, 'Read', { file_path: `/srv/projects/payments-api/refunds/src/test/java/io/acme/refunds/${file}` }).result(id, '1\tclass A {}', { result: { type: 'text', file: { filePath: file, content: 'x', numLines: 188, startLine: 1, totalLines: 188 } } });
  }
  s.call('g1', 'Grep', { pattern: 'Thread.sleep', path: 'refunds' })
    .result('g1', 'RefundRetryTest.java:64')
    .say('The test sleeps **250 ms of real time** while the client waits on the fake clock, so whichever thread wins decides the result. The fix belongs in the test: let the clock move instead of the thread.')
    .call('e1', 'Edit', { file_path: '/srv/projects/payments-api/refunds/src/test/java/io/acme/refunds/RefundRetryTest.java', old_string: 'a', new_string: 'b' })
    .ask('a1', 'e1', 'Edit', { file_path: '/srv/x', old_string: 'a', new_string: 'b' })
    .decide('a1', 'allow')
    .result('e1', 'The file has been updated.', {
      result: {
        filePath: '/srv/projects/payments-api/refunds/src/test/java/io/acme/refunds/RefundRetryTest.java',
        structuredPatch: [{ oldStart: 61, oldLines: 6, newStart: 61, newLines: 7, lines: [
          '     var clock = new FakeClock(START);', '     var client = new RefundClient(provider, clock);', '-    provider.failTimes(1, timeout());', '-    Thread.sleep(250);',
          '+    provider.failNext(timeout());', '+    client.refund(ORDER, EUR_20);', '+    clock.advance(RETRY_DELAY.plusMillis(1)); // no real time in tests', ' ', '     assertThat(provider.calls()).hasSize(2);'] }],
      },
    })
    .call('b1', 'Bash', { command: "./gradlew :refunds:test --tests '*RefundRetryTest*' --rerun", description: 'Run the test' })
    .result('b1', "Exit code 1\n\u001b[2m> Task :refunds:compileTestJava\u001b[0m\n\u001b[2m> Task :refunds:test\u001b[0m\n\nRefundRetryTest > retriesOnceWhenProviderTimesOut() \u001b[31mFAILED\u001b[0m\n    java.lang.AssertionError: expected 2 calls but was 1\n        at RefundRetryTest.java:67\n\n\u001b[32m11 passed\u001b[0m, \u001b[1;31m1 failed\u001b[0m (3.1 s)", { isError: true, after: 9_400 })
    .call('b2', 'Bash', { command: 'git status --short && git diff --stat', description: 'See the changes' })
    .result('b2', ' M refunds/src/test/java/io/acme/refunds/RefundRetryTest.java', { result: { stdout: ' M refunds/src/test/java/io/acme/refunds/RefundRetryTest.java\n', stderr: '', interrupted: false } })
    .call('td', 'TodoWrite', { todos: [
      { content: 'Find the source of real time in the test', status: 'completed', activeForm: 'Finding it' }, { content: 'Replace the sleep by the fake clock', status: 'completed', activeForm: 'Replacing' },
      { content: 'Check the other callers of RefundClient', status: 'in_progress', activeForm: 'Checking the other callers of RefundClient' }, { content: 'Run the module’s tests 50 times and push', status: 'pending', activeForm: 'Running' }] })
    .result('td', 'Todos have been modified')
    .add('api-retried', { attempt: 1, maxRetries: 10, delayMs: 500, status: 429, error: 'rate_limit' })
    .add('api-retried', { attempt: 2, maxRetries: 10, delayMs: 1_000, status: 429, error: 'rate_limit' }, CLI, 3_000)
    .say('It passes now. Summary:\n\n| Module | Tests | Failed |\n|:--|--:|--:|\n| refunds | 12 | 0 |\n| api | 188 | 0 |\n\n1. The **fake clock** moves instead of the thread.\n2. `RETRY_DELAY` is visible to the test.\n\n```java\nvar clock = new FakeClock(START); // no real time\nclock.advance(RETRY_DELAY.plusMillis(1));\n```\n\nSee [the testing guide](https://example.com/testing) and `docs/testing.md`.')
    .add('prompt-finished', { promptId: 'p1', outcome: 'completed' })
    .turn(['p1'])
    .add('context-compacted', { trigger: 'auto', preTokens: 912_000, postTokens: 148_000 })
    .prompt('p2', 'Seven days is right. Check the other callers, then push.', DENIZ)
    .call('b3', 'Bash', { command: 'rm -rf build && git push --force', description: 'Clean and push' })
    .ask('a2', 'b3', 'Bash', { command: 'rm -rf build && git push --force', description: 'Clean and push' })
    .decide('a2', 'deny', DENIZ, 'Use a new branch and an ordinary push.')
    .result('b3', 'Use a new branch and an ordinary push.', { isError: true })
    .call('m1', 'mcp__jira__get_issue', { key: 'PAY-2210', expand: ['comments', 'links'] })
    .result('m1', '{"key":"PAY-2210","status":"Open"}')
    .add('output-not-understood', { line: '{"type":"brand_new","x":1}', reason: 'unknown type brand_new' })
    .call('ag', 'Agent', { description: 'callers of RefundClient that sleep in tests', prompt: 'Find all callers', subagent_type: 'Explore' });
  for (let i = 1; i <= 5; i++) {
    s.call(`n${i}`, i % 2 ? 'Bash' : 'Read', i % 2 ? { command: `grep -rn "Thread.sleep" --include=*Test.java module${i}` } : { file_path: `/srv/projects/payments-api/api/RefundFlowTest${i}.java` }, 'ag')
      .result(`n${i}`, 'x', { parent: 'ag', after: 200 });
  }
  return s
    .call('n6', 'Bash', { command: "./gradlew :refunds:test --tests '*RefundRetryTest*' && git push origin fix/refund-retry\u202E", description: 'Run the refund tests and push the branch', timeout: 120_000 }, 'ag')
    .ask('a3', 'n6', 'Bash', { command: "./gradlew :refunds:test --tests '*RefundRetryTest*' && git push origin fix/refund-retry\u202E", description: 'Run the refund tests and push the branch', timeout: 120_000 }, { description: 'Run the refund tests and push the branch', agentId: 'ag1', reason: 'This command reaches the network' })
    .add('activity-changed', { activity: 'requires_action' }).events;
}

export function trouble(): WireEvent[] {
  const s = new Script(47_900);
  return s
    .prompt('p1', 'Generate the client for ledger v3 and replace the hand-written one.')
    .turn(['p1'], { isError: true, reason: 'api_error', durationMs: 900, costUsd: 0, tokens: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 }, error: { code: 'model-auth', message: 'The model refused the credential. This turn did not run.', remedy: 'The API key is revoked or mistyped. An administrator can replace the secret anthropic_api_key; then run the prompt again.', status: 401 } })
    .prompt('p2', 'The key is replaced, go on.')
    .call('w1', 'Write', { file_path: '/srv/projects/ledger/client.ts', content: 'export const a = 1;\nexport const b = 2;\n' })
    .result('w1', 'File created', { result: { type: 'create', filePath: '/srv/projects/ledger/client.ts', content: 'export const a = 1;\nexport const b = 2;\n', structuredPatch: [], originalFile: null } })
    .call('q1', 'AskUserQuestion', {})
    .ask('qa', 'q1', 'AskUserQuestion', { questions: [{ question: 'The hand-written client repeats a request after a 503. Should the generated one?', header: 'Retries', multiSelect: false, options: [{ label: 'Yes, twice', description: 'As today. Needs a small wrapper around the generated code.' }, { label: 'No', description: 'Three of five callers already repeat; the others need a line each.' }] }] }, { kind: 'question' })
    .decide('qa', 'allow', DENIZ)
    .result('q1', 'answered', { result: { questions: [], answers: { 'The hand-written client repeats a request after a 503. Should the generated one?': 'No' } } })
    .add('interruption-requested', {}, MARA)
    .add('turn-interrupted', { cliUuid: 't', isError: false, reason: 'aborted_streaming', durationMs: 12_000, rounds: 2, promptIds: ['p2'], tokens: { input: 10, output: 20, cacheRead: 0, cacheWrite: 0 }, costUsd: 0.02 })
    .prompt('p3', 'Once more, with the retries in the callers.')
    .add('api-retried', { attempt: 3, maxRetries: 10, delayMs: 18_000, status: 529, error: 'overloaded' })
    .add('session-failed', { code: 'cli-died', message: 'The Claude CLI ended by itself.', remedy: 'Resume the session; the conversation is kept. If it happens again, look at the last words below.', exitCode: 137, stderrTail: 'Killed\nout of memory', leftover: { found: 1, killed: 1, remaining: 0 } }, SERVER).events;
}

export function many(turns: number): WireEvent[] {
  const s = new Script(1, Date.now() - 6 * 3_600_000);
  for (let i = 0; i < turns; i++) {
    s.prompt(`p${i}`, `Prompt ${i}`).think('Let me see', 3_000).call(`c${i}`, 'Bash', { command: `echo ${i}` }).result(`c${i}`, String(i)).say(`Answer **${i}** with a few words to fill a line or two of the column, so that heights differ. ${'word '.repeat(i % 60)}`).turn([`p${i}`]);
  }
  return s.events;
}

/** A turn that runs and three prompts that wait; or, held, what is left of it after somebody interrupted. */
export function line(held = false): WireEvent[] {
  const s = new Script(48_000, Date.now() - 5 * 60_000);
  s.add('session-started', { launch: 'l', cliSessionId: 'c', resumed: false }, SERVER).add('session-ready', { cliVersion: '2.1.330', accountSource: 'x' }).prompt('p1', 'Make every payment request idempotent by its key.');
  for (const [id, text, author] of [['p2', 'Use the request timeout from config, not a new constant.', MARA], ['p3', 'Also update the list in docs/testing.md.\n\nIt is generated; commit what it writes.', DENIZ], ['p4', 'When it is green, open the pull request', MARA]] as const) {
    s.add('prompt-submitted', { promptId: id, text }, author);
  }
  s.call('b', 'Bash', { command: 'npm test -- --runInBand checkout', description: 'Run the tests' });
  if (!held) return s.events;
  s.add('interruption-requested', {}, MARA).add('queue-held', { cause: 'interrupted' }, SERVER);
  return s.add('turn-interrupted', { cliUuid: 't', isError: true, reason: 'aborted_tools', durationMs: 12_000, rounds: 2, promptIds: ['p1'], tokens: { input: 10, output: 20, cacheRead: 0, cacheWrite: 0 }, costUsd: 0.02 }).events;
}

export function retrying(): WireEvent[] {
  const s = new Script(48_000, Date.now() - 10_000);
  return s.prompt('p1', 'Match partial captures.').say('I will look first.').add('api-retried', { attempt: 3, maxRetries: 10, delayMs: 95_000, status: 529, error: 'overloaded' }).events;
}

export function limited(): WireEvent[] {
  const s = new Script(48_000, Date.now() - 10_000);
  return s.prompt('p1', 'Move the cron jobs.').say('I will look first.').add('rate-limit-changed', { status: 'rejected', window: 'five_hour', resetsAt: new Date(Date.now() + 8_280_000).toISOString() }).events;
}
