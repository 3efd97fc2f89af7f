import { describe, expect, it } from 'vitest';
import { age, bytes, count, duration, initials, middle, money, ordinal } from '../src/lib/format';
import { routeOf } from '../src/lib/router';
import { uuid } from '../src/lib/uuid';

describe('words for people', () => {
  it.each([[0, '0 s'], [48_900, '48 s'], [134_000, '2 m 14 s'], [120_000, '2 m'], [11_100_000, '3 h 5 m'], [187_200_000, '2 d 4 h'], [-5, '0 s']])('%i ms last %s', (ms, words) => {
    expect(duration(ms)).toBe(words);
  });

  it.each([[59_999, '59 s'], [3_540_000, '59 m'], [90_000_000, '1 d']])('%i ms ago is %s', (ms, words) => {
    expect(age(ms)).toBe(words);
  });

  it.each([[0, '0'], [999, '999'], [1_500, '1.5k'], [318_000, '318k'], [999_499, '999k'], [999_500, '1M'], [1_420_000, '1.42M']])('%i tokens are %s', (n, words) => {
    expect(count(n)).toBe(words);
  });

  it.each([[940, '940 bytes'], [2_560, '2.5 KiB'], [432_013_312, '412 MiB'], [9_000_000, '8.6 MiB'], [1_503_238_553, '1.4 GiB']])('%i bytes are %s', (n, words) => {
    expect(bytes(n)).toBe(words);
  });

  it('counts places in a line as people do', () => {
    expect([1, 2, 3, 4, 11, 12, 21, 101, 113].map(ordinal)).toEqual(['1st', '2nd', '3rd', '4th', '11th', '12th', '21st', '101st', '113th']);
  });

  it('never shows money as nothing when it is something', () => {
    expect([money(0), money(0.003), money(1.84), money(1234.5)]).toEqual(['$0.00', '< $0.01', '$1.84', '$1,234.50']);
  });

  it('shortens names and paths without losing their ends', () => {
    expect([initials('Mara Lindqvist'), initials('mara'), initials('')]).toEqual(['ML', 'MA', '?']);
    expect(middle('/home/mara/code/payments-api', 15)).toMatch(/^\/hom….*ts-api$/);
    expect([...middle('/home/mara/code/payments-api', 15)]).toHaveLength(15);
  });
});

describe('addresses', () => {
  it('lead to views, and strange ones to none', () => {
    expect(routeOf('/')).toEqual({ view: 'sessions' });
    expect(routeOf('/sessions/5e55')).toEqual({ view: 'session', id: '5e55' });
    expect(routeOf('/sessions/%2e%2e')).toMatchObject({ view: 'not-found' });
    expect(routeOf('/sessions/a/b')).toMatchObject({ view: 'not-found' });
  });
});

it('makes ids of version 4', () => {
  expect(uuid()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});
