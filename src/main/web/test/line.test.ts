import { describe, expect, it } from 'vitest';
import type { EventData, EventType, OpenPrompt, WireEvent } from '../src/api/types';
import { EMPTY_LINE, lineFrom, newerLine, reduceLine, runsAtOnce, waitingOf, type PromptLine } from '../src/state/line';

const MARA = { kind: 'person', id: 'u', name: 'Mara' } as const;
const GONE = { found: 0, killed: 0, remaining: 0 };

function event<T extends EventType>(seq: number, type: T, data: EventData[T], actor: WireEvent['actor'] = MARA): WireEvent {
  return { seq, time: '2026-01-01T00:00:00.000Z', sessionId: 's', actor, type, data } as unknown as WireEvent;
}

type Step = { [T in EventType]: [T, EventData[T]] }[EventType];

function after(start: PromptLine, ...steps: Step[]): PromptLine {
  return steps.reduce((line, [type, data], at) => reduceLine(line, event(line.seq + at + 1, type, data as never)), start);
}

const submit = (promptId: string): Step => ['prompt-submitted', { promptId, text: promptId.toUpperCase() }];
const ready = after(EMPTY_LINE, ['session-ready', { cliVersion: '2', accountSource: 'x' }]);
/** `a` runs, `b` and `c` wait. */
const busy = after(ready, submit('a'), ['prompt-delivered', { promptId: 'a' }], submit('b'), submit('c'));
const states = (line: PromptLine): string[] => line.prompts.map((prompt) => `${prompt.promptId} ${prompt.state}`);
const waiting = (line: PromptLine): string[] => waitingOf(line).map((prompt) => prompt.promptId);
const OUTCOME = { cliUuid: 'u', isError: false, reason: 'completed', durationMs: 1, rounds: 1, tokens: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 }, costUsd: 0 };

describe('the line of prompts', () => {
  it('gives a prompt at once when nothing else is open, and lets the next ones wait', () => {
    expect(states(after(ready, submit('a')))).toEqual(['a given']);
    expect(states(busy)).toEqual(['a delivered', 'b waiting', 'c waiting']);
    expect([runsAtOnce(ready), runsAtOnce(busy), runsAtOnce(EMPTY_LINE)]).toEqual([true, false, false]);
  });

  it('gives the next one when the turn ends', () => {
    expect(states(after(busy, ['turn-ended', { ...OUTCOME, promptIds: ['a'] }]))).toEqual(['b given', 'c waiting']);
    expect(states(after(busy, ['prompt-finished', { promptId: 'a', outcome: 'completed' }]))).toEqual(['b given', 'c waiting']);
  });

  it('lets prompts wait until the process is ready', () => {
    const starting = after(EMPTY_LINE, ['session-started', { launch: 'l', cliSessionId: 'c', resumed: false }], submit('a'));
    expect(states(starting)).toEqual(['a waiting']);
    expect(states(after(starting, ['session-ready', { cliVersion: '2', accountSource: 'x' }]))).toEqual(['a given']);
  });

  it('follows what people change', () => {
    expect(waiting(after(busy, ['prompts-reordered', { order: ['c', 'b'] }]))).toEqual(['c', 'b']);
    expect(waiting(after(busy, ['prompt-removed', { promptId: 'b' }]))).toEqual(['c']);
    expect(waitingOf(after(busy, ['prompt-edited', { promptId: 'c', text: 'new' }]))[1]?.text).toBe('new');
    expect(states(after(busy, ['prompt-hastened', { promptId: 'c' }]))).toEqual(['a delivered', 'b waiting', 'c given']);
  });

  it('is held until it is released, and says by whom', () => {
    const held = after(busy, ['interruption-requested', {}], ['queue-held', { cause: 'interrupted' }], ['turn-interrupted', { ...OUTCOME, isError: true, promptIds: ['a'] }]);
    expect([waiting(held), held.held, held.heldBy?.name, runsAtOnce(held)]).toEqual([['b', 'c'], 'interrupted', 'Mara', true]);
    const next = after(held, submit('d'), ['prompts-reordered', { order: ['d', 'b', 'c'] }], ['queue-released', {}]);
    expect([states(next), next.held, next.heldBy]).toEqual([['d given', 'b waiting', 'c waiting'], '', undefined]);
  });

  it('gives nothing between a turn that failed and the word that the line is held', () => {
    const failed = after(busy, ['turn-ended', { ...OUTCOME, isError: true, promptIds: ['a'] }], ['prompt-finished', { promptId: 'a', outcome: 'failed' }]);
    expect(states(failed)).toEqual(['b waiting', 'c waiting']);
    const held = after(failed, ['queue-held', { cause: 'turn-failed' }]);
    expect([states(held), held.held, held.heldBy]).toEqual([['b waiting', 'c waiting'], 'turn-failed', undefined]);
    expect(states(after(failed, ['prompt-delivered', { promptId: 'b' }]))).toEqual(['b delivered', 'c waiting']);
  });

  it('gives the hastened one first when it releases the line, before its new order is told', () => {
    const held = after(busy, ['queue-held', { cause: 'interrupted' }], ['turn-interrupted', { ...OUTCOME, isError: true, promptIds: ['a'] }]);
    const next = after(held, ['prompt-hastened', { promptId: 'c' }], ['queue-released', {}], ['prompts-reordered', { order: ['c', 'b'] }]);
    expect(states(next)).toEqual(['c given', 'b waiting']);
  });

  it('waits for a turn that began without a prompt', () => {
    const running = after(ready, ['turn-started', { model: 'm', permissionMode: 'default', tools: [] }], submit('a'));
    expect(states(running)).toEqual(['a waiting']);
    expect(states(after(running, ['turn-ended', { ...OUTCOME, promptIds: [] }]))).toEqual(['a given']);
  });

  it('is cut by the end of the process, and runs again only when somebody says so', () => {
    const cut = after(busy, ['session-ended', { reason: 'stopped', leftover: GONE }]);
    expect(states(cut)).toEqual(['a cut', 'b cut', 'c cut']);
    const again = after(cut, ['session-started', { launch: 'l', cliSessionId: 'c', resumed: true }], ['session-ready', { cliVersion: '2', accountSource: 'x' }]);
    expect(states(again)).toEqual(['a cut', 'b cut', 'c cut']);
    expect(states(after(again, ['delivery-requested', { promptId: 'b' }]))).toEqual(['a cut', 'c cut', 'b given']);
  });

  it('goes on waiting when a runner leaves between two turns', () => {
    const queued = after(busy, ['turn-ended', { ...OUTCOME, promptIds: ['a'] }], ['session-ended', { reason: 'runner-leaving', leftover: GONE }], ['session-queued', { position: 1 }]);
    expect(states(queued)).toEqual(['b waiting', 'c waiting']);
    const next = after(queued, ['session-started', { launch: 'l', cliSessionId: 'c', resumed: true }], ['session-ready', { cliVersion: '2', accountSource: 'x' }]);
    expect(states(next)).toEqual(['b given', 'c waiting']);
  });

  it('counts each event once', () => {
    expect(reduceLine(busy, event(busy.seq, 'prompt-removed', { promptId: 'b' }))).toBe(busy);
  });
});

describe('a snapshot of the line', () => {
  const open = (promptId: string, state: OpenPrompt['state']): OpenPrompt => ({ promptId, text: promptId, state, seq: 1, author: { id: 'u', name: 'Mara' } });

  it('stands for all events before it, and later ones go on from there', () => {
    const line = lineFrom({ prompts: [open('a', 'delivered'), open('b', 'submitted'), open('z', 'cut')], held: 'turn-failed', seq: 50 }, 'working');
    expect([states(line), line.held]).toEqual([['a delivered', 'b waiting', 'z cut'], 'turn-failed']);
    expect(waiting(reduceLine(line, event(50, 'prompt-removed', { promptId: 'b' })))).toEqual(['b']);
    expect(waiting(reduceLine(line, event(51, 'prompt-removed', { promptId: 'b' })))).toEqual([]);
  });

  it('knows the one that was just given', () => {
    expect(states(lineFrom({ prompts: [open('a', 'submitted'), open('b', 'submitted')], seq: 5 }, 'idle'))).toEqual(['a given', 'b waiting']);
    expect(states(lineFrom({ prompts: [open('a', 'submitted')], seq: 5 }, 'queued'))).toEqual(['a waiting']);
    expect(states(lineFrom({ prompts: [open('a', 'submitted')], seq: 5 }, 'working'))).toEqual(['a waiting']);
  });

  it('does not undo what events have told since', () => {
    expect(newerLine(busy, { ...EMPTY_LINE, seq: busy.seq - 1 })).toBe(busy);
  });
});
