// A small made-up world for the harness: sessions in every state, one with a transcript, and answers that stream.
import { randomUUID } from 'node:crypto';

const TOKENS = { input: 31_000, output: 4_200, cacheRead: 290_000, cacheWrite: 12_000 };
const NONE = { found: 0, killed: 0, remaining: 0 };
const viewer = { id: '1d5a1c1e-0000-4000-8000-000000000001', name: 'Mara Lindqvist', role: 'operator' };
const deniz = { id: '1d5a1c1e-0000-4000-8000-000000000002', name: 'Deniz Aydın' };

export function script() {
  let seq = 48_000;
  const journal = [];
  const start = Date.now();
  const ago = (minutes) => new Date(start - minutes * 60_000).toISOString();
  const projects = ['payments-api', 'web-storefront', 'infra-live', 'ledger-client'].map((name, i) => ({
    id: `00000000-0000-4000-8000-00000000000${i}`, path: `/home/mara/code/${name}`, name, createdAt: ago(9000 - i) }));

  const record = (sessionId, actor, type, data, time = new Date().toISOString()) => {
    const event = { seq: ++seq, time, sessionId, actor, type, data };
    journal.push(event);
    const session = sessions.find((one) => one.id === sessionId);
    if (session) Object.assign(session, { lastSeq: seq, seq });
    return event;
  };

  const row = (n, title, state, minutes, project, more = {}) => ({
    id: `5e551000-0000-4000-8000-0000000000${String(n).padStart(2, '0')}`, projectId: projects[project].id, projectName: projects[project].name,
    cwd: projects[project].path, title, state, stateSince: ago(minutes), owner: n % 3 === 0 ? deniz : { id: viewer.id, name: viewer.name },
    model: 'claude-sonnet-5-5', permissionMode: 'default', cliSessionId: randomUUID(), createdAt: ago(minutes + 60), lastSeq: seq, seq,
    prompts: 3, turns: n % 4 + 1, cost: n * 0.37, tokens: TOKENS, contextTokens: 40_000 * n, contextWindow: 1_000_000, pendingApprovals: 0, ...more });

  const sessions = [
    row(1, 'Fix flaky refund test', 'asking', 2, 0, { activity: "Bash ./gradlew :refunds:test --tests '*RefundRetryTest*' && git push origin fix/refund-retry", pendingApprovals: 1, pid: 4711, cliVersion: '2.1.330' }),
    row(2, 'Postgres 17 upgrade plan', 'asking', 6, 2, { activity: '7 steps, touches infra-live and the backup job', pendingApprovals: 1 }),
    row(3, 'Generate client for ledger v3', 'failed', 14, 3, { failure: { code: 'model-auth', message: 'The model refused the credential.', remedy: 'An administrator can replace the secret anthropic_api_key.' }, cost: 0, contextTokens: undefined, contextWindow: undefined }),
    row(4, 'Idempotency keys for payments', 'working', 0.8, 0, { activity: 'Edit src/main/java/io/acme/pay/IdempotencyFilter.java' }),
    row(5, 'Vite 8: drop the legacy plugin', 'working', 4, 1, { activity: 'Bash npm run build -- --mode staging' }),
    row(6, 'Refactor settlement reconciliation so that partial captures from several acquirers are matched by their own reference', 'working', 0.2, 0, { activity: 'Task reading 41 files', contextTokens: 974_000 }),
    row(7, 'Nightly dependency review', 'starting', 0.05, 1, { turns: 0, cost: 0, contextTokens: undefined }),
    row(8, 'Backfill invoice PDFs', 'queued', 0.1, 0),
    row(9, 'Write runbook for Redis failover', 'idle', 7, 2),
    row(10, 'Trim Docker image of the API', 'idle', 9, 0, { cost: 0.003 }),
    row(11, 'Try the new retry policy', 'interrupted', 6, 0),
    row(12, 'Rename the billing module', 'parked', 130, 3),
    row(13, 'Explain the outbox', 'stopped', 2880, 1),
  ];

  const asked = (session, kind, tool, input, minutes) => ({ id: randomUUID(), sessionId: session.id, sessionTitle: session.title, kind, tool, input, suggestions: [], state: 'pending', requestedAt: ago(minutes), seq });
  const approvals = [
    asked(sessions[0], 'permission', 'Bash', { command: "./gradlew :refunds:test --tests '*RefundRetryTest*' && git push origin fix/refund-retry", description: 'Run the refund tests and push the branch' }, 2),
    asked(sessions[1], 'plan', 'ExitPlanMode', { plan: '# Upgrade\n\n1. Dump\n2. Restore into 17\n3. Switch' }, 6),
  ];
  transcript(sessions[0], approvals[0]);

  /** One finished turn and one that waits. */
  function transcript(session, approval) {
    const id = session.id;
    const mara = { kind: 'person', id: viewer.id, name: viewer.name };
    const cli = { kind: 'cli' };
    const at = (minutes) => ago(minutes);
    record(id, mara, 'session-created', { projectId: session.projectId, cwd: session.cwd, title: session.title, permissionMode: 'default', owner: viewer.id }, at(40));
    record(id, { kind: 'server' }, 'session-started', { launch: 'a', cliSessionId: session.cliSessionId, resumed: false }, at(40));
    record(id, cli, 'session-ready', { cliVersion: '2.1.330', accountSource: 'api-key', model: 'claude-sonnet-5-5' }, at(39.9));
    const prompt = randomUUID();
    record(id, mara, 'prompt-submitted', { promptId: prompt, text: 'The refund test fails about one time in twenty. Find out why and fix it.' }, at(39));
    record(id, cli, 'prompt-delivered', { promptId: prompt }, at(39));
    record(id, cli, 'turn-started', { model: 'claude-sonnet-5-5', permissionMode: 'default', tools: ['Bash', 'Edit', 'Read'] }, at(39));
    record(id, cli, 'assistant-thought', { cliUuid: 'u1', messageId: 'm1', index: 0, text: 'It must be timing. I will look at the test first.' }, at(38.9));
    record(id, cli, 'assistant-replied', { cliUuid: 'u2', messageId: 'm1', index: 1, text: 'I will read the test, then the client it uses.', aborted: false }, at(38.8));
    call(id, 'm1', 2, 't1', 'Read', { file_path: `${session.cwd}/refunds/src/test/java/RefundRetryTest.java` }, '1\tclass RefundRetryTest {\n2\t    @Test void retries() throws Exception {\n3\t        Thread.sleep(50);\n4\t    }\n5\t}', 38.7);
    call(id, 'm2', 0, 't2', 'Bash', { command: 'grep -rn "Thread.sleep" --include=*Test.java refunds api', description: 'Find sleeps in tests' }, 'refunds/src/test/java/RefundRetryTest.java:3: Thread.sleep(50);\n', 38.5);
    call(id, 'm2', 1, 't3', 'Edit', { file_path: `${session.cwd}/refunds/src/test/java/RefundRetryTest.java`, old_string: '        Thread.sleep(50);', new_string: '        await().until(client::retried);' }, 'The file was updated.', 38);
    call(id, 'm3', 0, 't4', 'TodoWrite', { todos: [{ content: 'Read the test', status: 'completed', activeForm: 'Reading' }, { content: 'Check the other callers', status: 'in_progress', activeForm: 'Checking the other callers' }, { content: 'Run the tests 50 times', status: 'pending', activeForm: 'Running' }] }, 'ok', 37.6);
    record(id, cli, 'assistant-replied', { cliUuid: 'u9', messageId: 'm4', index: 0, text: 'The test slept **50 ms** and hoped. It now waits for the retry itself:\n\n```java\nawait().until(client::retried);\n```\n\n| run | before | after |\n|---|---|---|\n| 50 × | 3 failed | 0 failed |\n\nNext: the same pattern elsewhere.', aborted: false }, at(37));
    record(id, cli, 'turn-ended', { cliUuid: 'u10', isError: false, reason: 'completed', durationMs: 124_000, rounds: 6, tokens: TOKENS, costUsd: 0.31, contextTokens: 318_000, contextWindow: 1_000_000, promptIds: [prompt] }, at(36.9));
    const second = randomUUID();
    record(id, mara, 'prompt-submitted', { promptId: second, text: 'Run the module’s tests and push.' }, at(3));
    record(id, cli, 'prompt-delivered', { promptId: second }, at(3));
    record(id, cli, 'turn-started', { model: 'claude-sonnet-5-5', permissionMode: 'default', tools: ['Bash'] }, at(3));
    record(id, cli, 'tool-called', { cliUuid: 'u11', messageId: 'm5', index: 0, toolUseId: 't5', tool: 'Bash', input: approval.input }, at(2.1));
    record(id, cli, 'approval-requested', { approvalId: approval.id, kind: 'permission', cliRequestId: 'r1', toolUseId: 't5', tool: 'Bash', input: approval.input, description: approval.input.description, suggestions: [] }, at(2));
    approval.seq = seq;
  }

  function call(id, messageId, index, toolUseId, tool, input, content, minutes) {
    record(id, { kind: 'cli' }, 'tool-called', { cliUuid: randomUUID(), messageId, index, toolUseId, tool, input }, ago(minutes));
    record(id, { kind: 'cli' }, 'tool-returned', { cliUuid: randomUUID(), toolUseId, isError: false, content }, ago(minutes - 0.05));
  }

  const by = { kind: 'person', id: viewer.id, name: viewer.name };
  const find = (id) => sessions.find((one) => one.id === id);

  return {
    viewer, projects, sessions,
    seq: () => seq,
    after: (n) => journal.filter((event) => event.seq > n),
    eventsOf: (id) => journal.filter((event) => event.sessionId === id),
    approvalsOf: (id) => approvals.filter((one) => (id ? one.sessionId === id : one.state === 'pending')),
    create(wish, publish) {
      const project = projects.findIndex((one) => one.id === wish.projectId);
      const session = row(sessions.length + 1, wish.title ?? 'Untitled', 'idle', 0, Math.max(0, project), { turns: 0, prompts: 0, cost: 0, contextTokens: undefined });
      sessions.push(session);
      publish(record(session.id, by, 'session-created', { projectId: wish.projectId, cwd: session.cwd, title: session.title, permissionMode: 'default', owner: viewer.id }));
      publish(record(session.id, { kind: 'cli' }, 'session-ready', { cliVersion: '2.1.330', accountSource: 'api-key' }));
      return session;
    },
    prompt(id, { promptId, text }, publish) {
      const known = journal.find((event) => event.type === 'prompt-submitted' && event.data.promptId === promptId);
      if (known) return { seq: known.seq, promptId };
      const event = record(id, by, 'prompt-submitted', { promptId, text });
      setTimeout(() => publish(event), 300);
      setTimeout(() => answer(id, promptId, publish), 600);
      return { seq: event.seq, promptId };
    },
    act(id, what, publish) {
      const type = { interruptions: 'interruption-requested', stops: 'stop-requested', resumptions: 'session-started' }[what];
      const data = { interruptions: {}, stops: { reason: 'person' }, resumptions: { launch: 'b', cliSessionId: find(id).cliSessionId, resumed: true } }[what];
      const event = record(id, by, type, data);
      publish(event);
      if (what === 'stops') publish(record(id, { kind: 'server' }, 'session-ended', { reason: 'stopped', exitCode: 0, leftover: NONE }));
      if (what === 'resumptions') publish(record(id, { kind: 'cli' }, 'session-ready', { cliVersion: '2.1.330', accountSource: 'api-key' }));
      return { seq: event.seq };
    },
    decide(id, { decision, reason }, publish) {
      const approval = approvals.find((one) => one.id === id);
      if (!approval || approval.state !== 'pending') return undefined;
      const event = record(approval.sessionId, by, 'approval-resolved', { approvalId: id, decision, remembered: [], ...(reason ? { reason } : {}) });
      Object.assign(approval, { state: decision === 'allow' ? 'allowed' : 'denied', delivery: 'recorded', decidedAt: event.time, decidedBy: by, seq: event.seq });
      publish(event);
      setTimeout(() => publish(record(approval.sessionId, { kind: 'cli' }, 'approval-delivered', { approvalId: id })), 400);
      return approval;
    },
  };

  /** An answer in drafts, then recorded. */
  function answer(id, promptId, publish) {
    const text = 'Here is what I found.\n\n- the first thing\n- the second thing, with `code`\n\n```ts\nconst answer = 42;\n```\n';
    const messageId = randomUUID();
    publish(record(id, { kind: 'cli' }, 'prompt-delivered', { promptId }));
    publish(record(id, { kind: 'cli' }, 'turn-started', { model: 'claude-sonnet-5-5', permissionMode: 'default', tools: [] }));
    let shown = 0;
    const timer = setInterval(() => {
      shown += 4;
      if (shown < text.length) return publish({ sessionId: id, messageId, index: 0, kind: 'text', text: text.slice(0, shown) });
      clearInterval(timer);
      publish(record(id, { kind: 'cli' }, 'assistant-replied', { cliUuid: randomUUID(), messageId, index: 0, text, aborted: false }));
      publish(record(id, { kind: 'cli' }, 'turn-ended', { cliUuid: randomUUID(), isError: false, reason: 'completed', durationMs: 3000, rounds: 1, tokens: TOKENS, costUsd: 0.02, contextTokens: 40_000, contextWindow: 1_000_000, promptIds: [promptId] }));
    }, 50);
  }
}
