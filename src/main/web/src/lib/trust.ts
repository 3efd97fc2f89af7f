/** The settings that a project's repository brings, in words. Pure. */
import type { Trust, TrustServer, TrustSummary } from '../api/types';
import { plural } from './format';

/** `2 hooks, 3 allow rules and 1 MCP server`; empty when there is nothing. */
export function contents(summary: TrustSummary): string {
  const parts = [
    some(summary.hooks.length, 'hook'),
    some(summary.allow.length, 'allow rule'),
    some(summary.ask.length, 'ask rule'),
    some(summary.deny.length, 'deny rule'),
    some(summary.mcpServers.length, 'MCP server'),
    some(summary.environment.length, 'variable'),
  ].filter((part) => part !== '');
  return parts.length < 2 ? (parts[0] ?? '') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`;
}

function some(count: number, noun: string): string {
  return count === 0 ? '' : plural(count, noun);
}

/**
 * One sentence for where a project is chosen, and what follows from it.
 *
 * @param who of whom it is waited for: `you trust`, `somebody trusts`
 */
export function lineWords(trust: Trust, who: string): { readonly title: string; readonly rest: string } {
  const brings = trust.summary === undefined ? '' : contents(trust.summary);
  switch (trust.state) {
    case 'untrusted':
      return { title: `This project brings ${brings}.`, rest: `Not loaded until ${who} them.` };
    case 'changed':
      return { title: `This project’s settings have changed since they were trusted: ${brings}.`, rest: `Not loaded until ${who} them again.` };
    case 'trusted':
      return { title: `Sessions start with the project’s own settings: ${brings}.`, rest: trust.trustedBy === undefined ? 'Trusted.' : `Trusted by ${trust.trustedBy}.` };
    case 'unreadable':
      return { title: 'This project’s own settings are not loaded, and cannot be trusted as they are.', rest: trust.reason ?? '' };
    case 'nothing-to-load':
      return { title: '', rest: '' };
  }
}

/** As one would type it; where words would run together, in quotation marks. */
export function commandLine(server: TrustServer): string {
  return (server.commandLine ?? []).map((word) => (/^[\w./:=@%+,${}-]+$/u.test(word) ? word : JSON.stringify(word))).join(' ');
}
