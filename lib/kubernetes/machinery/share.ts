/** One frozen value for all that look alike: what many objects of many clusters have in common is kept once. */
import { deepFreeze } from "./clone.ts";

/** Values kept; past it all are forgotten, and collected anew. */
const KEPT = 2048;
/** Longer ones (as JSON) are rarely seen twice. */
const LONGEST = 8192;
const values = new Map<string, unknown>();

/** A value equal to `value`, frozen: that one, or one that was seen before. Key order counts. */
export function shared<T>(value: T): T {
  if (value === null || typeof value !== "object" || Object.isFrozen(value)) return value;
  const key = JSON.stringify(value);
  if (key.length > LONGEST) return value;
  const before = values.get(key);
  if (before !== undefined) return before as T;
  if (values.size >= KEPT) values.clear();
  values.set(key, deepFreeze(value));
  return value;
}

/** Shares the parts of a Pod's spec, or of a template's, in place: each field, and of lists of objects each field of each. */
export function shareSpec(spec: object): void {
  if (Object.isFrozen(spec)) return;
  const fields = spec as Record<string, unknown>;
  for (const name in fields) {
    const field = fields[name];
    if (!LISTS.has(name) || !Array.isArray(field)) fields[name] = shared(field);
    else
      for (const item of field as Record<string, unknown>[])
        for (const key in item) if (!Object.isFrozen(item)) item[key] = shared(item[key]);
  }
}

/** The parts of a Pod's status that are alike for all Pods of a template. */
export function shareStatus(status: object): void {
  if (Object.isFrozen(status)) return;
  for (const list of Object.values(status))
    if (Array.isArray(list) && !Object.isFrozen(list))
      for (const item of list as Record<string, unknown>[])
        for (const key of ALIKE) if (item[key] !== undefined && !Object.isFrozen(item)) item[key] = shared(item[key]);
}

const ALIKE = ["user", "resources", "allocatedResources", "volumeMounts", "lastState"] as const;

/** Lists whose items differ by a name or two between Pods of one template. */
const LISTS = new Set(["containers", "initContainers", "volumes"]);
