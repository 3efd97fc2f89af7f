import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import '../../src/elements/admin/audit-tab';
import type { AuditTab } from '../../src/elements/admin/audit-tab';
import type { AuditRecord } from '../../src/api/types';
import { account, all, answers, button, expectAccessible, LIVE, maybeButton, never, NO_ANSWER, OFFLINE, ok, press, refused, settled, shown, words } from './support';

function record(n: number, more: Partial<AuditRecord> = {}): AuditRecord {
  return {
    n, seq: n * 3, time: new Date(Date.UTC(2026, 2, 1, 12, n)).toISOString(), actor: { kind: 'person', id: 'm', name: 'Mara' }, action: 'role-changed',
    summary: `made person ${n} viewer`, detail: { name: `person ${n}`, role: 'viewer' }, digest: 'mark', hash: `mark-${n}`, ...more,
  };
}

const RECORDS = [
  record(9),
  record(8, { action: 'access-refused', actor: { kind: 'person', id: 'd', name: 'Deniz', token: 'ci' }, summary: 'was refused GET /api/v1/tokens', detail: { code: 'not-allowed' } }),
  record(7, { sessionId: 'session-1', summary: 'sent a prompt‮', action: 'prompt-submitted' }),
];
const WHOLE = { whole: true, records: 9, head: { n: 9, hash: 'mark-9' } };

function api(more: object = {}) {
  return { audit: answers(ok({ records: RECORDS, next: null })), auditVerification: answers(ok(WHOLE)), users: answers(ok({ users: [account('Mara'), account('Deniz')], seq: 1 })), ...more };
}

async function tab(more: object = {}): Promise<AuditTab> {
  return shown<AuditTab>('audit-tab', { api: api(), connection: LIVE, ...more });
}

function folds(element: AuditTab): HTMLButtonElement[] {
  return all<HTMLButtonElement>(element, '.fold');
}

beforeEach(() => history.replaceState(null, '', '/administration/audit'));
afterEach(() => document.body.replaceChildren());

describe('the chain', () => {
  it.each([
    ['whole', answers(ok(WHOLE)), 'status', 'The chain is whole: 9 records, up to number 9.'],
    ['broken', answers(ok({ ...WHOLE, whole: false, fault: { n: 4, reason: 'It was changed: its hash does not fit.' } })), 'alert', 'The chain is broken at record 4. It was changed: its hash does not fit.'],
    ['not checked', answers(refused('audit-busy', 'Somebody else is just doing this.', 503)), 'status', 'The chain could not be checked. Somebody else is just doing this.'],
    ['not answered', answers(NO_ANSWER), 'status', 'The chain could not be checked. The server does not answer.'],
  ])('is said to be %s', async (_, auditVerification, role, said) => {
    const element = await tab({ api: api({ auditVerification }) });
    const chain = all(element, '.chain')[0]!;
    expect([chain.getAttribute('role'), words(chain).includes(said)]).toEqual([role, true]);
    await press(element, 'Check again');
    expect(auditVerification).toHaveBeenCalledTimes(2);
  });
});

describe('records', () => {
  it('say who did what, by which token, and mark refusals; what cannot be seen is shown', async () => {
    const element = await tab();
    const lines = all(element, 'tr.line').map((line) => words(line));
    expect(lines[0]).toMatch(/Mara Role changed made person 9 viewer/);
    expect(lines[1]).toMatch(/Deniz via ci Access refused was refused GET \/api\/v1\/tokens/);
    expect(lines[2]).toContain('sent a prompt‹U+202E›');
    expect(words(element)).toContain('This is where the record begins.');
    await expectAccessible();
  });

  it('unfold in place by their button, one at a time, and say all there is', async () => {
    const element = await tab();
    const [first, second] = folds(element);
    first!.click();
    await settled(element);
    expect([first!.getAttribute('aria-expanded'), words(all(element, '.pairs')[0])]).toEqual(['true', expect.stringMatching(/When .*Who Mara.*What Role changed.*name person 9 role viewer Record 9, event 27 Mark mark-9/)]);
    await expectAccessible();
    second!.click();
    await settled(element);
    expect([first!.getAttribute('aria-expanded'), all(element, '.pairs').length]).toEqual(['false', 1]);
  });

  it('lead to what they are about, and to more of their kind', async () => {
    const server = api();
    const element = await tab({ api: server });
    folds(element)[2]!.click();
    await settled(element);
    expect(all(element, '.pairs a').map((link) => link.getAttribute('href'))).toEqual(['/sessions/session-1#21']);
    await press(element, 'only this person');
    expect(server.audit).toHaveBeenLastCalledWith({ person: 'm', action: '', session: '' });
    expect(location.search).toBe('?person=m');
  });

  it('older ones come below, each once, and a failure keeps what is there', async () => {
    const audit = answers(ok({ records: RECORDS, next: 7 }), NO_ANSWER, ok({ records: [record(7), record(6), record(5)], next: null }));
    const element = await tab({ api: api({ audit }) });
    await press(element, 'Load older');
    expect([folds(element).length, words(all(element, '.foot')[0])]).toEqual([3, expect.stringContaining('The server does not answer.')]);
    await press(element, 'Load older');
    expect(audit).toHaveBeenLastCalledWith({ person: '', action: '', session: '' }, 7);
    expect([folds(element).length, maybeButton(element, 'Load older')]).toEqual([5, undefined]);
  });
});

describe('states', () => {
  it('loading', async () => {
    const element = await tab({ api: api({ audit: () => never(), auditVerification: () => never() }) });
    expect(words(element)).toContain('The audit is being loaded');
    expect(words(element)).toContain('Checking the chain…');
  });

  it('empty', async () => {
    const element = await tab({ api: api({ audit: answers(ok({ records: [], next: null })) }) });
    expect(words(element)).toContain('Nothing is recorded yet');
    await expectAccessible();
  });

  it('no match: the filters of the address, and the way back', async () => {
    history.replaceState(null, '', '/administration/audit?action=user-disabled&person=d');
    const server = api({ audit: answers(ok({ records: [], next: null }), ok({ records: RECORDS, next: null })) });
    const element = await tab({ api: server });
    expect(server.audit).toHaveBeenLastCalledWith({ person: 'd', action: 'user-disabled', session: '' });
    expect(words(element)).toContain('No record matches');
    await press(element, 'Clear the filters');
    expect([location.search, folds(element).length]).toEqual(['', 3]);
  });

  it('error, with what to copy, and again', async () => {
    const element = await tab({ api: api({ audit: answers(refused('journal-unavailable', 'The journal is not readable.', 503), ok({ records: RECORDS, next: null })) }) });
    expect(words(element)).toMatch(/The audit could not be read The journal is not readable\. .*journal-unavailable · request abc123/);
    await press(element, 'Try again');
    expect(folds(element)).toHaveLength(3);
  });

  it('offline: what is there can be read, and nothing is asked', async () => {
    const element = await tab({ api: api({ audit: answers(ok({ records: RECORDS, next: 7 })) }), connection: OFFLINE });
    expect(['Export', 'Read what is new', 'Load older', 'Check again'].map((name) => button(element, name).disabled)).toEqual([true, true, true, true]);
    folds(element)[0]!.click();
    await settled(element);
    expect(all(element, '.pairs')).toHaveLength(1);
  });

  it('an answer to an earlier filter is none', async () => {
    const waiting: ((value: unknown) => void)[] = [];
    const audit = () => new Promise((resolve) => waiting.push(resolve));
    const element = await tab({ api: api({ audit }) });
    const [, what] = all<HTMLSelectElement>(element, 'select');
    what!.value = 'access-refused';
    what!.dispatchEvent(new Event('change'));
    waiting[1]!(ok({ records: [RECORDS[1]], next: null }));
    waiting[0]!(ok({ records: RECORDS, next: null }));
    await settled(element);
    expect(folds(element)).toHaveLength(1);
  });
});
