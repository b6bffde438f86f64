/** Installing a release (helm.sh/helm/v3/pkg/action/install.go). */
import { encodeBase64 } from "../../encoding/index.ts";
import { isApiError } from "../../kubectl/errors.ts";
import type { JsonObject } from "../../kubectl/object.ts";
import type { ValueMap } from "../../template/index.ts";
import { processDependencies } from "../chart/dependencies.ts";
import { type Chart, type ChartFile, crdsOf } from "../chart/types.ts";
import { HelmError, messageOf } from "../errors.ts";
import { dryRunOf } from "../flags.ts";
import { runHooks } from "../kube/hooks.ts";
import { adoptable, build, createAll, createOne, type Info, mark, updateAll } from "../kube/objects.ts";
import { waitReady } from "../kube/wait.ts";
import {
  createRelease,
  historyOf,
  ReleaseNotFound,
  SYSTEM_LABELS,
  setStatus,
  timestamp,
  updateRelease,
} from "../release/storage.ts";
import type { Release } from "../release/types.ts";
import type { HelmRun } from "../run.ts";
import { toPlain } from "../sprig/json.ts";
import { nameProblem } from "./name.ts";
import { clientCapabilities, clusterCapabilities, clusterLookup, renderResources } from "./render.ts";
import { uninstallRelease } from "./uninstall.ts";

/** The chart as a release keeps it: without its subcharts. */
export function chartRecord(chart: Chart, original: ValueMap): JsonObject {
  const file = ({ name, data }: ChartFile) => ({ name, data: encodeBase64(data) });
  return {
    metadata: chart.metadata.all,
    lock: chart.lock === undefined ? null : (JSON.parse(JSON.stringify(chart.lock)) as JsonObject),
    templates: chart.templates.map(file),
    values: toPlain(original) as JsonObject,
    schema: chart.schema === undefined ? null : encodeBase64(chart.schema),
    files: chart.files.map(file),
  };
}

/** IsReachable. */
export async function requireCluster(run: HelmRun): Promise<void> {
  try {
    await (await run.kubectl.rest()).get("/version");
  } catch (error) {
    if (run.process.signal.aborted) throw error;
    const words = messageOf(error);
    const shown = words.startsWith("dial ") ? `Get "${run.kubectl.context.access.server}/version": ${words}` : words;
    throw new HelmError(`Kubernetes cluster unreachable: ${shown}`);
  }
}

async function requireFreeName(run: HelmRun, name: string, replace: boolean): Promise<void> {
  const problem = nameProblem(name);
  if (problem !== undefined) throw new HelmError(`release name ${JSON.stringify(name)}: ${problem}`);
  let last: Release;
  try {
    last = (await historyOf(run, name)).at(-1) as Release;
  } catch (error) {
    if (error instanceof ReleaseNotFound) return;
    throw error;
  }
  if (replace && (last.info.status === "uninstalled" || last.info.status === "failed")) return;
  throw new HelmError("cannot re-use a name that is still in use");
}

export function requireOwnLabels(labels: Readonly<Record<string, string>>): void {
  if (Object.keys(labels).some((name) => SYSTEM_LABELS.includes(name)))
    throw new HelmError(
      `user suplied labels contains system reserved label name. System labels: [${SYSTEM_LABELS.join(" ")}]`,
    );
}

export async function install(run: HelmRun, name: string, chart: Chart, values: ValueMap): Promise<Release> {
  const { flags } = run;
  const dryRun = dryRunOf(run);
  const timeout = flags.duration("timeout");
  if (dryRun === "none" && flags.bool("hide-secret"))
    throw new HelmError("Hiding Kubernetes secrets requires a dry-run mode");
  await requireCluster(run);
  await requireFreeName(run, name, flags.has("replace") && flags.bool("replace"));
  const original = chart.values;
  processDependencies(chart, values, run.log);
  const crds = crdsOf(chart);
  if (crds.length > 0 && !flags.bool("skip-crds")) {
    if (dryRun !== "none")
      run.debug(
        "WARNING: This chart or one of its subcharts contains CRDs. Rendering may fail or contain inaccuracies.",
      );
    else await installDefinitions(run, crds);
  }
  const labels = Object.fromEntries(flags.pairs("labels"));
  const capabilities = dryRun === "client" ? await clientOrCluster(run) : await clusterCapabilities(run);
  const rendered = await renderResources(run, {
    chart,
    values,
    release: { name, namespace: run.namespace, revision: 1, isUpgrade: false },
    capabilities,
    ...(dryRun === "client" ? {} : { lookup: clusterLookup(run) }),
    subNotes: flags.bool("render-subchart-notes"),
    includeCrds: false,
    skipSchema: flags.bool("skip-schema-validation"),
    hideSecret: flags.bool("hide-secret"),
  });
  requireOwnLabels(labels);
  const now = timestamp(run);
  const release: Release = {
    name,
    info: {
      first_deployed: now,
      last_deployed: now,
      deleted: "",
      description: "Initial install underway",
      status: "pending-install",
      ...(rendered.notes === "" ? {} : { notes: rendered.notes }),
    },
    chart: chartRecord(chart, original),
    config: toPlain(values) as JsonObject,
    manifest: rendered.manifest,
    hooks: rendered.hooks,
    version: 1,
    namespace: run.namespace,
    labels,
  };
  const infos = await build(run, release.manifest).catch((error: unknown) => {
    throw error instanceof HelmError || isCommandError(error)
      ? new HelmError(`unable to build kubernetes objects from release manifest: ${messageOf(error)}`)
      : error;
  });
  mark(infos, name, run.namespace);
  const adopted = await adoptable(run, infos, name, run.namespace, flags.bool("take-ownership")).catch(
    (error: unknown) => {
      throw error instanceof HelmError ? new HelmError(`Unable to continue with install: ${error.message}`) : error;
    },
  );
  if (dryRun !== "none") {
    release.info.description = "Dry run complete";
    return release;
  }
  if (flags.bool("create-namespace")) await createNamespace(run);
  if (flags.has("replace") && flags.bool("replace")) await supersede(run, release);
  await createRelease(run, release);
  try {
    await perform(run, release, infos, adopted, timeout);
  } catch (error) {
    if (!(error instanceof Error) || run.process.signal.aborted) throw error;
    return failed(run, release, error);
  }
  return release;
}
const isCommandError = (error: unknown): boolean => error instanceof Error && error.name === "CommandError";

/** A dry run of the client asks the cluster for what it can do, and for nothing else. */
async function clientOrCluster(run: HelmRun) {
  try {
    return await clusterCapabilities(run);
  } catch (error) {
    if (run.process.signal.aborted) throw error;
    return clientCapabilities(undefined, []);
  }
}

async function perform(
  run: HelmRun,
  release: Release,
  infos: readonly Info[],
  adopted: readonly Info[],
  timeout: number,
): Promise<void> {
  const { flags } = run;
  const hooks = !flags.bool("no-hooks");
  if (hooks) await around(run, release, "pre-install", "failed pre-install", timeout);
  if (infos.length > 0) {
    if (adopted.length === 0) await createAll(run, infos);
    else {
      const { error } = await updateAll(run, adopted, infos, flags.bool("force"));
      if (error !== undefined) throw error;
    }
  }
  if (flags.bool("wait") || flags.bool("atomic")) await waitReady(run, infos, timeout, flags.bool("wait-for-jobs"));
  if (hooks) await around(run, release, "post-install", "failed post-install", timeout);
  setStatus(release, "deployed", flags.string("description") || "Install complete");
  await updateRelease(run, release);
}

async function around(
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

async function failed(run: HelmRun, release: Release, error: Error): Promise<never> {
  setStatus(release, "failed", `Release ${JSON.stringify(release.name)} failed: ${error.message}`);
  if (run.flags.bool("atomic")) {
    run.debug("Install failed and atomic is set, uninstalling release");
    try {
      await uninstallRelease(run, release.name, {
        keepHistory: false,
        noHooks: run.flags.bool("no-hooks"),
        timeoutMs: run.flags.duration("timeout"),
        wait: false,
        policy: "Background",
        description: "",
        ignoreNotFound: false,
      });
    } catch (problem) {
      throw new HelmError(
        `an error occurred while uninstalling the release. original install error: ${error.message}: ${messageOf(problem)}`,
      );
    }
    throw new HelmError(
      `release ${release.name} failed, and has been uninstalled due to atomic being set: ${error.message}`,
    );
  }
  await updateRelease(run, release).catch(() => undefined);
  throw error;
}

async function createNamespace(run: HelmRun): Promise<void> {
  const rest = await run.kubectl.rest();
  const body = {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name: run.namespace, labels: { name: run.namespace } },
  };
  try {
    await rest.json("POST", "/api/v1/namespaces", { body, query: { fieldManager: "helm" } });
  } catch (error) {
    if (!isApiError(error, "AlreadyExists")) throw error;
  }
}

/** replaceRelease: the name goes on where its history ended. */
async function supersede(run: HelmRun, release: Release): Promise<void> {
  let history: Release[];
  try {
    history = await historyOf(run, release.name);
  } catch (error) {
    if (error instanceof ReleaseNotFound) return;
    throw error;
  }
  const last = history.at(-1) as Release;
  (release as { version: number }).version = last.version + 1;
  if (last.info.status === "failed") return;
  setStatus(last, "superseded", last.info.description ?? "");
  await updateRelease(run, last);
}

async function installDefinitions(run: HelmRun, crds: ReturnType<typeof crdsOf>): Promise<void> {
  const created: Info[] = [];
  for (const crd of crds) {
    try {
      for (const info of await build(run, new TextDecoder().decode(crd.data))) {
        try {
          await createOne(run, info);
          created.push(info);
        } catch (error) {
          if (!isApiError(error, "AlreadyExists")) throw error;
          run.debug(`CRD ${info.name} is already present. Skipping.`);
        }
      }
    } catch (error) {
      if (run.process.signal.aborted) throw error;
      throw new HelmError(`failed to install CRD ${crd.name}: ${messageOf(error)}`);
    }
  }
  if (created.length === 0) return;
  await waitReady(run, created, 60_000, false);
  await run.kubectl.refreshResources();
}
