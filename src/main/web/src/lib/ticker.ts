/**
 * One timer for everything that shows how long ago something was. It runs only while somebody listens and the tab is seen.
 */
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;

export function onTick(listener: () => void): () => void {
  listeners.add(listener);
  adjust();
  return () => {
    listeners.delete(listener);
    adjust();
  };
}

function adjust(): void {
  const wanted = listeners.size > 0 && document.visibilityState !== 'hidden';
  if (wanted && timer === undefined) timer = setInterval(tick, 1000);
  if (!wanted && timer !== undefined) {
    clearInterval(timer);
    timer = undefined;
  }
}

function tick(): void {
  for (const listener of [...listeners]) listener();
}

document.addEventListener('visibilitychange', () => {
  adjust();
  if (document.visibilityState !== 'hidden') tick();
});
