/** Uninstalling a release (helm.sh/helm/v3/pkg/action/uninstall.go). */
import { HelmError, messageOf } from "../errors.ts";
import { runHooks } from "../kube/hooks.ts";
import { build, deleteAll, isKept, type Propagation } from "../kube/objects.ts";
import { waitGone } from "../kube/wait.ts";
import { inUninstallOrder, type Manifest, manifestOf, splitManifests } from "../release/manifests.ts";
import { deleteRelease, historyOf, ReleaseNotFound, setStatus, timestamp, updateRelease } from "../release/storage.ts";
import type { Release } from "../release/types.ts";
import type { HelmRun } from "../run.ts";
import { nameProblem } from "./name.ts";

interface UninstallOptions {
  readonly keepHistory: boolean;
  readonly noHooks: boolean;
  readonly timeoutMs: number;
  readonly wait: boolean;
  readonly policy: Propagation;
  readonly description: string;
  readonly ignoreNotFound: boolean;
}

/** What is told when it is done; undefined where there was nothing to do. Deletes what can be, also where some fails. */
export async function uninstallRelease(
  run: HelmRun,
  name: string,
  options: UninstallOptions,
): Promise<{ readonly release: Release; readonly kept: string } | undefined> {
  const problem = nameProblem(name);
  if (problem !== undefined) throw new HelmError(`uninstall: Release name is invalid: ${name}`);
  let history: Release[];
  try {
    history = await historyOf(run, name);
  } catch (error) {
    if (!(error instanceof ReleaseNotFound)) throw error;
    if (options.ignoreNotFound) return undefined;
    throw new HelmError(`uninstall: Release not loaded: ${name}: ${error.message}`);
  }
  const release = history.at(-1) as Release;
  if (release.info.status === "uninstalled") {
    if (options.keepHistory) throw new HelmError(`the release named ${JSON.stringify(name)} is already deleted`);
    for (const one of history) await deleteRelease(run, one);
    return { release, kept: "" };
  }
  release.info.status = "uninstalling";
  release.info.deleted = timestamp(run);
  release.info.description = "Deletion in progress (or silently failed)";
  if (!options.noHooks) await runHooks(run, release, "pre-delete", options.timeoutMs);
  await updateRelease(run, release).catch((error: unknown) => {
    run.debug(`uninstall: Failed to store updated release: ${messageOf(error)}`);
  });
  const found: Manifest[] = [];
  for (const content of splitManifests(release.manifest)) {
    await run.process.spend(20 + content.length);
    found.push(manifestOf("", content));
  }
  const manifests = inUninstallOrder(found);
  const keeping = manifests.filter((one) => isKept(one.annotations));
  const going = manifests.filter((one) => !isKept(one.annotations) && one.kind !== "");
  const kept = keeping.map((one) => `[${one.kind}] ${one.name}\n`).join("");
  let infos: Awaited<ReturnType<typeof build>>;
  try {
    infos = await build(run, going.map((one) => `---\n${one.content}\n`).join(""));
  } catch (error) {
    if (run.process.signal.aborted || !(error instanceof Error)) throw error;
    throw new HelmError(`failed to delete release: ${name}`);
  }
  const errors = await deleteAll(run, infos, options.policy);
  if (errors.length > 0) throw new HelmError(`failed to delete release: ${name}`);
  const problems: string[] = [];
  if (options.wait) {
    try {
      await waitGone(run, infos, options.timeoutMs);
    } catch (error) {
      if (!(error instanceof HelmError)) throw error;
      problems.push(error.message);
    }
  }
  if (!options.noHooks) {
    try {
      await runHooks(run, release, "post-delete", options.timeoutMs);
    } catch (error) {
      if (!(error instanceof HelmError)) throw error;
      problems.push(error.message);
    }
  }
  setStatus(release, "uninstalled", options.description || "Uninstallation complete");
  if (!options.keepHistory) {
    for (const one of history) await deleteRelease(run, one);
  } else await updateRelease(run, release);
  if (problems.length > 0)
    throw new HelmError(`uninstallation completed with ${problems.length} error(s): ${problems.join("; ")}`);
  return { release, kept: kept === "" ? "" : `These resources were kept due to the resource policy:\n${kept}` };
}
