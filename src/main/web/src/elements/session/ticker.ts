import type { ReactiveController, ReactiveControllerHost } from 'lit';

const hosts = new Set<ReactiveControllerHost>();
let timer = 0;

function tick(): void {
  if (document.hidden) return;
  for (const host of hosts) host.requestUpdate();
}

/** Draws its host anew each second while `wanted` says so. One timer serves all; it rests when the page is hidden. */
export class Ticker implements ReactiveController {
  constructor(
    private readonly host: ReactiveControllerHost,
    private readonly wanted: () => boolean,
  ) {
    host.addController(this);
  }

  hostUpdated(): void {
    if (this.wanted()) hosts.add(this.host);
    else hosts.delete(this.host);
    arrange();
  }

  hostDisconnected(): void {
    hosts.delete(this.host);
    arrange();
  }
}

function arrange(): void {
  if (hosts.size && !timer) timer = window.setInterval(tick, 1000);
  if (hosts.size || !timer) return;
  window.clearInterval(timer);
  timer = 0;
}
