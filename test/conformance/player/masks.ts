/** Masks: what in an expected text stands for something that differs from run to run. */

/** What names, hashes and uids of a real cluster look like. */
const PATTERNS: Readonly<Record<string, string>> = {
  age: String.raw`(?:(?:\d+[ydhms])+|\d+ms|<unknown>|<invalid>)`,
  ip: String.raw`\d+\.\d+\.\d+\.\d+`,
  /** pod-template-hash, controller-revision-hash. */
  hash: "[bcdfghjklmnpqrstvwxz2456789]{6,10}",
  /** What generateName appends. */
  suffix: "[bcdfghjklmnpqrstvwxz2456789]{5}",
  uid: "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
  rv: String.raw`\d+`,
  n: String.raw`\d+`,
  time: String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)`,
  node: "[a-z0-9.-]+",
  word: String.raw`\S+`,
  any: ".*",
};

/** Changes the width of a table's columns from run to run, so that blanks of any number are as good as others. */
const WIDTH_VARIES = /<(age|ip|n|rv|node|word|any)(?::\w+)?>/;
const MASK = /<(\w+)(?::(\w+))?>/g;

/** What named masks (`<hash:first>`) stood for in this run, by name. `ns` is the namespace. */
export class Bindings {
  readonly #values = new Map<string, string>();

  constructor(namespace: string) {
    this.#values.set("ns", namespace);
  }

  /** Puts values in: `<ns>` and, where a named mask has matched, `<=name>`. */
  fill(text: string): string {
    return text.replace(/<(ns|=\w+)>/g, (all, key: string) => {
      const value = this.#values.get(key.replace("=", ""));
      if (value === undefined) throw new Error(`${all} is used before a mask of this name has matched`);
      return value;
    });
  }

  /** Whether a text is what is expected; named masks that match keep their values. */
  matches(actual: string, expected: string): boolean {
    const { pattern, names } = this.#compile(expected, "^", "$");
    return this.#keep(pattern.exec(actual), names);
  }

  /** Whether a text is somewhere within. */
  within(actual: string, expected: string): boolean {
    const { pattern, names } = this.#compile(expected.replace(/\n$/, ""), "", "");
    return this.#keep(pattern.exec(actual), names);
  }

  /** `expected` with its masks filled in where a line fits, so that a difference shows only what differs. */
  render(actual: string, expected: string): string {
    const lines = actual.split("\n");
    return expected
      .split("\n")
      .map((line, index) => {
        const real = lines[index];
        return real !== undefined && this.matches(real, line) ? real : this.#lenient(line);
      })
      .join("\n");
  }

  #lenient(line: string): string {
    return line.replace(/<(ns|=\w+)>/g, (all, key: string) => this.#values.get(key.replace("=", "")) ?? all);
  }

  #keep(match: RegExpExecArray | null, names: readonly string[]): boolean {
    if (match === null) return false;
    for (const [index, name] of names.entries()) this.#values.set(name, match[index + 1] ?? "");
    return true;
  }

  #compile(expected: string, before: string, after: string): { pattern: RegExp; names: string[] } {
    const names: string[] = [];
    const filled = this.#lenient(expected);
    const loose = WIDTH_VARIES.test(filled);
    let source = "";
    let last = 0;
    const literal = (part: string) => {
      const escaped = part.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
      return loose ? escaped.replace(/ {2,}/g, " {2,}").replace(/ +\n/g, " *\n") : escaped;
    };
    for (const match of filled.matchAll(MASK)) {
      const [all, kind = "", name] = match;
      const pattern = PATTERNS[kind];
      if (pattern === undefined) continue; // Words of kubectl's own: <none>, <unset>, <unknown>.
      source += literal(filled.slice(last, match.index));
      last = match.index + all.length;
      const known = name === undefined ? undefined : this.#values.get(name);
      if (name === undefined) source += `(?:${pattern})`;
      else if (known !== undefined) source += literal(known);
      else if (names.includes(name)) source += `\\${names.indexOf(name) + 1}`;
      else {
        names.push(name);
        source += `(${pattern})`;
      }
    }
    source += literal(filled.slice(last));
    return { pattern: new RegExp(`${before}${source}${after}`), names };
  }
}
