// The load of a team that looks and prompts, for k6 (https://k6.io), with the thresholds that scripts/load-test.sh has too.
//
//   k6 run -e BASE_URL=https://staging.example.com -e LOAD_USER=load -e LOAD_PASSWORD=… [-e PROJECT=id] [-e READERS=6]
//     [-e ROUNDS=5] [-e YES_THIS_HOST=1] src/test/load/load.js
//
// Counted, so it ends by itself, after eight minutes at the latest. Without PROJECT it only looks; with it, it opens four sessions
// and prompts them, which may cost what the model costs. It opens no event streams, which k6 cannot hold, and decides no approvals,
// which only a stand-in asks for at will: both are load-test.sh's.
import http from 'k6/http';
import exec from 'k6/execution';
import { check, fail, sleep } from 'k6';
import { Trend } from 'k6/metrics';

const BASE = (__ENV.BASE_URL || '').replace(/\/$/, '');
const API = `${BASE}/api/v1`;
const LOOPBACK = /^https?:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/;
if (BASE && !LOOPBACK.test(BASE) && __ENV.YES_THIS_HOST !== '1') throw new Error(`${BASE} is another machine; YES_THIS_HOST=1 loads it`);

const LOOKS = 20;
const WRITERS = 4;
const PROMPTS = 5;
const ROUNDS = within('ROUNDS', 5, 8);
const READERS = within('READERS', 6, 64);
const LIMIT = '8m';

function within(name, usual, most) {
  const value = Number(__ENV[name] || usual);
  if (!Number.isInteger(value) || value < 1 || value > most) throw new Error(`${name} must be from 1 to ${most}`);
  return value;
}

// Shared with load-test.sh.
const shared = JSON.parse(open('./thresholds.json'));
const asked = ['sign-in', 'list-sessions', 'read-page', ...(__ENV.PROJECT ? ['read-session', 'submit-prompt'] : [])];
const times = Object.fromEntries(asked.map((kind) => [kind, new Trend(`time_${kind.replaceAll('-', '_')}`, true)]));

export const options = {
  scenarios: {
    looking: { executor: 'per-vu-iterations', exec: 'look', vus: READERS, iterations: ROUNDS * LOOKS, maxDuration: LIMIT },
    ...(__ENV.PROJECT && {
      prompting: { executor: 'per-vu-iterations', exec: 'prompt', vus: WRITERS, iterations: ROUNDS * PROMPTS, maxDuration: LIMIT },
    }),
  },
  thresholds: {
    http_req_failed: [`rate<=${shared.errors}`],
    checks: ['rate==1'],
    ...Object.fromEntries(asked.map((kind) => [`time_${kind.replaceAll('-', '_')}`, [`p(95)<=${shared.kinds[kind].p95Millis}`]])),
  },
};

/** Signs in once, as a person does, and opens the sessions. */
export function setup() {
  if (!BASE || !__ENV.LOAD_USER || !__ENV.LOAD_PASSWORD) fail('BASE_URL, LOAD_USER and LOAD_PASSWORD are needed');
  const answer = http.post(`${API}/auth/login`, JSON.stringify({ username: __ENV.LOAD_USER, password: __ENV.LOAD_PASSWORD }), {
    headers: { 'Content-Type': 'application/json', Origin: BASE },
  });
  if (answer.status !== 200) fail(`the sign-in answered ${answer.status}`);
  times['sign-in'].add(answer.timings.duration);
  const cookie = Object.entries(answer.cookies)
    .map(([name, values]) => `${name}=${values[0].value}`)
    .join('; ');
  const headers = { Cookie: cookie, 'X-CSRF-Token': answer.json('csrfToken'), Origin: BASE, 'Content-Type': 'application/json' };
  const sessions = [];
  for (let i = 0; __ENV.PROJECT && i < WRITERS; i++) {
    const opened = http.post(`${API}/sessions`, JSON.stringify({ projectId: __ENV.PROJECT, title: `load ${i}` }), { headers });
    if (opened.status !== 201) fail(`a session was not opened: ${opened.status}`);
    sessions.push(opened.json('id'));
  }
  return { headers, sessions };
}

function ask(kind, answer, status) {
  times[kind].add(answer.timings.duration);
  check(answer, { [`${kind} is answered with ${status}`]: (it) => it.status === status });
}

export function look({ headers, sessions }) {
  ask('list-sessions', http.get(`${API}/sessions`, { headers }), 200);
  ask('read-page', http.get(`${BASE}/`, { headers }), 200);
  if (sessions.length > 0) {
    ask('read-session', http.get(`${API}/sessions/${sessions[0]}/events?limit=100&before=2147483647`, { headers }), 200);
  }
}

export function prompt({ headers, sessions }) {
  const session = sessions[exec.vu.idInTest % sessions.length];
  const body = JSON.stringify({ promptId: crypto.randomUUID(), text: `say the number ${exec.scenario.iterationInTest}` });
  ask('submit-prompt', http.post(`${API}/sessions/${session}/prompts`, body, { headers }), 202);
  // A session takes so many prompts that wait, and a model takes its time.
  sleep(2);
}

export function teardown({ headers, sessions }) {
  sessions.forEach((session) => http.post(`${API}/sessions/${session}/stops`, '{}', { headers }));
}
