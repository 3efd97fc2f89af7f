/** The shared worker: one event stream for all tabs of this browser, since HTTP/1.1 allows six connections in all. */
import { Hub, type Member, type ToHub } from './hub';

interface ConnectScope {
  onconnect: ((event: MessageEvent) => void) | null;
}

const hub = new Hub({
  open: (url) => new EventSource(url),
  now: () => Date.now(),
  setTimer: (work, ms) => Number(setTimeout(work, ms)),
  clearTimer: (timer) => clearTimeout(timer),
  random: () => Math.random(),
});

(globalThis as unknown as ConnectScope).onconnect = (event) => {
  const port = event.ports[0];
  if (!port) return;
  const member: Member = { send: (message) => port.postMessage(message) };
  port.onmessage = (message: MessageEvent<ToHub>) => hub.hear(member, message.data);
};
