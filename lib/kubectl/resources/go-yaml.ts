/** Manifests as Go reads them: documents split at "\n---", YAML 1.1 scalars, go-yaml's words for what is wrong. */
import { isMap, isScalar, isSeq, LineCounter, type ParsedNode, parseDocument, type YAMLError } from "yaml";
import type { Json } from "../object.ts";

/** A document that cannot be read; `message` as go-yaml words it. */
export class YamlProblem extends Error {}

/** k8s.io/apimachinery/pkg/util/yaml splitYAMLDocument. */
export function splitDocuments(text: string): string[] {
  const documents: string[] = [];
  let rest = text;
  for (;;) {
    const separator = rest.indexOf("\n---");
    if (separator === -1) return [...documents, rest];
    documents.push(rest.slice(0, separator));
    const lineEnd = rest.indexOf("\n", separator + 4);
    if (lineEnd === -1) return documents;
    rest = rest.slice(lineEnd + 1);
  }
}

const KEPT_TAGS = new Set(["timestamp", "binary", "omap", "pairs", "set"]);

/** One YAML document as JSON. Throws `YamlProblem`. An empty document is null. */
export function yamlToJson(text: string): Json {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    version: "1.1",
    lineCounter: lines,
    uniqueKeys: true,
    prettyErrors: false,
    logLevel: "silent",
    customTags: (tags) =>
      tags.filter((tag) => {
        if (typeof tag === "string") return !KEPT_TAGS.has(tag);
        const name = String(tag.tag);
        return !/timestamp|binary|omap|pairs|set$/.test(name) && (tag as { format?: string }).format !== "TIME";
      }),
  });
  const first = document.errors[0];
  if (first !== undefined) throw new YamlProblem(goWords(first, text, lines, document.contents));
  return toJson(document.toJS({ maxAliasCount: 100 }) as Json);
}

function toJson(value: Json): Json {
  if (value === undefined) return null;
  if (typeof value === "bigint") return Number(value);
  return value;
}

/** Line (1-based) where the block mapping that holds `offset` starts. */
function enclosingMapLine(node: ParsedNode | null, offset: number, lines: LineCounter): number {
  let line = 0;
  const visit = (current: unknown) => {
    if (isMap(current)) {
      if (current.range && current.range[0] <= offset) line = lines.linePos(current.range[0]).line;
      for (const pair of current.items) visit(pair.value);
    } else if (isSeq(current)) for (const item of current.items) visit(item);
    else if (isScalar(current)) return;
  };
  visit(node);
  return line;
}

function goWords(error: YAMLError, text: string, lines: LineCounter, contents: ParsedNode | null): string {
  const offset = error.pos[0];
  const line = lines.linePos(offset).line;
  // Scanner errors count lines from 1 and leave the first one out; parser errors name the line before the block.
  const scanner = (words: string, at = line) => (at <= 1 ? `yaml: ${words}` : `yaml: line ${at}: ${words}`);
  const parser = (words: string) => {
    const block = enclosingMapLine(contents, offset, lines);
    const at = block > 1 ? block - 1 : line - 1;
    return at < 1 ? `yaml: ${words}` : `yaml: line ${at}: ${words}`;
  };
  switch (error.code) {
    case "DUPLICATE_KEY": {
      const key = /^\s*("[^"]*"|'[^']*'|[^:\s]+)/.exec(text.slice(offset))?.[1] ?? "";
      return `yaml: unmarshal errors:\n  line ${line}: key ${JSON.stringify(key.replace(/^["']|["']$/g, ""))} already set in map`;
    }
    case "BLOCK_AS_IMPLICIT_KEY":
      return scanner("mapping values are not allowed in this context");
    case "TAB_AS_INDENT":
      return scanner("found character that cannot start any token");
    case "MULTILINE_IMPLICIT_KEY":
      return scanner("could not find expected ':'", line + 1);
    case "BAD_ALIAS":
      return `yaml: unknown anchor '${/\*(\S+)/.exec(text.slice(offset))?.[1] ?? ""}' referenced`;
    case "MISSING_CHAR": {
      if (/quote/.test(error.message))
        return scanner("found unexpected end of stream", lines.linePos(Math.max(0, text.length - 1)).line);
      if (/key/i.test(error.message)) return scanner("could not find expected ':'", line + 1);
      return parser(
        `did not find expected ',' or '${/\[/.test(error.message) || error.message.includes("sequence") ? "]" : "}"}'`,
      );
    }
    case "BAD_INDENT":
      if (text.slice(text.lastIndexOf("\n", offset) + 1, offset + 1).includes("\t")) {
        return scanner("found character that cannot start any token");
      }
      return parser("did not find expected key");
    default:
      if (/^\s*[@`%]/.test(text.slice(offset))) return scanner("found character that cannot start any token");
      return parser("did not find expected key");
  }
}
