/** Columns and cells that many kinds share (pkg/printers/internalversion/printers.go). */
import { age } from "../../../encoding/index.ts";
import type { KubernetesObject, LabelSelector } from "../../machinery/types.ts";
import type { Column } from "../definition.ts";
import type { Container } from "../types.ts";

type Cell<T> = Column<T>["cell"];

/** A column that is always shown. */
export function column<T>(name: string, type: Column<T>["type"], description: string, cell: Cell<T>): Column<T> {
  return { name, type, description, priority: 0, cell };
}

/** A column of -o wide. */
export function wide<T>(name: string, type: Column<T>["type"], description: string, cell: Cell<T>): Column<T> {
  return { name, type, description, priority: 1, cell };
}

export function nameColumn<T extends KubernetesObject>(
  cell: Cell<T> = (object) => object.metadata.name ?? "",
): Column<T> {
  return {
    name: "Name",
    type: "string",
    format: "name",
    description: "Unique within its namespace.",
    priority: 0,
    cell,
  };
}

export function ageColumn<T extends KubernetesObject>(): Column<T> {
  return column("Age", "string", "Time since creation.", (object, now) => age(object.metadata.creationTimestamp, now));
}

export function createdAtColumn<T extends KubernetesObject>(): Column<T> {
  return column("Created At", "date", "Time of creation.", (object) => object.metadata.creationTimestamp ?? "");
}

/** "a=b,c=d", in order of the keys; "<none>" for no labels. */
export function formatLabels(labels: Readonly<Record<string, string>> | undefined): string {
  const pairs = Object.keys(labels ?? {})
    .sort()
    .map((key) => `${key}=${labels?.[key]}`);
  return pairs.length === 0 ? "<none>" : pairs.join(",");
}

/** A selector as kubectl writes it (metav1.FormatLabelSelector): "a=b,c in (d,e),!f". */
export function formatLabelSelector(selector: LabelSelector | undefined): string {
  if (selector === undefined) return "<none>";
  const requirements = Object.entries(selector.matchLabels ?? {}).map(([key, value]) => ({
    key,
    text: `${key}=${value}`,
  }));
  for (const { key, operator, values = [] } of selector.matchExpressions ?? []) {
    const list = `(${[...values].sort().join(",")})`;
    switch (operator) {
      case "In":
        requirements.push({ key, text: `${key} in ${list}` });
        break;
      case "NotIn":
        requirements.push({ key, text: `${key} notin ${list}` });
        break;
      case "Exists":
        requirements.push({ key, text: key });
        break;
      case "DoesNotExist":
        requirements.push({ key, text: `!${key}` });
        break;
      default:
        return "<error>";
    }
  }
  requirements.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  return requirements.length === 0 ? "<none>" : requirements.map(({ text }) => text).join(",");
}

/** The columns Containers and Images of everything that has a Pod template. */
export function containerColumns<T>(
  containers: (object: T) => readonly Container[] | undefined,
  make: typeof wide = wide,
): Column<T>[] {
  const list = (pick: (container: Container) => string) => (object: T) =>
    (containers(object) ?? []).map(pick).join(",");
  return [
    make(
      "Containers",
      "string",
      "Names of the containers.",
      list((container) => container.name),
    ),
    make(
      "Images",
      "string",
      "Images of the containers.",
      list((container) => container.image ?? ""),
    ),
  ];
}

/** The first three of a list and how many more there are. */
export function firstThree(items: readonly string[], none: string): string {
  if (items.length > 3) return `${items.slice(0, 3).join(",")} + ${items.length - 3} more...`;
  return items.join(",") || none;
}
