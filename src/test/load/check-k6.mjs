// Loads load.js as k6 would, with nothing behind k6's modules, and compares its thresholds with those that load-test.sh has: k6
// itself is not at hand here. Fails with what differs.
import { readFileSync } from 'node:fs';
import { deepStrictEqual, strictEqual, throws } from 'node:assert';

const folder = new URL('.', import.meta.url);
const shared = JSON.parse(readFileSync(new URL('thresholds.json', folder), 'utf8'));
const source = readFileSync(new URL('load.js', folder), 'utf8').replace(/^import .*$/gm, '').replace(/^export /gm, '');
const run = new Function(
  '__ENV', 'open', 'Trend', 'http', 'exec', 'check', 'fail', 'sleep',
  `${source}\nreturn { options, setup, look, prompt, teardown };`,
);
const loaded = (env) =>
  run(env, (file) => readFileSync(new URL(file, folder), 'utf8'), class { add() {} }, {}, {}, () => true, (why) => { throw new Error(why); }, () => {});

const { options, ...stages } = loaded({ BASE_URL: 'http://127.0.0.1:8080', PROJECT: 'p' });
strictEqual(options.thresholds.http_req_failed[0], `rate<=${shared.errors}`);
const kinds = ['sign-in', 'list-sessions', 'read-page', 'read-session', 'submit-prompt'];
deepStrictEqual(
  Object.entries(options.thresholds).filter(([name]) => name.startsWith('time_')),
  kinds.map((kind) => [`time_${kind.replaceAll('-', '_')}`, [`p(95)<=${shared.kinds[kind].p95Millis}`]]),
);
for (const scenario of Object.values(options.scenarios)) strictEqual(typeof stages[scenario.exec], 'function');
deepStrictEqual(Object.keys(loaded({}).options.scenarios), ['looking']);
throws(() => loaded({ BASE_URL: 'https://example.com' }), /another machine/);
throws(() => loaded({ ROUNDS: '9' }), /from 1 to 8/);
