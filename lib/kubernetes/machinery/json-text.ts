/** Duplicate keys in JSON text: JSON.parse keeps the last one silently, Kubernetes tells of them. */

/**
 * Paths of fields given twice, e.g. "metadata.labels.a" or "spec.containers[0].name". The text must be valid JSON;
 * `value` is what JSON.parse makes of it.
 */
export function duplicateFields(text: string, value: unknown): string[] {
  // Going through the text costs more than parsing it: only where it has more keys than what came out of it.
  if (keysIn(text) === keysOf(value)) return [];
  const found: string[] = [];
  visitFields(text, (path, again) => {
    if (again) found.push(path);
  });
  return [...new Set(found)];
}

/** How many keys a text has: strings before a colon. */
function keysIn(text: string): number {
  let count = 0;
  for (let start = text.indexOf('"'); start !== -1; start = text.indexOf('"', start)) {
    let end = text.indexOf('"', start + 1);
    while (isEscaped(text, end)) end = text.indexOf('"', end + 1);
    start = end + 1;
    let after = text.charCodeAt(start);
    while (after === 0x20 || after === 0x0a || after === 0x0d || after === 0x09) after = text.charCodeAt(++start);
    if (after === 0x3a) count++;
  }
  return count;
}

function isEscaped(text: string, at: number): boolean {
  let from = at - 1;
  while (text.charCodeAt(from) === 0x5c) from--;
  return (at - from) % 2 === 0;
}

function keysOf(value: unknown): number {
  if (value === null || typeof value !== "object") return 0;
  let count = 0;
  if (Array.isArray(value)) {
    for (const item of value) if (typeof item === "object") count += keysOf(item);
    return count;
  }
  for (const key in value) {
    count++;
    const field = (value as Record<string, unknown>)[key];
    if (typeof field === "object") count += keysOf(field);
  }
  return count;
}

/** Where in the text a field comes first, and where it comes again (key: its path and "again"): ranks, for sorting. */
export function fieldOrder(text: string): ReadonlyMap<string, number> {
  const order = new Map<string, number>();
  visitFields(text, (path, again) => {
    const key = again ? `${path} again` : path;
    if (!order.has(key)) order.set(key, order.size);
  });
  return order;
}

/** Calls `visit` for each field in the order of the text; `again` where its object has had it before. */
function visitFields(text: string, visit: (path: string, again: boolean) => void): void {
  let at = 0;

  function space(): void {
    while (at < text.length && " \t\n\r".includes(text[at] ?? "")) at++;
  }
  function string(): string {
    const start = at++;
    while (text[at] !== '"') at += text[at] === "\\" ? 2 : 1;
    at++;
    return JSON.parse(text.slice(start, at)) as string;
  }
  function value(path: string): void {
    space();
    const char = text[at];
    if (char === "{") {
      at++;
      const seen = new Set<string>();
      space();
      while (text[at] !== "}") {
        space();
        const key = string();
        const inner = path === "" ? key : `${path}.${key}`;
        visit(inner, seen.has(key));
        seen.add(key);
        space();
        at++;
        value(inner);
        space();
        if (text[at] === ",") at++;
        space();
      }
      at++;
    } else if (char === "[") {
      at++;
      space();
      for (let index = 0; text[at] !== "]"; index++) {
        value(`${path}[${index}]`);
        space();
        if (text[at] === ",") at++;
        space();
      }
      at++;
    } else if (char === '"') string();
    else while (at < text.length && !",]} \t\n\r".includes(text[at] ?? "")) at++;
  }

  value("");
}
