/** The objects of a manifest and what Helm does to them (helm.sh/helm/v3/pkg/kube/client.go). */
import { pathOf, type Resource } from "../../kubectl/client/discovery.ts";
import { ApiError, isNotFound } from "../../kubectl/errors.ts";
import {
  clone,
  isObject,
  type JsonObject,
  nameOf,
  namespaceOf,
  parseApiVersion,
  stringsAt,
  textAt,
} from "../../kubectl/object.ts";
import { hasGoType } from "../../kubectl/patch/merge-keys.ts";
import { threeWayMergePatch, threeWayStrategicPatch } from "../../kubectl/patch/three-way.ts";
import { parseManifests } from "../../kubectl/resources/files.ts";
import { HelmError, messageOf } from "../errors.ts";
import { splitManifests } from "../release/manifests.ts";
import type { HelmRun } from "../run.ts";

/** One object with where it lives (resource.Info). */
export interface Info {
  readonly resource: Resource;
  readonly namespace: string;
  readonly name: string;
  object: JsonObject;
}
const FIELD_MANAGER = "helm";

const pathOfInfo = (info: Info, name = info.name): string => pathOf(info.resource, info.namespace, name);
/** "StatefulSet "web" in namespace "default"": as errors name an object. */
const described = (info: Info): string =>
  `${info.resource.kind} ${JSON.stringify(info.name)} in namespace ${JSON.stringify(info.namespace)}`;
export const sameObject = (a: Info, b: Info): boolean =>
  a.resource.kind === b.resource.kind &&
  a.resource.group === b.resource.group &&
  a.namespace === b.namespace &&
  a.name === b.name;

/** Several things went wrong at once, as hashicorp's multierror prints them. */
export function together(errors: readonly unknown[]): HelmError {
  const count = `${errors.length} error${errors.length === 1 ? "" : "s"} occurred:`;
  return new HelmError(
    `${count}\n${errors.map((error) => `\t* ${messageOf(error).replaceAll("\n", "\n\t")}\n`).join("")}\n`,
  );
}

/** KubeClient.Build. */
export async function build(run: HelmRun, manifest: string): Promise<Info[]> {
  const objects: JsonObject[] = [];
  for (const document of splitManifests(manifest)) {
    await run.process.spend(20 + document.length);
    objects.push(...parseManifests(document, "", true));
  }
  const infos: Info[] = [];
  const problems: string[] = [];
  for (const object of objects) {
    await run.process.spend(20);
    const apiVersion = textAt(object, "apiVersion");
    const kind = textAt(object, "kind");
    const { group, version } = parseApiVersion(apiVersion);
    const resource = await run.kubectl
      .lookUp((map) => map.byKind(kind, group, version) ?? fail())
      .catch((error: unknown) => {
        if (error instanceof Missing) return undefined;
        throw error;
      });
    if (resource === undefined) {
      problems.push(
        `resource mapping not found for name: ${JSON.stringify(nameOf(object))} namespace: ${JSON.stringify(namespaceOf(object))} from "": no matches for kind ${JSON.stringify(kind)} in version ${JSON.stringify(apiVersion)}\nensure CRDs are installed first`,
      );
      continue;
    }
    const namespace = resource.namespaced ? namespaceOf(object) || run.namespace : "";
    if (resource.namespaced && isObject(object["metadata"])) object["metadata"]["namespace"] = namespace;
    infos.push({ resource, namespace, name: nameOf(object), object });
  }
  if (problems.length === 1) throw new HelmError(problems[0] as string);
  if (problems.length > 1) throw new HelmError(`[${problems.join(", ")}]`);
  return infos;
}
class Missing extends Error {}
const fail = (): never => {
  throw new Missing();
};

export async function getLive(run: HelmRun, info: Info): Promise<JsonObject | undefined> {
  try {
    return await (await run.kubectl.rest()).get(pathOfInfo(info));
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

export async function createOne(run: HelmRun, info: Info): Promise<void> {
  const rest = await run.kubectl.rest();
  info.object = await rest.json("POST", pathOf(info.resource, info.namespace), {
    body: info.object,
    query: { fieldManager: FIELD_MANAGER },
  });
}

/** Creates all of them, also where some fail. */
export async function createAll(run: HelmRun, infos: readonly Info[]): Promise<void> {
  run.debug(`client.go:142: creating ${infos.length} resource(s)`);
  if (infos.length === 0) throw new HelmError("no objects visited");
  const errors: unknown[] = [];
  for (const info of infos) {
    try {
      await createOne(run, info);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      errors.push(error);
    }
  }
  if (errors.length > 0) throw together(errors);
}

const isDefinition = (info: Info): boolean => info.resource.group === "apiextensions.k8s.io";

async function patchOne(
  run: HelmRun,
  info: Info,
  original: JsonObject,
  live: JsonObject,
  force: boolean,
): Promise<void> {
  const rest = await run.kubectl.rest();
  if (force) {
    const body = clone(info.object);
    if (isObject(body["metadata"])) body["metadata"]["resourceVersion"] = textAt(live, "metadata", "resourceVersion");
    try {
      info.object = await rest.json("PUT", pathOfInfo(info), { body, query: { fieldManager: FIELD_MANAGER } });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      throw new HelmError(`failed to replace object: ${error.message}`);
    }
    return;
  }
  const typed = hasGoType(info.resource.group) && !isDefinition(info);
  const patch = typed
    ? threeWayStrategicPatch(info.resource.kind, original, info.object, live)
    : threeWayMergePatch(original, info.object, live);
  if (Object.keys(patch).length === 0) {
    run.debug(`client.go: Looks like there are no changes for ${info.resource.kind} ${JSON.stringify(info.name)}`);
    info.object = live;
    return;
  }
  try {
    info.object = await rest.json("PATCH", pathOfInfo(info), {
      body: patch,
      contentType: typed ? "application/strategic-merge-patch+json" : "application/merge-patch+json",
      query: { fieldManager: FIELD_MANAGER },
    });
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    throw new HelmError(`cannot patch ${JSON.stringify(info.name)} with kind ${info.resource.kind}: ${error.message}`);
  }
}

export interface UpdateResult {
  readonly created: Info[];
  readonly updated: Info[];
  readonly deleted: Info[];
  /** What went wrong; the rest was done all the same. */
  error?: unknown;
}

/** KubeClient.Update: from what the last release wanted to what this one wants. */
export async function updateAll(
  run: HelmRun,
  original: readonly Info[],
  target: readonly Info[],
  force: boolean,
): Promise<UpdateResult> {
  const result: UpdateResult = { created: [], updated: [], deleted: [] };
  const problems: string[] = [];
  for (const info of target) {
    try {
      const live = await getLive(run, info).catch((error: unknown) => {
        throw new HelmError(`could not get information about the resource: ${messageOf(error)}`);
      });
      if (live === undefined) {
        result.created.push(info);
        await createOne(run, info).catch((error: unknown) => {
          throw error instanceof ApiError ? new HelmError(`failed to create resource: ${error.message}`) : error;
        });
        continue;
      }
      const before = original.find((one) => sameObject(one, info));
      if (before === undefined)
        throw new HelmError(`no ${info.resource.kind} with the name ${JSON.stringify(info.name)} found`);
      try {
        await patchOne(run, info, before.object, live, force);
      } catch (error) {
        if (!(error instanceof HelmError)) throw error;
        problems.push(error.message);
      }
      result.updated.push(info);
    } catch (error) {
      if (!(error instanceof HelmError)) throw error;
      result.error = error;
      return result;
    }
  }
  if (problems.length > 0) {
    result.error = new HelmError(problems.join(" && "));
    return result;
  }
  for (const info of original) {
    if (target.some((one) => sameObject(one, info))) continue;
    const live = await getLive(run, info).catch(() => undefined);
    if (live === undefined) continue;
    if (isKept(stringsAt(live, "metadata", "annotations"))) {
      run.debug(
        `client.go: Skipping delete of ${JSON.stringify(info.name)} due to annotation [helm.sh/resource-policy=keep]`,
      );
      continue;
    }
    try {
      await deleteOne(run, info, "Background");
      result.deleted.push(info);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      run.debug(`client.go: Failed to delete ${JSON.stringify(info.name)}, err: ${error.message}`);
    }
  }
  return result;
}

export const isKept = (annotations: Readonly<Record<string, string>>): boolean =>
  (annotations["helm.sh/resource-policy"] ?? "").trim().toLowerCase() === "keep";

export type Propagation = "Background" | "Foreground" | "Orphan";

export async function deleteOne(run: HelmRun, info: Info, propagationPolicy: Propagation): Promise<void> {
  const rest = await run.kubectl.rest();
  await rest.json("DELETE", pathOfInfo(info), {
    body: { apiVersion: "v1", kind: "DeleteOptions", propagationPolicy },
  });
}

/** Deletes all of them; what is not there any more is no failure. */
export async function deleteAll(run: HelmRun, infos: readonly Info[], policy: Propagation): Promise<unknown[]> {
  const errors: unknown[] = [];
  for (const info of infos) {
    try {
      await deleteOne(run, info, policy);
    } catch (error) {
      if (isNotFound(error)) continue;
      if (!(error instanceof ApiError)) throw error;
      errors.push(error);
    }
  }
  return errors;
}

// ------------------------------------------------------------------------------------------------------------ ownership

const MANAGED_BY = "app.kubernetes.io/managed-by";
const RELEASE_NAME = "meta.helm.sh/release-name";
const RELEASE_NAMESPACE = "meta.helm.sh/release-namespace";

/** setMetadataVisitor: every object says which release it belongs to. */
export function mark(infos: readonly Info[], release: string, namespace: string): void {
  for (const info of infos) {
    const metadata = info.object["metadata"];
    if (!isObject(metadata)) continue;
    metadata["labels"] = { ...(isObject(metadata["labels"]) ? metadata["labels"] : {}), [MANAGED_BY]: "Helm" };
    metadata["annotations"] = {
      ...(isObject(metadata["annotations"]) ? metadata["annotations"] : {}),
      [RELEASE_NAME]: release,
      [RELEASE_NAMESPACE]: namespace,
    };
  }
}

function missing(values: Readonly<Record<string, string>>, key: string, wanted: string): string | undefined {
  const value = values[key];
  if (value === undefined) return `missing key ${JSON.stringify(key)}: must be set to ${JSON.stringify(wanted)}`;
  if (value !== wanted)
    return `key ${JSON.stringify(key)} must equal ${JSON.stringify(wanted)}: current value is ${JSON.stringify(value)}`;
  return undefined;
}

/** existingResourceConflict: those that are there already; an error where they are not this release's. */
export async function adoptable(
  run: HelmRun,
  infos: readonly Info[],
  release: string,
  namespace: string,
  takeOwnership = false,
): Promise<Info[]> {
  const found: Info[] = [];
  for (const info of infos) {
    const live = await getLive(run, info).catch((error: unknown) => {
      throw new HelmError(`could not get information about the resource ${described(info)}: ${messageOf(error)}`);
    });
    if (live === undefined) continue;
    const annotations = stringsAt(live, "metadata", "annotations");
    const label = missing(stringsAt(live, "metadata", "labels"), MANAGED_BY, "Helm");
    const problems = [
      ...(label === undefined ? [] : [`label validation error: ${label}`]),
      ...[missing(annotations, RELEASE_NAME, release), missing(annotations, RELEASE_NAMESPACE, namespace)]
        .filter((one) => one !== undefined)
        .map((one) => `annotation validation error: ${one}`),
    ];
    if (problems.length > 0 && !takeOwnership)
      throw new HelmError(
        `${described(info)} exists and cannot be imported into the current release: invalid ownership metadata; ${problems.join("; ")}`,
      );
    found.push({ ...info, object: clone(info.object) });
  }
  return found;
}
