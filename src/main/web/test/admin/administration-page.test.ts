import { afterEach, describe, expect, it } from 'vitest';
import '../../src/elements/admin/administration-page';
import type { AdministrationPage } from '../../src/elements/admin/administration-page';
import { all, answers, DENIZ, expectAccessible, LIVE, MARA, refused, shown, words } from './support';

function api() {
  const no = refused('not-allowed', 'This needs the role admin.', 403);
  return { users: answers(no), projects: answers(no), allTokens: answers(no), audit: answers(no), auditVerification: answers(no), system: answers(no), health: answers(no), figures: answers(no), limits: answers(no), recentErrors: answers(no) };
}

afterEach(() => document.body.replaceChildren());

describe('administration', () => {
  it.each(['people', 'projects', 'tokens', 'audit', 'system'] as const)('%s: an operator sees whose it is, no tab, and nothing is asked of the server', async (tab) => {
    for (const role of ['operator', 'viewer'] as const) {
      const server = api();
      const element = await shown<AdministrationPage>('administration-page', { api: server, viewer: { ...DENIZ, role }, connection: LIVE, tab });
      expect(words(element)).toMatch(/This is for administrators.*with the role administrator\. Yours is (operator|viewer)\./);
      expect(all(element, 'nav, people-tab, projects-tab, tokens-tab, audit-tab, system-tab')).toEqual([]);
      for (const asked of Object.values(server)) expect(asked).not.toHaveBeenCalled();
      await expectAccessible();
      element.remove();
    }
  });

  it.each([
    ['people', '/administration'],
    ['projects', '/administration/projects'],
    ['tokens', '/administration/tokens'],
    ['audit', '/administration/audit'],
    ['system', '/administration/system'],
  ] as const)('an administrator is told where they are: %s', async (tab, path) => {
    const element = await shown<AdministrationPage>('administration-page', { api: api(), viewer: MARA, connection: LIVE, tab });
    expect(all(element, '.tabs a').map((link) => link.getAttribute('href'))).toEqual(['/administration', '/administration/projects', '/administration/tokens', '/administration/audit', '/administration/system']);
    expect(all(element, '[aria-current=page]').map((link) => link.getAttribute('href'))).toEqual([path]);
    expect(all(element, `${tab}-tab`)).toHaveLength(1);
  });
});
