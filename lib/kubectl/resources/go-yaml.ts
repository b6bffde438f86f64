/** Manifests as Go reads them: documents split at lines of "---", YAML 1.1 scalars, go-yaml's words for what is wrong. */
import type { Json } from "../object.ts";
import { compose } from "./yaml/composer.ts";
import { YamlProblem } from "./yaml/cursor.ts";
import { jsonOf } from "./yaml/values.ts";

export { YamlProblem } from "./yaml/cursor.ts";

/** A line that begins with "---" and goes on with something else. */
export class BadSeparator extends Error {}

/**
 * Documents of a stream (k8s.io/apimachinery/pkg/util/yaml YAMLReader): a line of "---", where anything stands before
 * it, ends one; a comment may stand behind it. One that comes first belongs to what follows. Line ends become "\n".
 * Throws `BadSeparator` when it comes to one.
 */
export function* splitDocuments(stream: string): Generator<string, void> {
  const text = stream.includes("\r\n") ? stream.replaceAll("\r\n", "\n") : stream;
  let start = 0;
  for (const match of text.matchAll(/^---([^\n]*)(?:\n|$(?![\s\S]))/gm)) {
    const behind = (match[1] ?? "").trim();
    if (behind !== "" && !behind.startsWith("#")) throw new BadSeparator(`invalid Yaml document separator: ${behind}`);
    if (match.index === start) continue;
    yield text.slice(start, match.index);
    start = match.index + match[0].length;
  }
  if (start < text.length) yield text.slice(start);
}

/** What go-yaml's reader takes: no control characters but those of white space. */
const UNREADABLE = /[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;

/** One YAML document as JSON. Throws `YamlProblem`. An empty document is null; of several, the first counts. */
export function yamlToJson(text: string): Json {
  if (UNREADABLE.test(text)) throw new YamlProblem("yaml: control characters are not allowed");
  const node = compose(text.startsWith("\ufeff") ? text.slice(1) : text);
  return node === undefined ? null : jsonOf(node);
}
