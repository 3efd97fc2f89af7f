/** API tokens in words, and as administrators look at them. Pure. */
import type { Account, ApiToken, Role } from '../api/types';
import { age } from './format';
import { least } from './may';

const DAY_MS = 24 * 3_600_000;
const SOON_MS = 7 * DAY_MS;

/** `off`: its person is disabled; it works again when they are enabled. */
export type TokenState = 'works' | 'ends-soon' | 'off' | 'expired';

/** A token beside its person as they are now. */
export interface OwnedToken {
  readonly token: ApiToken;
  readonly state: TokenState;
  /** What it may do now: a token never does more than its person. */
  readonly actsAs: Role;
}

export function withOwners(tokens: readonly ApiToken[], accounts: readonly Account[], now: number): readonly OwnedToken[] {
  const byId = new Map(accounts.map((account) => [account.id, account]));
  return tokens.map((token) => {
    const owner = byId.get(token.user.id);
    return { token, state: stateOf(token, owner, now), actsAs: owner === undefined ? token.role : least(owner.role, token.role) };
  });
}

function stateOf(token: ApiToken, owner: Account | undefined, now: number): TokenState {
  const left = Date.parse(token.expiresAt) - now;
  if (left <= 0) return 'expired';
  if (owner?.state === 'disabled') return 'off';
  return left <= SOON_MS ? 'ends-soon' : 'works';
}

export function leftWords(token: Pick<ApiToken, 'expiresAt'>, now: number): string {
  const left = Date.parse(token.expiresAt) - now;
  return left <= 0 ? `expired ${age(-left)} ago` : `${ahead(left)} left`;
}

/** Days are rounded up: what was made for 90 days is not called 89 a second later. */
function ahead(left: number): string {
  return left > DAY_MS ? `${Math.ceil(left / DAY_MS)} d` : age(left);
}

/** For a column that says “Expires”. */
export function expiryWords(token: Pick<ApiToken, 'expiresAt'>, now: number): string {
  const left = Date.parse(token.expiresAt) - now;
  return left <= 0 ? `${age(-left)} ago` : `in ${ahead(left)}`;
}

/** What a list may be sorted by; each from the end that is looked for first. */
export type TokenOrder = 'name' | 'person' | 'created' | 'used' | 'expires';

const ORDERS: Readonly<Record<TokenOrder, (a: ApiToken, b: ApiToken) => number>> = {
  name: (a, b) => a.name.localeCompare(b.name),
  person: (a, b) => a.user.name.localeCompare(b.user.name) || a.name.localeCompare(b.name),
  created: (a, b) => b.createdAt.localeCompare(a.createdAt),
  // What was never used, then what was not used for longest: the first that nobody will miss.
  used: (a, b) => (a.lastUsedAt ?? '').localeCompare(b.lastUsedAt ?? ''),
  expires: (a, b) => a.expiresAt.localeCompare(b.expiresAt),
};

export function sorted(tokens: readonly OwnedToken[], order: TokenOrder, reversed: boolean): readonly OwnedToken[] {
  const by = ORDERS[order];
  return [...tokens].sort((a, b) => (reversed ? -1 : 1) * by(a.token, b.token));
}

/** By its name or its person's. */
export function matching(tokens: readonly OwnedToken[], typed: string): readonly OwnedToken[] {
  const wanted = typed.trim().toLowerCase();
  return tokens.filter(({ token }) => `${token.name}\n${token.user.name}`.toLowerCase().includes(wanted));
}
