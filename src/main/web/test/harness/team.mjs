// The people, tokens and audit of the harness's made-up world, and who may go how far with a session: as the server does it.
import { createHash, randomBytes, randomUUID } from 'node:crypto';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

export function team(mara, deniz) {
  const start = Date.now();
  const ago = (ms) => new Date(start - ms).toISOString();
  const person = (id, name, role, state, more = {}) => ({ id, name, role, state, createdAt: ago(40 * DAY), ...more });
  const people = [
    person(deniz.id, deniz.name, 'operator', 'active', { lastSignInAt: ago(20 * 60_000) }),
    person('1d5a1c1e-0000-4000-8000-000000000003', 'Ingrid Amundsen-Vasquez', 'viewer', 'invited', { createdAt: ago(4 * HOUR), invitationExpiresAt: ago(-68 * HOUR) }),
    person(mara.id, mara.name, 'admin', 'active', { lastSignInAt: ago(3 * HOUR) }),
    person('1d5a1c1e-0000-4000-8000-000000000004', 'Oluwaseun', 'viewer', 'active', { lastSignInAt: ago(12 * DAY) }),
    person('1d5a1c1e-0000-4000-8000-000000000005', 'Priya Raman', 'operator', 'disabled', { lastSignInAt: ago(60 * DAY) }),
    person('1d5a1c1e-0000-4000-8000-000000000006', 'Tomas', 'operator', 'invited', { createdAt: ago(9 * DAY) }),
  ];
  const token = (name, role, days, used, of = mara, old = 10) => ({ id: randomUUID(), name, role, user: { id: of.id, name: of.name }, createdAt: ago(old * DAY), expiresAt: ago(-days * DAY), ...(used === undefined ? {} : { lastUsedAt: ago(used) }) });
  const tokens = [token('ci', 'operator', 62, 4 * 60_000), token('nightly-report', 'viewer', 12, 9 * HOUR), token('grafana-annotations-of-the-payments-team', 'viewer', -3)];
  const others = [token('ci', 'operator', 80, 40_000, deniz, 10.2), token('release-notes', 'viewer', 5, 3 * DAY, deniz, 25), token('import', 'operator', 300, 61 * DAY, people[4], 65), token('board', 'operator', 88, undefined, people[3], 2)];
  const records = chain();

  function chain() {
    const by = (one, via) => ({ kind: 'person', id: one.id, name: one.name, ...(via ? { token: via } : {}) });
    const session = '5e551000-0000-4000-8000-000000000001';
    const script = [
      [by(mara), 'signed-in', 'Mara Lindqvist signed in from 10.1.4.22', { address: '10.1.4.22' }],
      [by(deniz), 'approval-resolved', 'Allowed Bash: ./gradlew :refunds:test', { decision: 'allow', tool: 'Bash', approvalId: randomUUID() }, session],
      [by(mara, 'ci'), 'prompt-submitted', 'Sent a prompt of 64 characters', { promptId: randomUUID(), length: 64 }, session],
      [{ kind: 'server' }, 'sign-in-refused', 'Sign-in as admin refused from 203.0.113.9: wrong password', { name: 'admin', address: '203.0.113.9', reason: 'password' }],
      [by(deniz), 'access-refused', 'Refused DELETE /api/v1/users/…/sign-ins', { route: 'DELETE /api/v1/users/{id}/sign-ins', code: 'not-allowed', address: '10.1.4.40' }],
      [by(mara), 'role-changed', 'Made Oluwaseun viewer', { userId: people[3].id, name: 'Oluwaseun', role: 'viewer' }],
      [by(mara), 'session-shared', 'Shared the session with the team, for reading', { sharing: 'team-read' }, session],
      [by(deniz), 'stop-requested', 'Asked to stop the session', { reason: 'person' }, session],
    ];
    let hash = '0'.repeat(64);
    return Array.from({ length: 230 }, (_, at) => {
      const [actor, action, summary, detail, sessionId] = script[at % script.length];
      hash = createHash('sha256').update(hash + at).digest('hex');
      return { n: at + 1, time: ago((230 - at) * 11 * 60_000), actor, action, summary, seq: 47_000 + at * 3, detail, hash, ...(sessionId ? { sessionId } : {}) };
    });
  }

  const invitation = (one) => {
    const secret = randomBytes(24).toString('base64url');
    one.invitationExpiresAt = new Date(Date.now() + 72 * HOUR).toISOString();
    return { token: secret, path: `/invitation#${secret}.${encodeURIComponent(one.name)}`, expiresAt: one.invitationExpiresAt };
  };
  const admins = () => people.filter((one) => one.role === 'admin' && one.state === 'active');

  /** Answers `[status, body]`, with a code where it is refused; nothing when the path is not for it. */
  return function answer(method, path, query, body, { role, scene }) {
    const refused = (status, code, detail) => [status, { code, detail }];
    const forAdmins = path.startsWith('/users') || path.startsWith('/audit') || query.get('all') === 'true';
    if (forAdmins && role !== 'admin') return refused(403, 'not-allowed', 'This needs the role admin.');
    if (path === '/users' && method === 'GET') return [200, { users: scene === 'alone' ? people.filter((one) => one.id === mara.id) : [...people].sort((a, b) => a.name.localeCompare(b.name)), seq: 1 }];
    if (path === '/users') {
      if (people.some((one) => one.name === body.name)) return refused(409, 'name-taken', 'This name is taken.');
      if (!/^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,63}$/u.test(body.name)) return refused(400, 'name-invalid', 'name: letters, digits, spaces and . _ -, at most 64.');
      const one = person(randomUUID(), body.name, body.role, 'invited', { createdAt: new Date().toISOString() });
      people.push(one);
      return [201, { user: one, invitation: invitation(one) }];
    }
    const [, id, rest] = path.match(/^\/users\/([^/]+)\/?(.*)$/) ?? [];
    if (id) {
      const one = people.find((each) => each.id === id);
      if (!one) return refused(404, 'user-unknown', 'There is no such person.');
      if (rest === 'invitations') return [201, invitation(one)];
      if (rest === 'sign-ins') return [204];
      const last = admins().length === 1 && admins()[0] === one && (body.disabled === true || (body.role && body.role !== 'admin'));
      if (last) return refused(409, 'last-admin', 'No administrator would be left.');
      if (body.role) one.role = body.role;
      if (body.disabled !== undefined) one.state = body.disabled ? 'disabled' : 'active';
      return [200, one];
    }
    if (path === '/tokens' && method === 'GET') return [200, { tokens: scene === 'empty' ? [] : query.get('all') === 'true' ? [...tokens, ...others] : tokens }];
    if (path === '/tokens') {
      const made = { ...token(body.name, body.role, body.expiresInDays), createdAt: new Date().toISOString() };
      tokens.push(made);
      return [201, { token: made, secret: `ccd_${randomBytes(30).toString('base64url')}` }];
    }
    const [, tokenId] = path.match(/^\/tokens\/([^/]+)$/) ?? [];
    if (tokenId) {
      for (const list of [tokens, others]) list.splice(0, list.length, ...list.filter((one) => one.id !== tokenId));
      return [204];
    }
    if (path === '/audit/verification') {
      const head = records.at(-1);
      if (scene === 'tampered') return [200, { whole: false, records: records.length, head: { n: head.n, hash: head.hash }, fault: { n: 141, reason: 'its content does not match its mark' } }];
      const kept = records.at(-9);
      return [200, { whole: true, records: records.length, head: { n: head.n, hash: head.hash }, anchored: { n: kept.n, hash: kept.hash, at: ago(4 * 60_000) } }];
    }
    if (path === '/audit') {
      const wanted = records.filter((record) =>
        (!query.get('person') || record.actor.id === query.get('person')) && (!query.get('action') || record.action === query.get('action'))
        && (!query.get('session') || record.sessionId === query.get('session')) && record.n < Number(query.get('before') ?? Infinity));
      const page = wanted.slice(-100).reverse();
      return [200, { records: page, next: page.length < wanted.length ? page.at(-1).n : null }];
    }
    return undefined;
  };
}

/** How far somebody of this role may go with a session; nothing when they may not know of it. */
export function accessOf(role, me, session) {
  if (role === 'admin' || session.owner.id === me.id) return role === 'viewer' ? 'read' : 'own';
  if (session.sharing === 'private') return undefined;
  return session.sharing === 'team-write' && role !== 'viewer' ? 'write' : 'read';
}
