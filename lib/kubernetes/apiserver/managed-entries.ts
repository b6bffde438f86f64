/** `metadata.managedFields` as it is written: sorted, in the order of its fields, and each entry kept once. */
import { type FieldSet, fromFieldsV1, toFieldsV1 } from "../machinery/fields/field-set.ts";
import type { KubernetesObject, ManagedFieldsEntry } from "../machinery/types.ts";

/** One owner, and what it owns. */
export interface Manager {
  readonly entry: ManagedFieldsEntry;
  readonly set: FieldSet;
}

/** Applies before updates, then by time, manager, version (managedfields: sortEncodedManagedFields). */
export function write(object: KubernetesObject, managers: readonly Manager[]): void {
  const entries = managers.map(({ entry, set }) => {
    // Most entries are not touched by a write: those stay the very objects they are.
    if (entry.fieldsV1 !== undefined && fromFieldsV1(entry.fieldsV1 as never) === set) return entry;
    return { ...entry, fieldsV1: toFieldsV1(set) as Record<string, unknown> };
  });
  const compareText = (a = "", b = "") => (a < b ? -1 : a > b ? 1 : 0);
  entries.sort(
    (a, b) =>
      compareText(a.operation, b.operation) ||
      compareText(a.time, b.time) ||
      compareText(a.manager, b.manager) ||
      compareText(a.apiVersion, b.apiVersion) ||
      compareText(a.subresource, b.subresource),
  );
  if (entries.length === 0) delete object.metadata.managedFields;
  else object.metadata.managedFields = sharedEntries(entries.map(orderEntry));
}

/** The last entry that says who owns these fields, and the list of it alone. */
const lastEntries = new WeakMap<object, { readonly entry: ManagedFieldsEntry; list?: ManagedFieldsEntry[] }>();

/** What a manager makes in one second it owns alike: such entries, and lists of one of them, are kept once. */
function sharedEntries(entries: ManagedFieldsEntry[]): ManagedFieldsEntry[] {
  for (const [at, entry] of entries.entries()) {
    const { fieldsV1 } = entry;
    if (fieldsV1 === undefined || !Object.isFrozen(fieldsV1)) continue;
    const last = lastEntries.get(fieldsV1);
    if (last === undefined || !isSameEntry(last.entry, entry)) {
      lastEntries.set(fieldsV1, { entry: Object.freeze(entry) });
      continue;
    }
    entries[at] = last.entry;
    if (entries.length === 1) {
      last.list ??= Object.freeze([last.entry]) as ManagedFieldsEntry[];
      return last.list;
    }
  }
  return entries;
}

const isSameEntry = (a: ManagedFieldsEntry, b: ManagedFieldsEntry) =>
  a === b ||
  (a.time === b.time &&
    a.manager === b.manager &&
    a.operation === b.operation &&
    a.apiVersion === b.apiVersion &&
    a.subresource === b.subresource &&
    a.fieldsType === b.fieldsType);

function orderEntry(entry: ManagedFieldsEntry): ManagedFieldsEntry {
  if (Object.isFrozen(entry)) return entry;
  // Field by field: a literal that begins with a spread of one of two shapes gets a hidden class of its own from V8, as
  // large as the entry itself, and there are several entries in every version of every object.
  const { manager, operation, apiVersion, time, fieldsType, fieldsV1, subresource } = entry;
  if (
    manager !== undefined &&
    operation !== undefined &&
    apiVersion !== undefined &&
    time !== undefined &&
    fieldsType !== undefined &&
    fieldsV1 !== undefined
  ) {
    if (subresource === undefined) return { manager, operation, apiVersion, time, fieldsType, fieldsV1 };
    return { manager, operation, apiVersion, time, fieldsType, fieldsV1, subresource };
  }
  const given = Object.entries({ manager, operation, apiVersion, time, fieldsType, fieldsV1, subresource });
  return Object.fromEntries(given.filter(([, value]) => value !== undefined));
}
