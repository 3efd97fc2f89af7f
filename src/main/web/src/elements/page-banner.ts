import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { ConnectionState, ServerInfo } from '../api/types';
import { clock, duration } from '../lib/format';
import { icon, type IconName } from '../lib/icons';
import { onTick } from '../lib/ticker';
import { controls } from '../styles/shared';

/** One line over the view about what is true of the whole server; pushes the view down and covers nothing. Says `retry-now`. */
@customElement('page-banner')
export class PageBanner extends LitElement {
  static override styles = [
    controls,
    css`
      :host { display: block; flex: none; }
      .banner { display: flex; align-items: center; gap: var(--sp-2); min-height: 2.25rem; padding: var(--sp-1) var(--pad-x); border-block-end: 1px solid var(--line); background: var(--bg); color: var(--text-2); }
      .banner p { min-width: 0; overflow-wrap: anywhere; }
      .calm { min-height: 1.75rem; padding-block: 2px; font-size: var(--text-sm); }
      .calm p { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
      .calm .i { width: 0.875rem; height: 0.875rem; }
      .banner b { color: var(--text); font-weight: var(--weight-strong); }
      .banner.loud { background: var(--ink); color: var(--on-ink); border-color: var(--ink); }
      .banner.loud b { color: inherit; }
      .banner.bad { background: var(--fail-tint); border-color: var(--fail-line); color: var(--text); }
      .banner.bad .i, .banner.bad b { color: var(--fail-text); }
      .loud .btn { background: none; border-color: color-mix(in srgb, currentColor 35%, transparent); color: inherit; }
      .loud :focus-visible { outline-color: currentColor; }
      .num { font-variant-numeric: tabular-nums; }
    `,
  ];

  @property({ attribute: false }) connection: ConnectionState = { kind: 'connecting' };
  @property({ attribute: false }) server: ServerInfo | undefined;
  private stopTicking: (() => void) | undefined;

  override updated(): void {
    const counts = this.connection.kind === 'offline' || this.connection.kind === 'draining';
    if (counts && !this.stopTicking) this.stopTicking = onTick(() => this.requestUpdate());
    if (!counts) this.rest();
  }

  override disconnectedCallback(): void {
    this.rest();
    super.disconnectedCallback();
  }

  private rest(): void {
    this.stopTicking?.();
    this.stopTicking = undefined;
  }

  override render(): TemplateResult {
    return html`${this.connectionLine()}${this.serverLine()}`;
  }

  private connectionLine(): TemplateResult | typeof nothing {
    const { connection } = this;
    if (connection.kind === 'live' && connection.stopping) {
      return html`<div class="banner">
        ${icon('refresh-cw')}
        <p><b role="status">The server is about to restart.</b> Turns that run may end first; new prompts are taken when it is back.</p>
      </div>`;
    }
    if (connection.kind !== 'offline' && connection.kind !== 'draining') return nothing;
    const left = Math.max(0, connection.retryAt - Date.now());
    const wait = left < 1000 ? 'Trying again now' : `Trying again in ${duration(left)}`;
    const draining = connection.kind === 'draining';
    return html`<div class="banner loud">
      ${icon(draining ? 'refresh-cw' : 'wifi-off')}
      <p class="num">
        <b role="status">${draining ? 'The server is restarting.' : 'Connection lost.'}</b>
        What you see is from ${clock(connection.since)}. ${wait}; ${draining ? 'running turns are ended in good order first.' : 'sessions go on without you.'}
      </p>
      <span class="push"></span>
      <button class="btn sm" type="button" @click=${() => this.dispatchEvent(new CustomEvent('retry-now', { bubbles: true, composed: true }))}>Try now</button>
    </div>`;
  }

  private serverLine(): TemplateResult | typeof nothing {
    const { server } = this;
    if (!server) return nothing;
    const [kind, sign, title, words] = serverWords(server);
    return title === '' ? nothing : html`<div class="banner ${kind}">${icon(sign)}<p><b>${title}</b> ${words}</p></div>`;
  }
}

/** The gravest thing only: one line is read, three are not. */
function serverWords({ cli, credential, modelAccess, demo }: ServerInfo): [string, IconName, string, string] {
  if (cli.state === 'missing') return ['bad', 'triangle-alert', 'Claude CLI not found.', `Nothing can start. ${cli.message ?? 'Install it or set cli.path, then restart the server.'}`];
  if (cli.state === 'not-executable') return ['bad', 'triangle-alert', 'Claude CLI cannot be run.', `Nothing can start. ${cli.message ?? 'Make the file executable for the server’s user.'}`];
  if (cli.state === 'broken') return ['bad', 'triangle-alert', 'Claude CLI does not work.', `Nothing can start. ${cli.message ?? 'It did not say its version. Install it again, then restart the server.'}`];
  if (cli.state === 'runner-away') return ['bad', 'triangle-alert', 'The runner does not answer.', `Nothing can start; sessions that it has go on without us. ${cli.message ?? 'Start it again.'}`];
  if (credential === 'none') {
    return ['bad', 'triangle-alert', 'No credential for the model.', 'Turns will fail. An administrator can put the key into the secret file anthropic_api_key, then restart the server.'];
  }
  if (demo) return ['calm', 'info', 'Demo.', 'A scripted model answers. Try “fix the failing test”, or “help”.'];
  if (modelAccess === 'cli') {
    return credential === 'oauth-token'
      ? ['', 'info', 'Commands that the model runs can read the subscription token.', 'Allow only what you would run yourself. An API key in the secret file anthropic_api_key stays with the server.']
      : ['', 'info', 'Commands that the model runs can read the API key.', 'The gateway is off (gateway.enabled). Allow only what you would run yourself.'];
  }
  if (cli.state === 'other-version') {
    return ['', 'info', 'The Claude CLI is of another version.', cli.message ?? `It says ${cli.version ?? 'nothing'}; this dashboard was tested with another one. Most things will work.`];
  }
  return ['', 'info', '', ''];
}
