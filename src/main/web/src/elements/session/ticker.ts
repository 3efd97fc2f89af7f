import type { ReactiveController, ReactiveControllerHost } from 'lit';
import { onTick } from '../../lib/ticker';

/** Draws its host anew each second while `wanted` says so. */
export class Ticker implements ReactiveController {
  private off: (() => void) | undefined;

  constructor(
    private readonly host: ReactiveControllerHost,
    private readonly wanted: () => boolean,
  ) {
    host.addController(this);
  }

  hostUpdated(): void {
    if (!this.wanted()) this.hostDisconnected();
    else this.off ??= onTick(() => this.host.requestUpdate());
  }

  hostDisconnected(): void {
    this.off?.();
    this.off = undefined;
  }
}
