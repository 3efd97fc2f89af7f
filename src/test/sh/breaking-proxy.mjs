// Stands before a sound dashboard and breaks it in one way at a time, to show that the smoke tests see it.
//
// Usage: node breaking-proxy.mjs
//
// The fault is the first label of the name that a client asks for: https://no-hsts.dashboard.test lacks HSTS, sound.dashboard.test
// lacks nothing. Every name below dashboard.test reaches the dashboard as dashboard.test; any other Host header goes through as it
// came. Each fault has a client address of its own, so that the sign-in limits of one test do not meet the next.
//
// Environment: UPSTREAM and MANAGEMENT (ports on 127.0.0.1), CERTS (folder with server.pem, server.key, foreign.pem, foreign.key),
// TOKEN (an API token, for the faults that let everybody in). Prints the four ports that it listens on: TLS, TLS from version 1.0,
// TLS with a certificate of an unknown authority, plain http.
import crypto from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import https from 'node:https';

const DOMAIN = 'dashboard.test';
const { UPSTREAM, MANAGEMENT, CERTS, TOKEN } = process.env;

const path = (request) => request.url.split('?')[0];
const isApi = (request) => request.url.startsWith('/api/');
const isAsset = (request) => request.url.startsWith('/assets/');
const isPage = (request) => request.url === '/';

/** Changes headers of every answer, or of those that a condition picks. */
const headers = (change, when = () => true) => ({
  head: (answer, request) => when(request) && change(answer.headers),
});
const drop = (name, when) => headers((all) => delete all[name], when);
const put = (name, value, when) => headers((all) => (all[name] = value), when);
const edit = (name, change, when) => headers((all) => name in all && (all[name] = change(all[name])), when);
const cookies = (change) => edit('set-cookie', (values) => values.map(change));

/** Answers by itself on one path. */
const answer = (where, status, body, type = 'text/html', more = {}) => ({
  instead: (request, response) => {
    if (path(request) !== where) return false;
    response.writeHead(status, { 'content-type': type, ...more });
    response.end(body);
    return true;
  },
});

/** Changes the text of the answers on one path. */
const text = (where, change) => ({ rewrites: (request) => where(request), text: change });
const at = (where) => (request) => path(request) === where;
const csp = 'content-security-policy';
const problem = (status, code) => JSON.stringify({ type: 'about:blank', status, code });
const NOT_SIGNED_IN = problem(401, 'not-signed-in');

/** What the faults remember of earlier requests; each has names of its own. */
const csrf = {};
const pages = {};

const FAULTS = {
  sound: {},
  // Sound too, with an address of its own.
  'nobody-out': {},

  // health and page
  'live-down': answer('/health/live', 503, '{"status":"DOWN"}', 'application/json'),
  'live-details': answer('/health/live', 200, '{"status":"UP","checks":[{"name":"disk"}]}', 'application/json'),
  'ready-down': answer('/health/ready', 503, '{"status":"DOWN"}', 'application/json'),
  'ready-details': answer('/health/ready', 200, '{"status":"UP","checks":[{"name":"disk"}]}', 'application/json'),
  'page-missing': { head: (given, request) => isPage(request) && (given.status = 404) },
  'page-foreign': text(isPage, (body) => body.replace(/<title>.*<\/title>/, '<title>Welcome to nginx!</title>')),
  'page-unbuilt': text(isPage, (body) => body.replace(/<script .*<\/script>/g, '')),
  'page-cached': put('cache-control', 'public, max-age=600', isPage),
  'asset-missing': { head: (given, request) => isAsset(request) && (given.status = 404) },
  'asset-empty': text(isAsset, () => ''),
  'asset-short': put('cache-control', 'public, max-age=600, immutable', isAsset),
  'asset-mutable': put('cache-control', 'public, max-age=31536000', isAsset),
  'asset-unhashed': {
    ...text(isPage, (body) => {
      pages.script = /\/assets\/(index-[^"]*\.js)/.exec(body)[1];
      return body.replaceAll(pages.script, 'index.js');
    }),
    change: (request) => request.url === '/assets/index.js' && (request.url = '/assets/' + pages.script),
  },

  // headers
  'no-csp': drop(csp),
  'no-csp-on-errors': drop(csp, isApi),
  'csp-unsafe-inline': edit(csp, (value) => value.replace("script-src 'self'", "script-src 'self' 'unsafe-inline'")),
  'csp-unsafe-styles': edit(csp, (value) => value.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")),
  'csp-foreign-script': edit(csp, (value) => value.replace("script-src 'self'", "script-src 'self' https://cdn.test")),
  'csp-no-default': edit(csp, (value) => value.replace("default-src 'none'; ", '')),
  'csp-any-base': edit(csp, (value) => value.replace("base-uri 'none'; ", '')),
  'csp-twice': edit(csp, (value) => [value, "default-src 'none'"]),
  'csp-kept-nonce': headers((all) => {
    pages.policy ??= all[csp];
    all[csp] = pages.policy;
  }),
  'csp-other-nonce': text(isPage, (body) => body.replace(/nonce="[^"]*"/g, 'nonce="0000000000000000"')),
  'no-hsts': drop('strict-transport-security'),
  'no-hsts-on-assets': drop('strict-transport-security', isAsset),
  'short-hsts': put('strict-transport-security', 'max-age=86400; includeSubDomains'),
  'no-nosniff': drop('x-content-type-options'),
  'no-nosniff-on-assets': drop('x-content-type-options', isAsset),
  'no-frame-options': drop('x-frame-options'),
  'frame-ancestors-any': edit(csp, (value) => value.replace("frame-ancestors 'none'", "frame-ancestors 'self'")),
  'no-referrer-policy': drop('referrer-policy'),
  'referrer-everywhere': put('referrer-policy', 'unsafe-url'),
  'no-permissions-policy': drop('permissions-policy'),
  'camera-allowed': edit('permissions-policy', (value) => value.replace('camera=()', 'camera=*')),
  'no-opener-policy': drop('cross-origin-opener-policy'),
  'no-resource-policy': drop('cross-origin-resource-policy', isAsset),
  'server-header': put('server', 'Helidon'),
  'powered-by': put('x-powered-by', 'Express', isApi),
  'version-in-via': put('via', '1.1 nginx/1.22.1'),
  'api-cached': put('cache-control', 'max-age=60', isApi),
  'health-cached': put('cache-control', 'max-age=60', (request) => request.url.startsWith('/health/')),
  'openapi-missing': answer('/api/v1/openapi.yaml', 404, 'none'),
  'openapi-page': answer('/api/v1/openapi.yaml', 200, '<!doctype html>'),

  // who may ask
  'open-api': { change: (request) => (request.headers.authorization ??= `Bearer ${TOKEN}`) },
  'open-audit': answer('/api/v1/audit', 200, '{"records":[]}', 'application/json'),
  'any-token': { change: (request) => request.headers.authorization && (request.headers.authorization = `Bearer ${TOKEN}`) },
  'open-write': {
    instead: (request, response) => {
      if (request.method !== 'PUT') return false;
      response.writeHead(204).end();
      return true;
    },
  },
  'any-origin': {
    change: (request) => {
      delete request.headers.origin;
      delete request.headers['sec-fetch-site'];
    },
  },
  'any-site': { change: (request) => delete request.headers['sec-fetch-site'] },
  'shared-with-all': put('access-control-allow-origin', '*'),
  'any-host': { change: (request) => (request.headers.host = DOMAIN) },
  'no-token-taken': { change: (request) => delete request.headers.authorization },
  'old-version': text(at('/api/v1/system'), (body) => body.replace(/"version":"[^"]*"/, '"version":"0.0.1"')),

  // errors and limits
  'page-for-all': { head: (given) => given.status === 404 && (given.status = 200) },
  'html-errors': put('content-type', 'text/html', isApi),
  'stack-trace': {
    rewrites: isApi,
    text: (body) => body.replace('"status":4', '"trace":"java.lang.Error\\n at dev.dashboard.web.Gate(Gate.java:7)","status":4'),
  },
  'large-headers-taken': { change: (request) => delete request.headers['x-smoke-test'] },
  'large-headers-crash': { head: (given) => given.status === 400 && (given.status = 500) },
  'large-body-taken': answer('/api/v1/auth/login', 400, problem(400, 'body-not-json'), 'application/problem+json'),
  'large-body-crash': { head: (given) => given.status === 413 && (given.status = 502) },
  'open-metrics': { change: (request) => path(request) === '/metrics' && (request.port = MANAGEMENT) },
  'open-other-metrics': {
    change: (request) => {
      if (path(request) !== '/observe/metrics') return;
      request.url = '/metrics';
      request.port = MANAGEMENT;
    },
  },
  'open-health': { change: (request) => path(request) === '/health/started' && (request.port = MANAGEMENT) },

  // the stream
  'stream-buffered': { buffers: at('/api/v1/events') },
  'stream-of-another-type': put('content-type', 'text/html', at('/api/v1/events')),
  'stream-refused': answer('/api/v1/events', 503, problem(503, 'too-many-streams'), 'application/problem+json'),
  'stream-of-a-page': answer('/api/v1/events', 200, '<html>\n', 'text/event-stream'),

  // sign-ins
  'cookie-without-httponly': cookies((value) => value.replace(/; HttpOnly/i, '')),
  'cookie-lax': cookies((value) => value.replace(/SameSite=Strict/i, 'SameSite=Lax')),
  'cookie-without-secure': cookies((value) => value.replace(/; Secure/i, '')),
  'cookie-without-prefix': cookies((value) => value.replace(/^__Secure-/, '')),
  'cookie-missing': edit('set-cookie', (values) => values.filter((value) => !value.includes('refresh'))),
  'no-cookies': drop('set-cookie'),
  'csrf-not-asked': {
    ...text(at('/api/v1/auth/login'), (body) => {
      csrf.token = JSON.parse(body).csrfToken;
      return body;
    }),
    change: (request) => csrf.token && (request.headers['x-csrf-token'] ??= csrf.token),
  },
  'csrf-any': {
    ...text(at('/api/v1/auth/login'), (body) => {
      csrf.other = JSON.parse(body).csrfToken;
      return body;
    }),
    change: (request) => request.headers['x-csrf-token'] && (request.headers['x-csrf-token'] = csrf.other),
  },
  'sign-out-pretended': {
    instead: (request, response) => {
      const genuine = request.headers['x-csrf-token']?.length > 20 && !request.headers.origin;
      if (path(request) !== '/api/v1/auth/logout' || !genuine) return false;
      response.writeHead(204).end();
      return true;
    },
  },
  'no-sign-in-limit': answer('/api/v1/auth/login', 401, NOT_SIGNED_IN, 'application/problem+json'),
  'no-retry-after': drop('retry-after'),

  // a session
  'prompt-refused': {
    instead: (request, response) => {
      if (!request.url.endsWith('/prompts')) return false;
      response.writeHead(500).end('no');
      return true;
    },
  },
  'model-silent': text(isEvents, (body) => body.replaceAll('assistant-replied', 'assistant-thought')),
  'events-missing': text(isEvents, () => '{"events":[],"next":null}'),
  'session-fails': text(isEvents, (body) => body.replaceAll('turn-ended', 'session-failed')),
  'model-asks': {
    instead: (request, response) => {
      if (!request.url.endsWith('/prompts')) return false;
      let body = '';
      request.on('data', (chunk) => (body += chunk));
      request.on('end', () => {
        const prompt = { ...JSON.parse(body), text: 'bash touch asked-for' };
        request.headers['content-length'] = Buffer.byteLength(JSON.stringify(prompt));
        forward(request, response, {}, JSON.stringify(prompt));
      });
      return true;
    },
  },
  'stop-ignored': {
    instead: (request, response) => {
      // The first one only: what the run does to tidy up must reach the session.
      if (!request.url.endsWith('/stops') || pages.stopped) return false;
      pages.stopped = true;
      response.writeHead(202, { 'content-type': 'application/json' }).end('{"seq":1}');
      return true;
    },
  },

  // a server that says all it hears, and one that says nothing
  echo: {
    instead: (request, response) => {
      let body = '';
      request.on('data', (chunk) => (body += chunk));
      request.on('end', () => {
        const cookie = `__Secure-dashboard_access=${'c'.repeat(60)}; Path=/; SameSite=Strict; ${body}`;
        response.writeHead(request.method === 'POST' ? 200 : 500, {
          'content-type': 'text/plain; ' + (request.headers.authorization ?? ''),
          'set-cookie': cookie.replaceAll('\n', ' '),
        });
        response.end(JSON.stringify(request.headers) + body);
      });
      return true;
    },
  },
  silent: { instead: () => true },
  stuck: { instead: (request) => request.url !== '/health/live' },
};

function isEvents(request) {
  return /^\/api\/v1\/sessions\/[^/]*\/events$/.test(path(request));
}

function label(name) {
  return name?.endsWith('.' + DOMAIN) ? name.slice(0, -DOMAIN.length - 1) : 'sound';
}

function serve(request, response) {
  // By the name of the TLS handshake, where there is one: the Host header may be part of the test.
  const name = label(request.socket.servername || request.headers.host?.split(':')[0]);
  const fault = FAULTS[name];
  if (!fault) {
    response.writeHead(599).end(`there is no fault ${name}`);
    return;
  }
  const [host] = (request.headers.host ?? '').split(':');
  if (host.endsWith('.' + DOMAIN)) request.headers.host = DOMAIN;
  const address = crypto.createHash('sha256').update(name).digest();
  request.headers['x-forwarded-for'] = `10.${address[0]}.${address[1]}.${address[2]}`;
  fault.change?.(request);
  if (fault.instead?.(request, response)) return;
  forward(request, response, fault);
}

function forward(request, response, fault, body) {
  const out = http.request({
    host: '127.0.0.1',
    port: request.port ?? UPSTREAM,
    method: request.method,
    path: request.url,
    headers: request.headers,
    agent: false,
  });
  out.on('response', (given) => relay(request, response, fault, given));
  // A server that refuses a body may close before it was sent; what it said is on its way.
  out.on('error', (error) => response.headersSent || response.writeHead(502).end(String(error)));
  response.on('close', () => out.destroy());
  if (body === undefined) request.pipe(out);
  else out.end(body);
}

function relay(request, response, fault, given) {
  const changed = { status: given.statusCode, headers: { ...given.headers } };
  delete changed.headers.connection;
  delete changed.headers['keep-alive'];
  fault.head?.(changed, request);
  if (fault.rewrites?.(request) || fault.buffers?.(request)) {
    const chunks = [];
    given.on('data', (chunk) => chunks.push(chunk));
    given.on('end', () => {
      let body = Buffer.concat(chunks);
      if (fault.text && fault.rewrites(request)) body = Buffer.from(fault.text(body.toString()));
      delete changed.headers['transfer-encoding'];
      changed.headers['content-length'] = body.length;
      response.writeHead(changed.status, changed.headers).end(body);
    });
    return;
  }
  response.writeHead(changed.status, changed.headers);
  response.flushHeaders();
  given.pipe(response);
}

/** Plain http leads to https, or does not, by the same kind of name. */
const REDIRECTS = {
  'redirect-missing': () => [200, {}],
  'redirect-elsewhere': (url) => [308, { location: `https://elsewhere.test${url}` }],
  'redirect-in-the-clear': (url, host) => [308, { location: `http://${host}${url}` }],
  'redirect-without-path': (url, host) => [308, { location: `https://${host}/` }],
  'redirect-without-place': () => [308, {}],
};

function redirect(request, response) {
  const [host] = (request.headers.host ?? '').split(':');
  const usual = (url) => [308, { location: `https://${host}${url}` }];
  const [status, headers] = (REDIRECTS[label(host)] ?? usual)(request.url, host);
  console.error(`plain ${request.method} ${request.url} ${JSON.stringify(request.headers)}`);
  response.writeHead(status, headers).end();
}

const read = (name) => fs.readFileSync(`${CERTS}/${name}`);
const usual = { maxHeaderSize: 1 << 20 };
const own = { ...usual, cert: read('server.pem'), key: read('server.key') };
const foreign = { ...usual, cert: read('foreign.pem'), key: read('foreign.key') };
const old = { ...own, minVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' };
const servers = [
  https.createServer(own, serve),
  https.createServer(old, serve),
  https.createServer(foreign, serve),
  http.createServer(usual, redirect),
];
await Promise.all(servers.map((server) => new Promise((ready) => server.listen(0, '127.0.0.1', ready))));
// A handshake that is refused is part of the tests.
for (const server of servers) server.on('tlsClientError', () => {});
console.log(servers.map((server) => server.address().port).join(' '));
