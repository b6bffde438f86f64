/** Upgrading and rolling back (helm.sh/helm/v3/pkg/action/upgrade.go, rollback.go). */
import { isObject, type JsonObject, objectAt } from "../../kubectl/object.ts";
import type { ValueMap } from "../../template/index.ts";
import { processDependencies } from "../chart/dependencies.ts";
import { metadataOf } from "../chart/load.ts";
import type { Chart } from "../chart/types.ts";
import { coalesceTables, coalesceValues, copyOf } from "../chart/values.ts";
import { HelmError, messageOf } from "../errors.ts";
import { dryRunOf } from "../flags.ts";
import { runHooks } from "../kube/hooks.ts";
import {
  adoptable,
  build,
  deleteAll,
  deleteOne,
  type Info,
  mark,
  sameObject,
  type UpdateResult,
  updateAll,
} from "../kube/objects.ts";
import { waitReady } from "../kube/wait.ts";
import {
  createRelease,
  deployedOf,
  historyOf,
  lastOf,
  NoDeployedReleases,
  ReleaseNotFound,
  revisionOf,
  setStatus,
  timestamp,
  updateRelease,
} from "../release/storage.ts";
import { isPending, type Release } from "../release/types.ts";
import type { HelmRun } from "../run.ts";
import { toPlain } from "../sprig/json.ts";
import { chartRecord, requireCluster, requireOwnLabels } from "./install.ts";
import { nameProblem } from "./name.ts";
import { clusterCapabilities, clusterLookup, renderResources } from "./render.ts";

/** The release that is to be replaced, and the newest one. */
async function currentOf(run: HelmRun, name: string): Promise<{ readonly last: Release; readonly current: Release }> {
  let last: Release;
  try {
    last = await lastOf(run, name);
  } catch (error) {
    if (error instanceof ReleaseNotFound) throw new NoDeployedReleases(name);
    throw error;
  }
  if (isPending(last.info.status)) throw new HelmError("another operation (install/upgrade/rollback) is in progress");
  if (last.info.status === "deployed") return { last, current: last };
  try {
    return { last, current: await deployedOf(run, name) };
  } catch (error) {
    const ended = last.info.status === "failed" || last.info.status === "superseded";
    if (error instanceof NoDeployedReleases && ended) return { last, current: last };
    throw error;
  }
}

const chartOf = (release: Release): Chart => ({
  metadata: metadataOf(objectAt(release.chart, "metadata")),
  raw: [],
  templates: [],
  values: objectAt(release.chart, "values") as ValueMap,
  schema: undefined,
  files: [],
  lock: undefined,
  dependencies: [],
  parent: undefined,
});

/** Upgrade.reuseValues. */
function valuesToUse(run: HelmRun, chart: Chart, current: Release, given: ValueMap): ValueMap {
  const { flags } = run;
  if (flags.bool("reset-values")) return given;
  const config = copyOf(current.config as ValueMap);
  if (flags.bool("reuse-values")) {
    // The defaults of the chart that was, with what was set then.
    const old = coalesceValues(chartOf(current), config, run.log);
    const values = coalesceTables(given, config, "", false, run.log);
    chart.values = old;
    return values;
  }
  if (flags.bool("reset-then-reuse-values")) return coalesceTables(given, config, "", false, run.log);
  if (Object.keys(given).length === 0 && Object.keys(config).length > 0) return config;
  return given;
}

export async function upgrade(run: HelmRun, name: string, chart: Chart, given: ValueMap): Promise<Release> {
  const { flags } = run;
  const dryRun = dryRunOf(run);
  await requireCluster(run);
  if (nameProblem(name) !== undefined) throw new HelmError(`release name is invalid: ${name}`);
  const { last, current } = await currentOf(run, name);
  const original = chart.values;
  const values = valuesToUse(run, chart, current, given);
  processDependencies(chart, values, run.log);
  const version = last.version + 1;
  const rendered = await renderResources(run, {
    chart,
    values,
    release: { name, namespace: current.namespace, revision: version, isUpgrade: true },
    capabilities: await clusterCapabilities(run),
    ...(dryRun === "client" ? {} : { lookup: clusterLookup(run) }),
    subNotes: flags.bool("render-subchart-notes"),
    includeCrds: false,
    skipSchema: flags.bool("skip-schema-validation"),
    hideSecret: flags.bool("hide-secret"),
  });
  const labels = Object.fromEntries(flags.pairs("labels"));
  requireOwnLabels(labels);
  const release: Release = {
    name,
    info: {
      first_deployed: current.info.first_deployed,
      last_deployed: timestamp(run),
      deleted: "",
      description: "Preparing upgrade",
      status: "pending-upgrade",
      ...(rendered.notes === "" ? {} : { notes: rendered.notes }),
    },
    chart: chartRecord(chart, flags.bool("reuse-values") ? chart.values : original),
    config: toPlain(values) as JsonObject,
    manifest: rendered.manifest,
    hooks: rendered.hooks,
    version,
    namespace: current.namespace,
    labels: Object.fromEntries(Object.entries({ ...last.labels, ...labels }).filter(([, value]) => value !== "null")),
  };
  const before = await build(run, current.manifest).catch((error: unknown) => {
    throw error instanceof HelmError && error.message.includes("no matches for kind")
      ? new HelmError(
          `current release manifest contains removed kubernetes api(s) for this kubernetes version and it is therefore unable to build the kubernetes objects for performing the diff. error from kubernetes: ${error.message}`,
        )
      : ours(error, "unable to build kubernetes objects from current release manifest");
  });
  const target = await build(run, release.manifest).catch((error: unknown) => {
    throw ours(error, "unable to build kubernetes objects from new release manifest");
  });
  mark(target, name, release.namespace);
  const added = target.filter((info) => !before.some((one) => sameObject(one, info)));
  const adopted = await adoptable(run, added, name, release.namespace, flags.bool("take-ownership")).catch(
    (error: unknown) => {
      throw ours(error, "Unable to continue with update");
    },
  );
  if (dryRun !== "none") {
    release.info.description = flags.string("description") || "Dry run complete";
    return release;
  }
  await createRelease(run, release, flags.number("history-max"));
  const force = flags.bool("force");
  const timeout = flags.duration("timeout");
  const hooks = !flags.bool("no-hooks");
  let result: UpdateResult | undefined;
  try {
    if (hooks) await hooked(run, release, "pre-upgrade", "pre-upgrade hooks failed", timeout);
    result = await updateAll(run, [...before, ...adopted], target, force);
    if (result.error !== undefined) {
      await updateRelease(run, current).catch(() => undefined);
      throw result.error;
    }
    if (flags.bool("wait") || flags.bool("atomic")) await waitReady(run, target, timeout, flags.bool("wait-for-jobs"));
    if (hooks) await hooked(run, release, "post-upgrade", "post-upgrade hooks failed", timeout);
  } catch (error) {
    if (!(error instanceof Error) || run.process.signal.aborted) throw error;
    return failedUpgrade(run, release, result?.created ?? [], error);
  }
  current.info.status = "superseded";
  await updateRelease(run, current);
  setStatus(release, "deployed", flags.string("description") || "Upgrade complete");
  await updateRelease(run, release);
  return release;
}

const ours = (error: unknown, words: string): unknown =>
  error instanceof Error && ["HelmError", "CommandError"].includes(error.name)
    ? new HelmError(`${words}: ${error.message}`)
    : error;

async function hooked(
  run: HelmRun,
  release: Release,
  event: Parameters<typeof runHooks>[2],
  words: string,
  timeout: number,
): Promise<void> {
  try {
    await runHooks(run, release, event, timeout);
  } catch (error) {
    if (run.process.signal.aborted || !(error instanceof Error)) throw error;
    throw new HelmError(`${words}: ${error.message}`);
  }
}

async function failedUpgrade(run: HelmRun, release: Release, created: readonly Info[], error: Error): Promise<never> {
  const { flags } = run;
  setStatus(release, "failed", `Upgrade ${JSON.stringify(release.name)} failed: ${error.message}`);
  await updateRelease(run, release).catch(() => undefined);
  if ((flags.bool("cleanup-on-fail") || flags.bool("atomic")) && created.length > 0) {
    run.debug("Cleanup on fail set, cleaning up resources");
    const errors = await deleteAll(run, created, "Background");
    if (errors.length > 0)
      throw new HelmError(
        `an error occurred while cleaning up resources. original upgrade error: ${error.message}: unable to cleanup resources: ${errors.map(messageOf).join(", ")}`,
      );
  }
  if (flags.bool("atomic")) {
    const good = (await historyOf(run, release.name))
      .filter((one) => one.info.status === "superseded" || one.info.status === "deployed")
      .at(-1);
    if (good === undefined)
      throw new HelmError(
        `unable to find a previously successful release when attempting to rollback. original upgrade error: ${error.message}`,
      );
    try {
      await rollback(run, release.name, {
        version: good.version,
        wait: true,
        waitForJobs: flags.bool("wait-for-jobs"),
        noHooks: flags.bool("no-hooks"),
        recreate: false,
        force: flags.bool("force"),
        timeoutMs: flags.duration("timeout"),
        cleanup: flags.bool("cleanup-on-fail"),
        historyMax: flags.number("history-max"),
        dryRun: false,
        description: "",
      });
    } catch (problem) {
      throw new HelmError(
        `an error occurred while rolling back the release. original upgrade error: ${error.message}: ${messageOf(problem)}`,
      );
    }
    throw new HelmError(
      `release ${release.name} failed, and has been rolled back due to atomic being set: ${error.message}`,
    );
  }
  throw error;
}

interface RollbackOptions {
  /** 0: the one before. */
  readonly version: number;
  readonly wait: boolean;
  readonly waitForJobs: boolean;
  readonly noHooks: boolean;
  readonly recreate: boolean;
  readonly force: boolean;
  readonly timeoutMs: number;
  readonly cleanup: boolean;
  readonly historyMax: number;
  readonly dryRun: boolean;
  readonly description: string;
}

export async function rollback(run: HelmRun, name: string, options: RollbackOptions): Promise<Release> {
  if (nameProblem(name) !== undefined) throw new HelmError(`rollback: Release name is invalid: ${name}`);
  if (options.version < 0) throw new HelmError("invalid revision number");
  const current = await lastOf(run, name);
  const version = options.version === 0 ? current.version - 1 : options.version;
  const history = await historyOf(run, name);
  if (!history.some((one) => one.version === version)) throw new HelmError(`release has no ${version} version`);
  const previous = await revisionOf(run, name, version);
  const release: Release = {
    ...previous,
    info: {
      first_deployed: current.info.first_deployed,
      last_deployed: timestamp(run),
      deleted: "",
      description: options.description || `Rollback to ${version}`,
      status: "pending-rollback",
      ...(previous.info.notes === undefined ? {} : { notes: previous.info.notes }),
    },
    version: current.version + 1,
  };
  if (options.dryRun) return release;
  await createRelease(run, release, options.historyMax);
  const before = await build(run, current.manifest).catch((error: unknown) => {
    throw ours(error, "unable to build kubernetes objects from current release manifest");
  });
  const target = await build(run, release.manifest).catch((error: unknown) => {
    throw ours(error, "unable to build kubernetes objects from new release manifest");
  });
  if (!options.noHooks) await runHooks(run, release, "pre-rollback", options.timeoutMs);
  mark(target, name, release.namespace);
  // What somebody deleted meanwhile is made again by the update; what is new is made, too.
  const { error, created } = await updateAll(run, before, target, options.force);
  if (error !== undefined) {
    const words = `Rollback ${JSON.stringify(name)} failed: ${messageOf(error)}`;
    current.info.status = "superseded";
    setStatus(release, "failed", words);
    await updateRelease(run, current).catch(() => undefined);
    await updateRelease(run, release).catch(() => undefined);
    if (options.cleanup) await deleteAll(run, created, "Background");
    throw error;
  }
  if (options.recreate) await restartPods(run, target);
  if (options.wait) {
    try {
      await waitReady(run, target, options.timeoutMs, options.waitForJobs);
    } catch (problem) {
      if (!(problem instanceof HelmError)) throw problem;
      setStatus(release, "failed", `Release ${JSON.stringify(name)} failed: ${problem.message}`);
      await updateRelease(run, current).catch(() => undefined);
      await updateRelease(run, release).catch(() => undefined);
      throw new HelmError(`release ${name} failed: ${problem.message}`);
    }
  }
  if (!options.noHooks) await runHooks(run, release, "post-rollback", options.timeoutMs);
  for (const one of history) {
    if (one.info.status !== "deployed") continue;
    one.info.status = "superseded";
    await updateRelease(run, one);
  }
  release.info.status = "deployed";
  await updateRelease(run, release);
  return release;
}

/** recreate: the Pods of the workloads are deleted, their controllers make new ones. */
async function restartPods(run: HelmRun, infos: readonly Info[]): Promise<void> {
  const rest = await run.kubectl.rest();
  for (const info of infos) {
    const selector = objectAt(info.object, "spec", "selector", "matchLabels");
    if (info.resource.name === "jobs" || Object.keys(selector).length === 0) continue;
    const labelSelector = Object.entries(selector)
      .map(([key, value]) => `${key}=${String(value)}`)
      .join(",");
    const pods = await rest.get(`/api/v1/namespaces/${info.namespace}/pods`, { labelSelector });
    const resource = await run.kubectl.lookUp((map) => map.forObject("Pod", "v1"));
    for (const pod of Array.isArray(pods["items"]) ? pods["items"] : []) {
      if (!isObject(pod)) continue;
      const podName = String((pod["metadata"] as JsonObject)["name"]);
      await deleteOne(run, { resource, namespace: info.namespace, name: podName, object: pod }, "Background");
    }
  }
}
