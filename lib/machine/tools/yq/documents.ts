/** YAML in and out, with comments kept where only parts of a document change. */
import {
  type Document,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  parseAllDocuments,
  type YAMLMap,
  type YAMLSeq,
  Document as YamlDocument,
} from "yaml";
import { compareJson, fromPlain, isArray, isObject, type Json, writeJson } from "../jq/json.ts";

/** A text that is no YAML, in yq's words. */
export class YamlError extends Error {}

const MAX_ALIASES = 1000;

export interface Loaded {
  readonly document: Document;
  readonly value: Json;
}

/** Characters one document may have: parsing it is one piece of work. */
export const MAX_DOCUMENT = 192 * 1024;

/** The texts of the documents of a stream, where a line "---" parts them. */
export function splitDocuments(text: string): string[] {
  const parts = text.split(/^---[ \t]*\r?\n/m);
  // What stands before the first mark is a document only where it says something.
  if (parts.length > 1 && (parts[0] ?? "").trim() === "") parts.shift();
  // Marks with something after them, directives and block scalars with marks in them are the parser's affair.
  return /^(?:---[ \t]+\S|%)/m.test(text) || /^[^#\n]*[|>][+-]?\d*[ \t]*\n---/m.test(text) ? [text] : parts;
}

/** `before`: lines of the stream that come before this text. */
export function loadDocuments(text: string, before = 0): Loaded[] {
  const documents = parseAllDocuments(text, { keepSourceTokens: false, logLevel: "silent" });
  if (!Array.isArray(documents)) return [{ document: new YamlDocument(null), value: null }];
  return documents.map((document) => {
    const [error] = document.errors;
    if (error !== undefined) {
      const at = error.linePos?.[0].line;
      const line = at === undefined ? undefined : at + before;
      throw new YamlError(
        `yaml: ${line === undefined ? "" : `line ${line}: `}${error.message.split(/ at line |\n/)[0]}`,
      );
    }
    return {
      document: document as Document,
      value: fromPlain(document.toJS({ mapAsMap: true, maxAliasCount: MAX_ALIASES })),
    };
  });
}

function toPlain(value: Json): unknown {
  if (isArray(value)) return value.map(toPlain);
  if (isObject(value)) return new Map([...value].map(([key, item]) => [key, toPlain(item)]));
  return value;
}

/** The document with `value` in place of what it holds: nodes that are the same stay as they are, comments and all. */
export function withValue({ document, value: before }: Loaded, value: Json): Document {
  const root = document.contents as Node | null;
  if (root === null || !update(document, root, before, value)) {
    const made = new YamlDocument(toPlain(value));
    made.commentBefore = document.commentBefore;
    return made;
  }
  return document;
}

/** A document around a value that came from elsewhere. */
export function documentOf(value: Json): Loaded {
  let made: Document | undefined;
  return {
    value,
    // Only where it is written as YAML: of a large value this is much work.
    get document() {
      made ??= new YamlDocument(toPlain(value));
      return made;
    },
  };
}

/** False where the node cannot become the value. */
function update(document: Document, node: Node, before: Json, after: Json): boolean {
  // With the order of keys, which comparing does not look at.
  if (writeJson(before) === writeJson(after)) return true;
  if (isMap(node) && isObject(before) && isObject(after)) {
    const map = node as YAMLMap;
    map.items = map.items.filter((pair) => after.has(keyOf(pair)));
    for (const [key, item] of after) {
      const pair = map.items.find((each) => keyOf(each) === key);
      if (pair === undefined) map.add(document.createPair(key, toPlain(item)));
      else if (!update(document, pair.value as Node, before.get(key) ?? null, item))
        pair.value = document.createNode(toPlain(item));
    }
    const order = new Map([...after.keys()].map((key, index) => [key, index]));
    map.items.sort((a, b) => (order.get(keyOf(a)) ?? 0) - (order.get(keyOf(b)) ?? 0));
    return true;
  }
  if (isSeq(node) && isArray(before) && isArray(after)) {
    const list = node as YAMLSeq;
    // Where items were taken out, the others keep their nodes.
    const nodes = list.items as Node[];
    let from = 0;
    list.items = after.map((item, index) => {
      const same = before.findIndex((each, at) => at >= from && compareJson(each, item) === 0);
      if (same !== -1) {
        from = same + 1;
        return nodes[same];
      }
      const here = nodes[index];
      if (here !== undefined && before.length === after.length && update(document, here, before[index] ?? null, item))
        return here;
      return document.createNode(toPlain(item));
    });
    return true;
  }
  if (isScalar(node) && (after === null || typeof after !== "object")) {
    if (typeof after !== typeof node.value) {
      // Its style was for another type.
      delete node.type;
      delete node.source;
    }
    node.value = after;
    return true;
  }
  return false;
}

function keyOf(pair: Pair): string {
  const { key } = pair;
  return String(isScalar(key) ? key.value : key);
}

interface YamlStyle {
  readonly indent: number;
  /** Block style and bare scalars whatever the source had (`-P`). */
  readonly pretty: boolean;
}

/** A document with the comments it was read with. */
export function writeDocument(document: Document, style: YamlStyle): string {
  if (style.pretty) restyle(document.contents as Node | null);
  return document.toString({ indent: Math.max(1, style.indent), lineWidth: 0, flowCollectionPadding: false });
}

function restyle(node: Node | null): void {
  if (isMap(node)) {
    node.flow = false;
    for (const pair of node.items) restyle(pair.value as Node | null);
  } else if (isSeq(node)) {
    node.flow = false;
    for (const item of node.items) restyle(item as Node | null);
  } else if (isScalar(node)) {
    delete node.type;
  }
}

export function writeValue(value: Json, style: YamlStyle): string {
  if (typeof value === "string") return `${value}\n`;
  return writeDocument(new YamlDocument(toPlain(value)), style);
}

/** `-o props`: "a.b.0 = x". */
export function properties(value: Json, path = ""): string {
  const inside = (key: string | number, item: Json) => properties(item, path === "" ? String(key) : `${path}.${key}`);
  if (isArray(value)) return value.map((item, index) => inside(index, item)).join("");
  if (isObject(value)) return [...value].map(([key, item]) => inside(key, item)).join("");
  return `${path} = ${value === null ? "" : String(value)}\n`;
}
