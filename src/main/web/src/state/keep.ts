import type { PendingPrompt } from '../api/types';

/** The words of a session that was not started yet. */
export interface NewSessionText {
  readonly title: string;
  readonly prompt: string;
}

export const NO_TEXT: NewSessionText = { title: '', prompt: '' };

/**
 * What a person typed and the server does not have yet: text in composers, and prompts on their way. Kept for this tab only,
 * so that a reload loses nothing and nobody else on the machine finds it later.
 */
export class Keep {
  constructor(private readonly storage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem' | 'clear'> | undefined = sessionStore()) {}

  /** What somebody else left in this tab is nobody's: sent on, it would go in the name of whoever came after them. */
  belongTo(userId: string): void {
    if (this.read('owner') === userId) return;
    this.clear();
    this.write('owner', userId);
  }

  text(sessionId: string): string {
    return this.read(`text.${sessionId}`) ?? '';
  }

  setText(sessionId: string, text: string): void {
    this.write(`text.${sessionId}`, text === '' ? undefined : text);
  }

  newSession(): NewSessionText {
    try {
      return { ...NO_TEXT, ...(JSON.parse(this.read('new-session') ?? '{}') as Partial<NewSessionText>) };
    } catch {
      return NO_TEXT;
    }
  }

  setNewSession(text: NewSessionText): void {
    this.write('new-session', text.title === '' && text.prompt === '' ? undefined : JSON.stringify(text));
  }

  /** What was being sent when the page went away is sent again with its id, which runs nothing twice. */
  prompts(sessionId: string): PendingPrompt[] {
    try {
      const kept = JSON.parse(this.read(`prompts.${sessionId}`) ?? '[]') as PendingPrompt[];
      return kept.map((prompt) => (prompt.state === 'sending' ? { ...prompt, state: 'waiting' } : prompt));
    } catch {
      return [];
    }
  }

  setPrompts(sessionId: string, prompts: readonly PendingPrompt[]): void {
    this.write(`prompts.${sessionId}`, prompts.length === 0 ? undefined : JSON.stringify(prompts));
  }

  clear(): void {
    this.storage?.clear();
  }

  private read(name: string): string | null {
    return this.storage?.getItem(`dashboard.${name}`) ?? null;
  }

  private write(name: string, value: string | undefined): void {
    try {
      if (value === undefined) this.storage?.removeItem(`dashboard.${name}`);
      else this.storage?.setItem(`dashboard.${name}`, value);
    } catch {
      // The storage is full: the text stands on the screen still, it only does not survive a reload.
      this.storage?.removeItem(`dashboard.${name}`);
    }
  }
}

function sessionStore(): Storage | undefined {
  try {
    return globalThis.sessionStorage;
  } catch {
    return undefined;
  }
}
