import { describe, expect, it } from 'vitest';
import type { Account, ApiToken, Role } from '../src/api/types';
import { expiryWords, leftWords, matching, sorted, withOwners, type OwnedToken } from '../src/lib/tokens';

const NOW = Date.parse('2026-03-01T12:00:00Z');
const DAY = 24 * 3_600_000;
const inDays = (days: number) => new Date(NOW + days * DAY).toISOString();

function token(name: string, more: Partial<ApiToken> = {}): ApiToken {
  return { id: name, name, role: 'operator', user: { id: 'o', name: 'Olga' }, createdAt: inDays(-30), expiresAt: inDays(60), ...more };
}

function olga(role: Role, state: Account['state'] = 'active'): Account {
  return { id: 'o', name: 'Olga', role, state, createdAt: inDays(-90) };
}

describe('a token beside its person', () => {
  it.each([
    ['works', olga('operator'), 60],
    ['ends-soon', olga('operator'), 7],
    ['off', olga('operator', 'disabled'), 60],
    ['off', olga('operator', 'disabled'), 2],
    ['expired', olga('operator'), 0],
    ['expired', olga('operator', 'disabled'), -3],
  ] as const)('%s', (state, owner, days) => {
    expect(withOwners([token('ci', { expiresAt: inDays(days) })], [owner], NOW)[0]?.state).toBe(state);
  });

  it('does at most what the person may now, and not more than it was given', () => {
    const acts = (person: Role, given: Role) => withOwners([token('ci', { role: given })], [olga(person)], NOW)[0]?.actsAs;
    expect([acts('viewer', 'operator'), acts('admin', 'operator'), acts('operator', 'viewer')]).toEqual(['viewer', 'operator', 'viewer']);
  });

  it('whose person is not in the list is shown all the same', () => {
    expect(withOwners([token('ci')], [], NOW)).toMatchObject([{ state: 'works', actsAs: 'operator' }]);
  });
});

describe('words for its end', () => {
  it.each([
    [90, '90 d left', 'in 90 d'],
    [89.999, '90 d left', 'in 90 d'],
    [1.1, '2 d left', 'in 2 d'],
    [0.25, '6 h left', 'in 6 h'],
    [-3, 'expired 3 d ago', '3 d ago'],
  ])('%s days', (days, left, column) => {
    const ends = { expiresAt: inDays(days) };
    expect([leftWords(ends, NOW), expiryWords(ends, NOW)]).toEqual([left, column]);
  });
});

describe('the list of all', () => {
  const names = (list: readonly OwnedToken[]) => list.map((one) => one.token.name);
  const all = withOwners(
    [
      token('b', { createdAt: inDays(-1), lastUsedAt: inDays(-0.1), expiresAt: inDays(9) }),
      token('a', { user: { id: 'm', name: 'Mara' }, createdAt: inDays(-9), lastUsedAt: inDays(-40), expiresAt: inDays(80) }),
      token('c', { createdAt: inDays(-5), expiresAt: inDays(30) }),
    ],
    [],
    NOW,
  );

  it('sorts each column from the end that is looked for first, and the other way round', () => {
    expect(names(sorted(all, 'name', false))).toEqual(['a', 'b', 'c']);
    expect(names(sorted(all, 'person', false))).toEqual(['a', 'b', 'c']);
    expect(names(sorted(all, 'created', false))).toEqual(['b', 'c', 'a']);
    expect(names(sorted(all, 'used', false))).toEqual(['c', 'a', 'b']);
    expect(names(sorted(all, 'expires', false))).toEqual(['b', 'c', 'a']);
    expect(names(sorted(all, 'expires', true))).toEqual(['a', 'c', 'b']);
  });

  it('is filtered by the name of the token or of its person', () => {
    expect(names(matching(all, ' mara '))).toEqual(['a']);
    expect(names(matching(all, 'C'))).toEqual(['c']);
    expect(names(matching(all, ''))).toEqual(['b', 'a', 'c']);
  });
});
