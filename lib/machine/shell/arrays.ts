/** Arrays of the shell. */

/** An array with gaps, its indices ascending. Without gaps, as nearly all are, its values simply stand in a row. */
export class IndexedArray {
  #row: string[] = [];
  /** Where there are gaps: everything, by index. */
  #sparse: Map<number, string> | undefined;
  #sorted = true;
  #last = -1;

  static of(values: Iterable<string>): IndexedArray {
    const array = new IndexedArray();
    for (const value of values) array.#row.push(value);
    return array;
  }

  get count(): number {
    return this.#sparse?.size ?? this.#row.length;
  }

  /** One past the highest index. */
  get end(): number {
    return this.#sparse === undefined ? this.#row.length : this.#last + 1;
  }

  get(index: number): string | undefined {
    const at = index < 0 ? index + this.end : index;
    return this.#sparse === undefined ? this.#row[at] : this.#sparse.get(at);
  }

  set(index: number, value: string): void {
    if (this.#sparse === undefined) {
      if (index < this.#row.length) {
        this.#row[index] = value;
        return;
      }
      if (index === this.#row.length) {
        this.#row.push(value);
        return;
      }
      this.#scatter();
    }
    const sparse = this.#sparse as unknown as Map<number, string>;
    if (index < this.#last && !sparse.has(index)) this.#sorted = false;
    this.#last = Math.max(this.#last, index);
    sparse.set(index, value);
  }

  delete(index: number): void {
    const at = index < 0 ? index + this.end : index;
    if (this.#sparse === undefined) {
      if (at < 0 || at >= this.#row.length) return;
      if (at === this.#row.length - 1) {
        this.#row.pop();
        return;
      }
      this.#scatter();
    }
    const sparse = this.#sparse as unknown as Map<number, string>;
    sparse.delete(at);
    if (at === this.#last) this.#last = sparse.size === 0 ? -1 : (this.keys().at(-1) as number);
  }

  #scatter(): void {
    this.#sparse = new Map(this.#row.entries());
    this.#last = this.#row.length - 1;
    this.#sorted = true;
    this.#row = [];
  }

  #sort(): void {
    if (this.#sorted || this.#sparse === undefined) return;
    this.#sparse = new Map([...this.#sparse].sort(([a], [b]) => a - b));
    this.#sorted = true;
  }

  keys(): number[] {
    if (this.#sparse === undefined) return Array.from(this.#row.keys());
    this.#sort();
    return [...this.#sparse.keys()];
  }

  values(): string[] {
    if (this.#sparse === undefined) return this.#row.slice();
    this.#sort();
    return [...this.#sparse.values()];
  }

  copy(): IndexedArray {
    const copy = new IndexedArray();
    if (this.#sparse === undefined) copy.#row = this.#row.slice();
    else {
      this.#sort();
      copy.#sparse = new Map(this.#sparse);
      copy.#last = this.#last;
    }
    return copy;
  }
}

/** Iterates as bash does, by hash bucket: scripts print what they would print there. */
export class AssociativeArray {
  readonly #values = new Map<string, string>();
  #order: string[] | undefined;

  get count(): number {
    return this.#values.size;
  }

  get(key: string): string | undefined {
    return this.#values.get(key);
  }

  set(key: string, value: string): void {
    if (!this.#values.has(key)) this.#order = undefined;
    this.#values.set(key, value);
  }

  delete(key: string): void {
    if (this.#values.delete(key)) this.#order = undefined;
  }

  keys(): string[] {
    if (this.#order === undefined) {
      const buckets = new Map<number, string[]>();
      for (const key of this.#values.keys()) {
        const bucket = hash(key) & 1023;
        const list = buckets.get(bucket);
        if (list === undefined) buckets.set(bucket, [key]);
        else list.unshift(key);
      }
      this.#order = [...buckets].sort(([a], [b]) => a - b).flatMap(([, keys]) => keys);
    }
    return this.#order;
  }

  values(): string[] {
    return this.keys().map((key) => this.#values.get(key) as string);
  }

  copy(): AssociativeArray {
    const copy = new AssociativeArray();
    for (const [key, value] of this.#values) copy.#values.set(key, value);
    copy.#order = this.#order;
    return copy;
  }
}

const encoder = new TextEncoder();

/** FNV-1 over the bytes, as lib/hashlib of bash computes it. */
function hash(text: string): number {
  let value = 2166136261;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code > 0x7f) return hashBytes(encoder.encode(text));
    value = Math.imul(value, 16777619) ^ code;
  }
  return value >>> 0;
}

function hashBytes(bytes: Uint8Array): number {
  let value = 2166136261;
  for (const byte of bytes) value = Math.imul(value, 16777619) ^ byte;
  return value >>> 0;
}
