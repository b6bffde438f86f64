/** The keyspace: values by key, with expiry. Knows no commands. */
export type Value =
  | { readonly type: "string"; text: string }
  | { readonly type: "list"; items: string[] }
  | { readonly type: "hash"; fields: Map<string, string> }
  | { readonly type: "set"; members: Set<string> }
  | { readonly type: "zset"; scores: Map<string, number> };

interface Entry {
  value: Value;
  /** ms since the epoch. */
  expires: number | undefined;
}

export class Database {
  #entries = new Map<string, Entry>();

  get size(): number {
    return this.#entries.size;
  }

  get(key: string, now: number): Value | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    if (entry.expires !== undefined && entry.expires <= now) {
      this.#entries.delete(key);
      return undefined;
    }
    return entry.value;
  }

  set(key: string, value: Value, keepExpiry = false): void {
    const before = this.#entries.get(key);
    this.#entries.set(key, { value, expires: keepExpiry ? before?.expires : undefined });
  }

  delete(key: string): boolean {
    return this.#entries.delete(key);
  }

  expires(key: string): number | undefined {
    return this.#entries.get(key)?.expires;
  }

  expire(key: string, at: number | undefined): void {
    const entry = this.#entries.get(key);
    if (entry !== undefined) entry.expires = at;
  }

  keys(now: number): string[] {
    return [...this.#entries.keys()].filter((key) => this.get(key, now) !== undefined);
  }

  clear(): void {
    this.#entries.clear();
  }

  get expiring(): number {
    let count = 0;
    for (const entry of this.#entries.values()) if (entry.expires !== undefined) count++;
    return count;
  }

  /** As text, for dumps and full synchronisation. */
  dump(): string {
    const rows = [...this.#entries].map(([key, { value, expires }]) => {
      const content =
        value.type === "string"
          ? value.text
          : value.type === "list"
            ? value.items
            : value.type === "hash"
              ? [...value.fields]
              : value.type === "set"
                ? [...value.members]
                : [...value.scores];
      return [key, value.type, content, expires ?? null];
    });
    // Binary strings hold no character above 255: escaped, the text is plain ASCII.
    return JSON.stringify(rows).replace(
      /[\u007f-\uffff]/g,
      (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
    );
  }

  load(text: string): void {
    this.clear();
    for (const [key, type, content, expires] of JSON.parse(text) as [string, Value["type"], never, number | null][]) {
      this.#entries.set(key, { value: toValue(type, content), expires: expires ?? undefined });
    }
  }
}

function toValue(type: Value["type"], content: never): Value {
  switch (type) {
    case "string":
      return { type, text: content };
    case "list":
      return { type, items: content };
    case "hash":
      return { type, fields: new Map(content) };
    case "set":
      return { type, members: new Set(content) };
    case "zset":
      return { type, scores: new Map(content) };
  }
}
