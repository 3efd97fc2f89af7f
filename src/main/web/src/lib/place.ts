/**
 * Where somebody is in a view: what they filter by, how far they scrolled, what they picked. Kept in the browser's entry of the
 * history, so that Back leads there again, and a link to the view to its beginning.
 */
export function keepPlace(view: string, place: object): void {
  try {
    history.replaceState({ ...(history.state as object | null), [view]: place }, '');
  } catch {
    // Browsers refuse what comes too often; the next one counts.
  }
}

export function placeIn<T extends object>(view: string): T | undefined {
  return (history.state as Readonly<Record<string, T | undefined>> | null)?.[view];
}
