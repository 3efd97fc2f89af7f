import { html, LitElement, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { Approval, ConnectionState, Draft, PendingPrompt, Session, User } from '../../api/types';
import { controls } from '../../styles/shared';
import { emptyTranscript, type Transcript } from '../../transcript/reduce';

@customElement('session-view')
export class SessionView extends LitElement {
  static override styles = [controls];

  @property({ attribute: false }) session!: Session;
  @property({ attribute: false }) transcript: Transcript = emptyTranscript();
  @property({ attribute: false }) drafts: readonly Draft[] = [];
  @property({ attribute: false }) approvals: readonly Approval[] = [];
  @property({ attribute: false }) connection: ConnectionState = { kind: 'connecting' };
  @property({ attribute: false }) pendingPrompts: readonly PendingPrompt[] = [];
  @property({ attribute: false }) viewer!: User;
  @property({ type: Boolean }) hasOlder = false;
  @property({ type: Boolean }) loading = false;
  /** What went wrong while the transcript was loaded, for people; empty when nothing did. */
  @property() failed = '';
  /** Text kept for this session's composer; say `composer-text {text}` whenever it changes. */
  @property() composerText = '';

  override render(): TemplateResult {
    return html`<pre tabindex="0">${JSON.stringify(this.transcript.events, null, 1)}</pre>`;
  }
}
