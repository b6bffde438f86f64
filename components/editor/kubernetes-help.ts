/** Completion and hover for Kubernetes YAML, from the schemas that the cluster itself serves. */
import type * as Monaco from "monaco-editor/editor.js";
import type { GroupVersionSchemas, Schema, SchemaSource } from "./schema.ts";
import { placeIn, type YamlPlace } from "./yaml-place.ts";

/** What may stand in the first two lines of a manifest. */
const GROUP_VERSIONS: Readonly<Record<string, readonly string[]>> = {
  v1: [
    "Pod",
    "Service",
    "ConfigMap",
    "Secret",
    "PersistentVolumeClaim",
    "PersistentVolume",
    "Namespace",
    "ServiceAccount",
  ],
  "apps/v1": ["StatefulSet", "Deployment", "ReplicaSet", "DaemonSet"],
  "batch/v1": ["Job", "CronJob"],
  "policy/v1": ["PodDisruptionBudget"],
  "storage.k8s.io/v1": ["StorageClass"],
};

const typeOf = (schema: Schema | undefined): string =>
  schema?.type === "array" ? "list" : (schema?.type ?? (schema?.properties === undefined ? "" : "object"));

/** What is written for a key: a place to go on where it holds something. */
function snippetFor(key: string, schema: Schema | undefined): string {
  if (schema?.type === "array") return `${key}:\n  - $0`;
  if (schema?.properties !== undefined) return `${key}:\n  $0`;
  return `${key}: $0`;
}

function rootOf(schemas: GroupVersionSchemas, place: YamlPlace): Schema | undefined {
  if (place.apiVersion === undefined || place.kind === undefined) return undefined;
  return schemas.ofKind(place.apiVersion, place.kind);
}

interface Suggestion {
  readonly label: string;
  readonly insert: string;
  readonly detail: string;
  readonly documentation: string;
  readonly isKey: boolean;
}

async function suggestionsAt(place: YamlPlace, source: SchemaSource): Promise<readonly Suggestion[]> {
  const value = (label: string): Suggestion => ({ label, insert: label, detail: "", documentation: "", isKey: false });
  if (place.path.length === 0 && place.keyOfValue === "apiVersion") return Object.keys(GROUP_VERSIONS).map(value);
  if (place.path.length === 0 && place.keyOfValue === "kind") {
    const kinds = place.apiVersion === undefined ? undefined : GROUP_VERSIONS[place.apiVersion];
    return (kinds ?? Object.values(GROUP_VERSIONS).flat()).map(value);
  }
  if (place.apiVersion === undefined || place.kind === undefined) {
    const keys = ["apiVersion", "kind", "metadata", "spec"].filter((key) => !place.siblings.includes(key));
    return place.path.length > 0 ? [] : keys.map((key) => ({ ...value(key), insert: `${key}: $0`, isKey: true }));
  }
  const schemas = await source.of(place.apiVersion);
  const around = schemas.at(rootOf(schemas, place), place.path);
  if (place.keyOfValue !== undefined) {
    const schema = schemas.resolve(around?.properties?.[place.keyOfValue]);
    if (schema?.type === "boolean") return ["true", "false"].map(value);
    return (schema?.enum ?? []).map((one) => value(String(one)));
  }
  const required = new Set(around?.required);
  return Object.entries(schemas.inside(around)?.properties ?? {})
    .filter(([key]) => !place.siblings.includes(key) && key !== "status")
    .map(([key, reference]) => {
      const schema = schemas.resolve(reference);
      return {
        label: key,
        insert: snippetFor(key, schema),
        detail: `${typeOf(schema)}${required.has(key) ? ", required" : ""}`,
        documentation: schema?.description ?? "",
        isKey: true,
      };
    });
}

/** Switches both on for YAML; the result switches them off. */
export function offerKubernetesHelp(monaco: typeof Monaco, source: SchemaSource): () => void {
  const completion = monaco.languages.registerCompletionItemProvider("yaml", {
    triggerCharacters: [" ", ":"],
    async provideCompletionItems(model, position) {
      const place = placeIn(model.getValue(), position.lineNumber, position.column);
      const word = model.getWordUntilPosition(position);
      const range = {
        startLineNumber: position.lineNumber,
        endLineNumber: position.lineNumber,
        startColumn: word.startColumn,
        endColumn: word.endColumn,
      };
      const suggestions = await suggestionsAt(place, source);
      return {
        suggestions: suggestions.map((one) => ({
          label: one.label,
          kind: one.isKey ? monaco.languages.CompletionItemKind.Property : monaco.languages.CompletionItemKind.Value,
          insertText: one.insert,
          insertTextRules: monaco.languages.CompletionItemInsertTextRule.InsertAsSnippet,
          detail: one.detail,
          documentation: one.documentation,
          range,
        })),
      };
    },
  });
  const hover = monaco.languages.registerHoverProvider("yaml", {
    async provideHover(model, position) {
      const line = model.getLineContent(position.lineNumber);
      const key = /^(\s*(?:-\s+)*)"?([\w./-]+)"?\s*:/.exec(line);
      const start = (key?.[1]?.length ?? 0) + 1;
      const name = key?.[2];
      if (name === undefined || position.column < start || position.column > start + name.length) return null;
      const place = placeIn(model.getValue(), position.lineNumber, start);
      if (place.apiVersion === undefined) return null;
      const schemas = await source.of(place.apiVersion);
      const around = schemas.inside(schemas.at(rootOf(schemas, place), place.path));
      const schema = schemas.resolve(around?.properties?.[name]);
      if (schema === undefined) return null;
      const path = [...place.path, name].join(".");
      return {
        range: {
          startLineNumber: position.lineNumber,
          endLineNumber: position.lineNumber,
          startColumn: start,
          endColumn: start + name.length,
        },
        contents: [{ value: `**${path}** \`${typeOf(schema)}\`` }, { value: schema.description ?? "" }],
      };
    },
  });
  return () => {
    completion.dispose();
    hover.dispose();
  };
}
