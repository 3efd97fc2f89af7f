import type { LitElement, ReactiveController } from 'lit';
import type { ConnectionState } from '../api/types';

/** What a view that asks again and again has. */
interface Poller extends LitElement {
  readonly connection: ConnectionState;
}

/**
 * Asks again and again while the view is shown and the tab is seen: never twice at once, at once when the person comes back to the tab
 * or the connection is there again, and not at all while nobody looks.
 */
export class Polling implements ReactiveController {
  private timer: ReturnType<typeof setTimeout> | undefined;
  private shown = false;
  private asking = false;
  private again = false;
  private before: ConnectionState['kind'] | undefined;

  constructor(
    private readonly host: Poller,
    private readonly ask: () => Promise<void>,
    private readonly everyMs: number,
  ) {
    host.addController(this);
  }

  hostConnected(): void {
    this.shown = true;
    this.before = undefined;
    document.addEventListener('visibilitychange', this.seenOrNot);
    // Properties are there only after the first update.
    void this.host.updateComplete.then(() => this.now());
  }

  hostDisconnected(): void {
    this.shown = false;
    clearTimeout(this.timer);
    document.removeEventListener('visibilitychange', this.seenOrNot);
  }

  hostUpdate(): void {
    const { kind } = this.host.connection;
    if (this.before !== undefined && this.before !== 'live' && kind === 'live') this.now();
    this.before = kind;
  }

  /** Asks now; while an answer is awaited, once more after it. */
  now(): void {
    if (!this.active()) return;
    clearTimeout(this.timer);
    if (this.asking) this.again = true;
    else void this.run();
  }

  private async run(): Promise<void> {
    this.asking = true;
    do {
      this.again = false;
      await this.ask();
    } while (this.again && this.active());
    this.asking = false;
    if (this.active()) this.timer = setTimeout(() => void this.run(), this.everyMs);
  }

  private active(): boolean {
    return this.shown && document.visibilityState !== 'hidden';
  }

  private readonly seenOrNot = (): void => {
    if (this.active()) this.now();
    else clearTimeout(this.timer);
  };
}
