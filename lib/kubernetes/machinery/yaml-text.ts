/** Duplicate keys in YAML text, in the words of sigs.k8s.io/yaml's strict decoder. */
import { type Document, isMap, isScalar, isSeq, LineCounter, type ParsedNode, parseDocument } from "yaml";

interface YamlText {
  readonly document: Document.Parsed<ParsedNode>;
  /** `yaml: unmarshal errors:` and a line for each key given twice; undefined where there is none. */
  readonly repeated: string | undefined;
}

/** Reads YAML 1.1, where of keys given twice the last one counts. */
export function parseYaml(source: string): YamlText {
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
  return { document, repeated: found.length === 0 ? undefined : `yaml: unmarshal errors:\n${found.join("\n")}` };
}

/** What strict reading complained of, one text a key: warnings are single lines (handlers/rest.go, parseYAMLWarnings). */
export function yamlWarnings(repeated: string): string[] {
  return repeated
    .split("\n")
    .slice(1)
    .map((line) => line.trim());
}
