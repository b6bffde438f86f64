/** YAML as sigs.k8s.io/yaml reads and writes it, with kubectl's own reader and writer. */
import { isObject, type Json, type JsonObject } from "../kubectl/object.ts";
import { toYaml as printYaml } from "../kubectl/printers/yaml.ts";
import { YamlProblem, yamlToJson } from "../kubectl/resources/go-yaml.ts";
import { put, type Value, type ValueMap } from "../template/index.ts";
import { HelmError } from "./errors.ts";
import { toPlain } from "./sprig/json.ts";

/** One document. Throws what upstream says of a text that is none. */
export function readYaml(text: string): Json {
  try {
    // A document may begin with its marker; what follows another one is not looked at.
    return yamlToJson(firstDocument(text));
  } catch (error) {
    if (error instanceof YamlProblem) throw new HelmError(`error converting YAML to JSON: ${error.message}`);
    throw error;
  }
}
/** Letters read between two turns of others. */
const PIECE = 4096;
const LETTERS_PER_UNIT = 0.8;

/**
 * `readYaml` for long texts: a map is read a few of its keys at a time, others running in between. Where that cannot
 * be done (anchors, several documents, what is no map), or where something is wrong, it is read whole.
 */
export async function readYamlPaced(text: string, pay: (units: number) => Promise<void> | void): Promise<Json> {
  if (text.length > PIECE && !/^(---|\.\.\.|%)|[\s[{,][&*][A-Za-z0-9_]|<<:/m.test(text)) {
    const whole: JsonObject = {};
    let good = true;
    for (const piece of pieces(text)) {
      await pay(piece.length / LETTERS_PER_UNIT);
      let part: Json;
      try {
        part = yamlToJson(piece);
      } catch (error) {
        if (!(error instanceof YamlProblem)) throw error;
        good = false;
        break;
      }
      if (part === null) continue;
      if (!isObject(part)) {
        good = false;
        break;
      }
      for (const [key, value] of Object.entries(part)) put(whole as ValueMap, key, value as Value);
    }
    if (good) return whole;
  }
  await pay(text.length / LETTERS_PER_UNIT);
  return readYaml(text);
}

/** A text in pieces that begin with a key of its outermost map. */
function pieces(text: string): string[] {
  const found: string[] = [];
  let start = 0;
  for (const match of text.matchAll(/^[^\s#\-[\]{}"'|>][^\n]*/gm)) {
    if (match.index - start < PIECE) continue;
    found.push(text.slice(start, match.index));
    start = match.index;
  }
  return [...found, text.slice(start)];
}

function firstDocument(text: string): string {
  const body = text.replace(/^(\s*(#[^\n]*)?\n)*---[^\S\n]*(#[^\n]*)?\n/, (marker) => marker.replace("---", "   "));
  const next = body.search(/^---(\s|$)/m);
  return next <= 0 ? body : body.slice(0, next);
}
export const writeYaml = (value: Json): string => printYaml(value);
export const valueToYaml = (value: Value): string => printYaml(toPlain(value) as Json);
