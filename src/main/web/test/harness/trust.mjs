/** What the projects of the harness bring: one in each state. */
const settings = {
  hooks: {
    PreToolUse: [{ matcher: 'Bash', hooks: [{ type: 'command', command: './scripts/check-command.sh --deny-network' }] }],
    SessionStart: [{ hooks: [{ type: 'command', command: 'direnv export bash > /dev/null && echo "Branch: $(git branch --show-current)"' }] }],
  },
  permissions: { allow: ['Bash(npm test)', 'Bash(npm run lint)', 'WebFetch(domain:docs.example.com)'], deny: ['Read(/.env)'] },
  env: { NODE_OPTIONS: '--inspect', PAYMENTS_ENV: 'sandbox' },
  statusLine: { type: 'command', command: './status.sh' },
};
const mcp = { mcpServers: { postgres: { command: 'npx', args: ['-y', '@example/mcp-postgres', 'postgres://localhost/payments?sslmode=disable'], env: { PGPASSWORD: '${PGPASSWORD}' } } } };

const file = (path, value) => {
  const text = `${JSON.stringify(value, null, 2)}\n`;
  return { path, bytes: text.length, sha256: 'b5bb9d8014a0f9b1d61e21e796d78dccdf1352f23cd32812f4850b878ae4944c', text };
};

const BROUGHT = {
  fingerprint: '7d865e959b2466918c9863afca942d0fb89d7c9ac0c99bafc3749504ded97730',
  summary: {
    hooks: [
      { event: 'PreToolUse', matcher: 'Bash', command: settings.hooks.PreToolUse[0].hooks[0].command, file: '.claude/settings.json' },
      { event: 'SessionStart', matcher: '', command: settings.hooks.SessionStart[0].hooks[0].command, file: '.claude/settings.json' },
    ],
    allow: settings.permissions.allow,
    ask: [],
    deny: settings.permissions.deny,
    mcpServers: [{ name: 'postgres', commandLine: ['npx', ...mcp.mcpServers.postgres.args], environment: ['PGPASSWORD'] }],
    environment: [{ name: 'PAYMENTS_ENV', file: '.claude/settings.json', value: 'sandbox' }],
    leftOut: [
      { file: '.claude/settings.json', name: 'env.NODE_OPTIONS', why: 'this variable is the server’s to set' },
      { file: '.claude/settings.json', name: 'statusLine', why: 'it is not one of the settings that are taken from a repository' },
    ],
    others: ['CLAUDE.md', '.claude/agents'],
  },
  files: [file('.claude/settings.json', settings), file('.mcp.json', mcp)],
};

const states = [
  { ...BROUGHT, state: 'untrusted' },
  { ...BROUGHT, state: 'trusted', trustedBy: 'Mara Lindqvist', trustedAt: new Date(Date.now() - 3 * 86_400_000).toISOString() },
  { ...BROUGHT, state: 'changed' },
  { state: 'unreadable', reason: '.claude/settings.json is a link; it must be a plain file.' },
];

/** @returns status and body */
export function trustOf(at, method, body) {
  const known = states[at];
  if (known === undefined) return [404, undefined];
  if (method === 'GET') return [200, known];
  if (method === 'PUT' && body.fingerprint === known.fingerprint) {
    states[at] = { ...BROUGHT, state: 'trusted', trustedBy: 'Mara Lindqvist', trustedAt: new Date().toISOString() };
    return [200, states[at]];
  }
  if (method === 'DELETE') states[at] = { ...BROUGHT, state: 'untrusted' };
  return [204, undefined];
}
