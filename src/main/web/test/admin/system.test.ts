import { describe, expect, it } from 'vitest';
import type { FigurePage, FigureSample, Health, HealthCheck } from '../../src/api/types';
import { chartSentence, chartsOf, checkWords, columnsOf, figureWords, fullness, isSet, limitWords, lineText, matching, ordered, pageName, summaryOf, topOf, usedWords, verdict, windowOf, withPage } from '../../src/lib/system';

const T0 = Date.UTC(2026, 10, 26, 8, 0, 0);
const at = (seconds: number) => new Date(T0 + seconds * 1000).toISOString();
const sample = (seconds: number, ...values: (number | null)[]): FigureSample => ({ time: at(seconds), values });

function page(samples: readonly FigureSample[], names = ['a', 'b']): FigurePage {
  return { intervalSeconds: 5, figures: names.map((name) => ({ name, unit: 'number' })), samples };
}

function check(name: string, more: Partial<HealthCheck> = {}): HealthCheck {
  return { name, effect: 'degraded', ok: true, ...more };
}

function health(...checks: HealthCheck[]): Health {
  const fails = (effect: HealthCheck['effect']) => checks.some((one) => !one.ok && one.effect === effect);
  return { live: !fails('dead'), ready: !fails('dead') && !fails('unready'), started: true, degraded: fails('degraded'), checkedAt: at(0), checks };
}

describe('the verdict', () => {
  const cli = check('cli', { ok: false, message: 'the CLI is missing', runbook: 'runbooks/SessionsNotStarting.md' });
  const journal = check('journal', { ok: false, effect: 'unready', message: 'the journal cannot be written' });
  const writer = check('writer', { ok: false, effect: 'dead' });

  it.each([
    ['good', [check('cli'), check('disk', { effect: 'unready' })], 'All is well. 2 checks pass.'],
    ['warning', [check('disk'), cli], 'Working, with one warning. The CLI is missing.'],
    ['warning', [check('credential', { ok: false, message: 'No key.' }), cli], 'Working, with 2 warnings. No key.'],
    ['failing', [cli, journal], 'Not ready: new requests are not sent here. The journal cannot be written.'],
    ['failing', [cli, journal, writer], 'Not working: the server has to be restarted. Journal writer.'],
  ])('is %s, and names the gravest reason', (tone, checks, words) => {
    const said = verdict(health(...checks));
    expect([said.tone, `${said.title} ${said.rest}`]).toEqual([tone, words]);
  });

  it('is not good while there is something else to worry about', () => {
    const beside = { message: 'Nothing makes backups here.', hurts: 'Everybody, if the disk is lost.', runbook: 'BackupOld' };
    expect(verdict(health(check('disk')), beside)).toEqual({ tone: 'warning', title: 'Working, with one warning.', rest: 'Nothing makes backups here.', hurts: beside.hurts, runbook: 'BackupOld' });
    expect(verdict(health(cli), beside)).toMatchObject({ title: 'Working, with 2 warnings.', rest: 'The CLI is missing.' });
    expect(verdict(health(journal), beside)).toMatchObject({ tone: 'failing', title: 'Not ready: new requests are not sent here.' });
  });

  it('says whom it hurts and which page to read', () => {
    expect(verdict(health(cli))).toMatchObject({ hurts: 'Whoever starts or wakes a session. What is recorded can be read.', runbook: 'runbooks/SessionsNotStarting.md' });
    expect(pageName('runbooks/SessionsNotStarting.md')).toBe('SessionsNotStarting');
  });

  it('has the dead before the unready, and what is fine last, each kind in the order of the server', () => {
    expect(ordered([check('a'), cli, check('b'), journal, writer]).map((one) => one.name)).toEqual(['writer', 'journal', 'cli', 'a', 'b']);
  });

  it('knows what to say of a check it does not know', () => {
    expect(checkWords(check('time-server', { effect: 'unready' }))).toEqual({ name: 'Time server', good: 'Fine', hurts: 'Everybody. New requests are not sent here.' });
  });
});

describe('limits', () => {
  it.each([
    [{ used: 3, limit: 20, unit: 'number' as const }, ['3', '20'], 15],
    [{ used: 1, limit: 2_000, unit: 'number' as const }, ['1', '2,000'], 0.05],
    [{ used: 42 * 2 ** 20, limit: 512 * 2 ** 20, unit: 'bytes' as const }, ['42', '512 MiB'], 8.203125],
    [{ used: 900 * 2 ** 20, limit: 40 * 2 ** 30, unit: 'bytes' as const }, ['900 MiB', '40 GiB'], 2.197265625],
    [{ used: 9, limit: 4, unit: 'number' as const }, ['9', '4'], 100],
  ])('%o', (limit, words, percent) => {
    expect([usedWords(limit), fullness(limit)]).toEqual([words, percent]);
  });

  it('of a newer server have a name all the same', () => {
    expect(limitWords({ name: 'open-doors' })).toEqual({ name: 'Open doors', full: '' });
  });
});

describe('figures', () => {
  it.each([
    [1204, 'number', '1,204'],
    [0, 'per-second', '0 /s'],
    [0.004, 'per-second', '< 0.01 /s'],
    [5.21, 'per-second', '5.2 /s'],
    [0.00415, 'seconds', '4.2 ms'],
    [0.0381, 'seconds', '38 ms'],
    [2.5, 'seconds', '2.5 s'],
    [0.17, 'cores', '0.17 cores'],
    [1, 'cores', '1 core'],
    [58.9 * 2 ** 30, 'bytes', '58.9 GiB'],
    [40 * 2 ** 30, 'bytes', '40 GiB'],
  ] as const)('%s %s is %s', (value, unit, words) => {
    expect(figureWords(value, unit)).toBe(words);
  });

  it.each([
    [0, 'number', 4],
    [5, 'number', 6],
    [17, 'number', 20],
    [0.004, 'seconds', 0.01],
    [0.11, 'seconds', 0.2],
    [45 * 2 ** 20, 'bytes', 60 * 2 ** 20],
    [58 * 2 ** 30, 'bytes', 80 * 2 ** 30],
    [0.3, 'cores', 1],
    [1900, 'per-second', 2000],
  ] as const)('a scale for %s %s ends at %s', (high, unit, top) => {
    expect(topOf(high, unit)).toBeCloseTo(top, 9);
  });

  it('grow by what comes, take nothing twice, and keep half an hour', () => {
    const first = withPage(undefined, page([sample(0, 1, 2), sample(5, 2, 3)]));
    const second = withPage(first, page([sample(5, 2, 3), sample(10, 3, 4)]));
    expect(second.samples.map((one) => one.time)).toEqual([at(0), at(5), at(10)]);
    const later = withPage(second, page([sample(1805, 9, 9)]));
    expect(later.samples.map((one) => one.time)).toEqual([at(5), at(10), at(1805)]);
  });

  it('of another release begin anew', () => {
    const before = withPage(undefined, page([sample(0, 1, 2)]));
    expect(withPage(before, page([sample(5, 7)], ['c'])).samples).toEqual([sample(5, 7)]);
  });

  it('have a gap where the server did not run, and none where a sample is a little late', () => {
    const recording = withPage(undefined, page([sample(0, 1, 2), sample(6, 2, 3), sample(60, 3, null)]));
    expect(columnsOf(recording, ['b', 'a'])).toEqual([
      [T0 / 1000, T0 / 1000 + 6, T0 / 1000 + 11, T0 / 1000 + 60],
      [2, 3, null, null],
      [1, 2, null, 3],
    ]);
    expect(columnsOf(recording, ['nobody'])[1]).toEqual([null, null, null, null]);
  });

  it('show five minutes at least, and as far back as there are samples', () => {
    expect(windowOf(withPage(undefined, page([sample(0, 1, 1), sample(20, 1, 1)])))).toEqual({ from: T0 / 1000 - 280, until: T0 / 1000 + 20 });
    expect(windowOf(withPage(undefined, page([sample(0, 1, 1), sample(900, 1, 1)])))).toEqual({ from: T0 / 1000, until: T0 / 1000 + 900 });
    expect(windowOf(undefined)).toEqual({ from: 0, until: 300 });
  });

  it('are summed up; one that is not measured just now has none', () => {
    expect(summaryOf([2, null, 4])).toEqual({ now: 4, low: 2, mean: 3, high: 4 });
    expect(summaryOf([2, null])).toMatchObject({ now: undefined, high: 2 });
    expect(summaryOf([null])).toEqual({ now: undefined, low: undefined, mean: undefined, high: undefined });
  });

  it('are told to readers in a sentence', () => {
    expect(chartSentence('Sessions at work', ['working', 'waiting'], [[1, 3, 2], [0, 0, 0]], 'number')).toBe('Sessions at work over time: working, now 2, between 1 and 3; waiting, now 0, 0 all the time');
    expect(chartSentence('Event shown', [], [[0.02, null]], 'seconds')).toBe('Event shown over time: nothing measured just now, 20 ms all the time');
    expect(chartSentence('Event shown', [], [[null]], 'seconds')).toBe('Event shown over time: nothing measured');
  });

  it('are drawn where the server has them, and also those that this page does not know', () => {
    const figures = ['sessions-asking', 'heap', 'tide-level'].map((name) => ({ name, unit: 'number' as const }));
    expect(chartsOf(figures).map((chart) => chart.title)).toEqual(['Sessions at work', 'Memory of the server', 'Tide level']);
  });
});

describe('the configuration', () => {
  const values = [
    { key: 'server.port', value: '0', source: 'environment DASHBOARD_SERVER_PORT' },
    { key: 'log.level', value: 'INFO', source: 'default' },
    { key: 'runner-key', value: 'missing', source: '/run/secrets/runner_key' },
  ];

  it('was set unless it is a default, or a secret that is missing', () => {
    expect(values.filter(isSet).map((one) => one.key)).toEqual(['server.port']);
  });

  it('is found by all the words typed, in key, value and source', () => {
    expect(matching(values, ' SERVER  env').map((one) => one.key)).toEqual(['server.port']);
    expect(matching(values, 'info').map((one) => one.key)).toEqual(['log.level']);
    expect(matching(values, '')).toHaveLength(3);
    expect(matching(values, 'server nothing')).toEqual([]);
  });
});

it('a line of the log has all there is to report', () => {
  expect(lineText({ time: at(0), level: 'ERROR', logger: 'dev.dashboard.store.Writer', message: 'not written', requestId: 'r1', exception: 'Boom\n\tat x' })).toBe(`${at(0)} ERROR dev.dashboard.store.Writer\nnot written\nrequest r1\nBoom\n\tat x`);
});
