import type { LitElement, ReactiveController } from 'lit';
import type { ConnectionState } from '../api/types';

/** What a view that reads what is in no stream has. */
interface Reader extends LitElement {
  readonly connection: ConnectionState;
}

/** Reads when the view is shown, when the person comes back to the tab, and when the connection is there again. */
export class Reading implements ReactiveController {
  private before: ConnectionState['kind'] | undefined;

  constructor(
    private readonly host: Reader,
    private readonly read: () => void,
  ) {
    host.addController(this);
  }

  hostConnected(): void {
    this.before = undefined;
    this.read();
    document.addEventListener('visibilitychange', this.cameBack);
  }

  hostDisconnected(): void {
    document.removeEventListener('visibilitychange', this.cameBack);
  }

  hostUpdate(): void {
    const { kind } = this.host.connection;
    if (this.before !== undefined && this.before !== 'live' && kind === 'live') this.read();
    this.before = kind;
  }

  private readonly cameBack = (): void => {
    if (document.visibilityState === 'visible') this.read();
  };
}
