import type { Answer, Http } from './http';
import type { Approval, EventPage, JsonObject, OpenPrompts, PermissionUpdate, Processes, Project, Session, SignedIn } from './types';

/** Every request the browser makes, by name. Ids for writes that may be retried are made by the caller. */
export class Api {
  constructor(private readonly http: Http) {}

  async signIn(username: string, password: string): Promise<Answer<SignedIn>> {
    return this.keep(await this.http.once<SignedIn>('POST', '/auth/login', { username, password }));
  }

  async me(): Promise<Answer<SignedIn>> {
    return this.keep(await this.http.get<SignedIn>('/auth/me'));
  }

  signOut(): Promise<Answer<void>> {
    return this.http.post('/auth/logout');
  }

  async changePassword(currentPassword: string, newPassword: string): Promise<Answer<SignedIn>> {
    return this.keep(await this.http.put<SignedIn>('/auth/password', { currentPassword, newPassword }));
  }

  projects(): Promise<Answer<{ projects: Project[]; roots: string[]; seq: number }>> {
    return this.http.get('/projects');
  }

  addProject(path: string): Promise<Answer<Project>> {
    return this.http.post('/projects', { path });
  }

  sessions(after?: string): Promise<Answer<{ sessions: Session[]; seq: number; next?: string | null }>> {
    return this.http.get(`/sessions?limit=200${after === undefined ? '' : `&after=${encodeURIComponent(after)}`}`);
  }

  createSession(wish: NewSession): Promise<Answer<Session>> {
    return this.http.post('/sessions', wish);
  }

  session(id: string): Promise<Answer<Session>> {
    return this.http.get(at(id));
  }

  /** The newest `limit` events of a session that are older than `before`, ascending. */
  eventsBefore(id: string, before: number, limit: number): Promise<Answer<EventPage>> {
    return this.http.get(`${at(id)}/events?before=${before}&limit=${limit}`);
  }

  /** @param now it cuts the running turn and runs next */
  sendPrompt(id: string, promptId: string, text: string, now = false): Promise<Answer<{ seq: number; promptId: string }>> {
    return this.http.post(`${at(id)}/prompts`, { promptId, text, ...(now ? { now } : {}) });
  }

  deliverAgain(id: string, promptId: string): Promise<Answer<{ seq: number }>> {
    return this.http.post(`${promptAt(id, promptId)}/deliveries`);
  }

  openPrompts(id: string): Promise<Answer<OpenPrompts>> {
    return this.http.get(`${at(id)}/prompts`);
  }

  changePrompt(id: string, promptId: string, change: PromptChange): Promise<Answer<{ seq: number }>> {
    return this.http.patch(promptAt(id, promptId), change);
  }

  removePrompt(id: string, promptId: string): Promise<Answer<{ seq: number }>> {
    return this.http.delete(promptAt(id, promptId));
  }

  processes(): Promise<Answer<Processes>> {
    return this.http.get('/processes');
  }

  interrupt(id: string): Promise<Answer<{ seq: number }>> {
    return this.http.post(`${at(id)}/interruptions`);
  }

  stop(id: string): Promise<Answer<{ seq: number }>> {
    return this.http.post(`${at(id)}/stops`);
  }

  resume(id: string): Promise<Answer<{ seq: number }>> {
    return this.http.post(`${at(id)}/resumptions`);
  }

  /** @param after the `next` of the page before */
  pendingApprovals(after: number): Promise<Answer<{ approvals: Approval[]; seq: number; next: number | null }>> {
    return this.http.get(`/approvals?state=pending&after=${after}`);
  }

  /** What waits in one session; what was decided stands in its events. */
  pendingApprovalsOf(sessionId: string): Promise<Answer<{ approvals: Approval[] }>> {
    return this.http.get(`/approvals?state=pending&session=${encodeURIComponent(sessionId)}`);
  }

  approval(approvalId: string): Promise<Answer<Approval>> {
    return this.http.get(`/approvals/${encodeURIComponent(approvalId)}`);
  }

  decide(approvalId: string, decision: Decision): Promise<Answer<Approval>> {
    return this.http.put(`/approvals/${encodeURIComponent(approvalId)}/decision`, decision);
  }

  private keep(answer: Answer<SignedIn>): Answer<SignedIn> {
    if (answer.ok) this.http.signedIn(answer.value.user.id, answer.value.csrfToken);
    return answer;
  }
}

export interface NewSession {
  readonly projectId: string;
  readonly title?: string;
  readonly model?: string;
  readonly permissionMode?: string;
}

/** What may be changed about a prompt that waits. */
export interface PromptChange {
  readonly text?: string;
  /** Its place among those that wait; 0 runs next. */
  readonly position?: number;
  /** It cuts the running turn and runs next. */
  readonly now?: true;
}

export interface Decision {
  readonly decision: 'allow' | 'deny';
  readonly reason?: string;
  readonly input?: JsonObject;
  readonly answers?: JsonObject;
  readonly remember?: readonly PermissionUpdate[];
}

function at(sessionId: string): string {
  return `/sessions/${encodeURIComponent(sessionId)}`;
}

function promptAt(sessionId: string, promptId: string): string {
  return `${at(sessionId)}/prompts/${encodeURIComponent(promptId)}`;
}
