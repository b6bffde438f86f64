/** Which subcharts take part, under which names, and what they export (chartutil/dependencies.go). */
import { formatValue, get, isMap, put, type Value, type ValueMap } from "../../template/index.ts";
import { HelmError } from "../errors.ts";
import { parseVersion, satisfies } from "../sprig/semver.ts";
import type { Chart, Dependency } from "./types.ts";
import { coalesceTables, coalesceValues, copyOf, mergeValues, tableAt, valueAt, type Warn } from "./values.ts";

/** ProcessDependenciesWithMerge. Changes the chart. */
export function processDependencies(chart: Chart, values: ValueMap, warn: Warn): void {
  enable(chart, values, "", warn);
  importValues(chart, warn);
}

function isCompatible(range: string, version: string): boolean {
  try {
    return satisfies(range, parseVersion(version));
  } catch {
    return false;
  }
}

function aliased(charts: readonly Chart[], dependency: Dependency, parent: Chart): Chart | undefined {
  const found = charts.find(
    (chart) => chart.metadata.name === dependency.name && isCompatible(dependency.version, chart.metadata.version),
  );
  if (found === undefined) return undefined;
  const copy: Chart = {
    ...found,
    metadata: {
      ...found.metadata,
      name: dependency.alias || found.metadata.name,
      dependencies: found.metadata.dependencies.map((one) => ({ ...one })),
    },
    parent,
  };
  copy.dependencies = found.dependencies.map((child) => ({ ...child, parent: copy }));
  return copy;
}

function enable(chart: Chart, values: ValueMap, path: string, warn: Warn): void {
  const declared = chart.metadata.dependencies;
  if (declared.length === 0) {
    for (const child of chart.dependencies) enable(child, values, `${path}${child.metadata.name}.`, warn);
    return;
  }
  const taking: Chart[] = chart.dependencies.filter(
    (child) =>
      !declared.some((one) => one.name === child.metadata.name && isCompatible(one.version, child.metadata.version)),
  );
  for (const dependency of declared) {
    const child = aliased(chart.dependencies, dependency, chart);
    if (child !== undefined) taking.push(child);
    if (dependency.alias !== "") dependency.name = dependency.alias;
    dependency.enabled = true;
  }
  chart.dependencies = taking;
  const all = coalesceValues(chart, values, warn);
  for (const dependency of declared) {
    byTags(dependency, all, warn);
    byCondition(dependency, all, path, warn);
  }
  const off = new Set(declared.filter((one) => !one.enabled).map((one) => one.name));
  chart.dependencies = taking.filter((child) => !off.has(child.metadata.name));
  for (const child of chart.dependencies) enable(child, all, `${path}${child.metadata.name}.`, warn);
  chart.metadata.dependencies = declared.filter((one) => !off.has(one.name));
}

function byTags(dependency: Dependency, values: ValueMap, warn: Warn): void {
  const tags = tableAt(values, "tags");
  if (tags === undefined) return;
  let [on, off] = [false, false];
  for (const name of dependency.tags) {
    const tag = get(tags, name);
    if (tag === undefined) continue;
    if (typeof tag !== "boolean") warn(`Warning: Tag '${name}' for chart ${dependency.name} returned non-bool value`);
    else if (tag) on = true;
    else off = true;
  }
  dependency.enabled = on || !off;
}

function byCondition(dependency: Dependency, values: ValueMap, path: string, warn: Warn): void {
  for (const condition of dependency.condition.split(",").map((one) => one.trim())) {
    if (condition === "") continue;
    const value = valueAt(values, path + condition);
    if (typeof value === "boolean") {
      dependency.enabled = value;
      return;
    }
    if (value !== undefined)
      warn(`Warning: Condition path '${condition}' for chart ${dependency.name} returned non-bool value`);
  }
}

function importValues(chart: Chart, warn: Warn): void {
  for (const child of chart.dependencies) importValues(child, warn);
  if (chart.metadata.dependencies.every((one) => one.importValues.length === 0)) return;
  const all = mergeValues(chart, {}, warn);
  const imported: ValueMap = {};
  for (const dependency of chart.metadata.dependencies) {
    for (const wish of dependency.importValues as Value[]) {
      const child = isMap(wish) ? formatValue(get(wish, "child")) : `exports.${formatValue(wish)}`;
      const parent = isMap(wish) ? formatValue(get(wish, "parent")) : ".";
      const table = tableAt(all, `${dependency.name}.${child}`);
      if (table === undefined) {
        warn(
          `Warning: ImportValues missing table from chart ${dependency.name}: ${JSON.stringify(child)} is not a table`,
        );
        continue;
      }
      coalesceTables(imported, below(parent, copyOf(table)), "", true, warn);
    }
  }
  chart.values = coalesceTables(all, imported, "", true, warn);
}

function below(path: string, table: ValueMap): ValueMap {
  if (path === "." || path === "") return table;
  return path.split(".").reduceRight<ValueMap>((inner, key) => {
    const outer: ValueMap = {};
    put(outer, key, inner);
    return outer;
  }, table);
}

/** action.CheckDependencies: what Chart.yaml asks for must be in charts/. */
export function checkDependencies(chart: Chart): void {
  const missing = chart.metadata.dependencies
    .filter((one) => !chart.dependencies.some((child) => child.metadata.name === one.name))
    .map((one) => one.name);
  if (missing.length > 0)
    throw new HelmError(`found in Chart.yaml, but missing in charts/ directory: ${missing.join(", ")}`);
}
