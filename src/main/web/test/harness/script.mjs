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
    cwd: projects[project].path, title, state, stateSince: ago(minutes), owner: n % 3 === 0 ? deniz : { id: viewer.id, name: viewer.name }, sharing: n % 4 === 0 ? 'team-write' : n % 7 === 0 ? 'private' : 'team-read',
    model: 'claude-sonnet-5-5', permissionMode: 'default', cliSessionId: randomUUID(), createdAt: ago(minutes + 60), lastSeq: seq, seq,
    prompts: 3, turns: n % 4 + 1, cost: n * 0.37, tokens: TOKENS, contextTokens: 40_000 * n, contextWindow: 1_000_000, pendingApprovals: 0, ...more });

  const sessions = [
    row(1, 'Fix flaky refund test', 'asking', 2, 0, { activity: "Bash ./gradlew :refunds:test --tests '*RefundRetryTest*' && git push origin fix/refund-retry", pendingApprovals: 1, pid: 4711, cliVersion: '2.1.330' }),
    row(2, 'Postgres 17 upgrade plan', 'asking', 6, 2, { owner: deniz, activity: '7 steps, touches infra-live and the backup job', pendingApprovals: 1 }),
    row(3, 'Generate client for ledger v3', 'failed', 14, 3, { failure: { code: 'model-auth', message: 'The model refused the credential.', remedy: 'An administrator can replace the secret anthropic_api_key.' }, cost: 0, contextTokens: undefined, contextWindow: undefined }),
    row(4, 'Idempotency keys for payments', 'working', 0.8, 0, { activity: 'Edit src/main/java/io/acme/pay/IdempotencyFilter.java' }),
    row(5, 'Vite 8: drop the legacy plugin', 'working', 4, 1, { activity: 'Bash npm run build -- --mode staging' }),
    row(6, 'Refactor settlement reconciliation so that partial captures from several acquirers are matched by their own reference', 'working', 0.2, 0, { activity: 'Task reading 41 files', contextTokens: 974_000 }),
    row(7, 'Nightly dependency review', 'starting', 0.05, 1, { turns: 0, cost: 0, contextTokens: undefined }),
    row(8, 'Backfill invoice PDFs', 'queued', 0.1, 0, { queuePosition: 1, turns: 0, contextTokens: undefined }),
    row(9, 'Write runbook for Redis failover', 'idle', 7, 2),
    row(10, 'Trim Docker image of the API', 'idle', 9, 0, { cost: 0.003 }),
    row(11, 'Try the new retry policy', 'interrupted', 6, 0),
    row(12, 'Rename the billing module', 'parked', 130, 3),
    row(13, 'Explain the outbox', 'stopped', 2880, 1),
    row(14, 'Sweep the staging buckets', 'queued', 1.2, 2, { queuePosition: 3, turns: 0, contextTokens: undefined }),
    row(15, 'Bisect p99 regression in checkout', 'working', 9, 1, { activity: 'Bash npm test -- --runInBand checkout', stalled: { cause: 'tool-running', since: ago(3.2) } }),
    row(16, 'Translate the error catalogue', 'working', 5, 1, { activity: 'The German strings now use the formal address', stalled: { cause: 'model-silent', since: ago(2.7) } }),
    row(17, 'Reconcile partial captures', 'working', 2, 0, { activity: 'Read src/main/java/io/acme/pay/Capture.java', stalled: { cause: 'retrying', since: ago(2.1) } }),
    row(18, 'Move the cron jobs', 'working', 1, 2, { activity: 'Read cron/daily.yaml', stalled: { cause: 'rate-limited', since: ago(2.2) } }),
    row(19, 'Measure the cold start', 'idle', 1, 0, { held: 'interrupted' }),
    row(20, 'Split the settlement job', 'interrupted', 12, 3),
    row(21, undefined, 'failed', 60 * 24 * 95, 2, { expiredAt: ago(60 * 24 * 5), sharing: 'team-read' }),
  ];

  const asked = (session, kind, tool, input, minutes) => ({ id: randomUUID(), sessionId: session.id, sessionTitle: session.title, kind, tool, input, suggestions: [], state: 'pending', requestedAt: ago(minutes), seq });
  const approvals = [
    asked(sessions[0], 'permission', 'Bash', { command: "./gradlew :refunds:test --tests '*RefundRetryTest*' && git push origin fix/refund-retry", description: 'Run the refund tests and push the branch' }, 2),
    asked(sessions[1], 'plan', 'ExitPlanMode', { plan: '# Upgrade\n\n1. Dump\n2. Restore into 17\n3. Switch' }, 6),
  ];
  transcript(sessions[0], approvals[0]);
  /** Prompts that have not come to an end, by session, as the server lists them. */
  const lines = new Map(sessions.map((session) => [session.id, []]));
  const cli = { kind: 'cli' };
  const byId = (n) => sessions.find((one) => one.id.endsWith(String(n).padStart(2, '0')));
  begun(byId(4), 'Make every payment request idempotent by its key.', 'Edit', { file_path: '/home/mara/code/payments-api/src/main/java/io/acme/pay/IdempotencyFilter.java', old_string: 'a', new_string: 'b' });
  for (const [text, author] of [
    ['Use the request timeout from config, not a new constant.', { id: viewer.id, name: viewer.name }],
    ['Also update the flaky-tests list in docs/testing.md.\n\nIt is generated from the annotations, so run `./gradlew flaky` and commit what it writes. If it fails, say why and leave the file as it is; the build server does it again at night anyway.', deniz],
    ['When it is green, open the pull request and ask Deniz for review', { id: viewer.id, name: viewer.name }]]) wait(byId(4), text, author);
  const gone = (type) => Object.assign(record(byId(21).id, cli, type, {}, ago(60 * 24 * 95)), { expired: true });
  gone('prompt-submitted');
  gone('assistant-replied');
  gone('tool-called');
  record(byId(21).id, cli, 'turn-ended', { cliUuid: 'u', isError: false, reason: 'completed', durationMs: 81_000, rounds: 3, tokens: TOKENS, costUsd: 0.41, promptIds: [] }, ago(60 * 24 * 95));
  gone('session-failed');
  record(byId(21).id, { kind: 'server' }, 'contents-expired', { through: 5, days: 90, contents: 'c' }, ago(60 * 24 * 5));
  begun(byId(15), 'Find the commit that made checkout slow.', 'Bash', { command: 'npm test -- --runInBand checkout', description: 'Run the checkout tests' }, 3.3);
  begun(byId(16), 'Translate the catalogue.', 'Read', { file_path: '/home/mara/code/web-storefront/i18n/errors.json' }, 4, true);
  begun(byId(17), 'Match partial captures.', 'Read', { file_path: '/home/mara/code/payments-api/src/main/java/io/acme/pay/Capture.java' }, 4, true);
  record(byId(17).id, cli, 'api-retried', { attempt: 3, maxRetries: 10, delayMs: 95_000, status: 529, error: 'overloaded' }, ago(1));
  begun(byId(18), 'Move the cron jobs to the new cluster.', 'Read', { file_path: '/home/mara/code/infra-live/cron/daily.yaml' }, 4, true);
  record(byId(18).id, cli, 'rate-limit-changed', { status: 'rejected', window: 'five_hour', resetsAt: ago(-138), utilization: 1 }, ago(2.2));
  begun(byId(19), 'Measure how long a cold start takes.', 'Bash', { command: './bench cold --runs 50' }, 3, true);
  record(byId(19).id, { kind: 'person', id: viewer.id, name: viewer.name }, 'interruption-requested', {}, ago(1.1));
  record(byId(19).id, cli, 'turn-interrupted', { cliUuid: 'u', isError: false, reason: 'aborted_tools', durationMs: 61_000, rounds: 2, tokens: TOKENS, costUsd: 0.04, promptIds: [lines.get(byId(19).id)[0].promptId] }, ago(1));
  lines.get(byId(19).id).length = 0;
  wait(byId(19), 'Plot the result as a table', { id: viewer.id, name: viewer.name });
  wait(byId(19), 'Then try it with the class data archive', deniz);
  wait(byId(8), 'Backfill all invoices of 2025, a month at a time.', { id: viewer.id, name: viewer.name });
  begun(byId(20), 'Split the job by acquirer.', 'Bash', { command: './split --dry-run' }, 14);
  wait(byId(20), 'Then delete the old one', { id: viewer.id, name: viewer.name }, 13);
  record(byId(20).id, { kind: 'server' }, 'session-interrupted', { cause: 'server-died', leftover: NONE }, ago(12));
  for (const prompt of lines.get(byId(20).id)) prompt.state = 'cut';
  failedTurns(byId(10));

  /** A turn that runs: its prompt was taken up, and one call is out. */
  function begun(session, text, tool, input, minutes = 4, returned = false) {
    const promptId = randomUUID();
    const by = { kind: 'person', id: viewer.id, name: viewer.name };
    record(session.id, by, 'prompt-submitted', { promptId, text }, ago(minutes + 0.4));
    record(session.id, cli, 'prompt-delivered', { promptId }, ago(minutes + 0.4));
    record(session.id, cli, 'turn-started', { model: 'claude-sonnet-5-5', permissionMode: 'default', tools: ['Bash', 'Edit', 'Read'] }, ago(minutes + 0.3));
    record(session.id, cli, 'assistant-replied', { cliUuid: randomUUID(), messageId: randomUUID(), index: 0, text: 'I will look at what is there first.', aborted: false }, ago(minutes + 0.2));
    record(session.id, cli, 'tool-called', { cliUuid: randomUUID(), messageId: randomUUID(), index: 0, toolUseId: `tool-${session.id}`, tool, input }, ago(minutes));
    if (returned) record(session.id, cli, 'tool-returned', { cliUuid: randomUUID(), toolUseId: `tool-${session.id}`, isError: false, content: 'ok' }, ago(minutes - 0.05));
    lines.get(session.id).push({ promptId, text, state: 'delivered', seq, author: by });
  }

  function wait(session, text, author, minutes = 1) {
    const promptId = randomUUID();
    const event = record(session.id, { kind: 'person', ...author }, 'prompt-submitted', { promptId, text }, ago(minutes));
    lines.get(session.id).push({ promptId, text, state: 'submitted', seq: event.seq, author });
  }

  /** Every way a turn can fail, in the server's words. */
  function failedTurns(session) {
    const errors = [
      ['turn-limit', 'The limit of rounds for one turn is reached.', 'Send another prompt to go on.'],
      ['budget-reached', 'The money limit of this session is reached.', 'Start a new session, or start this one again with a higher limit.'],
      ['context-full', 'The conversation no longer fits into the model\'s context window.', 'Send /compact to shorten it, or start a new session.'],
      ['model-not-signed-in', 'The CLI has no credential for the model. This turn did not run.', 'An administrator can provide the secret anthropic_api_key; then send the prompt again.'],
      ['model-credit', 'The account\'s credit is used up. This turn did not run.', 'Add credit to the account of the API key, then send the prompt again.'],
      ['model-auth', 'The model refused the credential. This turn did not run.', 'The key is revoked or mistyped. An administrator can replace the secret anthropic_api_key; then send the prompt again.', 401],
      ['model-forbidden', 'The credential is not allowed to use this model. This turn did not run.', 'Choose another model, or use a credential that may use it.', 403],
      ['model-unknown', 'The model service does not know this model.', 'Start a session with another model.', 404],
      ['request-too-large', 'The request is too large for the model service.', 'Send a shorter prompt, or /compact first.', 413],
      ['model-rate-limited', 'The model service refused more requests for now (429), also after trying again.', 'Nothing is lost. Wait a minute, then send the prompt again.', 429],
      ['model-overloaded', 'The model service is overloaded (529), also after trying again.', 'Nothing is lost. Wait a minute, then send the prompt again.', 529],
      ['model-unavailable', 'The model service failed (500), also after trying again.', 'Nothing is lost. Send the prompt again in a moment.', 500],
      ['model-unreachable', 'The model service could not be reached.', 'Check the network and model.base-url, then send the prompt again.'],
      ['turn-failed', 'API Error: something else', 'Send the prompt again, or change it.'],
    ];
    for (const [code, message, remedy, status] of errors) {
      record(session.id, cli, 'turn-ended', { cliUuid: randomUUID(), isError: true, reason: 'api_error', error: { code, message, remedy, ...(status ? { status } : {}) }, durationMs: 900, rounds: 1, tokens: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 }, costUsd: 0, promptIds: [] }, ago(9));
    }
  }

  /** One finished turn and one that waits. */
  function transcript(session, approval) {
    const id = session.id;
    const mara = { kind: 'person', id: viewer.id, name: viewer.name };
    const cli = { kind: 'cli' };
    const at = (minutes) => ago(minutes);
    record(id, mara, 'session-created', { projectId: session.projectId, cwd: session.cwd, title: session.title, permissionMode: 'default', owner: viewer.id, sharing: session.sharing }, at(40));
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
    record(id, { ...mara, token: 'ci' }, 'prompt-submitted', { promptId: second, text: 'Run the module’s tests and push.' }, at(3));
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
    viewer, deniz, projects, sessions,
    share(id, sharing, publish) {
      const session = find(id);
      session.sharing = sharing;
      publish(record(id, by, 'session-shared', { sharing }));
      return session;
    },
    seq: () => seq,
    after: (n) => journal.filter((event) => event.seq > n),
    eventsOf: (id) => journal.filter((event) => event.sessionId === id),
    approvalsOf: (id) => approvals.filter((one) => (id ? one.sessionId === id : one.state === 'pending')),
    create(wish, publish) {
      const project = projects.findIndex((one) => one.id === wish.projectId);
      const session = row(sessions.length + 1, wish.title ?? 'Untitled', 'idle', 0, Math.max(0, project), { turns: 0, prompts: 0, cost: 0, contextTokens: undefined, ...(wish.sharing ? { sharing: wish.sharing } : {}) });
      sessions.push(session);
      lines.set(session.id, []);
      publish(record(session.id, by, 'session-created', { projectId: wish.projectId, cwd: session.cwd, title: session.title, permissionMode: 'default', owner: viewer.id, sharing: session.sharing }));
      publish(record(session.id, { kind: 'cli' }, 'session-ready', { cliVersion: '2.1.330', accountSource: 'api-key' }));
      return session;
    },
    processes() {
      const live = sessions.filter((one) => ['idle', 'working', 'asking', 'starting'].includes(one.state)).map((one, at) => ({
        sessionId: one.id, pid: 4700 + at, startedAt: one.createdAt, processes: 1 + (at % 4), residentBytes: (180 + 97 * at + Math.random() * 9) * 1024 * 1024, cpuPercent: one.state === 'working' ? 20 + Math.random() * 90 : Math.random() }));
      const queue = sessions.filter((one) => one.state === 'queued').map((one) => ({ sessionId: one.id, position: one.queuePosition, since: one.stateSince }));
      return { limit: 20, parallelStarts: 2, queueLimit: 100, liveCount: live.length, queueCount: queue.length, live, queue };
    },
    openPrompts(id) {
      const { held } = find(id);
      return { prompts: lines.get(id) ?? [], ...(held ? { held } : {}), seq };
    },
    /** Answers the state when the prompt no longer waits. */
    changePrompt(id, promptId, change, publish) {
      const line = lines.get(id);
      const prompt = line.find((one) => one.promptId === promptId);
      if (prompt?.state !== 'submitted') return { taken: prompt?.state ?? 'completed' };
      if (change.text === 'conflict') return { taken: 'delivered' };
      const tell = (type, data) => publish(record(id, by, type, data));
      if (change.text !== undefined) {
        prompt.text = change.text;
        tell('prompt-edited', { promptId, text: change.text });
      }
      if (change.position !== undefined) {
        const waiting = line.filter((one) => one.state === 'submitted' && one !== prompt);
        waiting.splice(change.position, 0, prompt);
        lines.set(id, [...line.filter((one) => one.state !== 'submitted'), ...waiting]);
        tell('prompts-reordered', { order: waiting.map((one) => one.promptId) });
      }
      if (change.removed) {
        lines.set(id, line.filter((one) => one !== prompt));
        tell('prompt-removed', { promptId });
      }
      if (change.now) {
        tell('prompt-hastened', { promptId });
        prompt.state = 'delivered';
        setTimeout(() => publish(record(id, cli, 'prompt-delivered', { promptId })), 900);
      }
      return { seq };
    },
    prompt(id, { promptId, text, now }, publish) {
      if (['working', 'asking', 'queued', 'starting', 'parked'].includes(find(id).state) && !now) {
        const event = record(id, by, 'prompt-submitted', { promptId, text });
        lines.get(id).push({ promptId, text, state: 'submitted', seq: event.seq, author: { id: viewer.id, name: viewer.name } });
        setTimeout(() => publish(event), 300);
        return { seq: event.seq, promptId };
      }
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
