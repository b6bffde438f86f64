/** How values of charts, subcharts and people become one (helm.sh/helm/v3/pkg/chartutil/coalesce.go). */
import { formatValue, get, isMap, put, type Value, type ValueMap } from "../../template/index.ts";
import { HelmError } from "../errors.ts";
import { deepCopy } from "../sprig/collections.ts";
import type { Chart } from "./types.ts";

/** Told of values that do not fit together, as upstream logs them. */
export type Warn = (text: string) => void;

const at = (prefix: string, key: string): string => (prefix === "" ? key : `${prefix}.${key}`);
export const copyOf = (values: ValueMap): ValueMap => deepCopy(values) as ValueMap;

/** CoalesceValues: null removes a key. */
export const coalesceValues = (chart: Chart, values: ValueMap, warn: Warn): ValueMap =>
  coalesce(chart, copyOf(values), "", false, warn);
/** MergeValues: null stays, for those who coalesce later. */
export const mergeValues = (chart: Chart, values: ValueMap, warn: Warn): ValueMap =>
  coalesce(chart, copyOf(values), "", true, warn);

function coalesce(chart: Chart, values: ValueMap, prefix: string, merge: boolean, warn: Warn): ValueMap {
  const name = at(prefix, chart.metadata.name);
  for (const [key, theirs] of Object.entries(copyOf(chart.values))) {
    if (!Object.hasOwn(values, key)) {
      put(values, key, theirs);
      continue;
    }
    const ours = values[key];
    if ((ours === null || ours === undefined) && !merge) delete values[key];
    else if (isMap(ours)) {
      if (isMap(theirs)) coalesceTables(ours, theirs, at(name, key), merge, warn);
      else if (theirs !== null) warn(`warning: skipped value for ${at(name, key)}: Not a table.`);
    }
  }
  for (const child of chart.dependencies) {
    const childName = child.metadata.name;
    const section = get(values, childName);
    if (section === undefined) put(values, childName, {});
    else if (!isMap(section)) throw new HelmError(`type mismatch on ${childName}: %!t(${goTypeAndValue(section)})`);
    const inner = values[childName] as ValueMap;
    coalesceGlobals(inner, values, at(prefix, chart.metadata.name), merge, warn);
    put(values, childName, coalesce(child, inner, at(prefix, chart.metadata.name), merge, warn));
  }
  return values;
}

const goTypeAndValue = (value: Value): string =>
  value === null || value === undefined
    ? "<nil>"
    : `${typeof value === "number" ? "float64" : typeof value === "boolean" ? "bool" : Array.isArray(value) ? "[]interface {}" : "string"}=${formatValue(value)}`;

function coalesceGlobals(into: ValueMap, from: ValueMap, prefix: string, merge: boolean, warn: Warn): void {
  const ours = get(into, "global") ?? {};
  const theirs = get(from, "global") ?? {};
  if (!isMap(ours) || !isMap(theirs)) {
    warn(`warning: skipping globals because ${isMap(ours) ? "source" : "destination"} global is not a table.`);
    return;
  }
  for (const [key, value] of Object.entries(theirs)) {
    const own = get(ours, key);
    if (isMap(value)) {
      const copy = copyOf(value);
      if (own === undefined) put(ours, key, copy);
      else if (!isMap(own)) warn(`Conflict: cannot merge map onto non-map for ${JSON.stringify(key)}. Skipping.`);
      else {
        // Globals of above win over those of below.
        coalesceTables(copy, own, at(prefix, key), merge, warn);
        put(ours, key, copy);
      }
    } else if (isMap(own)) warn(`Conflict: cannot merge non-map onto map for ${JSON.stringify(key)}. Skipping.`);
    else put(ours, key, value);
  }
  put(into, "global", ours);
}

/** Fills `into` from `from`; what is there already wins. */
export function coalesceTables(into: ValueMap, from: ValueMap, prefix: string, merge: boolean, warn: Warn): ValueMap {
  for (const [key, value] of Object.entries(into)) if (value === null && Object.hasOwn(from, key)) put(from, key, null);
  for (const [key, theirs] of Object.entries(from)) {
    const name = at(prefix, key);
    if (!Object.hasOwn(into, key)) {
      put(into, key, theirs);
      continue;
    }
    const ours = into[key];
    if (!merge && (ours === null || ours === undefined)) delete into[key];
    else if (isMap(theirs)) {
      if (isMap(ours)) coalesceTables(ours, theirs, name, merge, warn);
      else warn(`warning: cannot overwrite table with non table for ${name} (${formatValue(theirs)})`);
    } else if (isMap(ours) && theirs !== null)
      warn(`warning: destination for ${name} is a table. Ignoring non-table value (${formatValue(theirs)})`);
  }
  return into;
}

/** Values.Table: the map at a path of keys; undefined where there is none. */
export function tableAt(values: ValueMap, path: string): ValueMap | undefined {
  let current: Value = values;
  for (const key of path.split(".")) {
    if (!isMap(current)) return undefined;
    current = get(current, key);
  }
  return isMap(current) ? current : undefined;
}
/** Values.PathValue: what is no map. */
export function valueAt(values: ValueMap, path: string): Value {
  let current: Value = values;
  for (const key of path.split(".")) {
    if (!isMap(current)) return undefined;
    current = get(current, key);
  }
  return isMap(current) ? undefined : current;
}

/** Files and flags: maps are merged, all else of the later wins (pkg/cli/values mergeMaps). */
export function mergeMaps(a: ValueMap, b: ValueMap): ValueMap {
  const out: ValueMap = { ...a };
  for (const [key, value] of Object.entries(b)) {
    const before = get(out, key);
    put(out, key, isMap(value) && isMap(before) ? mergeMaps(before, value) : value);
  }
  return out;
}
