import type { WireEvent } from '../api/types';

/** What a session's view draws, computed from its events alone. */
export interface Transcript {
  readonly events: readonly WireEvent[];
}

export function emptyTranscript(): Transcript {
  return { events: [] };
}

export function reduceTranscript(state: Transcript, event: WireEvent): Transcript {
  return { events: [...state.events, event] };
}
