/** This tab's end of the stream: the shared worker where the browser has one, else a hub of its own. */
import { Hub, type FromHub, type Member, type ToHub } from './hub';

export interface Link {
  send(message: ToHub): void;
}

export function openLink(heard: (message: FromHub) => void): Link {
  return 'SharedWorker' in window ? sharedLink(heard) : ownLink(heard);
}

function sharedLink(heard: (message: FromHub) => void): Link {
  const worker = new SharedWorker(new URL('./stream-worker.ts', import.meta.url), { type: 'module', name: 'events' });
  let fallback: Link | undefined;
  const sent: ToHub[] = [];
  worker.port.onmessage = (message: MessageEvent<FromHub>) => heard(message.data);
  // A browser that knows shared workers but not module ones tells only by this.
  worker.onerror = () => {
    if (fallback) return;
    fallback = ownLink(heard);
    for (const message of sent.splice(0)) fallback.send(message);
  };
  return {
    send(message) {
      if (fallback) {
        fallback.send(message);
        return;
      }
      if (message.kind === 'join' || message.kind === 'leave') sent.splice(0, sent.length, message);
      worker.port.postMessage(message);
    },
  };
}

function ownLink(heard: (message: FromHub) => void): Link {
  const hub = new Hub({
    open: (url) => new EventSource(url),
    now: () => Date.now(),
    setTimer: (work, ms) => window.setTimeout(work, ms),
    clearTimer: (timer) => window.clearTimeout(timer),
    random: () => Math.random(),
  });
  const member: Member = { send: heard };
  return { send: (message) => hub.hear(member, message) };
}
