/** Holds one state; the only mutable thing. Listeners of a selection are told when what they selected is another value. */
export class Store<S> {
  private readonly watchers = new Set<() => void>();

  constructor(private state: S) {}

  get(): S {
    return this.state;
  }

  update(change: (state: S) => S): void {
    const next = change(this.state);
    if (next === this.state) return;
    this.state = next;
    for (const watcher of [...this.watchers]) watcher();
  }

  /** Calls `listener` now and whenever the selection changes; the answer ends it. */
  select<T>(selection: (state: S) => T, listener: (value: T) => void): () => void {
    let last = selection(this.state);
    const watcher = () => {
      const next = selection(this.state);
      if (Object.is(next, last)) return;
      last = next;
      listener(next);
    };
    this.watchers.add(watcher);
    listener(last);
    return () => this.watchers.delete(watcher);
  }
}
