/** Names that changed, changed too where others refer to them (kustomize api/filters/nameref). */
import { isObject, type Json, type JsonObject, textAt } from "../object.ts";
import { BuildError } from "./errors.ts";
import { placesOf, setPlace, valueAt } from "./field-specs.ts";
import { REFERENCES, type ReferenceRule } from "./reference-specs.ts";
import {
  effectiveNamespace,
  type Gvk,
  identityText,
  isClusterScoped,
  isSelected,
  type Resource,
  sameNamespace,
} from "./resource.ts";
import type { Resources } from "./resources.ts";

const sameList = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((item, index) => item === b[index]);

/** The object that `name` in `referrer` means; undefined where it is none of the build's. */
function referralOf(
  name: string,
  referrer: Resource,
  target: Partial<Gvk>,
  candidates: readonly Resource[],
): Resource | undefined {
  const isBinding = referrer.gvk.kind === "RoleBinding" && target.kind === "ServiceAccount";
  const roleKind =
    referrer.gvk.kind.endsWith("RoleBinding") && target.kind?.endsWith("Role")
      ? textAt(referrer.object, "roleRef", "kind")
      : "";
  let found = candidates.filter(
    (candidate) =>
      candidate.identities.some((id) => id.name === name && isSelected(id, target)) &&
      (roleKind === "" || candidate.gvk.kind === roleKind) &&
      (isBinding ||
        isClusterScoped(referrer.gvk) ||
        isClusterScoped(candidate.gvk) ||
        sameNamespace(candidate.current, { ...candidate.current, namespace: referrer.namespace })),
  );
  if (found.length > 1) {
    const closer = found.filter(
      (one) => sameList(one.prefixes, referrer.prefixes) && sameList(one.suffixes, referrer.suffixes),
    );
    if (closer.length > 0) found = closer;
  }
  if (found.length > 1) {
    // Renamed twice, an older name may be another's: the original one counts.
    const originals = found.filter((one) => one.original.name === name);
    if (originals.length > 0) found = originals;
  }
  const [first] = found;
  if (first === undefined || found.every((one) => one.name === first.name)) return first;
  const ids = found.map((one) => identityText(one.current)).join(", ");
  throw new BuildError(`found multiple possible referrals: ${ids}`);
}

/** A reference with a name and, maybe, a namespace of its own. */
function fixMapping(node: JsonObject, referrer: Resource, target: Partial<Gvk>, all: readonly Resource[]): void {
  const name = node["name"];
  if (typeof name !== "string") return;
  const namespace = textAt(node, "namespace");
  let candidates = all;
  if (namespace !== "") {
    // What names no namespace is in "default".
    const original = all.filter((one) => effectiveNamespace(one.original) === namespace);
    candidates = original.length > 0 ? original : all.filter((one) => effectiveNamespace(one.current) === namespace);
  }
  const referral = referralOf(name, referrer, target, candidates);
  if (referral === undefined) return;
  node["name"] = referral.name;
  if (referral.namespace !== "") node["namespace"] = referral.namespace;
}

function fixPlace(
  value: Json | undefined,
  referrer: Resource,
  target: Partial<Gvk>,
  all: readonly Resource[],
): Json | undefined {
  if (typeof value === "string") return referralOf(value, referrer, target, all)?.name ?? value;
  if (Array.isArray(value)) return value.map((item) => fixPlace(item, referrer, target, all) ?? null);
  if (isObject(value)) fixMapping(value, referrer, target, all);
  return value;
}

/** `more`: rules of the build's own. `spend`: pays for the work, object by object. */
export async function fixReferences(
  resources: Resources,
  more: readonly ReferenceRule[],
  spend: () => Promise<void> | void,
): Promise<void> {
  for (const referrer of resources.list) {
    await spend();
    for (const { target, fields } of [...REFERENCES, ...more]) {
      for (const spec of fields) {
        for (const place of placesOf(referrer, spec, "scalar")) {
          const fixed = fixPlace(valueAt(place), referrer, target, resources.list);
          if (fixed !== undefined) setPlace(place, fixed);
        }
      }
    }
  }
}
