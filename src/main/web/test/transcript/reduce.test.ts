import { describe, expect, it } from 'vitest';
import type { EventData, EventType, WireEvent } from '../../src/api/types';
import type { ApprovalEntry, Entry, NoteEntry, PromptEntry, ToolEntry } from '../../src/transcript/entries';
import { present } from '../../src/transcript/present';
import { approvalOf, emptyTranscript, prependPage, reduceTranscript, rowOfSeq, toolOf, type Transcript } from '../../src/transcript/reduce';
import { noteWords } from '../../src/transcript/words';
import { afternoon, many, Script, trouble } from '../session-demo/events';

const START = Date.parse('2026-11-22T13:30:00Z');
const NOW = new Date('2026-11-22T14:00:00Z');

function forward(events: readonly WireEvent[], atStart = true): Transcript {
  return events.reduce<Transcript>(reduceTranscript, emptyTranscript(atStart));
}

/** Reads like a browser: the newest page first, then older ones. */
function backward(events: readonly WireEvent[], page: number): Transcript {
  let from = Math.max(0, events.length - page);
  let state = forward(events.slice(from), from === 0);
  while (from > 0) {
    const next = Math.max(0, from - page);
    state = prependPage(state, events.slice(next, from), next === 0);
    from = next;
  }
  return state;
}

/** Everything that can be seen of a state, in an order of its own. */
function seen(state: Transcript): unknown {
  const rows = state.rows.slice(0, state.rows.length);
  const sorted = (keys: readonly string[]): string[] => [...keys].sort();
  return {
    rows,
    entries: rows.map((row) => state.entries.get(row.key)),
    waiting: sorted(state.waiting),
    openPrompts: sorted(state.openPrompts),
    openTools: sorted(state.openTools),
    ...{ activity: state.activity, atStart: state.atStart, firstSeq: state.firstSeq, lastSeq: state.lastSeq, background: state.background },
    echoes: state.atStart ? [] : state.echoes.map((echo) => echo.seq),
  };
}

function entries(state: Transcript): Entry[] {
  return state.rows.slice(0, state.rows.length).flatMap((row) => state.entries.get(row.key) ?? []);
}

function only<K extends Entry['kind']>(state: Transcript, kind: K): Extract<Entry, { kind: K }>[] {
  return entries(state).filter((entry): entry is Extract<Entry, { kind: K }> => entry.kind === kind);
}

const script = (): Script => new Script(100, START);

describe('prompts', () => {
  const submitted = script().add('prompt-submitted', { promptId: 'p', text: 'Go' }, { kind: 'person', id: 'u', name: 'Mara' });
  const nothing = { found: 0, killed: 0, remaining: 0 };
  const taken = (s: Script): Script => s.add('prompt-delivered', { promptId: 'p' });
  const after = (change: (s: Script) => unknown): Transcript => {
    const rest = new Script(200, START + 60_000);
    change(rest);
    return forward([...submitted.events, ...rest.events]);
  };
  const cases: [string, (s: Script) => unknown, PromptEntry['state']][] = [
    ['is delivered when the CLI took it up', (s) => taken(s), 'delivered'],
    ['is done when the CLI says so', (s) => s.add('prompt-finished', { promptId: 'p', outcome: 'completed' }), 'done'],
    ['is done with its turn', (s) => taken(s).turn(['p']), 'done'],
    ['is done with its turn, also when nobody said that it was taken up', (s) => s.turn(['p']), 'done'],
    ['is cancelled when the CLI says so', (s) => s.add('prompt-finished', { promptId: 'p', outcome: 'cancelled' }), 'cancelled'],
    ['is cut when the process dies', (s) => taken(s).add('session-failed', { code: 'x', message: '', remedy: '', leftover: nothing }), 'cut'],
    ['is cut when the server died', (s) => taken(s).add('session-interrupted', { cause: 'x', leftover: nothing }), 'cut'],
    ['waits again when it is asked to run again', (s) => taken(s).add('session-interrupted', { cause: 'x', leftover: nothing }).add('delivery-requested', { promptId: 'p' }), 'pending'],
    ['stays done when the process ends later', (s) => s.add('prompt-finished', { promptId: 'p', outcome: 'completed' }).add('session-ended', { reason: 'parked', leftover: nothing }), 'done'],
  ];
  it.each(cases)('%s', (_name, change, state) => {
    expect(only(after(change), 'prompt').map((prompt) => [prompt.author, prompt.text, prompt.state])).toEqual([['Mara', 'Go', state]]);
  });

  it.each<[string, (s: Script) => unknown]>([
    ['it waits', (s) => s.say('the turn before')],
    ['somebody removed it', (s) => s.add('prompt-removed', { promptId: 'p' })],
    ['the process ended before it was taken up', (s) => s.add('session-ended', { reason: 'stopped', leftover: nothing })],
    ['it was cut unseen and is to run again', (s) => s.add('session-ended', { reason: 'stopped', leftover: nothing }).add('delivery-requested', { promptId: 'p' })],
  ])('stands in the line alone while %s', (_name, change) => {
    expect(only(after(change), 'prompt')).toEqual([]);
  });

  it('stands where it was taken up, with the words it had by then', () => {
    const state = after((s) => taken(s.say('the turn before').add('prompt-edited', { promptId: 'p', text: 'Go on' })).say('the answer'));
    expect(entries(state).map((entry) => (entry.kind === 'prompt' || entry.kind === 'text' ? entry.text : entry.kind))).toEqual(['the turn before', 'Go on', 'the answer']);
  });
});

describe('calls', () => {
  it('hold their result, in whatever order results come', () => {
    const state = forward(script().call('a', 'Bash', { command: 'one' }).call('b', 'Bash', { command: 'two' }).result('b', '2').result('a', '1').events);
    expect(only(state, 'tool').map((tool) => [tool.toolUseId, tool.state, tool.result?.content])).toEqual([['a', 'ok', '1'], ['b', 'ok', '2']]);
  });

  it('are timed from the moment they were allowed', () => {
    const s = script().call('a', 'Bash', { command: 'x' }).ask('ap', 'a', 'Bash', { command: 'x' });
    s.add('approval-resolved', { approvalId: 'ap', decision: 'allow', remembered: [] }, { kind: 'person', id: 'u', name: 'Mara' }, 150_000).result('a', '', { after: 2_000 });
    expect(toolOf(forward(s.events), 'a')?.durationMs).toBe(2_000);
  });

  it('hold the calls of a subagent, those after its end too', () => {
    const s = script().call('p', 'Agent', { description: 'x' }).call('c', 'Bash', { command: 'x' }, 'p').result('p', 'started').result('c', 'late', { parent: 'p' });
    const parent = toolOf(forward(s.events), 'p') as ToolEntry;
    expect(parent.children.map((child) => (child.kind === 'tool' ? child.result?.content : ''))).toEqual(['late']);
  });

  it('are denied, not failed, when a person said no', () => {
    const s = script().call('a', 'Bash', {}).ask('ap', 'a', 'Bash', {}).decide('ap', 'deny').result('a', 'The operator refused this command.', { isError: true });
    expect(toolOf(forward(s.events), 'a')?.state).toBe('denied');
  });

  it('are unknown when the process died under them', () => {
    const s = script().call('a', 'Bash', {}).add('session-failed', { code: 'x', message: '', remedy: '', leftover: { found: 0, killed: 0, remaining: 0 } });
    expect(toolOf(forward(s.events), 'a')?.state).toBe('unknown');
  });

  it('are drawn once when the request came before the call', () => {
    const s = script().ask('ap', 'a', 'Bash', { command: 'x' }).call('a', 'Bash', { command: 'x' });
    const state = forward(s.events);
    expect(entries(state).map((entry) => entry.kind)).toEqual(['tool']);
    expect(toolOf(state, 'a')?.approval?.state).toBe('pending');
  });
});

describe('requests', () => {
  const asked = (): Script => script().call('a', 'Bash', {}).ask('ap', 'a', 'Bash', {});
  const cases: [string, (s: Script) => unknown, Partial<ApprovalEntry>, number][] = [
    ['wait', () => undefined, { state: 'pending' }, 1],
    ['are answered by a person', (s) => s.decide('ap', 'allow'), { state: 'allowed', decidedBy: 'Mara Lindqvist', delivery: 'delivered' }, 0],
    ['keep the reason', (s) => s.decide('ap', 'deny', undefined, 'no'), { state: 'denied', decisionReason: 'no' }, 0],
    ['are withdrawn', (s) => s.add('approval-withdrawn', { approvalId: 'ap', cause: 'interrupted' }), { state: 'withdrawn', withdrawnCause: 'interrupted' }, 0],
    ['may stay unsettled', (s) => s.add('approval-resolved', { approvalId: 'ap', decision: 'allow', remembered: [] }).add('approval-unsettled', { approvalId: 'ap' }), { state: 'allowed', delivery: 'unknown' }, 0],
  ];
  it.each(cases)('%s', (_name, change, wanted, waiting) => {
    const s = asked();
    change(s);
    const state = forward(s.events);
    expect(approvalOf(state, 'ap')).toMatchObject(wanted);
    expect(toolOf(state, 'a')?.approval).toEqual(approvalOf(state, 'ap'));
    expect(state.waiting).toHaveLength(waiting);
  });

  it('are seen at once although their call lies in an older page', () => {
    const events = asked().events;
    const state = forward(events.slice(1), false);
    expect(only(state, 'approval')).toHaveLength(1);
    const whole = prependPage(state, events.slice(0, 1), true);
    expect(entries(whole).map((entry) => entry.kind)).toEqual(['tool']);
    expect(toolOf(whole, 'a')?.approval?.state).toBe('pending');
  });
});

describe('numbers', () => {
  it('let an event count once', () => {
    const events = afternoon();
    const once = forward(events);
    expect(events.reduce(reduceTranscript, once)).toBe(once);
    expect(seen(prependPage(once, events))).toEqual(seen(once));
  });

  it('lead to the row that holds an event', () => {
    const state = forward(script().say('a').call('t', 'Agent', {}).call('c', 'Bash', {}, 't').say('b').events);
    expect([101, 102, 103, 104].map((seq) => rowOfSeq(state, seq))).toEqual(['b:msg_1:0', 't:t', 't:t', 'b:msg_4:0']);
  });

  it('measure a thought from the event before it', () => {
    const thought = only(forward(script().say('a').think('hm', 6_400).events), 'thought')[0];
    expect(thought?.durationMs).toBe(6_400);
  });
});

describe('reading backwards', () => {
  const background = (): WireEvent[] => {
    const s = script().prompt('p0', 'a').call('ag', 'Agent', {}).call('n1', 'Bash', {}, 'ag').ask('ap', 'n1', 'Bash', {}).decide('ap', 'allow').result('n1', 'x', { parent: 'ag' });
    s.call('ag2', 'Agent', {}, 'ag').call('n2', 'Bash', {}, 'ag2').result('n2', 'y', { parent: 'ag2' }).say('inside', 'ag').result('ag', 'done').turn(['p0']);
    s.prompt('p1', 'b').think('first of a page, maybe').call('open', 'Bash', {}).ask('ap2', 'open', 'Bash', {});
    s.add('session-interrupted', { cause: 'kill', leftover: { found: 0, killed: 0, remaining: 0 } }).add('delivery-requested', { promptId: 'p1' }, { kind: 'server' });
    s.add('session-started', { launch: 'l', cliSessionId: 'c', resumed: true }).add('session-ready', { cliVersion: '2', accountSource: 'x' }).add('prompt-delivered', { promptId: 'p1' });
    return s.add('permission-denied', { toolUseId: 'nobody', tool: 'Bash', message: 'rule' }).result('nobody', 'no call').say('end').events;
  };
  const line = (): WireEvent[] => {
    const person = { kind: 'person', id: 'u', name: 'Mara' } as const;
    const s = script().prompt('p0', 'a').say('one');
    for (const id of ['p1', 'p2', 'p3', 'p4', 'p5', 'p6']) s.add('prompt-submitted', { promptId: id, text: id }, person);
    s.say('two').add('prompt-edited', { promptId: 'p2', text: 'other' }, person).add('prompt-removed', { promptId: 'p1' }, person).turn(['p0']);
    s.add('prompt-delivered', { promptId: 'p2' }).say('three').turn(['p2', 'p6']).add('prompts-reordered', { order: ['p4', 'p3', 'p5'] }, person);
    s.add('prompt-delivered', { promptId: 'p4' }).say('four').add('session-ended', { reason: 'stopped', leftover: { found: 0, killed: 0, remaining: 0 } });
    return s.add('delivery-requested', { promptId: 'p3' }, person).add('prompt-delivered', { promptId: 'p3' }).say('five').add('prompt-finished', { promptId: 'p5', outcome: 'cancelled' }).events;
  };
  const scenes: [string, WireEvent[]][] = [['a line of prompts', line()], ['an afternoon', afternoon()], ['trouble', trouble()], ['subagents, a crash, a second run', background()], ['many turns', many(12)]];
  for (const [name, events] of scenes) {
    it(`gives the same as reading forwards: ${name}`, () => {
      const wanted = seen(forward(events));
      for (const page of [1, 2, 3, 5, 7, 16, events.length]) expect(seen(backward(events, page)), `pages of ${page}`).toEqual(wanted);
    });
  }

  it('and live events between the pages change nothing in that', () => {
    const events = background();
    let state = forward(events.slice(-6, -3), false);
    state = events.slice(-3).reduce<Transcript>(reduceTranscript, prependPage(state, events.slice(4, -6)));
    expect(seen(prependPage(state, events.slice(0, 4), true))).toEqual(seen(forward(events)));
  });
});

describe('size', () => {
  it('costs the same for each event, however many came before', () => {
    const events = many(2_500);
    expect(events.length).toBeGreaterThan(17_000);
    const once = (count: number): number => {
      const begun = performance.now();
      forward(events.slice(0, count));
      return performance.now() - begun;
    };
    // The best of three: what a busy machine adds is no cost of ours.
    const timed = (count: number): number => Math.min(once(count), once(count), once(count));
    timed(2_000);
    // Eight times the events: linear is 8, quadratic 64. What lies between is for a busy machine.
    expect(timed(16_000) / Math.max(1, timed(2_000))).toBeLessThan(32);
  });

  it('leaves older states as they were', () => {
    const events = many(50);
    const half = forward(events.slice(0, 200));
    const before = half.rows.length;
    expect(events.slice(200).reduce(reduceTranscript, half).rows.length).toBeGreaterThan(before);
    expect(half.rows.length).toBe(before);
  });
});

describe('a turn', () => {
  it('knows its calls once its beginning was read', () => {
    const s = script().call('a', 'Bash', {}).turn([]).call('b', 'Bash', {}).call('c', 'Bash', {}).turn([]).call('d', 'Bash', {}).turn([]);
    const calls = (state: Transcript): unknown[] => only(state, 'turn').map((turn) => turn.calls);
    expect(calls(forward(s.events))).toEqual([1, 2, 1]);
    const tail = forward(s.events.slice(3), false);
    expect(calls(tail)).toEqual([undefined, 1]);
    const joined = prependPage(tail, s.events.slice(1, 3));
    expect(calls(joined)).toEqual([undefined, 2, 1]);
    expect(calls(prependPage(joined, s.events.slice(0, 1), true))).toEqual([1, 2, 1]);
  });
});

describe('what stands in the column', () => {
  const kinds = (s: Script): string[] => {
    const state = forward(s.events);
    return present(state, 0, state.rows.length, NOW).map((item) => (item.kind === 'entry' ? item.entry.kind : item.kind));
  };
  it('folds reading into one line, but not a failed read', () => {
    const s = script();
    for (const id of ['a', 'b']) s.call(id, 'Read', { file_path: id }).result(id, 'x');
    s.call('c', 'Read', { file_path: 'c' }).result('c', 'x', { isError: true });
    expect(kinds(s)).toEqual(['day', 'quiet', 'tool']);
  });
  it('shows one silence after another as one note', () => {
    const s = script().say('a');
    for (const silentMs of [120_000, 240_000]) s.add('turn-stalled', { cause: 'model-silent', silentMs, interrupts: false }).add('turn-revived', {});
    const state = forward(s.events);
    const notes = present(state, 0, state.rows.length, NOW).filter((item) => item.kind === 'entry' && item.entry.kind === 'note');
    expect(notes.map((item) => (item.kind === 'entry' ? (item.entry as NoteEntry).data['silentMs'] : 0))).toEqual([240_000]);
  });
  it('shows retries as one note, and that they helped', () => {
    const s = script();
    for (const attempt of [1, 2, 3]) s.add('api-retried', { attempt, maxRetries: 10, delayMs: 500, status: 529, error: 'overloaded' });
    const state = forward(s.say('on it goes').events);
    const items = present(state, 0, state.rows.length, NOW).filter((item) => item.kind === 'entry');
    expect(items.map((item) => [item.entry.kind, item.outcome])).toEqual([['note', 'recovered'], ['text', 'unknown']]);
    expect((items[0]?.entry as NoteEntry).data['attempt']).toBe(3);
  });
  it.each([
    ['waited for', (s: Script) => s, 'card', 'Trying again now'],
    ['given up with the turn', (s: Script) => s.turn([], { isError: true }), 'line', 'The model service is busy (529): attempt 10 of 10'],
    ['cut by a person', (s: Script) => s.add('interruption-requested', {}).turn([], { isError: true }), 'line', 'The model service is busy (529): attempt 10 of 10'],
  ] as const)('says of a retry that it is %s', (_what, then, weight, words) => {
    const s = script().add('api-retried', { attempt: 10, maxRetries: 10, delayMs: 500, status: 529, error: 'overloaded' });
    const state = forward(then(s).events);
    const [retry] = present(state, 0, state.rows.length, NOW).filter((item) => item.kind === 'entry');
    expect(noteWords(retry?.entry as NoteEntry, retry?.outcome, -1_000)).toMatchObject({ weight, title: expect.stringContaining(words) as string });
  });
});

describe('events of a newer server', () => {
  it('are kept and shown raw', () => {
    const event = { seq: 1, time: NOW.toISOString(), actor: { kind: 'cli' }, type: 'something-new', data: { x: 1 } } as unknown as WireEvent;
    expect(only(forward([event]), 'raw').map((raw) => raw.text)).toEqual(['{"x":1}']);
  });
  const names: EventType[] = ['tool-called', 'tool-returned', 'approval-requested', 'turn-ended', 'assistant-replied', 'prompt-submitted', 'session-failed'];
  it.each(names)('%s without any data does not throw', (type) => {
    const event = { seq: 1, time: NOW.toISOString(), actor: { kind: 'cli' }, type, data: {} as EventData[typeof type] } as unknown as WireEvent;
    expect(() => forward([event])).not.toThrow();
  });
});

describe('a session whose contents have expired', () => {
  const WORDS = new Set<EventType>(['api-retried', 'approval-requested', 'approval-resolved', 'assistant-replied', 'assistant-thought', 'background-tasks-changed', 'notice-given', 'output-not-understood', 'permission-denied', 'prompt-edited', 'prompt-submitted', 'session-failed', 'session-titled', 'tool-called', 'tool-returned']);

  it.each([['afternoon', afternoon()], ['trouble', trouble()]])('shows when it ran and what it cost, and not a word (%s)', (_, whole) => {
    const events = whole.map((event) => (WORDS.has(event.type) ? ({ ...event, data: {}, expired: true } as unknown as WireEvent) : event));
    const state = forward(events);
    expect(entries(state).filter((entry) => entry.kind !== 'note' && entry.kind !== 'turn')).toEqual([]);
    expect(only(state, 'turn').length).toBe(only(forward(whole), 'turn').length);
    expect(state.lastSeq).toBe(events.at(-1)?.seq);
    for (const page of [1, 7, 50]) expect(seen(backward(events, page))).toEqual(seen(state));
  });
});
