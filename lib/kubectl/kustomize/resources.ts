/** The ordered objects of a build, unique by identity (kustomize api/resmap). */
import { isObject, type JsonObject, objectAt } from "../object.ts";
import { BuildError } from "./errors.ts";
import { type Identity, identityDump, identityText, type Resource, sameIdentity } from "./resource.ts";

export class Resources {
  list: Resource[] = [];

  byAnyIdentity(id: Identity): Resource[] {
    return this.list.filter((resource) => resource.identities.some((one) => sameIdentity(one, id)));
  }
  byCurrentIdentity(id: Identity): Resource[] {
    return this.list.filter((resource) => sameIdentity(resource.current, id));
  }

  append(resource: Resource): void {
    const id = resource.current;
    if (this.byCurrentIdentity(id).length > 0)
      throw new BuildError(`may not add resource with an already registered id: ${identityText(id)}`);
    this.list.push(resource);
  }

  /** Takes a generated object: adds it, or merges it into the one that has its identity, as its behaviour says. */
  absorb(resource: Resource): void {
    const id = resource.current;
    const matches = this.byAnyIdentity(id);
    const [old] = matches;
    if (old === undefined) {
      if (resource.behavior === "merge" || resource.behavior === "replace")
        throw new BuildError(`id ${identityDump(id)} does not exist; cannot merge or replace`);
      this.list.push(resource);
      return;
    }
    if (matches.length > 1)
      throw new BuildError(
        `found multiple objects [${matches.map((one) => identityText(one.current)).join(" ")}] that could accept merge of ${identityText(id)}`,
      );
    if (resource.behavior !== "merge" && resource.behavior !== "replace")
      throw new BuildError(`id ${identityDump(id)} exists; behavior must be merge or replace`);
    inherit(resource, old, resource.behavior === "merge");
    this.list[this.list.indexOf(old)] = resource;
  }
}

/** What of the older object stays: its name and history, its labels and annotations; with `data`, its keys too. */
function inherit(resource: Resource, old: Resource, data: boolean): void {
  const merged = (field: string, from: JsonObject, to: JsonObject) => {
    const both = { ...objectAt(from, field), ...objectAt(to, field) };
    if (Object.keys(both).length > 0) to[field] = both;
  };
  const [before, after] = [objectAt(old.object, "metadata"), objectAt(resource.object, "metadata")];
  merged("labels", before, after);
  merged("annotations", before, after);
  resource.object["metadata"] = {
    ...after,
    name: old.name,
    ...(old.namespace === "" ? {} : { namespace: old.namespace }),
  };
  if (data) {
    for (const field of ["data", "binaryData"]) merged(field, old.object, resource.object);
    const [text, binary] = [objectAt(resource.object, "data"), objectAt(resource.object, "binaryData")];
    const own = resource.object;
    // A key is in one of the two: the newer object says in which.
    for (const key of Object.keys(binary))
      if (isObject(own["data"]) && key in text && !(key in objectAt(old.object, "data"))) delete binary[key];
  }
  resource.previous.splice(0, resource.previous.length, ...old.previous);
  resource.prefixes.push(...old.prefixes);
  resource.suffixes.push(...old.suffixes);
  resource.needsHash = resource.needsHash && old.needsHash;
}
