/** Resource files as kustomize reads them: go-yaml v3, whose plain words are text and whose numbers with a leading 0 are octal. */
import { parseAllDocuments, type ScalarTag } from "yaml";
import type { Json } from "../object.ts";
import { splitDocuments, YamlProblem, yamlToJson } from "../resources/go-yaml.ts";

const octal: ScalarTag = {
  tag: "tag:yaml.org,2002:int",
  default: true,
  test: /^[-+]?0[0-7_]+$/,
  resolve: (text) => Number.parseInt(text.replaceAll("_", ""), 8),
};
const separated: ScalarTag = {
  tag: "tag:yaml.org,2002:int",
  default: true,
  test: /^[-+]?[1-9][0-9]*_[0-9_]*$/,
  resolve: (text) => Number(text.replaceAll("_", "")),
};

/** All documents that are not empty. Throws `YamlProblem`. */
export function parseResources(text: string): Json[] {
  const documents = parseAllDocuments(text, {
    version: "1.2",
    merge: true,
    uniqueKeys: true,
    prettyErrors: false,
    logLevel: "silent",
    customTags: (tags) => [octal, separated, ...tags],
  });
  if (!Array.isArray(documents)) return [];
  if (documents.some(({ errors }) => errors.length > 0)) {
    // Said in go-yaml's words by the reader of manifests.
    for (const document of splitDocuments(text)) yamlToJson(document);
    throw new YamlProblem(documents.find(({ errors }) => errors.length > 0)?.errors[0]?.message ?? "yaml: malformed");
  }
  return documents.map((document) => document.toJS({ maxAliasCount: 100 }) as Json).filter((value) => value !== null);
}
