/** What kubectl top prints, as pure functions (k8s.io/kubectl/pkg/metricsutil/metrics_printer.go). */
import { quantityNumber } from "../../../encoding/index.ts";
import { byText, type Json, listAt, nameOf, namespaceOf, textAt } from "../../object.ts";

/** Thousandths of a core, rounded up as Quantity.MilliValue does; bytes. */
interface Usage {
  readonly cpuMillis: number;
  readonly memoryBytes: number;
}

const MEBIBYTE = 1024 * 1024;

/** A resource list's cpu and memory; undefined for what is missing or no quantity. */
function usageOf(resources: Json | undefined): {
  cpuMillis: number | undefined;
  memoryBytes: number | undefined;
} {
  const cpu = quantityNumber(textAt(resources, "cpu"));
  const memory = quantityNumber(textAt(resources, "memory"));
  return {
    // Nanocores are exact below a million cores: the product is rounded before it is rounded up.
    cpuMillis: cpu === undefined ? undefined : Math.ceil(Number((cpu * 1000).toFixed(6))),
    memoryBytes: memory === undefined ? undefined : Math.ceil(memory),
  };
}

const whole = (resources: Json | undefined): Usage => {
  const { cpuMillis = 0, memoryBytes = 0 } = usageOf(resources);
  return { cpuMillis, memoryBytes };
};

const sum = (parts: readonly Usage[]): Usage => ({
  cpuMillis: parts.reduce((total, part) => total + part.cpuMillis, 0),
  memoryBytes: parts.reduce((total, part) => total + part.memoryBytes, 0),
});

/** "" is by name. */
export type SortKey = "" | "cpu" | "memory";

function order<T>(items: readonly T[], key: SortKey, usage: (item: T) => Usage, byName: (a: T, b: T) => number): T[] {
  const value = (item: T) => (key === "cpu" ? usage(item).cpuMillis : usage(item).memoryBytes);
  return [...items].sort(key === "" ? byName : (a, b) => value(b) - value(a));
}

const cells = (values: readonly string[]): string => `${values.map((value) => `${value}\t`).join("")}\n`;
const amounts = ({ cpuMillis, memoryBytes }: Usage): string[] => [
  `${cpuMillis}m`,
  `${Math.trunc(memoryBytes / MEBIBYTE)}Mi`,
];

const NODE_COLUMNS = ["NAME", "CPU(cores)", "CPU(%)", "MEMORY(bytes)", "MEMORY(%)"];

/** `available`: what each node has (allocatable or capacity), by name. Nodes without metrics come last. */
export function nodeLines(
  metrics: readonly Json[],
  available: ReadonlyMap<string, Json>,
  options: { readonly noHeaders: boolean; readonly sortBy: SortKey },
): string[] {
  const lines = options.noHeaders ? [] : [cells(NODE_COLUMNS)];
  const sorted = order(
    metrics,
    options.sortBy,
    (item) => whole(textUsage(item)),
    (a, b) => byText(nameOf(a as never), nameOf(b as never)),
  );
  const seen = new Set<string>();
  for (const item of sorted) {
    const name = textAt(item, "metadata", "name");
    seen.add(name);
    const used = whole(textUsage(item));
    const have = usageOf(available.get(name));
    const share = (part: number, all: number | undefined) =>
      all === undefined || all === 0 ? [] : [`${Math.trunc((part / all) * 100)}%`];
    const [cpu = "", memory = ""] = amounts(used);
    lines.push(
      cells([
        name,
        cpu,
        ...share(used.cpuMillis, have.cpuMillis),
        memory,
        ...share(used.memoryBytes, have.memoryBytes),
      ]),
    );
  }
  for (const name of available.keys()) if (!seen.has(name)) lines.push(cells([name, ...Array(4).fill("<unknown>")]));
  return lines;
}

const textUsage = (item: Json): Json => (item as Record<string, Json>)["usage"] ?? {};

interface PodLineOptions {
  readonly noHeaders: boolean;
  readonly withNamespace: boolean;
  readonly containers: boolean;
  readonly sum: boolean;
  readonly sortBy: SortKey;
}

export function podLines(metrics: readonly Json[], options: PodLineOptions): string[] {
  const front = [...(options.withNamespace ? ["NAMESPACE"] : []), ...(options.containers ? ["POD"] : []), "NAME"];
  const lines = options.noHeaders ? [] : [cells([...front, "CPU(cores)", "MEMORY(bytes)"])];
  const containersOf = (item: Json) =>
    listAt(item, "containers").map((one) => ({ name: textAt(one, "name"), usage: whole(textUsage(one)) }));
  const total = (item: Json) => sum(containersOf(item).map(({ usage }) => usage));
  const named = (item: Json) => [namespaceOf(item as never), nameOf(item as never)] as const;
  const sorted = order(metrics, options.sortBy, total, (a, b) => {
    const [x, y] = [named(a), named(b)];
    return (options.withNamespace ? byText(x[0], y[0]) : 0) || byText(x[1], y[1]);
  });
  for (const item of sorted) {
    const [namespace, name] = named(item);
    const place = options.withNamespace ? [namespace] : [];
    if (!options.containers) lines.push(cells([...place, name, ...amounts(total(item))]));
    else {
      const all = order(
        containersOf(item),
        options.sortBy,
        ({ usage }) => usage,
        (a, b) => byText(a.name, b.name),
      );
      for (const one of all) lines.push(cells([...place, name, one.name, ...amounts(one.usage)]));
    }
  }
  if (options.sum) {
    const blank = front.map(() => "");
    lines.push(cells([...blank, "________", "________"]));
    lines.push(cells([...blank, ...amounts(sum(metrics.map(total)))]));
  }
  return lines;
}
