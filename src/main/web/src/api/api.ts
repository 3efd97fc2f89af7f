import type { Answer, Http } from './http';
import type {
  Account,
  ApiToken,
  Approval,
  AuditPage,
  AuditVerification,
  Backups,
  EventPage,
  FigurePage,
  Health,
  Invitation,
  JsonObject,
  Limit,
  LogLevel,
  LogLevelName,
  LogLine,
  OpenPrompts,
  PermissionUpdate,
  Processes,
  Project,
  Retention,
  Role,
  Session,
  Sharing,
  SignedIn,
  SystemFacts,
  Trust,
} from './types';

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

  signOutEverywhere(): Promise<Answer<void>> {
    return this.http.delete('/auth/sign-ins');
  }

  /** The token is what the link carries; whoever has it chooses the password and is signed in. */
  async acceptInvitation(token: string, password: string): Promise<Answer<SignedIn>> {
    return this.keep(await this.http.once<SignedIn>('POST', '/auth/invitations', { token, password }));
  }

  // ---- people ----

  users(): Promise<Answer<{ users: Account[]; seq: number }>> {
    return this.http.get('/users');
  }

  invite(name: string, role: Role): Promise<Answer<{ user: Account; invitation: Invitation }>> {
    return this.http.post('/users', { name, role });
  }

  inviteAgain(userId: string): Promise<Answer<Invitation>> {
    return this.http.post(`${userAt(userId)}/invitations`);
  }

  changeUser(userId: string, change: { role: Role } | { disabled: boolean }): Promise<Answer<Account>> {
    return this.http.patch(userAt(userId), change);
  }

  signOutUser(userId: string): Promise<Answer<void>> {
    return this.http.delete(`${userAt(userId)}/sign-ins`);
  }

  // ---- API tokens ----

  tokens(): Promise<Answer<{ tokens: ApiToken[] }>> {
    return this.http.get('/tokens');
  }

  /** Everybody's; for administrators. */
  allTokens(): Promise<Answer<{ tokens: ApiToken[] }>> {
    return this.http.get('/tokens?all=true');
  }

  issueToken(wish: { name: string; role: Role; expiresInDays: number }): Promise<Answer<{ token: ApiToken; secret: string }>> {
    return this.http.post('/tokens', wish);
  }

  revokeToken(tokenId: string): Promise<Answer<void>> {
    return this.http.delete(`/tokens/${encodeURIComponent(tokenId)}`);
  }

  // ---- audit ----

  audit(filter: AuditFilter, before?: number): Promise<Answer<AuditPage>> {
    const query = new URLSearchParams();
    if (before !== undefined) query.set('before', String(before));
    for (const [name, value] of Object.entries(filter)) if (value !== '') query.set(name, value);
    const text = query.toString();
    return this.http.get(`/audit${text === '' ? '' : `?${text}`}`);
  }

  auditVerification(): Promise<Answer<AuditVerification>> {
    return this.http.get('/audit/verification');
  }

  // ---- the server itself ----

  system(): Promise<Answer<SystemFacts>> {
    return this.http.get('/system');
  }

  health(): Promise<Answer<Health>> {
    return this.http.get('/system/health');
  }

  /** @param after the time of the newest sample that is known; all without one */
  figures(after?: string): Promise<Answer<FigurePage>> {
    return this.http.get(`/system/figures${after === undefined ? '' : `?after=${Date.parse(after)}`}`);
  }

  limits(): Promise<Answer<{ limits: Limit[] }>> {
    return this.http.get('/system/limits');
  }

  /** Newest first. */
  recentErrors(): Promise<Answer<{ lines: LogLine[] }>> {
    return this.http.get('/system/errors');
  }

  /** One page, as Markdown. @param name without its ending */
  runbook(name: string): Promise<Answer<{ name: string; text: string }>> {
    return this.http.get(`/system/runbooks/${encodeURIComponent(name)}`);
  }

  /** The configured level is back at once; any other one for so many minutes. */
  setLogLevel(level: LogLevelName, minutes: number): Promise<Answer<LogLevel>> {
    return this.http.put('/system/log-level', { level, minutes });
  }

  backups(): Promise<Answer<Backups>> {
    return this.http.get('/backups');
  }

  /** The same id again asks for nothing more. */
  requestBackup(backupId: string): Promise<Answer<{ backupId: string; seq: number }>> {
    return this.http.post('/backups', { backupId });
  }

  // ---- projects and sessions ----

  projects(): Promise<Answer<{ projects: Project[]; roots: string[]; seq: number }>> {
    return this.http.get('/projects');
  }

  addProject(path: string): Promise<Answer<Project>> {
    return this.http.post('/projects', { path });
  }

  trust(projectId: string): Promise<Answer<Trust>> {
    return this.http.get(trustAt(projectId));
  }

  /** @param fingerprint of what was shown; refused with `trust-outdated` when that is not what is there */
  trustProject(projectId: string, fingerprint: string): Promise<Answer<Trust>> {
    return this.http.put(trustAt(projectId), { fingerprint });
  }

  withdrawTrust(projectId: string): Promise<Answer<void>> {
    return this.http.delete(trustAt(projectId));
  }

  /** @param days with them, what they would mean now is told too */
  retention(projectId: string, days?: number): Promise<Answer<Retention>> {
    return this.http.get(`${retentionAt(projectId)}${days === undefined ? '' : `?days=${days}`}`);
  }

  /** @param retentionDays null for ever */
  setRetention(projectId: string, retentionDays: number | null): Promise<Answer<Retention>> {
    return this.http.put(retentionAt(projectId), { retentionDays });
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

  share(id: string, sharing: Sharing): Promise<Answer<Session>> {
    return this.http.put(`${at(id)}/sharing`, { sharing });
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
  /** Absent: as the server is set up. */
  readonly sharing?: Sharing;
}

/** Empty members ask for all. */
export interface AuditFilter {
  readonly person: string;
  readonly action: string;
  readonly session: string;
}

/** What the audit as a whole is saved under: a browser's own download. */
export const AUDIT_EXPORT = '/api/v1/audit/export';

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

function retentionAt(projectId: string): string {
  return `/projects/${encodeURIComponent(projectId)}/retention`;
}

function trustAt(projectId: string): string {
  return `/projects/${encodeURIComponent(projectId)}/trust`;
}

function at(sessionId: string): string {
  return `/sessions/${encodeURIComponent(sessionId)}`;
}

function userAt(userId: string): string {
  return `/users/${encodeURIComponent(userId)}`;
}

function promptAt(sessionId: string, promptId: string): string {
  return `${at(sessionId)}/prompts/${encodeURIComponent(promptId)}`;
}
