/** Helm's own conversions: YAML, JSON and TOML (helm.sh/helm/v3/pkg/engine/funcs.go). */
import { type FunctionTable, fn, isMap, type Value } from "../../template/index.ts";
import { messageOf } from "../errors.ts";
import { goJson, parseJson, toPlain } from "../sprig/json.ts";
import { readYaml, valueToYaml } from "../yaml.ts";
import { toToml } from "./toml.ts";

const goKind = (value: Value): string =>
  Array.isArray(value) ? "array" : typeof value === "boolean" ? "bool" : typeof value;

/** What is no map or list is told in the value, as upstream does it. */
const mapOr = (read: () => Value) => (): Value => {
  try {
    const value = read();
    if (value === null || value === undefined) return {};
    if (isMap(value)) return value;
    return {
      Error: `json: cannot unmarshal ${goKind(value)} into Go value of type map[string]interface {}`,
    };
  } catch (error) {
    return { Error: messageOf(error) };
  }
};
const listOr = (read: () => Value) => (): Value => {
  try {
    const value = read();
    if (value === null || value === undefined) return [];
    if (Array.isArray(value)) return value;
    return [`json: cannot unmarshal ${isMap(value) ? "object" : goKind(value)} into Go value of type []interface {}`];
  } catch (error) {
    return [messageOf(error)];
  }
};
const yamlWords = (read: () => Value) => (): Value => {
  const value = read();
  const error = isMap(value) ? value["Error"] : Array.isArray(value) && value.length === 1 ? value[0] : undefined;
  const wrong = typeof error === "string" && error.startsWith("json: cannot unmarshal");
  if (!wrong) return value;
  const words = `error unmarshaling JSON: while decoding JSON: ${error}`;
  return Array.isArray(value) ? [words] : { Error: words };
};

const yaml = (value: Value): string => valueToYaml(value).replace(/\n$/, "");

export const CONVERSIONS: FunctionTable = {
  toYaml: fn("any", yaml),
  mustToYaml: fn("any", yaml),
  toYamlPretty: fn("any", () => {
    throw new Error("toYamlPretty is not available here; use toYaml");
  }),
  fromYaml: fn("string", (text: string) => yamlWords(mapOr(() => readYaml(text) as Value))()),
  fromYamlArray: fn("string", (text: string) => yamlWords(listOr(() => readYaml(text) as Value))()),
  toJson: fn("any", (value: Value) => {
    try {
      return goJson(value);
    } catch {
      return "";
    }
  }),
  mustToJson: fn("any", (value: Value) => goJson(value)),
  fromJson: fn("string", (text: string) => mapOr(() => parseJson(text))()),
  fromJsonArray: fn("string", (text: string) => listOr(() => parseJson(text))()),
  toToml: fn("any", (value: Value) => {
    try {
      return toToml(toPlain(value));
    } catch (error) {
      return messageOf(error);
    }
  }),
  fromToml: fn("string", () => {
    throw new Error("reading TOML is not available here");
  }),
};
