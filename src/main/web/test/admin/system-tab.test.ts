import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { FigurePage, Health, HealthCheck, LogLine, SystemFacts } from '../../src/api/types';
import '../../src/elements/admin/system/system-tab';
import type { SystemTab } from '../../src/elements/admin/system/system-tab';
import { all, answers, button, dialog, expectAccessible, fill, LIVE, maybeButton, never, NO_ANSWER, OFFLINE, ok, press, refused, settled, shown, words } from './support';

// The document of these tests draws nothing and has no sizes.
const drawn = vi.hoisted(() => ({ made: 0, destroyed: 0, data: [] as unknown[] }));
vi.mock('uplot', () => ({
  default: class {
    width = 0;
    height = 0;
    constructor(_: unknown, data: unknown) {
      drawn.made += 1;
      drawn.data.push(data);
    }
    setData(data: unknown) {
      drawn.data.push(data);
    }
    setSize() {}
    destroy() {
      drawn.destroyed += 1;
    }
  },
}));
vi.stubGlobal('ResizeObserver', class { observe() {} disconnect() {} });
const looks = new Set<() => void>();
vi.stubGlobal('matchMedia', () => ({ matches: false, addEventListener: (_: string, changed: () => void) => looks.add(changed), removeEventListener: (_: string, changed: () => void) => looks.delete(changed) }));

const GOOD: HealthCheck = { name: 'journal', effect: 'unready', ok: true, runbook: 'runbooks/JournalWriteFailing.md' };
const BAD: HealthCheck = { name: 'cli', effect: 'degraded', ok: false, message: 'Claude CLI not found.', runbook: 'runbooks/SessionsNotStarting.md' };

function health(...checks: HealthCheck[]): Health {
  return { live: true, ready: true, started: true, degraded: checks.some((check) => !check.ok), checkedAt: '2026-11-26T08:00:00.000Z', checks };
}

const FIGURES: FigurePage = {
  intervalSeconds: 5,
  figures: [{ name: 'cli-processes', unit: 'number', limit: 20 }, { name: 'heap', unit: 'bytes' }],
  samples: [{ time: '2026-11-26T08:00:00.000Z', values: [3, 2 ** 20] }, { time: '2026-11-26T08:00:05.000Z', values: [5, null] }],
};

const FACTS: SystemFacts = {
  version: '1.4.0', profile: 'production', demo: false, cli: { state: 'ok', version: '2.1.330' }, credential: 'api-key', modelAccess: 'gateway', isolation: 'runner', usualSharing: 'team-read', uptimeSeconds: 7_500,
  configuration: [{ key: 'server.port', value: '8080', source: 'environment DASHBOARD_SERVER_PORT' }, { key: 'cli.max-queued', value: '200', source: 'default' }],
  logLevel: { level: 'info', configured: 'info' },
  runtime: { java: '25.0.3', databaseBytes: 2 ** 20 },
};

const ERROR: LogLine = { time: '2026-11-26T07:59:00.000Z', level: 'ERROR', logger: 'dev.dashboard.store.Writer', message: 'commit failed', requestId: 'req-1', exception: 'java.io.IOException: disk' };

function api(more: object = {}) {
  return {
    system: answers(ok(FACTS)), health: answers(ok(health(GOOD))), figures: answers(ok(FIGURES), ok({ ...FIGURES, samples: [] })), limits: answers(ok({ limits: [{ name: 'cli-processes', used: 18, limit: 20, unit: 'number', key: 'cli.max-processes' }] })),
    backups: answers(ok({ available: true, history: [], lastGood: { finishedAt: '2026-11-26T07:00:00.000Z', seconds: 3, bytes: 2 ** 20, verified: true } })), requestBackup: answers(),
    recentErrors: answers(ok({ lines: [] })), runbook: answers(ok({ name: 'SessionsNotStarting', text: '# SessionsNotStarting\n\n## Meaning\n\nNo session starts.' })), setLogLevel: answers(ok({ level: 'debug', configured: 'info', until: new Date(Date.now() + 899_500).toISOString() })), ...more,
  };
}

async function tab(more: object = {}): Promise<SystemTab> {
  return shown<SystemTab>('system-tab', { api: api(), connection: LIVE, ...more });
}

let visibility: DocumentVisibilityState;

beforeEach(() => {
  visibility = 'visible';
  Object.assign(drawn, { made: 0, destroyed: 0, data: [] });
  vi.spyOn(document, 'visibilityState', 'get').mockImplementation(() => visibility);
});
afterEach(() => {
  document.body.replaceChildren();
  vi.useRealTimers();
});

function section(element: SystemTab, name: string): HTMLElement {
  return all(element, 'section').find((each) => each.getAttribute('aria-labelledby') === name)!;
}

describe('what stands there', () => {
  it('when all is well: a sentence, every check, versions, figures, limits, the log, the configuration', async () => {
    const element = await tab();
    expect(words(all(element, '.verdict')[0])).toMatch(/^All is well\. 1 check passes\./);
    expect(words(section(element, 'checks'))).toContain('Journal Can be written Good');
    expect(words(section(element, 'server'))).toMatch(/Version 1\.4\.0 Up 2 h 5 m Profile production .*Java 25\.0\.3 Database 1\.0 MiB Last backup never/);
    expect(words(section(element, 'figures'))).toMatch(/last 5 m, every 5 s .*CLI processes 5 of 20 .*3 to 5/);
    expect(all(element, '.plot').map((plot) => plot.getAttribute('aria-label'))).toContain('CLI processes over time: now 5, between 3 and 5');
    expect(words(section(element, 'limits'))).toContain('Live CLI processes 18 of 20 New sessions and wake-ups wait in the line, their place shown. cli.max-processes');
    expect(all(element, '[role=meter]').map((meter) => meter.getAttribute('aria-valuenow'))).toEqual(['90']);
    expect(words(section(element, 'log'))).toContain('No warning and no error since the server started.');
    expect(words(section(element, 'configuration'))).toContain('server.port 8080 environment DASHBOARD_SERVER_PORT');
    await expectAccessible();
  });

  it('when something is wrong: what, whom it hurts, and the page, read in place', async () => {
    const element = await tab({ api: api({ health: answers(ok(health(GOOD, BAD))) }) });
    expect(words(all(element, '.verdict')[0])).toMatch(/^Working, with one warning\. Claude CLI not found\. Whom it hurts: Whoever starts or wakes a session\./);
    expect(words(all(element, '.checks li')[0])).toContain('Claude CLI Claude CLI not found. Whom it hurts');
    button(element, 'SessionsNotStarting').focus();
    await press(element, 'SessionsNotStarting');
    expect(words(dialog(element))).toMatch(/^SessionsNotStarting Meaning No session starts\. runbooks\/SessionsNotStarting\.md/);
    await expectAccessible();
    await press(element, 'Close');
    expect(dialog(element)).toBeUndefined();
  });

  it('a page that is not there, with a second try', async () => {
    const server = api({ health: answers(ok(health(BAD))), runbook: answers(refused('runbook-unknown', 'There is no such page.', 404), ok({ name: 'x', text: 'Found, see [Upgrade](Upgrade.md).' }), ok({ name: 'Upgrade', text: '# Upgrade\n\nNow.' })) });
    const element = await tab({ api: server });
    await press(element, 'What to do');
    expect(words(dialog(element))).toContain('The page could not be read. There is no such page.');
    await press(element, 'Try again');
    expect(words(dialog(element))).toContain('Found, see Upgrade .');
    await press(element, 'Upgrade');
    expect([server.runbook.mock.lastCall, words(dialog(element))]).toEqual([['Upgrade'], expect.stringContaining('Upgrade Now. runbooks/Upgrade.md')]);
  });
});

describe('backups', () => {
  it('stand there, with the page to read where nothing makes them', async () => {
    const element = await tab({ api: api({ backups: answers(ok({ available: false, reason: 'none', history: [] })) }) });
    expect(words(section(element, 'backups'))).toContain('Nothing makes backups here.');
    expect(words(all(element, '.verdict')[0])).toMatch(/^Working, with one warning\. Nothing makes backups here\. Whom it hurts: Everybody, if the disk is lost\./);
    all<HTMLButtonElement>(section(element, 'backups'), 'button').find((each) => words(each) === 'What to do')!.click();
    await settled(element);
    expect(all(element, 'runbook-sheet')).toHaveLength(1);
  });
});

describe('figures', () => {
  it('are a table for whoever wants one', async () => {
    const element = await tab();
    await press(element, 'Table');
    expect(all(element, 'figure-chart')).toEqual([]);
    expect(all(section(element, 'figures'), 'tbody tr').map((row) => words(row))).toEqual(['CLI processes 5 3 4 5', 'Memory of the server – 1 MiB 1 MiB 1 MiB']);
    await expectAccessible();
    await press(element, 'Charts');
    expect(all(element, 'figure-chart')).toHaveLength(2);
  });

  it('are drawn anew when the theme changes, and let go with the page', async () => {
    const element = await tab();
    expect(drawn.made).toBe(2);
    [...looks].forEach((changed) => changed());
    await settled(element);
    expect(drawn.made - drawn.destroyed).toBe(2);
    element.remove();
    expect([drawn.made - drawn.destroyed, looks.size]).toEqual([0, 0]);
  });
});

describe('the log', () => {
  it('unfolds one line in place with all there is to copy', async () => {
    const warning: LogLine = { ...ERROR, level: 'WARN', message: 'slow commit' };
    const element = await tab({ api: api({ recentErrors: answers(ok({ lines: [ERROR, warning, warning] })) }) });
    const folds = () => all<HTMLButtonElement>(element, '.fold');
    expect(folds().map((fold) => words(fold).replace(/ \d\d:.*/, ''))).toEqual(['Error commit failed', 'Warning slow commit', 'Warning slow commit']);
    folds()[0]!.click();
    await settled(element);
    expect([folds()[0]!.getAttribute('aria-expanded'), words(all(element, '.more')[0])]).toEqual(['true', expect.stringMatching(/Where store\.Writer Request req-1 .*ERROR dev\.dashboard\.store\.Writer commit failed request req-1 java\.io\.IOException: disk/)]);
    await expectAccessible();
    folds()[2]!.click();
    await settled(element);
    expect(folds().map((fold) => fold.getAttribute('aria-expanded'))).toEqual(['false', 'false', 'true']);
    all<HTMLInputElement>(section(element, 'log'), 'input[type=checkbox]')[0]!.click();
    await settled(element);
    expect(folds()).toHaveLength(1);
  });

  it('tells more for a while, and until when', async () => {
    const server = api();
    const element = await tab({ api: server });
    expect(button(element, 'Change').disabled).toBe(true);
    const select = all<HTMLSelectElement>(element, 'select')[0]!;
    select.value = 'debug';
    select.dispatchEvent(new Event('change'));
    await settled(element);
    await press(element, 'Change');
    expect(server.setLogLevel).toHaveBeenCalledWith('debug', 15);
    expect(words(all(element, 'log-level')[0])).toMatch(/Everything \(debug\) until \d\d:\d\d:\d\d, then information again: in 14 m 5\d s\./);
  });

  it('says when the level was not changed, and changes none without a connection', async () => {
    const element = await tab({ api: api({ setLogLevel: answers(refused('rate-limited', 'Too many writes.', 429)) }) });
    const select = all<HTMLSelectElement>(element, 'select')[0]!;
    select.value = 'warn';
    select.dispatchEvent(new Event('change'));
    await settled(element);
    await press(element, 'Change');
    expect(words(all(element, '[role=alert]').find((each) => !each.hidden))).toBe('Too many writes.');
    element.connection = OFFLINE;
    await settled(element);
    expect(button(element, 'Change').disabled).toBe(true);
  });
});

it('the configuration is found by what is typed, defaults on wish', async () => {
  const element = await tab();
  const list = all(element, 'configuration-list')[0]!;
  fill(list, 'input[type=search]', 'queued');
  await settled(element);
  expect(words(list)).toContain('No key, value or source matches “queued” among what was set. One default does .');
  await press(element, 'One default does');
  expect(all(list, 'tbody tr').map((row) => words(row))).toEqual(['cli.max-queued 200 default']);
});

describe('states', () => {
  it('loading', async () => {
    const element = await tab({ api: api({ health: () => never() }) });
    expect(words(element)).toBe('The state of the server is being read');
  });

  it('error, with what to copy, and again', async () => {
    const element = await tab({ api: api({ health: answers(refused('internal', 'Something failed here.', 500), ok(health(GOOD))) }) });
    expect(words(element)).toMatch(/The server does not tell how it is Something failed here\..*internal · request abc123/);
    await press(element, 'Try again');
    expect(words(element)).toContain('All is well.');
  });

  it('one part that fails leaves the others', async () => {
    const element = await tab({ api: api({ recentErrors: answers(NO_ANSWER), limits: answers(NO_ANSWER), figures: answers(NO_ANSWER) }) });
    expect(words(all(element, '.verdict')[0])).toContain('All is well.');
    expect(words(section(element, 'log'))).toContain('The last errors could not be read. The server does not answer.');
  });

  it('stale: it is said since when, and healed by the next answer', async () => {
    vi.useFakeTimers({ shouldAdvanceTime: true });
    const server = api({ health: answers(ok(health(GOOD)), NO_ANSWER, NO_ANSWER, NO_ANSWER, NO_ANSWER, ok(health(GOOD))) });
    const element = await tab({ api: server });
    await vi.advanceTimersByTimeAsync(6_000);
    expect(words(all(element, '.verdict')[0])).toContain('All is well.');
    await vi.advanceTimersByTimeAsync(15_000);
    expect(words(all(element, '.verdict')[0])).toMatch(/^The server does not tell how it is\. What you see is from \d\d:\d\d:\d\d\./);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(words(all(element, '.verdict')[0])).toContain('All is well.');
  });

  it('stale at once when the connection is lost, until there is an answer', async () => {
    const server = api({ health: answers(ok(health(GOOD)), NO_ANSWER, ok(health(GOOD))) });
    const element = await tab({ api: server });
    element.connection = OFFLINE;
    await settled(element);
    expect(server.health).toHaveBeenCalledTimes(2);
    expect(words(all(element, '.verdict')[0])).toMatch(/^The server does not tell how it is\./);
    await press(element, 'Ask now');
    expect(words(all(element, '.verdict')[0])).toContain('All is well.');
  });

  it('a check that begins to fail brings the newest of the log with it', async () => {
    vi.useFakeTimers({ shouldAdvanceTime: true });
    const server = api({ health: answers(ok(health(GOOD)), ok(health(GOOD, BAD))), recentErrors: answers(ok({ lines: [] }), ok({ lines: [ERROR] })) });
    const element = await tab({ api: server });
    await vi.advanceTimersByTimeAsync(5_100);
    expect([words(all(element, '.verdict')[0]), words(section(element, 'log'))]).toEqual([expect.stringContaining('Working, with one warning.'), expect.stringContaining('commit failed')]);
  });

  it('asked for every five seconds while somebody looks, the seldom parts less often, and not while nobody does', async () => {
    vi.useFakeTimers({ shouldAdvanceTime: true });
    const server = api();
    const element = await tab({ api: server });
    await vi.advanceTimersByTimeAsync(15_100);
    expect([server.health, server.figures, server.system].map((asked) => asked.mock.calls.length)).toEqual([4, 4, 2]);
    expect(server.figures).toHaveBeenLastCalledWith('2026-11-26T08:00:05.000Z');
    visibility = 'hidden';
    document.dispatchEvent(new Event('visibilitychange'));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(server.health).toHaveBeenCalledTimes(4);
    visibility = 'visible';
    document.dispatchEvent(new Event('visibilitychange'));
    await vi.advanceTimersByTimeAsync(0);
    expect(server.health).toHaveBeenCalledTimes(5);
    element.connection = OFFLINE;
    await vi.advanceTimersByTimeAsync(0);
    expect(server.health).toHaveBeenCalledTimes(6);
    element.connection = LIVE;
    await vi.advanceTimersByTimeAsync(0);
    expect(server.health).toHaveBeenCalledTimes(7);
    element.remove();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(server.health).toHaveBeenCalledTimes(7);
    expect(maybeButton(element, 'Try again')).toBeUndefined();
  });
});
