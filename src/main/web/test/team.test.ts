import { describe, expect, it } from 'vitest';
import type { AuditRecord, AuditVerification } from '../src/api/types';
import { actorName } from '../src/lib/actor';
import { actionWords, chainWords, withNewer, withOlder } from '../src/lib/audit';
import { invitationOf, takeInvitation } from '../src/lib/invitation';
import { passwordLack } from '../src/lib/password';
import { routeOf } from '../src/lib/router';

const TOKEN = 'abcdefghijklmnopqrstuvwx';

describe('a one-time link', () => {
  it('carries token and name in its fragment', () => {
    expect(invitationOf(`#${TOKEN}.Ingrid%20Amundsen`)).toEqual({ token: TOKEN, name: 'Ingrid Amundsen' });
    expect(invitationOf(`#${TOKEN}.a.b`)).toEqual({ token: TOKEN, name: 'a.b' });
    expect(invitationOf(`#${TOKEN}`)).toEqual({ token: TOKEN, name: '' });
  });

  it('with a broken name still opens, and without a token does not', () => {
    expect(invitationOf(`#${TOKEN}.%E0%A4%A`)).toEqual({ token: TOKEN, name: '' });
    for (const fragment of ['', '#', '#.Mara', '#short.Mara', '#<script>alert(1)</script>.x']) expect(invitationOf(fragment), fragment).toBeUndefined();
  });

  it('leaves the address the moment it is read', () => {
    history.replaceState(null, '', `/invitation#${TOKEN}.Ingrid`);
    const before = history.length;
    expect(takeInvitation()).toEqual({ token: TOKEN, name: 'Ingrid' });
    expect([location.pathname, location.hash, history.length]).toEqual(['/invitation', '', before]);
    expect(takeInvitation()).toBeUndefined();
  });

  it('is read at its own address only', () => {
    history.replaceState(null, '', `/#${TOKEN}.Ingrid`);
    expect(takeInvitation()).toBeUndefined();
    expect(location.hash).toBe(`#${TOKEN}.Ingrid`);
    history.replaceState(null, '', '/');
  });
});

describe('a password', () => {
  it('says while it is typed what is missing, counted in characters and not in code units', () => {
    expect(passwordLack('')).toMatch(/^12 characters or more/);
    expect(passwordLack('elevenchars')).toBe('1 more character.');
    expect(passwordLack('nine char')).toBe('3 more characters.');
    expect(passwordLack('twelve chars')).toBe('');
    expect(passwordLack('🦊'.repeat(6))).toBe('6 more characters.');
  });
});

describe('addresses', () => {
  it('lead to administration, account and invitation', () => {
    expect(routeOf('/administration')).toEqual({ view: 'administration', tab: 'people' });
    expect(routeOf('/administration/tokens')).toEqual({ view: 'administration', tab: 'tokens' });
    expect(routeOf('/administration/audit')).toEqual({ view: 'administration', tab: 'audit' });
    expect(routeOf('/administration/secrets').view).toBe('not-found');
    expect([routeOf('/account').view, routeOf('/invitation').view]).toEqual(['account', 'invitation']);
  });
});

describe('who did it', () => {
  it('names the token by which a person acted', () => {
    expect(actorName({ kind: 'person', name: 'Mara', token: 'ci' })).toBe('Mara via ci');
    expect(actorName({ kind: 'person', name: 'Mara' })).toBe('Mara');
    expect([actorName({ kind: 'cli' }), actorName({ kind: 'server' })]).toEqual(['Claude', 'The server']);
  });
});

describe('the audit', () => {
  const record = (n: number): AuditRecord => ({ n, time: '', actor: { kind: 'server' }, action: 'signed-in', summary: '', seq: n, detail: {}, digest: '', hash: '' });
  const numbers = (records: readonly AuditRecord[] | undefined) => records?.map((one) => one.n);
  const verified = (more: Partial<AuditVerification>): AuditVerification => ({ whole: true, records: 1204, head: { n: 1204, hash: 'f' }, ...more });

  it('says that the chain is whole, and up to where', () => {
    expect(chainWords(verified({})).title).toBe('The chain is whole: 1,204 records, up to number 1,204.');
    expect(chainWords(verified({ anchored: { n: 1200, hash: 'e', at: '2026-01-01T00:00:00Z' } })).rest).toContain('Up to 1,200');
    expect(chainWords(verified({})).rest).toContain('No copy');
  });

  it('says where it is broken and what to do, and never that it is whole', () => {
    const { title, rest } = chainWords(verified({ whole: false, fault: { n: 141, reason: 'its content does not match its mark' } }));
    expect(title).toBe('The chain is broken at record 141.');
    expect(rest).toMatch(/^Its content does not match its mark\. What stands before it/);
    expect(chainWords(verified({ whole: false })).title).toBe('The chain is broken.');
  });

  it('words an action that it does not know', () => {
    expect(actionWords('role-changed')).toBe('Role changed');
    expect(actionWords('policy-rule-added')).toBe('Policy rule added');
  });

  it('grows downwards without a record twice', () => {
    expect(numbers(withOlder([record(9), record(8)], [record(8), record(7)]))).toEqual([9, 8, 7]);
  });

  it('takes what is new in front, unless there is a gap', () => {
    expect(numbers(withNewer([record(9), record(8)], [record(11), record(10), record(9)]))).toEqual([11, 10, 9, 8]);
    expect(withNewer([record(9)], [record(30), record(29)])).toBeUndefined();
    expect(withNewer([], [record(1)])).toBeUndefined();
  });
});
