import { afterEach, describe, expect, it } from 'vitest';
import '../src/elements/page-banner';
import type { PageBanner } from '../src/elements/page-banner';
import type { ServerInfo } from '../src/api/types';
import { all, shown, words } from './admin/support';

const SERVER: ServerInfo = {
  version: '1',
  demo: false,
  cli: { state: 'ok' },
  credential: 'api-key',
  modelAccess: 'gateway',
  isolation: 'runner',
  usualSharing: 'team-read',
};

async function said(server: ServerInfo): Promise<string> {
  const banner = await shown<PageBanner>('page-banner', { connection: { kind: 'live' }, server });
  return all(banner, '.banner').map((line) => words(line)).join(' ');
}

afterEach(() => document.body.replaceChildren());

describe('who holds the credential', () => {
  it('is not worth a line while the server does', async () => {
    expect(await said(SERVER)).toBe('');
  });

  it.each([
    ['oauth-token', 'Commands that the model runs can read the subscription token.'],
    ['api-key', 'Commands that the model runs can read the API key.'],
  ] as const)('is told where commands can read it: %s', async (credential, sentence) => {
    expect(await said({ ...SERVER, credential, modelAccess: 'cli' })).toContain(sentence);
  });
});

describe('a runner that does not answer', () => {
  it('is told with what to do', async () => {
    const text = await said({ ...SERVER, cli: { state: 'runner-away', message: 'Start it.' } });
    expect(text).toContain('The runner does not answer.');
    expect(text).toContain('Start it.');
  });
});
