/**
 * The event stream: one EventSource that resumes by number.
 *
 * Owns the connection's state. EventSource's own reconnection is not used: it cannot renew a sign-in, says nothing of the
 * wait, and after an HTTP error gives up for good. Events come out in order and once, whatever the connection does.
 */
import type { ConnectionState, Draft, WireEvent } from '../api/types';

export interface StreamParts {
  readonly open: (url: string) => EventSource;
  readonly now: () => number;
  readonly setTimer: (work: () => void, ms: number) => number;
  readonly clearTimer: (timer: number) => void;
  readonly random: () => number;
  /** Makes sure that the sign-in is good before the next attempt. */
  readonly renew: () => Promise<'renewed' | 'signed-out' | 'offline'>;
}

export interface StreamListener {
  event(event: WireEvent): void;
  draft(draft: Draft): void;
  state(state: ConnectionState): void;
}

/** The server's beat comes each 15 s; two that are missing and a little more mean that nobody is there. */
const SILENCE_MS = 40_000;
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 30_000;
/** A server that said that it restarts is back after a few attempts, or something else is wrong. */
const RESTART_ATTEMPTS = 3;

export class EventStream {
  private source: EventSource | undefined;
  private silence: number | undefined;
  private retry: number | undefined;
  private failures = 0;
  private shown = 0;
  private lastTruth = 0;
  private draining = false;
  private stopping = false;
  private running = false;
  /** Changes with each attempt, so that what an earlier one still says is not heard. */
  private attempt = 0;
  private state: ConnectionState = { kind: 'connecting' };

  constructor(
    private readonly parts: StreamParts,
    private readonly listener: StreamListener,
    private seq = 0,
  ) {}

  get position(): number {
    return this.seq;
  }

  get connection(): ConnectionState {
    return this.state;
  }

  /** Begins after this number; on a running stream only a smaller one matters, and reads again from there. */
  start(after: number): void {
    if (this.running && after >= this.seq) return;
    this.running = true;
    this.seq = after;
    this.shown = Math.max(this.shown, after);
    this.lastTruth ||= this.parts.now();
    this.connect();
  }

  stop(): void {
    this.running = false;
    this.drop();
    this.cancelRetry();
  }

  /** A person, or the browser's `online` event, does not want to wait for the countdown. */
  retryNow(): void {
    if (!this.running || this.state.kind === 'live') return;
    this.cancelRetry();
    this.connect();
  }

  /** The server answered a request, so it is there: an attempt that waits need not. One that is under way goes on. */
  serverAnswered(): void {
    if (this.retry !== undefined) this.retryNow();
  }

  private connect(): void {
    this.drop();
    this.cancelRetry();
    const mine = ++this.attempt;
    // Another server may answer, or the same one says it again.
    this.stopping = false;
    const source = this.parts.open(`/api/v1/events?after=${this.seq}`);
    this.source = source;
    const heard = (work: (message: MessageEvent<string>) => void) => (message: Event) => {
      if (mine !== this.attempt) return;
      this.alive();
      work(message as MessageEvent<string>);
    };
    source.onopen = heard(() => undefined);
    source.addEventListener('event', heard((message) => this.take(JSON.parse(message.data) as WireEvent)));
    source.addEventListener('draft', heard((message) => this.listener.draft(JSON.parse(message.data) as Draft)));
    source.addEventListener('beat', heard((message) => this.beat((JSON.parse(message.data) as { seq: number }).seq)));
    source.addEventListener('draining', heard(() => this.announced()));
    source.addEventListener('bye', (message) => {
      if (mine === this.attempt) this.bye((JSON.parse((message as MessageEvent<string>).data) as { reason: string }).reason);
    });
    source.onerror = () => {
      if (mine === this.attempt) this.lost();
    };
    this.watchSilence();
  }

  private take(event: WireEvent): void {
    if (event.seq <= this.seq) return;
    this.seq = event.seq;
    this.shown = Math.max(this.shown, event.seq);
    this.listener.event(event);
    this.tell(this.live());
  }

  /** The beat's number is for people. Only an event that was heard moves the place to resume from. */
  private beat(seq: number): void {
    this.shown = Math.max(this.shown, seq);
    this.tell(this.live());
  }

  private alive(): void {
    this.failures = 0;
    this.draining = false;
    this.lastTruth = this.parts.now();
    this.watchSilence();
    if (this.state.kind !== 'live') this.tell(this.live());
  }

  private live(): ConnectionState {
    return { kind: 'live', seq: this.shown, ...(this.stopping ? { stopping: true } : {}) };
  }

  /** It goes on until the farewell: turns that run may end. */
  private announced(): void {
    this.stopping = true;
    this.tell(this.live());
  }

  private bye(reason: string): void {
    this.draining = reason === 'draining';
    this.drop();
    if (this.draining) this.wait();
    // An expired sign-in is the ordinary end of a stream: renew and go on, without a word to anybody.
    else void this.renewThenConnect();
  }

  private lost(): void {
    this.drop();
    this.wait();
  }

  private async renewThenConnect(): Promise<void> {
    const mine = this.attempt;
    const outcome = await this.parts.renew();
    if (!this.running || mine !== this.attempt) return;
    if (outcome === 'renewed') this.connect();
    else if (outcome === 'offline') this.wait();
    else this.stop();
  }

  /** Growing pauses with some chance in them, so that a thousand browsers do not come back at the same moment. */
  private wait(): void {
    if (!this.running) return;
    const longest = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(this.failures, 10));
    const pause = Math.round(longest * (0.75 + this.parts.random() * 0.25));
    if (this.failures >= RESTART_ATTEMPTS) this.draining = false;
    this.failures++;
    const retryAt = this.parts.now() + pause;
    this.tell({ kind: this.draining ? 'draining' : 'offline', seq: this.shown, since: this.lastTruth, retryAt });
    this.cancelRetry();
    // The stream does not say why it was refused, so each new attempt begins with the sign-in.
    this.retry = this.parts.setTimer(() => void this.renewThenConnect(), pause);
  }

  private watchSilence(): void {
    if (this.silence !== undefined) this.parts.clearTimer(this.silence);
    this.silence = this.parts.setTimer(() => this.lost(), SILENCE_MS);
  }

  private drop(): void {
    this.attempt++;
    this.source?.close();
    this.source = undefined;
    if (this.silence !== undefined) this.parts.clearTimer(this.silence);
    this.silence = undefined;
  }

  private cancelRetry(): void {
    if (this.retry !== undefined) this.parts.clearTimer(this.retry);
    this.retry = undefined;
  }

  private tell(state: ConnectionState): void {
    this.state = state;
    this.listener.state(state);
  }
}
