/**
 * Two small immutable collections with structural sharing, so that a transcript of tens of thousands of events can be
 * reduced one event at a time by a pure function: every change copies about a thousand pointers, never the whole.
 */

const BUCKETS = 1024;

/** A map from strings; `set` and `remove` answer a new map and leave the old one as it was. */
export class PersistentMap<V> {
  static empty<V>(): PersistentMap<V> {
    return new PersistentMap<V>([]);
  }

  private constructor(private readonly buckets: ReadonlyArray<ReadonlyMap<string, V> | undefined>) {}

  get(key: string): V | undefined {
    return this.buckets[slot(key)]?.get(key);
  }

  has(key: string): boolean {
    return this.buckets[slot(key)]?.has(key) ?? false;
  }

  set(key: string, value: V): PersistentMap<V> {
    return this.with(key, (bucket) => bucket.set(key, value));
  }

  remove(key: string): PersistentMap<V> {
    return this.has(key) ? this.with(key, (bucket) => bucket.delete(key)) : this;
  }

  /** All entries of both; where a key is in both, the other one's value counts. */
  union(other: PersistentMap<V>): PersistentMap<V> {
    const buckets = this.buckets.slice();
    other.buckets.forEach((bucket, at) => {
      if (bucket) buckets[at] = new Map([...(buckets[at] ?? []), ...bucket]);
    });
    return new PersistentMap(buckets);
  }

  private with(key: string, change: (bucket: Map<string, V>) => unknown): PersistentMap<V> {
    const at = slot(key);
    const bucket = new Map(this.buckets[at] ?? []);
    change(bucket);
    const buckets = this.buckets.slice();
    buckets[at] = bucket;
    return new PersistentMap(buckets);
  }
}

function slot(key: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
  return (hash ^ (hash >>> 15)) & (BUCKETS - 1);
}

/** Where an entry stands: its number in the journal, and its key. */
export interface Row {
  readonly seq: number;
  readonly key: string;
}

const CHUNK = 256;

/** Rows in ascending order of `seq`, in chunks, so that adding one copies one chunk. */
export class Rows {
  static readonly EMPTY = new Rows([], 0);

  private constructor(
    private readonly chunks: ReadonlyArray<ReadonlyArray<Row>>,
    readonly length: number,
  ) {}

  at(index: number): Row | undefined {
    let rest = index;
    for (const chunk of this.chunks) {
      if (rest < chunk.length) return chunk[rest];
      rest -= chunk.length;
    }
    return undefined;
  }

  last(): Row | undefined {
    return this.chunks.at(-1)?.at(-1);
  }

  slice(from: number, to: number): Row[] {
    const out: Row[] = [];
    let start = 0;
    for (const chunk of this.chunks) {
      if (start + chunk.length > from && start < to) {
        out.push(...chunk.slice(Math.max(0, from - start), Math.min(chunk.length, to - start)));
      }
      start += chunk.length;
    }
    return out;
  }

  /** Position of the first row with this number or a later one. */
  indexOfSeq(seq: number): number {
    let start = 0;
    for (const chunk of this.chunks) {
      const last = chunk.at(-1);
      if (last && last.seq >= seq) return start + chunk.findIndex((row) => row.seq >= seq);
      start += chunk.length;
    }
    return start;
  }

  add(row: Row): Rows {
    const last = this.last();
    if (!last || last.seq < row.seq) return this.append(row);
    const all = this.slice(0, this.length);
    all.splice(this.indexOfSeq(row.seq), 0, row);
    return Rows.of(all);
  }

  remove(key: string): Rows {
    const all = this.slice(0, this.length).filter((row) => row.key !== key);
    return all.length === this.length ? this : Rows.of(all);
  }

  /** Both together; quick when all of the other one's rows are later, which is the rule. */
  concat(later: Rows): Rows {
    const last = this.last();
    const first = later.at(0);
    if (last && first && last.seq > first.seq) {
      const all = [...this.slice(0, this.length), ...later.slice(0, later.length)];
      return Rows.of(all.sort((a, b) => a.seq - b.seq));
    }
    return new Rows([...this.chunks, ...later.chunks], this.length + later.length);
  }

  private append(row: Row): Rows {
    const tail = this.chunks.at(-1);
    const chunks = this.chunks.slice();
    if (tail && tail.length < CHUNK) chunks[chunks.length - 1] = [...tail, row];
    else chunks.push([row]);
    return new Rows(chunks, this.length + 1);
  }

  private static of(rows: Row[]): Rows {
    const chunks: Row[][] = [];
    for (let i = 0; i < rows.length; i += CHUNK) chunks.push(rows.slice(i, i + CHUNK));
    return new Rows(chunks, rows.length);
  }
}
