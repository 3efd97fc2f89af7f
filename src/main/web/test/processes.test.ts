import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Processes, Session } from '../src/api/types';
import { positionOf, ProcessWatch } from '../src/state/processes';

const FIGURES: Processes = { limit: 20, parallelStarts: 2, queueLimit: 100, liveCount: 0, queueCount: 1, live: [], queue: [{ sessionId: 's', position: 2, since: '' }] };

let visibility: DocumentVisibilityState;
let told: (Processes | undefined)[];
let works: boolean;
let asked: number;

function watch(): ProcessWatch {
  const read = async () => {
    asked += 1;
    return works ? ({ ok: true, value: FIGURES } as const) : ({ ok: false, problem: { kind: 'offline', status: 0, code: 'offline', message: '', details: {} } } as const);
  };
  return new ProcessWatch(read, (processes) => told.push(processes));
}

function show(state: DocumentVisibilityState): void {
  visibility = state;
  document.dispatchEvent(new Event('visibilitychange'));
}

beforeEach(() => {
  vi.useFakeTimers();
  [visibility, told, works, asked] = ['visible', [], true, 0];
  vi.spyOn(document, 'visibilityState', 'get').mockImplementation(() => visibility);
});
afterEach(() => vi.useRealTimers());

describe('figures of processes', () => {
  it('are asked for every five seconds while somebody looks, and then no more', async () => {
    const figures = watch();
    figures.want(true);
    figures.want(true);
    await vi.advanceTimersByTimeAsync(10_100);
    expect([asked, told.at(-1)]).toEqual([3, FIGURES]);
    figures.want(false);
    await vi.advanceTimersByTimeAsync(60_000);
    expect([asked, told.at(-1)]).toEqual([3, undefined]);
  });

  it('rest while the page is hidden, and are fresh when it is seen again', async () => {
    watch().want(true);
    await vi.advanceTimersByTimeAsync(100);
    show('hidden');
    await vi.advanceTimersByTimeAsync(60_000);
    expect(asked).toBe(1);
    show('visible');
    await vi.advanceTimersByTimeAsync(0);
    expect(asked).toBe(2);
  });

  it('are gone when they could not be read, and asked for less often', async () => {
    works = false;
    watch().want(true);
    await vi.advanceTimersByTimeAsync(20_000);
    expect([asked, told]).toEqual([1, [undefined]]);
    await vi.advanceTimersByTimeAsync(11_000);
    expect(asked).toBe(2);
  });

  it('know the place in the line better than the session does', () => {
    const session = { id: 's', state: 'queued', queuePosition: 5 } as Session;
    expect([positionOf(session, FIGURES), positionOf(session, undefined), positionOf({ ...session, state: 'idle' }, FIGURES)]).toEqual([2, 5, undefined]);
  });
});
