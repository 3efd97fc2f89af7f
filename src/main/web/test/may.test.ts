import { describe, expect, it } from 'vitest';
import type { Approval, Session } from '../src/api/types';
import { groupSessions, markOf, needsMe } from '../src/lib/groups';
import { inOrder, waitingForMe } from '../src/lib/inbox';
import { keysFor } from '../src/lib/keys';
import { mayShare, mayWork, rolesUpTo, waitsFor, whoDecides, whyNotStart, whyOnlyWatching } from '../src/lib/may';

const MARA = { id: 'mara', name: 'Mara' };

function session(id: string, more: Partial<Session> = {}): Session {
  return {
    id, projectId: 'p', projectName: 'pay', cwd: '/code', state: 'asking', stateSince: '2026-01-01T00:00:00Z', owner: MARA, sharing: 'team-read', access: 'read', permissionMode: 'default',
    cliSessionId: id, createdAt: '', lastSeq: 1, seq: 1, prompts: 0, turns: 0, cost: 0, tokens: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 }, pendingApprovals: 1, ...more,
  };
}

function asked(id: string, sessionId: string, minute: number): Approval {
  return { id, sessionId, kind: 'permission', tool: 'Bash', input: {}, state: 'pending', suggestions: [], requestedAt: `2026-01-01T00:0${minute}:00Z`, seq: minute };
}

describe('what one may do with a session', () => {
  it('is what the server says of it, whoever owns it and however it is shared', () => {
    expect(mayWork(session('a', { sharing: 'team-write', access: 'read' }))).toBe(false);
    expect(mayWork(session('a', { sharing: 'private', access: 'write' }))).toBe(true);
    expect([mayShare(session('a', { access: 'write' })), mayShare(session('a', { access: 'own' }))]).toEqual([false, true]);
  });

  it('tells a viewer of the role, and an operator of the owner', () => {
    expect(whyOnlyWatching({ role: 'viewer' }, session('a'))).toBe('You are watching. Your role is viewer.');
    expect(whyOnlyWatching({ role: 'operator' }, session('a'))).toBe('You are watching. Mara shares this session for reading.');
    expect(whyOnlyWatching({ role: 'operator' }, session('a', { access: 'write' }))).toBe('');
  });

  it('names who decides instead, and never oneself', () => {
    expect(whoDecides({ id: 'deniz' }, session('a'))).toBe('Mara or an administrator can decide.');
    expect(whoDecides({ id: 'mara' }, session('a'))).toBe('An administrator can decide.');
    expect(whoDecides({ id: 'deniz' }, session('a', { sharing: 'team-write' }))).toBe('Operators and administrators can decide.');
    expect([waitsFor(session('a')), waitsFor(session('a', { sharing: 'team-write' }))]).toEqual(['Mara', 'an operator']);
  });

  it('says why no session can be started by a viewer, and nothing to the others', () => {
    expect(whyNotStart({ role: 'viewer' })).toContain('viewer');
    expect([whyNotStart({ role: 'operator' }), whyNotStart({ role: 'admin' })]).toEqual(['', '']);
  });

  it('gives a token at most the role of its person', () => {
    expect(rolesUpTo('operator')).toEqual(['operator', 'viewer']);
    expect(rolesUpTo('viewer')).toEqual(['viewer']);
    expect(rolesUpTo('admin')).toEqual(['admin', 'operator', 'viewer']);
  });
});

describe('keys', () => {
  const all = (role: 'viewer' | 'operator' | 'admin') => keysFor({ role }).flatMap(({ keys }) => keys.map(([key]) => key));

  it('are told only of what the role may do', () => {
    for (const key of ['C', 'A', 'D', 'E', 'Esc Esc', 'I', 'Ctrl Enter']) {
      expect(all('viewer'), key).not.toContain(key);
      expect(all('operator'), key).toContain(key);
    }
    expect(all('operator')).not.toContain('G A');
    expect(all('admin')).toContain('G A');
    expect(all('viewer')).toContain('J K');
  });
});

describe('what needs me', () => {
  const sessions = new Map([session('others'), session('mine', { access: 'own' }), session('failed', { state: 'failed' })].map((one) => [one.id, one]));

  it('is only what I may answer', () => {
    expect([...sessions.values()].filter(needsMe).map((one) => one.id)).toEqual(['mine']);
    expect(groupSessions(sessions.values()).map((group) => [group.name, group.sessions.map((one) => one.id)])).toEqual([
      ['Needs you', ['mine']],
      ['Waits for its owner', ['others', 'failed']],
    ]);
  });

  it('makes the mark amber, and what waits for others does not', () => {
    expect(markOf(sessions.values(), true)).toBe('ask');
    expect(markOf([session('others')], true)).toBe('quiet');
  });

  it('is counted in the inbox and comes first, however long others wait', () => {
    const approvals = [asked('old', 'others', 1), asked('unknown', 'gone', 2), asked('new', 'mine', 5)];
    expect(waitingForMe(approvals, sessions)).toBe(1);
    expect(waitingForMe([{ ...approvals[2]!, state: 'allowed' }], sessions)).toBe(0);
    expect(inOrder(approvals, sessions).map((one) => one.id)).toEqual(['new', 'old', 'unknown']);
  });
});
