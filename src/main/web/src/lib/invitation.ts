/** What a one-time link carries in its fragment, which browsers send to no server: `#TOKEN.NAME`, the name percent-encoded. */
export interface InvitationLink {
  readonly token: string;
  readonly name: string;
}

export function invitationOf(fragment: string): InvitationLink | undefined {
  const text = fragment.replace(/^#/, '');
  const dot = text.indexOf('.');
  const token = dot < 0 ? text : text.slice(0, dot);
  if (!/^[A-Za-z0-9_-]{16,200}$/.test(token)) return undefined;
  return { token, name: dot < 0 ? '' : decoded(text.slice(dot + 1)) };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}

/** Takes the link out of the address at once, so that it stands in no history, no title and no picture of the screen. */
export function takeInvitation(): InvitationLink | undefined {
  if (location.pathname !== '/invitation' || location.hash === '') return undefined;
  const link = invitationOf(location.hash);
  history.replaceState(history.state, '', location.pathname);
  return link;
}
