/** TOML as BurntSushi/toml writes it: simple values first, then tables. */

type Table = Readonly<Record<string, unknown>>;
const isTable = (value: unknown): value is Table =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isTableList = (value: unknown): value is Table[] =>
  Array.isArray(value) && value.length > 0 && value.every(isTable);

const key = (name: string): string => (/^[A-Za-z0-9_-]+$/.test(name) ? name : JSON.stringify(name));

function simple(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "boolean") return String(value);
  // All numbers come from JSON: they are floats.
  if (typeof value === "number") return Number.isInteger(value) ? `${value}.0` : String(value);
  if (Array.isArray(value)) return `[${value.map(simple).join(", ")}]`;
  if (isTable(value))
    return `{${Object.keys(value)
      .sort()
      .map((name) => `${key(name)} = ${simple(value[name])}`)
      .join(", ")}}`;
  throw new Error("toml: cannot encode array with mixed element types");
}

export function toToml(value: unknown): string {
  if (!isTable(value)) throw new Error("toml: top-level values must be Go maps or structs");
  return table(value, [], 0);
}

function table(value: Table, path: readonly string[], depth: number): string {
  const names = Object.keys(value)
    .filter((name) => value[name] !== null && value[name] !== undefined)
    .sort();
  const pad = "  ".repeat(depth);
  let out = "";
  for (const name of names) {
    const one = value[name];
    if (!isTable(one) && !isTableList(one)) out += `${pad}${key(name)} = ${simple(one)}\n`;
  }
  for (const name of names) {
    const one = value[name];
    const inner = [...path, key(name)];
    const blank = out === "" ? "" : "\n";
    if (isTable(one)) {
      out += `${depth === 0 ? blank : ""}${pad}[${inner.join(".")}]\n${table(one, inner, depth + 1)}`;
    } else if (isTableList(one)) {
      for (const item of one)
        out += `${out === "" ? "" : "\n"}${pad}[[${inner.join(".")}]]\n${table(item, inner, depth + 1)}`;
    }
  }
  return out;
}
