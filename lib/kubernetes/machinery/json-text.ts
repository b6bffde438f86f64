/** Duplicate keys in JSON text: JSON.parse keeps the last one silently, Kubernetes tells of them. */

/** Paths of fields given twice, e.g. "metadata.labels.a" or "spec.containers[0].name". The text must be valid JSON. */
export function duplicateFields(text: string): string[] {
  const found: string[] = [];
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
        if (seen.has(key)) found.push(inner);
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
  return [...new Set(found)];
}
