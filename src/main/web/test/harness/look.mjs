// Pictures of every view at two widths and both themes, with an axe run on each. A finding or a console error fails it.
//   npm run build && node test/harness/look.mjs OUT_DIR [NAMES, a regular expression]
import { spawn } from 'node:child_process';
import { readFileSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const here = dirname(fileURLToPath(import.meta.url));
const out = process.argv[2] ?? '/tmp/look';
const only = new RegExp(process.argv[3] ?? '.');
mkdirSync(out, { recursive: true });
const axe = readFileSync(join(here, '../../node_modules/axe-core/axe.min.js'), 'utf8');
const server = spawn(process.execPath, [join(here, 'server.mjs'), '0'], { stdio: ['ignore', 'pipe', 'inherit'] });
const base = await new Promise((resolve) => server.stdout.once('data', (data) => resolve(new URL(String(data).trim()).origin)));
const asking = '5e551000-0000-4000-8000-000000000001';

const at = (n) => `/sessions/5e551000-0000-4000-8000-0000000000${String(n).padStart(2, '0')}`;

const VIEWS = [
  { name: 'sign-in', scene: 'busy', path: '/', out: true },
  { name: 'sign-in-refused', scene: 'busy', path: '/', out: true, act: async (page) => { await page.fill('#name', 'mara'); await page.fill('#password', 'wrong'); await page.keyboard.press('Enter'); await page.waitForSelector('.note.bad'); } },
  { name: 'password', scene: 'busy', path: '/', out: true, act: async (page) => { await page.fill('#name', 'mara'); await page.fill('#password', 'new'); await page.keyboard.press('Enter'); await page.waitForSelector('#wanted'); await page.keyboard.press('Enter'); } },
  { name: 'sessions', scene: 'busy', path: '/' },
  { name: 'sessions-no-match', scene: 'busy', path: '/', act: async (page) => page.fill('#filter', 'zebra') },
  { name: 'menu', scene: 'busy', path: '/', act: async (page) => page.locator('.me-btn:visible, .tabbar button[aria-expanded]:visible').first().click() },
  { name: 'new-session', scene: 'busy', path: '/', act: async (page) => page.locator('.btn.primary:visible, .tabbar button:visible').first().click() },
  { name: 'new-session-folder', scene: 'empty', path: '/', act: async (page) => { await page.locator('.empty .btn.primary').click(); await page.fill('#path', '/srv/secrets'); await page.keyboard.press('Enter'); await page.waitForSelector('.wrong'); } },
  { name: 'trust-line', scene: 'busy', path: '/', act: (page) => newSessionIn(page, 0) },
  { name: 'trust-line-changed', scene: 'busy', path: '/', act: (page) => newSessionIn(page, 2) },
  { name: 'trust-line-unreadable', scene: 'busy', path: '/', act: (page) => newSessionIn(page, 3) },
  { name: 'trust-review', scene: 'busy', path: '/', act: (page) => reviewOf(page, 0) },
  { name: 'trust-review-end', scene: 'busy', path: '/', act: async (page) => { await reviewOf(page, 0); await page.keyboard.press('End'); await page.waitForTimeout(300); } },
  { name: 'trust-review-trusted', scene: 'busy', path: '/', act: (page) => reviewOf(page, 1) },
  { name: 'trust-review-changed', scene: 'busy', path: '/', act: (page) => reviewOf(page, 2) },
  { name: 'trust-side', scene: 'busy', path: at(4), act: async (page) => { if (page.viewportSize().width === 390) await page.locator('.side-button').click(); await page.locator('trust-line').scrollIntoViewIfNeeded(); await page.waitForTimeout(700); } },
  { name: 'trust-side-review', scene: 'busy', path: at(4), role: 'viewer', act: async (page) => { if (page.viewportSize().width === 390) await page.locator('.side-button').click(); await page.locator('trust-line .btn').click(); await page.waitForTimeout(300); } },
  { name: 'keys', scene: 'busy', path: '/', act: async (page) => page.keyboard.press('?') },
  { name: 'empty', scene: 'empty', path: '/' },
  { name: 'error', scene: 'broken', path: '/' },
  { name: 'loading', scene: 'slow', path: '/' },
  { name: 'demo', scene: 'demo', path: '/' },
  { name: 'no-cli', scene: 'no-cli', path: '/' },
  { name: 'session', scene: 'busy', path: `/sessions/${asking}` },
  { name: 'session-line', scene: 'busy', path: at(4) },
  { name: 'session-line-open', scene: 'busy', path: at(4), act: async (page) => { await page.locator('prompt-line .text').nth(1).click(); } },
  { name: 'session-line-edit', scene: 'busy', path: at(4), act: async (page) => { if (page.viewportSize().width === 390) await page.locator('prompt-line .more').first().click(); await page.locator('prompt-line [data-act="edit"]:visible').first().click(); await page.locator('prompt-line textarea').fill('Use the timeout of the request,\nand say where it comes from.'); } },
  { name: 'session-line-conflict', scene: 'busy', path: at(4), noisy: true, act: async (page) => { if (page.viewportSize().width === 390) await page.locator('prompt-line .more').first().click(); await page.locator('prompt-line [data-act="edit"]:visible').first().click(); await page.locator('prompt-line textarea').fill('conflict'); await page.keyboard.press('Enter'); await page.waitForSelector('prompt-line .said'); } },
  { name: 'session-typing', scene: 'busy', path: at(4), act: async (page) => page.locator('prompt-composer textarea').last().fill('One more thing: keep the old header for a week.') },
  { name: 'session-held', scene: 'busy', path: at(19) },
  { name: 'session-queued', scene: 'busy', path: at(8) },
  { name: 'session-parked', scene: 'busy', path: at(12), act: async (page) => page.locator('prompt-composer textarea').last().fill('Go on with the rename.') },
  { name: 'session-cut', scene: 'busy', path: at(20) },
  { name: 'session-stalled-tool', scene: 'busy', path: at(15) },
  { name: 'session-stalled-model', scene: 'busy', path: at(16) },
  { name: 'session-stalled-retry', scene: 'busy', path: at(17) },
  { name: 'session-stalled-limit', scene: 'busy', path: at(18) },
  { name: 'session-errors', scene: 'busy', path: at(10) },
  { name: 'session-missing', scene: 'busy', path: '/sessions/nothing' },
  { name: 'role-sessions', scene: 'busy', role: 'viewer', path: '/' },
  { name: 'role-sessions-empty', scene: 'empty', role: 'viewer', path: '/' },
  { name: 'role-session', scene: 'busy', role: 'viewer', path: `/sessions/${asking}` },
  { name: 'role-session-read', scene: 'busy', path: at(9) },
  { name: 'role-session-line', scene: 'busy', role: 'viewer', path: at(4) },
  { name: 'role-inbox', scene: 'busy', path: '/inbox' },
  { name: 'role-inbox-viewer', scene: 'busy', role: 'viewer', path: '/inbox', act: async (page) => { await page.locator('inbox-page .row').first().click(); } },
  { name: 'role-keys', scene: 'busy', role: 'viewer', path: '/', act: async (page) => page.keyboard.press('?') },
  { name: 'role-menu', scene: 'busy', role: 'admin', path: '/', act: async (page) => page.locator('.me-btn:visible, .tabbar button[aria-expanded]:visible').first().click() },
  { name: 'sharing-panel', scene: 'busy', path: at(4), act: async (page) => { if (page.viewportSize().width === 390) await page.locator('.side-button').click(); await page.locator('session-side .share input').nth(1).check(); await page.waitForTimeout(700); } },
  { name: 'sharing-refused', scene: 'refusing', path: at(4), noisy: true, act: async (page) => { if (page.viewportSize().width === 390) await page.locator('.side-button').click(); await page.locator('session-side .share input').first().click(); await page.waitForTimeout(300); } },
  { name: 'sharing-private-now', scene: 'busy', path: at(9), act: async (page) => { await page.waitForSelector('transcript-view'); await page.request.get(`${base}/__share?id=${at(9).split('/').at(-1)}&sharing=private`); await page.getByText('This session is private now').waitFor(); }, after: async (page) => { await page.request.get(`${base}/__share?id=${at(9).split('/').at(-1)}&sharing=team-read`); await page.locator('transcript-view').waitFor(); } },
  { name: 'people', scene: 'busy', role: 'admin', path: '/administration' },
  { name: 'people-alone', scene: 'alone', role: 'admin', path: '/administration' },
  { name: 'people-slow', scene: 'slow-people', role: 'admin', path: '/administration' },
  { name: 'people-failed', scene: 'broken-people', role: 'admin', path: '/administration', noisy: true },
  { name: 'people-menu', scene: 'busy', role: 'admin', path: '/administration', act: async (page) => page.locator('row-menu .btn').first().click() },
  { name: 'people-invite', scene: 'busy', role: 'admin', path: '/administration', act: async (page) => page.getByRole('button', { name: 'Invite a person' }).click() },
  { name: 'people-invite-taken', scene: 'busy', role: 'admin', path: '/administration', act: async (page) => { await page.getByRole('button', { name: 'Invite a person' }).click(); await page.fill('#name', 'Tomas'); await page.keyboard.press('Enter'); await page.waitForSelector('.wrong'); } },
  { name: 'people-link', scene: 'busy', role: 'admin', path: '/administration', act: async (page) => { await page.getByRole('button', { name: 'Invite a person' }).click(); await page.fill('#name', `Noor ${Math.random().toString(36).slice(2, 7)}`); await page.keyboard.press('Enter'); await page.waitForSelector('copy-field'); await page.getByRole('button', { name: 'Copy: One-time link' }).click(); } },
  { name: 'people-disable', scene: 'busy', role: 'admin', path: '/administration', act: async (page) => { await page.locator('row-menu .btn').first().click(); await page.getByRole('menuitem', { name: 'Disable…' }).click(); } },
  { name: 'people-last-admin', scene: 'busy', role: 'admin', path: '/administration', act: async (page) => { await page.getByRole('button', { name: 'What to do with Mara Lindqvist' }).click(); await page.getByRole('menuitem', { name: 'Change role…' }).click(); await page.getByText('Operator', { exact: true }).last().click(); await page.keyboard.press('Enter'); await page.waitForSelector('.note.bad'); } },
  { name: 'people-offline', scene: 'busy', role: 'admin', path: '/administration', noisy: true, act: async (page) => { await page.request.get(`${base}/__scene?name=offline&role=admin`); await page.waitForSelector('.banner.loud', { timeout: 8000 }); } },
  { name: 'retention', scene: 'busy', role: 'admin', path: '/administration/projects' },
  { name: 'retention-choice', scene: 'busy', role: 'admin', path: '/administration/projects', act: (page) => retentionOf(page) },
  { name: 'retention-sure', scene: 'busy', role: 'admin', path: '/administration/projects', act: async (page) => { await retentionOf(page); await page.getByRole('button', { name: 'Go on…' }).click(); await page.waitForTimeout(400); await page.getByRole('button', { name: 'Let them go' }).click(); } },
  { name: 'expired', scene: 'busy', path: at(21) },
  { name: 'expired-list', scene: 'busy', path: '/', act: async (page) => page.fill('#filter', 'expired') },
  { name: 'tokens', scene: 'busy', role: 'admin', path: '/administration/tokens' },
  { name: 'tokens-empty', scene: 'empty', role: 'admin', path: '/administration/tokens' },
  { name: 'tokens-none', scene: 'busy', role: 'admin', path: '/administration/tokens', act: async (page) => page.fill('tokens-tab input', 'nothing like it') },
  { name: 'tokens-slow', scene: 'slow-people', role: 'admin', path: '/administration/tokens' },
  { name: 'tokens-failed', scene: 'broken-people', role: 'admin', path: '/administration/tokens', noisy: true },
  { name: 'tokens-revoke', scene: 'busy', role: 'admin', path: '/administration/tokens', act: async (page) => page.getByRole('button', { name: 'Revoke ci of Deniz' }).first().click() },
  { name: 'tokens-offline', scene: 'busy', role: 'admin', path: '/administration/tokens', noisy: true, act: async (page) => { await page.request.get(`${base}/__scene?name=offline&role=admin`); await page.waitForSelector('.banner.loud', { timeout: 8000 }); } },
  { name: 'admin-not-allowed', scene: 'busy', path: '/administration' },
  { name: 'audit', scene: 'busy', role: 'admin', path: '/administration/audit' },
  { name: 'audit-open', scene: 'busy', role: 'admin', path: '/administration/audit', act: async (page) => page.locator('.fold').nth(5).click() },
  { name: 'audit-filtered', scene: 'busy', role: 'admin', path: '/administration/audit?action=role-changed&session=5e551000-0000-4000-8000-000000000001' },
  { name: 'audit-older', scene: 'busy', role: 'admin', path: '/administration/audit', act: async (page) => { await page.getByRole('button', { name: 'Load older' }).click(); await page.waitForTimeout(200); } },
  { name: 'audit-tampered', scene: 'tampered', role: 'admin', path: '/administration/audit' },
  { name: 'audit-slow', scene: 'slow-people', role: 'admin', path: '/administration/audit' },
  { name: 'audit-failed', scene: 'broken-people', role: 'admin', path: '/administration/audit', noisy: true },
  { name: 'account', scene: 'busy', path: '/account' },
  { name: 'account-empty', scene: 'empty', role: 'viewer', path: '/account' },
  { name: 'account-token', scene: 'busy', path: '/account', act: async (page) => { await page.getByRole('button', { name: 'New token' }).click(); await page.keyboard.press('Enter'); await page.waitForSelector('.wrong'); } },
  { name: 'account-secret', scene: 'busy', path: '/account', act: async (page) => { await page.getByRole('button', { name: 'New token' }).click(); await page.fill('#name', 'deploy'); await page.keyboard.press('Enter'); await page.waitForSelector('copy-field'); } },
  { name: 'account-revoke', scene: 'busy', path: '/account', act: async (page) => page.getByRole('button', { name: 'Revoke ci' }).click() },
  { name: 'account-password', scene: 'busy', path: '/account', act: async (page) => { await page.fill('#current', 'wrong'); await page.fill('#wanted', 'a longer sentence'); await page.fill('#again', 'a longer sentence'); await page.keyboard.press('Enter'); await page.waitForSelector('.note.bad'); } },
  { name: 'invitation', scene: 'busy', path: '/invitation#abcdefghijklmnopqrstuvwx.Ingrid%20Amundsen', out: true },
  { name: 'invitation-typing', scene: 'busy', path: '/invitation#abcdefghijklmnopqrstuvwx.Ingrid%20Amundsen', act: async (page) => { await page.fill('#wanted', 'too short'); await page.fill('#again', 'too long'); await page.keyboard.press('Enter'); } },
  { name: 'invitation-over', scene: 'busy', path: '/invitation#usedusedusedusedusedused.Ingrid', out: true, act: async (page) => { await page.fill('#wanted', 'long enough it is'); await page.fill('#again', 'long enough it is'); await page.keyboard.press('Enter'); await page.getByText('This link is over').waitFor(); } },
  { name: 'invitation-cut', scene: 'busy', path: '/invitation', out: true },
  { name: 'not-found', scene: 'busy', path: '/what' },
  { name: 'offline', scene: 'busy', path: '/', act: async (page) => { await page.request.get(`${base}/__scene?name=offline`); await page.waitForSelector('.banner.loud', { timeout: 8000 }); }, noisy: true },
];

const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'] });
let findings = 0;
try {
  for (const view of VIEWS.filter((one) => only.test(one.name))) {
    for (const width of [1440, 390]) {
      for (const theme of ['light', 'dark']) findings += await look(view, width, theme);
    }
  }
} finally {
  await browser.close();
  server.kill();
}
console.log(findings === 0 ? 'clean' : `${findings} findings`);
process.exitCode = findings === 0 ? 0 : 1;

async function newSessionIn(page, project) {
  await page.locator('.btn.primary:visible, .tabbar button:visible').first().click();
  await page.locator('#project').selectOption({ index: project });
  await page.waitForTimeout(300);
}

async function retentionOf(page) {
  await page.getByRole('button', { name: /^Change for how long/ }).first().click();
  await page.locator('input[value=days]').check();
  await page.fill('#days', '60');
  await page.waitForTimeout(600);
}

async function reviewOf(page, project) {
  await newSessionIn(page, project);
  await page.getByRole('button', { name: 'Review…' }).click();
  await page.waitForTimeout(200);
}

async function look(view, width, colorScheme) {
  const context = await browser.newContext({ viewport: { width, height: width === 390 ? 844 : 900 }, colorScheme, bypassCSP: false, hasTouch: width === 390 });
  const page = await context.newPage();
  const said = [];
  page.on('console', (message) => message.type() === 'error' && said.push(message.text()));
  page.on('pageerror', (error) => said.push(String(error)));
  await page.request.get(`${base}/__scene?name=${view.scene}&role=${view.role ?? 'operator'}`);
  if (!view.out) await context.addCookies([{ name: 'harness', value: '1', url: base }, { name: 'dashboard_signed_in', value: 'yes', url: base }]);
  await page.goto(base + view.path);
  await page.waitForTimeout(500);
  if (view.act) await view.act(page);
  await page.waitForTimeout(350);
  const label = `${view.name}-${width}-${colorScheme}`;
  await page.screenshot({ path: join(out, `${label}.png`) });
  // Through the debugger, which the page's policy does not bind.
  await page.evaluate(axe);
  const result = await page.evaluate(() => window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }));
  for (const violation of result.violations) console.log(label, violation.id, violation.nodes.slice(0, 3).map((node) => `${node.target.flat().join(' ')} ${node.any[0]?.message ?? ''}`).join(' | '));
  const wide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
  if (wide) console.log(label, 'scrolls sideways');
  const errors = view.noisy ? [] : said.filter((text) => !/status of (400|401|403|404|409|503)/.test(text));
  for (const error of errors) console.log(label, 'console', error);
  if (view.after) await view.after(page);
  await context.close();
  return result.violations.length + errors.length + Number(wide);
}
