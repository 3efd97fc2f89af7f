import { afterEach, describe, expect, it, vi } from 'vitest';
import type { ToolCall } from '../../src/elements/session/tool-call';
import type { TranscriptView } from '../../src/elements/session/transcript-view';
import { emptyTranscript, reduceTranscript, type Transcript } from '../../src/transcript/reduce';
import { Script } from '../session-demo/events';

// The document of these tests lays nothing out: heights are what a test says, and it says when they changed.
const VIEW = 400;
let height = 1_000;
let resized: (() => void)[] = [];
class Sizes {
  constructor(told: () => void) {
    resized.push(told);
  }
  observe(): void {}
  disconnect(): void {}
}
vi.stubGlobal('ResizeObserver', Sizes);
vi.stubGlobal('IntersectionObserver', Sizes);
await import('../../src/elements/session/transcript-view');

function read(script: Script): Transcript {
  return script.events.reduce<Transcript>(reduceTranscript, emptyTranscript(true));
}

/** A view that is at its end, as when a session is opened. */
async function shown(transcript: Transcript): Promise<TranscriptView> {
  const view = document.createElement('transcript-view') as TranscriptView;
  document.body.append(view);
  await view.updateComplete;
  const flow = flowOf(view);
  let top = 0;
  Object.defineProperties(flow, {
    clientHeight: { get: () => VIEW },
    scrollHeight: { get: () => height },
    scrollTop: { get: () => top, set: (to: number) => (top = Math.max(0, Math.min(to, height - VIEW))) },
  });
  view.transcript = transcript;
  await view.updateComplete;
  return view;
}

function flowOf(view: TranscriptView): HTMLElement {
  return view.shadowRoot!.querySelector<HTMLElement>('.flow')!;
}

async function grow(to: number): Promise<void> {
  height = to;
  for (const told of resized) told();
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => requestAnimationFrame(done))));
  for (const told of resized) told();
}

afterEach(() => {
  document.body.replaceChildren();
  height = 1_000;
  resized = [];
});

describe('the end of a transcript', () => {
  const call = (): Script => new Script().prompt('p', 'Count').call('t', 'Bash', { command: 'seq 1 100' }).result('t', '1\n2\n3');

  async function fold(view: TranscriptView): Promise<ToolCall> {
    const entry = [...view.shadowRoot!.querySelectorAll('transcript-entry')].at(-1)!;
    await entry.updateComplete;
    const card = entry.shadowRoot!.querySelector<ToolCall>('tool-call')!;
    await card.updateComplete;
    card.shadowRoot!.querySelector<HTMLButtonElement>('[aria-expanded]')!.click();
    await card.updateComplete;
    return card;
  }

  async function unfold(view: TranscriptView): Promise<void> {
    expect((await fold(view)).shadowRoot!.querySelector('.body')).not.toBeNull();
  }

  it('is followed while it grows', async () => {
    const view = await shown(read(call()));
    await grow(1_500);
    expect(flowOf(view).scrollTop).toBe(1_500 - VIEW);
  });

  it('is left by whoever unfolds a card there: its head stays where it is', async () => {
    const view = await shown(read(call()));
    await unfold(view);
    await grow(1_500);
    expect(flowOf(view).scrollTop).toBe(1_000 - VIEW);
    await grow(1_600);
    expect(flowOf(view).scrollTop).toBe(1_000 - VIEW);
  });

  it('is followed again when the card is folded', async () => {
    const view = await shown(read(call()));
    await unfold(view);
    await grow(1_500);
    await fold(view);
    await grow(1_000);
    await grow(1_100);
    expect(flowOf(view).scrollTop).toBe(1_100 - VIEW);
  });

  it('is followed again when what was unfolded leaves it in reach', async () => {
    const view = await shown(read(call()));
    await unfold(view);
    await grow(1_050);
    expect(flowOf(view).scrollTop).toBe(1_050 - VIEW);
    await grow(1_500);
    expect(flowOf(view).scrollTop).toBe(1_500 - VIEW);
  });
});

describe('a link to an entry', () => {
  const many = (turns: number): Script => {
    const script = new Script(100);
    for (let turn = 0; turn < turns; turn++) script.prompt(`p${turn}`, `Question ${turn}`).say(`Answer ${turn}`);
    return script;
  };

  async function opened(transcript: Transcript, seq: number): Promise<TranscriptView> {
    const view = await shown(emptyTranscript());
    view.transcript = transcript;
    view.showSeq(seq);
    await view.updateComplete;
    await view.updateComplete;
    return view;
  }

  it('calls nothing new of what was there when the session was opened', async () => {
    const view = await opened(read(many(3)), 105);
    expect(view.shadowRoot!.querySelector('.jump')).toBeNull();
  });

  it('leads there, however far from the end it is', async () => {
    const view = await opened(read(many(40)), 102);
    const seqs = [...view.shadowRoot!.querySelectorAll('transcript-entry')].map(({ item }) => (item.kind === 'entry' ? item.entry.seq : 0));
    expect(seqs).toContain(102);
  });
});
