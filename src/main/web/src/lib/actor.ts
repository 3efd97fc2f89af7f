/** Who did something, in words. A script that used somebody's API token is that person, and the token is named. */
type Named = { readonly kind: string; readonly name?: string; readonly token?: string };

export function actorName(actor: Named): string {
  switch (actor.kind) {
    case 'person':
      return actor.token === undefined ? (actor.name ?? '') : `${actor.name ?? ''} via ${actor.token}`;
    case 'cli':
      return 'Claude';
    default:
      return 'The server';
  }
}
