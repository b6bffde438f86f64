/** Manifests as Go reads them: documents split at "\n---", YAML 1.1 scalars, go-yaml's words for what is wrong. */
import { LineCounter, parseDocument, type YAMLError } from "yaml";
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

/** A number has a digit: a lone point is text. */
function withDigits<T>(tag: T): T {
  const { test, tag: name } = tag as { test?: RegExp; tag?: string };
  if (name !== "tag:yaml.org,2002:float" || !(test instanceof RegExp) || !test.test(".")) return tag;
  return { ...tag, test: new RegExp(`^(?=.*[0-9])(?:${test.source})`) };
}

const KEPT_TAGS = new Set(["timestamp", "binary", "omap", "pairs", "set"]);

/** One YAML document as JSON. Throws `YamlProblem`. An empty document is null. */
export function yamlToJson(text: string): Json {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    version: "1.1",
    lineCounter: lines,
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: "silent",
    customTags: (tags) =>
      tags.map(withDigits).filter((tag) => {
        if (typeof tag === "string") return !KEPT_TAGS.has(tag);
        const name = String(tag.tag);
        return !/timestamp|binary|omap|pairs|set$/.test(name) && (tag as { format?: string }).format !== "TIME";
      }),
  });
  // An unclosed list or map is reported after what it swallowed; Go stops at it.
  const first = document.errors.find((error) => /flow/i.test(error.message)) ?? document.errors[0];
  if (first !== undefined) throw new YamlProblem(goWords(first, text, lines));
  try {
    return toJson(document.toJS({ maxAliasCount: 100 }) as Json);
  } catch (error) {
    const anchor = /Unresolved alias .*: (\S+)$/.exec((error as Error).message)?.[1];
    if (anchor !== undefined) throw new YamlProblem(`yaml: unknown anchor '${anchor}' referenced`);
    throw new YamlProblem("yaml: document contains excessive aliasing");
  }
}

function toJson(value: Json): Json {
  if (value === undefined) return null;
  if (typeof value === "bigint") return Number(value);
  return value;
}

/** An error of the YAML library in libyaml's words. Scanner errors count lines from 1, parser errors from 0; 0 is left out. */
function goWords(error: YAMLError, text: string, lines: LineCounter): string {
  const [offset, end] = error.pos;
  const lineAt = (position: number): number => lines.linePos(position).line;
  const scanner = (words: string, at = lineAt(offset)) => (at <= 1 ? `yaml: ${words}` : `yaml: line ${at}: ${words}`);
  const parser = (words: string, at = lineAt(offset)) =>
    at <= 1 ? `yaml: ${words}` : `yaml: line ${at - 1}: ${words}`;
  const line = text.slice(text.lastIndexOf("\n", offset) + 1, offset + 1);
  if (/flow/i.test(error.message)) {
    if (/^\s*[[{][^\]}]*[[{,:]\s*$/.test(text)) return parser("did not find expected node content", 2);
    // A closing bracket of the other kind where a value should be.
    if (/[[,:]\s*\}|\{\s*\]/.test(line)) return parser("did not find expected node content");
    const close = /seq|\]/.test(error.message) ? "]" : "}";
    return parser(`did not find expected ',' or '${close}'`, Math.max(2, lineAt(offset)));
  }
  switch (error.code) {
    case "BLOCK_AS_IMPLICIT_KEY":
      return scanner("mapping values are not allowed in this context");
    case "MULTILINE_IMPLICIT_KEY":
      return scanner("mapping values are not allowed in this context", lineAt(end));
    case "TAB_AS_INDENT":
      return scanner("found character that cannot start any token");
    case "BAD_ALIAS":
      return `yaml: unknown anchor '${/\*(\S+)/.exec(text.slice(offset))?.[1] ?? ""}' referenced`;
    case "MISSING_CHAR": {
      if (/quote/.test(error.message)) return scanner("found unexpected end of stream", text.split("\n").length);
      if (/key/i.test(error.message)) return scanner("could not find expected ':'", lineAt(offset) + 1);
      return parser("did not find expected key");
    }
    case "BAD_INDENT":
      return line.includes("\t")
        ? scanner("found character that cannot start any token")
        : parser("did not find expected key");
    default:
      if (/^\s*[@`%]/.test(text.slice(offset))) return scanner("found character that cannot start any token");
      return parser("did not find expected key");
  }
}
