/** Each part of administration has an address of its own. */
export type AdministrationTab = 'people' | 'projects' | 'tokens' | 'audit' | 'system';

/** Addresses and views. The address is the truth; Back does what one expects. */
export type Route =
  | { readonly view: 'inbox' }
  | { readonly view: 'sessions' }
  | { readonly view: 'session'; readonly id: string }
  | { readonly view: 'administration'; readonly tab: AdministrationTab }
  | { readonly view: 'account' }
  /** Where a one-time link leads; the token stands in the fragment, which no server sees. */
  | { readonly view: 'invitation' }
  | { readonly view: 'not-found'; readonly path: string };

export function routeOf(path: string): Route {
  const parts = path.split('/').filter((part) => part !== '');
  if (parts.length === 0 || (parts.length === 1 && parts[0] === 'sessions')) return { view: 'sessions' };
  if (parts.length === 1 && parts[0] === 'inbox') return { view: 'inbox' };
  if (parts.length === 1 && (parts[0] === 'account' || parts[0] === 'invitation')) return { view: parts[0] };
  if (parts[0] === 'administration' && parts.length === 1) return { view: 'administration', tab: 'people' };
  if (parts[0] === 'administration' && parts.length === 2 && (parts[1] === 'projects' || parts[1] === 'tokens' || parts[1] === 'audit' || parts[1] === 'system')) return { view: 'administration', tab: parts[1] };
  const id = parts[1];
  if (parts.length === 2 && parts[0] === 'sessions' && id !== undefined && /^[0-9A-Za-z-]{1,64}$/.test(id)) return { view: 'session', id };
  return { view: 'not-found', path };
}

export function pathOf(session: string): string {
  return `/sessions/${session}`;
}

/** Follows the address; the answer ends it. Plain clicks on links of this site change the view without loading the page. */
export class Router {
  private readonly listeners = new Set<(route: Route) => void>();

  get route(): Route {
    return routeOf(location.pathname);
  }

  start(listener: (route: Route) => void): () => void {
    const changed = () => listener(this.route);
    const clicked = (event: MouseEvent) => this.click(event);
    this.listeners.add(listener);
    window.addEventListener('popstate', changed);
    document.addEventListener('click', clicked);
    return () => {
      this.listeners.delete(listener);
      window.removeEventListener('popstate', changed);
      document.removeEventListener('click', clicked);
    };
  }

  go(path: string): void {
    if (path !== location.pathname + location.search + location.hash) history.pushState(null, '', path);
    for (const listener of [...this.listeners]) listener(this.route);
  }

  private click(event: MouseEvent): void {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const anchor = event.composedPath().find((part): part is HTMLAnchorElement => part instanceof HTMLAnchorElement && part.href !== '');
    if (!anchor || anchor.origin !== location.origin || anchor.target !== '' || anchor.hasAttribute('download')) return;
    if (anchor.pathname.startsWith('/api/') || anchor.pathname === location.pathname) return;
    event.preventDefault();
    this.go(anchor.pathname + anchor.search + anchor.hash);
  }
}
