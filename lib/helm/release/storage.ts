/** Releases as Secrets of type helm.sh/release.v1 (helm.sh/helm/v3/pkg/storage): a real Helm reads and writes the same. */
import { decodeBase64, encodeBase64 } from "../../encoding/index.ts";
import { isNotFound } from "../../kubectl/errors.ts";
import { type JsonObject, listAt, stringsAt, textAt } from "../../kubectl/object.ts";
import { gunzipBytes, gzipBytes, isGzip } from "../archive.ts";
import { HelmError, messageOf } from "../errors.ts";
import type { HelmRun } from "../run.ts";
import type { Release, Status } from "./types.ts";

const TYPE = "helm.sh/release.v1";
const MAX_RELEASE = 16 * 1024 * 1024;
/** Labels that are Helm's own. */
export const SYSTEM_LABELS = ["name", "owner", "status", "version", "createdAt", "modifiedAt"];

const secretName = (name: string, version: number): string => `sh.helm.release.v1.${name}.v${version}`;
const path = (namespace: string, name = ""): string =>
  `/api/v1/${namespace === "" ? "" : `namespaces/${encodeURIComponent(namespace)}/`}secrets${name === "" ? "" : `/${name}`}`;

async function encode(run: HelmRun, release: Release): Promise<string> {
  const { labels: _, ...stored } = release;
  const data = new TextEncoder().encode(JSON.stringify(stored));
  return encodeBase64(new TextEncoder().encode(encodeBase64(await gzipBytes(run.process, data))));
}
async function decode(run: HelmRun, secret: JsonObject): Promise<Release> {
  const outer = new TextDecoder().decode(decodeBase64(textAt(secret, "data", "release")));
  let data: Uint8Array = decodeBase64(outer);
  // Releases from before compression are plain.
  if (isGzip(data)) data = await gunzipBytes(run.process, data, MAX_RELEASE);
  await run.process.spend(data.length / 50);
  const release = JSON.parse(new TextDecoder().decode(data)) as Omit<Release, "labels">;
  const labels = Object.fromEntries(
    Object.entries(stringsAt(secret, "metadata", "labels")).filter(([name]) => !SYSTEM_LABELS.includes(name)),
  );
  return { ...release, hooks: release.hooks ?? [], config: release.config ?? {}, labels };
}

async function query(run: HelmRun, namespace: string, labels: Readonly<Record<string, string>>): Promise<Release[]> {
  const rest = await run.kubectl.rest();
  const labelSelector = Object.entries({ ...labels, owner: "helm" })
    .map(([name, value]) => `${name}=${value}`)
    .join(",");
  const list = await rest.get(path(namespace), { labelSelector });
  const found: Release[] = [];
  for (const secret of listAt(list, "items")) {
    try {
      found.push(await decode(run, secret as JsonObject));
    } catch (error) {
      run.debug(`list: failed to decode release: ${textAt(secret, "metadata", "name")}: ${messageOf(error)}`);
    }
  }
  return found;
}

/** All revisions of all releases; of all namespaces where `namespace` is "". */
export const releasesIn = async (run: HelmRun, namespace: string, selector = ""): Promise<Release[]> => {
  const rest = await run.kubectl.rest();
  const list = await rest.get(path(namespace), {
    labelSelector: ["owner=helm", ...(selector === "" ? [] : [selector])].join(","),
  });
  const found: Release[] = [];
  for (const secret of listAt(list, "items")) {
    try {
      found.push(await decode(run, secret as JsonObject));
    } catch (error) {
      run.debug(`list failed to decode release: ${messageOf(error)}`);
    }
  }
  return found;
};

export class ReleaseNotFound extends HelmError {
  constructor() {
    super("release: not found");
    this.name = "ReleaseNotFound";
  }
}
export class NoDeployedReleases extends HelmError {
  constructor(name: string) {
    super(`${JSON.stringify(name)} has no deployed releases`);
    this.name = "NoDeployedReleases";
  }
}

/** The revisions of a release, oldest first. Throws `ReleaseNotFound`. */
export async function historyOf(run: HelmRun, name: string): Promise<Release[]> {
  const found = await query(run, run.namespace, { name });
  if (found.length === 0) throw new ReleaseNotFound();
  return found.sort((a, b) => a.version - b.version);
}
export async function lastOf(run: HelmRun, name: string): Promise<Release> {
  return (await historyOf(run, name)).at(-1) as Release;
}
/** The revision that is deployed; the newest where several say so. */
export async function deployedOf(run: HelmRun, name: string): Promise<Release> {
  const found = await query(run, run.namespace, { name, status: "deployed" });
  const last = found.sort((a, b) => a.version - b.version).at(-1);
  if (last === undefined) throw new NoDeployedReleases(name);
  return last;
}
export async function revisionOf(run: HelmRun, name: string, version: number): Promise<Release> {
  const rest = await run.kubectl.rest();
  try {
    return await decode(run, await rest.get(path(run.namespace, secretName(name, version))));
  } catch (error) {
    if (isNotFound(error)) throw new ReleaseNotFound();
    throw error;
  }
}

async function secretOf(run: HelmRun, release: Release, time: "createdAt" | "modifiedAt"): Promise<JsonObject> {
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: {
      name: secretName(release.name, release.version),
      namespace: release.namespace,
      labels: {
        ...release.labels,
        [time]: String(Math.floor(run.now / 1000)),
        name: release.name,
        owner: "helm",
        status: release.info.status,
        version: String(release.version),
      },
    },
    type: TYPE,
    data: { release: await encode(run, release) },
  };
}

/** Keeps `historyMax` revisions (0: all), this one counted; the deployed one is never dropped. */
export async function createRelease(run: HelmRun, release: Release, historyMax = 0): Promise<void> {
  const rest = await run.kubectl.rest();
  if (historyMax > 0) await dropOldest(run, release.name, historyMax - 1);
  try {
    await rest.json("POST", path(release.namespace), {
      body: await secretOf(run, release, "createdAt"),
      query: { fieldManager: "Helm" },
    });
  } catch (error) {
    throw new HelmError(`create: failed to create: ${messageOf(error)}`);
  }
}

async function dropOldest(run: HelmRun, name: string, keep: number): Promise<void> {
  const all = (await query(run, run.namespace, { name })).sort((a, b) => a.version - b.version);
  let excess = all.length - keep;
  const deployed = all.filter((one) => one.info.status === "deployed").at(-1);
  for (const release of all) {
    if (excess <= 0) return;
    if (release.version === deployed?.version) continue;
    await deleteRelease(run, release);
    excess--;
  }
}

export async function updateRelease(run: HelmRun, release: Release): Promise<void> {
  const rest = await run.kubectl.rest();
  try {
    await rest.json("PUT", path(release.namespace, secretName(release.name, release.version)), {
      body: await secretOf(run, release, "modifiedAt"),
      query: { fieldManager: "Helm" },
    });
  } catch (error) {
    throw new HelmError(`update: failed to update: ${messageOf(error)}`);
  }
}

export async function deleteRelease(run: HelmRun, release: Release): Promise<void> {
  const rest = await run.kubectl.rest();
  await rest.json("DELETE", path(release.namespace, secretName(release.name, release.version)));
}

export function setStatus(release: Release, status: Status, description: string): void {
  release.info.status = status;
  release.info.description = description;
}

/** Times of the records, as Go's RFC 3339. */
export const timestamp = (run: HelmRun): string => new Date(run.now).toISOString().replace(/\.000Z$/, "Z");
