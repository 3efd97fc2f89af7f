import { css, html, LitElement, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { Approval, ConnectionState, Processes, Project, Session, User } from '../api/types';
import { glyph, glyphSheet } from '../lib/glyphs';
import { icon } from '../lib/icons';
import { isPrivateNow, type OpenSession } from '../state/dashboard';
import { positionOf } from '../state/processes';
import { controls } from '../styles/shared';
import { viewSheet } from '../styles/view';
import './session/session-view';
import type { TrustApi } from './trust-review';

/** The page of one session: the view itself, or why there is none. Says `session-retry`. */
@customElement('session-page')
export class SessionPage extends LitElement {
  static override styles = [
    controls,
    glyphSheet,
    viewSheet,
    css`
      session-view { flex: 1 1 auto; min-height: 0; min-width: 0; }
      .lines { display: grid; gap: var(--sp-3); padding: var(--sp-6) var(--pad-x); max-width: var(--measure); width: 100%; margin-inline: auto; }
      .sk.tall { height: 3.5rem; border-radius: var(--r-lg); }
    `,
  ];

  @property({ attribute: false }) session: Session | undefined;
  @property({ attribute: false }) open: OpenSession | undefined;
  @property({ attribute: false }) approvals: readonly Approval[] = [];
  @property({ attribute: false }) connection: ConnectionState = { kind: 'connecting' };
  @property({ attribute: false }) viewer!: User;
  @property({ attribute: false }) project: Project | undefined;
  @property({ attribute: false }) trust: TrustApi | undefined;
  @property({ attribute: false }) processes: Processes | undefined;
  @property({ attribute: false }) answerProblems: ReadonlyMap<string, string> = new Map();

  override render(): TemplateResult {
    const { open, session } = this;
    if (open?.load.kind === 'failed' && (session === undefined || open.load.problem.status === 404)) return this.failed(open);
    if (open === undefined || session === undefined) return this.skeleton();
    return html`<session-view
      .session=${session}
      .transcript=${open.transcript}
      .drafts=${open.drafts}
      .approvals=${this.approvals}
      .connection=${this.connection}
      .pendingPrompts=${open.pending}
      .line=${open.line}
      .lineProblem=${open.lineProblem}
      .use=${this.processes?.live.find((use) => use.sessionId === session.id)}
      .position=${positionOf(session, this.processes)}
      .places=${this.processes && { live: this.processes.liveCount, limit: this.processes.limit }}
      .viewer=${this.viewer}
      .project=${this.project}
      .trust=${this.trust}
      .hasOlder=${open.hasOlder}
      .loading=${open.load.kind === 'loading' || open.loadingOlder}
      .failed=${open.load.kind === 'failed' ? open.load.problem.message : ''}
      .composerText=${open.composerText}
      .wantedSharing=${open.wantedSharing}
      .answerProblems=${this.answerProblems}
    ></session-view>`;
  }

  private skeleton(): TemplateResult {
    return html`<header class="bar"><h1 class="sr">Session</h1>${this.back()}</header>
      <div class="lines late" role="status"><span class="sr">The session is being loaded</span><span class="sk tall"></span><span class="sk"></span><span class="sk"></span><span class="sk tall"></span></div>`;
  }

  private failed(open: OpenSession): TemplateResult {
    if (open.load.kind !== 'failed') return html``;
    const { problem } = open.load;
    if (isPrivateNow(open)) return this.privateNow();
    const gone = problem.status === 404;
    return html`<header class="bar">${this.back()}<h1>Session</h1></header>
      <div class="scroll"><div class="empty" role="alert">
        ${glyph(gone ? 'stopped' : 'failed')}
        <h2>${gone ? 'No such session' : 'The session could not be loaded'}</h2>
        <p>${gone ? 'The address is mistyped, or its owner keeps the session private.' : `${problem.kind === 'offline' ? 'The server does not answer.' : problem.message} The session itself is not touched by this.`}</p>
        <div class="acts">
          ${gone
            ? html`<a class="btn primary" href="/">All sessions</a>`
            : html`<button class="btn primary" type="button" @click=${() => this.dispatchEvent(new CustomEvent('session-retry', { bubbles: true, composed: true }))}>Try again</button>`}
        </div>
        <p class="small">${problem.code}${problem.requestId === undefined ? '' : ` · request ${problem.requestId}`}</p>
      </div></div>`;
  }

  private privateNow(): TemplateResult {
    return html`<header class="bar">${this.back()}<h1>Session</h1></header>
      <div class="scroll"><div class="empty" role="status">
        ${glyph('parked')}
        <h2>This session is private now</h2>
        <p>Its owner no longer shares it. It goes on without you; ask its owner if you still need it. Should it be shared again, it comes back here by itself.</p>
        <div class="acts"><a class="btn primary" href="/">All sessions</a></div>
      </div></div>`;
  }

  private back(): TemplateResult {
    return html`<a class="btn ghost icon" href="/" aria-label="All sessions">${icon('arrow-left')}</a>`;
  }
}
