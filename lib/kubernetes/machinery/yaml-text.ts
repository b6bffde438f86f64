/** YAML text read as a client's body, and duplicate keys in it, in the words of sigs.k8s.io/yaml's strict decoder. */
import { isMap, isScalar, isSeq, LineCounter, parseDocument, type YAMLParseError } from "yaml";
import { duplicateFields } from "./json-text.ts";

interface YamlText {
  /** A JSON value of the reader's own; undefined where there is a problem. */
  readonly value: unknown;
  /** Why it is no YAML. */
  readonly problem?: YAMLParseError;
  /** `yaml: unmarshal errors:` and a line for each key given twice; undefined where there is none. */
  readonly repeated: string | undefined;
}

/** Reads YAML 1.1, where of keys given twice the last one counts. */
export function readYaml(source: string): YamlText {
  // Clients mostly send JSON, which is YAML too, and is read many times faster as what it is.
  if (/^\s*\{/.test(source) && !source.includes('"<<"')) {
    try {
      const value: unknown = JSON.parse(source);
      if (duplicateFields(source, value).length === 0) return { value, repeated: undefined };
    } catch {
      // Not JSON, then.
    }
  }
  const lines = new LineCounter();
  const document = parseDocument(source, { version: "1.1", uniqueKeys: false, merge: true, lineCounter: lines });
  const found: string[] = [];
  const visit = (node: unknown): void => {
    if (isSeq(node)) for (const item of node.items) visit(item);
    if (!isMap(node)) return;
    const seen = new Set<string>();
    for (const { key, value } of node.items) {
      const name = isScalar(key) ? String(key.value) : undefined;
      if (name !== undefined && seen.has(name)) {
        const at = (isScalar(key) ? key.range?.[0] : undefined) ?? 0;
        found.push(`  line ${lines.linePos(at).line}: key ${JSON.stringify(name)} already set in map`);
      }
      if (name !== undefined) seen.add(name);
      visit(value);
    }
  };
  visit(document.contents);
  const repeated = found.length === 0 ? undefined : `yaml: unmarshal errors:\n${found.join("\n")}`;
  const [problem] = document.errors;
  if (problem !== undefined) return { value: undefined, problem, repeated };
  return { value: JSON.parse(JSON.stringify(document.toJS() ?? null)) as unknown, repeated };
}

/** What strict reading complained of, one text a key: warnings are single lines (handlers/rest.go, parseYAMLWarnings). */
export function yamlWarnings(repeated: string): string[] {
  return repeated
    .split("\n")
    .slice(1)
    .map((line) => line.trim());
}
