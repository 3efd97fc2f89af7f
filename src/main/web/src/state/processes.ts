/** The live figures of all processes, asked for again and again while somebody can see them. One for the whole tab. */
import type { Answer } from '../api/http';
import type { Processes, Session, SessionState } from '../api/types';

const EVERY_MS = 5_000;
/** After a refusal: the figures are not worth more than that. */
const REST_MS = 30_000;

export class ProcessWatch {
  private wanted = false;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private asking = false;

  /** @param tell gets the newest figures, or nothing when they are not known */
  constructor(
    private readonly read: () => Promise<Answer<Processes>>,
    private readonly tell: (processes: Processes | undefined) => void,
  ) {
    document.addEventListener('visibilitychange', () => this.arrange());
  }

  /** Whether anything on the screen shows the figures. */
  want(wanted: boolean): void {
    if (wanted === this.wanted) return;
    this.wanted = wanted;
    if (!wanted) this.tell(undefined);
    this.arrange();
  }

  private arrange(): void {
    const active = this.wanted && document.visibilityState !== 'hidden';
    if (!active) {
      clearTimeout(this.timer);
      this.timer = undefined;
    } else if (this.timer === undefined && !this.asking) void this.ask();
  }

  private async ask(): Promise<void> {
    this.timer = undefined;
    this.asking = true;
    const answer = await this.read();
    this.asking = false;
    if (!this.wanted) return;
    this.tell(answer.ok ? answer.value : undefined);
    if (document.visibilityState === 'hidden') return;
    this.timer = setTimeout(() => void this.ask(), answer.ok ? EVERY_MS : REST_MS);
  }
}

const WITH_PROCESS: ReadonlySet<SessionState> = new Set(['starting', 'idle', 'working', 'asking', 'queued']);

/** Whether the session has a process, or waits for one. */
export function hasProcess(session: Session): boolean {
  return WITH_PROCESS.has(session.state);
}

/** Its place in the line, from 1: the figures are newer than the session's own picture, since others leave the line. */
export function positionOf(session: Session, processes: Processes | undefined): number | undefined {
  if (session.state !== 'queued') return undefined;
  return processes?.queue.find((waiting) => waiting.sessionId === session.id)?.position ?? session.queuePosition;
}
