// For looking at the browser side without the Java server: serves the built files under the real content security policy, and
// a scripted API with an event stream. Only for people who work on the views; nothing of it is in the product.
//   node test/harness/server.mjs [port]        any password signs in, except "wrong"; "new" must change it
//   /__scene?name=empty|busy|broken|offline|demo    changes what the API says from then on
//   &role=viewer|operator|admin                  who is signed in from then on
//   /__share?id=SESSION&sharing=private|…       somebody shares a session otherwise
//   /__sign-in                                  signs the browser in and goes to the list
import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';
import { randomBytes, randomUUID } from 'node:crypto';
import { dirname, extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { script } from './script.mjs';
import { accessOf, team } from './team.mjs';
import { trustOf } from './trust.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '../../../../../target/classes/web');
const types = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' };
let scene = 'busy';
let role = 'operator';
const world = script();
const people = team(world.viewer, world.deniz);
const streams = new Set();

function csp(nonce) {
  return `default-src 'none'; script-src 'self' 'nonce-${nonce}'; style-src 'self' 'nonce-${nonce}'; img-src 'self' data:; connect-src 'self'; font-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'`;
}

const server = createServer(async (request, response) => {
  const url = new URL(request.url, 'http://localhost');
  try {
    if (url.pathname.startsWith('/__')) return control(url, response);
    if (url.pathname.startsWith('/api/v1/')) return await api(request, response, url);
    await asset(url, response);
  } catch (error) {
    console.error(error);
    if (!response.headersSent) response.writeHead(500);
    response.end();
  }
});

function control(url, response) {
  if (url.pathname === '/__sign-in') {
    response.writeHead(303, { 'Set-Cookie': ['harness=1; Path=/; HttpOnly; SameSite=Strict', 'dashboard_signed_in=yes; Path=/'], Location: '/' });
    return response.end();
  }
  if (url.pathname === '/__share') {
    world.share(url.searchParams.get('id'), url.searchParams.get('sharing'), publish);
    return response.end();
  }
  scene = url.searchParams.get('name') ?? 'busy';
  role = url.searchParams.get('role') ?? 'operator';
  if (scene === 'offline') for (const stream of [...streams]) stream.destroy();
  response.end(scene);
}

async function asset(url, response) {
  const nonce = randomBytes(16).toString('base64');
  const isAsset = url.pathname.startsWith('/assets/');
  const path = normalize(join(root, isAsset ? url.pathname : 'index.html'));
  if (!path.startsWith(root)) return response.writeHead(404).end();
  let body;
  try {
    body = await readFile(path);
  } catch {
    return response.writeHead(404).end();
  }
  if (!isAsset) body = body.toString().replaceAll('__CSP_NONCE__', nonce);
  response.writeHead(200, { 'Content-Type': types[extname(path)] ?? 'application/octet-stream', 'Content-Security-Policy': csp(nonce), 'Cache-Control': 'no-store' });
  response.end(body);
}

function json(response, status, body, headers = {}) {
  response.writeHead(status, { 'Content-Type': status < 400 ? 'application/json' : 'application/problem+json', ...headers });
  response.end(body === undefined ? '' : JSON.stringify(body));
}

function problem(response, status, code, detail, more = {}, headers = {}) {
  json(response, status, { type: 'about:blank', title: code, status, detail, code, requestId: '7f3c2a', ...more }, headers);
}

async function bodyOf(request) {
  let text = '';
  for await (const part of request) text += part;
  return text === '' ? {} : JSON.parse(text);
}

function me(mustChangePassword = false) {
  const server = { version: '1.0.0', demo: scene === 'demo', cli: { state: scene === 'no-cli' ? 'missing' : 'ok', version: '2.1.330' }, credential: scene === 'demo' ? 'demo' : 'api-key', modelAccess: 'gateway', isolation: 'same-user', usualSharing: 'team-read' };
  return { user: { ...world.viewer, role }, csrfToken: 'harness', mustChangePassword, server };
}

async function api(request, response, url) {
  const path = url.pathname.slice('/api/v1'.length);
  const cookie = request.headers.cookie ?? '';
  const body = request.method === 'GET' ? {} : await bodyOf(request);
  if (path === '/auth/login') {
    if (body.password === 'wrong') return problem(response, 401, 'sign-in-refused', 'Name or password is wrong.', {}, { 'Retry-After': '24' });
    return json(response, 200, me(body.password === 'new'), { 'Set-Cookie': ['harness=1; Path=/; HttpOnly; SameSite=Strict', 'dashboard_signed_in=yes; Path=/'] });
  }
  if (path === '/auth/invitations') {
    if (body.token.startsWith('used')) return problem(response, 401, 'invitation-over', 'This link was used, is too old, or was replaced.');
    return json(response, 200, me(), { 'Set-Cookie': ['harness=1; Path=/; HttpOnly; SameSite=Strict', 'dashboard_signed_in=yes; Path=/'] });
  }
  if (!cookie.includes('harness=1')) return problem(response, 401, 'not-signed-in', 'Sign in first.');
  if (path === '/auth/sign-ins') return json(response, 204, undefined, { 'Set-Cookie': 'harness=; Path=/; Max-Age=0' });
  if (path === '/auth/password' && body.currentPassword === 'wrong') return problem(response, 401, 'password-wrong', 'The present password is wrong.');
  if (path === '/auth/logout') return json(response, 204, undefined, { 'Set-Cookie': 'harness=; Path=/; Max-Age=0' });
  if (path.startsWith('/auth/')) return json(response, 200, me());
  if (scene === 'offline') return request.socket.destroy();
  if (scene === 'broken') return problem(response, 503, 'journal-unavailable', 'The server answered, but its journal is not readable just now.');
  if (scene === 'slow') return;
  const apart = /^\/(users|tokens|audit)/.test(path);
  if (apart && scene === 'slow-people') return;
  if (apart && scene === 'broken-people') return problem(response, 503, 'journal-unavailable', 'The server answered, but its journal is not readable just now.');
  const told = people(request.method, path, url.searchParams, body, { role, scene });
  if (told) return told[0] < 400 ? json(response, ...told) : problem(response, told[0], told[1].code, told[1].detail);
  if (path === '/events') return stream(response, Number(url.searchParams.get('after')));
  const trust = /^\/projects\/([^/]+)\/trust$/.exec(path);
  if (trust) {
    const [status, answer] = trustOf(world.projects.findIndex((one) => one.id === trust[1]), request.method, body);
    return status === 404 ? problem(response, 404, 'project-unknown', 'There is no such project.') : json(response, status, answer);
  }
  const retention = /^\/projects\/([^/]+)\/retention$/.exec(path);
  if (retention) {
    const project = world.projects.find((one) => one.id === retention[1]);
    if (request.method === 'PUT') Object.assign(project, { retentionDays: body.retentionDays ?? undefined });
    const days = Number(url.searchParams.get('days'));
    return json(response, 200, { retentionDays: project.retentionDays ?? null, ...(days > 0 ? { days, sessionsDue: Math.max(0, 12 - Math.floor(days / 30)) } : {}) });
  }
  if (path === '/projects' && request.method === 'GET') return json(response, 200, { projects: scene === 'empty' ? [] : world.projects, roots: ['/home/mara/code', '/srv/projects'], seq: world.seq() });
  if (path === '/projects') {
    if (!body.path.startsWith('/home/mara/code/')) return problem(response, 400, 'folder-not-allowed', `${body.path} lies outside the project folders /home/mara/code and /srv/projects.`);
    return json(response, 201, { id: randomUUID(), path: body.path, name: body.path.split('/').at(-1), createdAt: new Date().toISOString() });
  }
  if (path === '/sessions' && request.method === 'GET') return json(response, 200, { sessions: scene === 'empty' ? [] : world.sessions.filter(access).map(shown), seq: world.seq() });
  if (path === '/sessions') return json(response, 201, shown(world.create(body, publish)));
  if (path === '/approvals') return json(response, 200, { approvals: scene === 'empty' ? [] : world.approvalsOf(url.searchParams.get('session')).filter((one) => access(world.sessions.find((session) => session.id === one.sessionId))), seq: world.seq(), next: null });
  if (path === '/processes') return json(response, 200, world.processes());
  const asked = path.match(/^\/approvals\/([^/]+)$/);
  if (asked) return json(response, 200, world.approvalsOf(null).find((approval) => approval.id === asked[1]));
  const decision = path.match(/^\/approvals\/([^/]+)\/decision$/);
  if (decision) {
    const answer = world.decide(decision[1], body, publish);
    return answer ? json(response, 200, answer) : problem(response, 409, 'already-decided', 'Deniz Aydın allowed this 2 s before you. Your answer was not used.', { decision: 'allow' });
  }
  const [, id, rest] = path.match(/^\/sessions\/([^/]+)\/?(.*)$/) ?? [];
  const session = world.sessions.find((one) => one.id === id);
  if (!session || !access(session)) return problem(response, 404, 'session-not-found', 'There is no such session.');
  if (rest === '') return json(response, 200, shown(session));
  if (rest === 'sharing') return scene === 'refusing' ? problem(response, 403, 'session-not-yours', 'Only its owner or an administrator may do this with the session.') : setTimeout(() => json(response, 200, shown(world.share(id, body.sharing, publish))), 400);
  if (rest === 'events') {
    const all = world.eventsOf(id).filter((event) => event.seq < Number(url.searchParams.get('before') ?? Infinity));
    const page = all.slice(-Number(url.searchParams.get('limit') ?? 200));
    return json(response, 200, { events: page, next: page.length < all.length ? page[0].seq : null });
  }
  if (rest === 'prompts' && request.method === 'GET') return json(response, 200, world.openPrompts(id));
  const waiting = rest.match(/^prompts\/([^/]+)$/);
  if (waiting && (request.method === 'PATCH' || request.method === 'DELETE')) {
    const answer = world.changePrompt(id, waiting[1], request.method === 'DELETE' ? { removed: true } : body, publish);
    return answer.taken ? problem(response, 409, 'prompt-not-waiting', 'The prompt no longer waits.', { promptState: answer.taken }) : json(response, 202, answer);
  }
  if (rest === 'prompts') return json(response, 202, world.prompt(id, body, publish));
  if (['interruptions', 'stops', 'resumptions'].includes(rest)) return json(response, 202, world.act(id, rest, publish));
  return problem(response, 404, 'no-such-route', 'There is nothing at this address.');
}

function access(session) {
  return accessOf(role, world.viewer, session);
}

function shown(session) {
  return { ...session, access: access(session) };
}

function stream(response, after) {
  response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
  response.write('retry: 1000\n\n');
  for (const event of world.after(after)) response.write(frame(event));
  const beat = () => response.write(`: hb\n\nevent: beat\ndata: {"seq":${world.seq()}}\n\n`);
  beat();
  const timer = setInterval(beat, 5000);
  streams.add(response);
  response.on('close', () => {
    clearInterval(timer);
    streams.delete(response);
  });
}

function frame(event) {
  return 'seq' in event ? `event: event\nid: ${event.seq}\ndata: ${JSON.stringify(event)}\n\n` : `event: draft\ndata: ${JSON.stringify(event)}\n\n`;
}

function publish(event) {
  for (const response of streams) response.write(frame(event));
}

server.listen(Number(process.argv[2] ?? 4173), '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}/__sign-in`));
