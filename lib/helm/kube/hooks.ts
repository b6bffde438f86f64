/** Hooks around the steps of a release (helm.sh/helm/v3/pkg/action/hooks.go). */
import { HelmError, messageOf } from "../errors.ts";
import { timestamp, updateRelease } from "../release/storage.ts";
import type { DeletePolicy, Hook, HookEvent, Release } from "../release/types.ts";
import type { HelmRun } from "../run.ts";
import { build, createAll, deleteAll } from "./objects.ts";
import { waitGone, watchHooks } from "./wait.ts";

export async function runHooks(run: HelmRun, release: Release, event: HookEvent, timeoutMs: number): Promise<void> {
  const hooks = release.hooks
    .filter((hook) => hook.events.includes(event))
    .sort((a, b) => (a.weight ?? 0) - (b.weight ?? 0) || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  for (const [i, hook] of hooks.entries()) {
    // As Helm 2 had it on request, hooks of an earlier run make room.
    if ((hook.delete_policies ?? []).length === 0) hook.delete_policies = ["before-hook-creation"];
    await deleteBy(run, hook, "before-hook-creation", timeoutMs);
    let infos: Awaited<ReturnType<typeof build>>;
    try {
      infos = await build(run, hook.manifest);
    } catch (error) {
      throw new HelmError(`unable to build kubernetes object for ${event} hook ${hook.path}: ${messageOf(error)}`);
    }
    hook.last_run = { started_at: timestamp(run), completed_at: "", phase: "Running" };
    await record(run, release);
    hook.last_run.phase = "Unknown";
    try {
      await createAll(run, infos);
    } catch (error) {
      if (!(error instanceof HelmError)) throw error;
      hook.last_run.completed_at = timestamp(run);
      hook.last_run.phase = "Failed";
      throw new HelmError(`warning: Hook ${event} ${hook.path} failed: ${error.message}`);
    }
    try {
      await watchHooks(run, infos, timeoutMs);
    } catch (error) {
      if (!(error instanceof HelmError)) throw error;
      hook.last_run.completed_at = timestamp(run);
      hook.last_run.phase = "Failed";
      await deleteBy(run, hook, "hook-failed", timeoutMs);
      for (const before of hooks.slice(0, i)) await deleteBy(run, before, "hook-succeeded", timeoutMs);
      throw error;
    }
    hook.last_run.completed_at = timestamp(run);
    hook.last_run.phase = "Succeeded";
  }
  for (const hook of [...hooks].reverse()) await deleteBy(run, hook, "hook-succeeded", timeoutMs);
}

/** The record of a release that cannot be written does not stop what goes on. */
async function record(run: HelmRun, release: Release): Promise<void> {
  try {
    await updateRelease(run, release);
  } catch (error) {
    if (!(error instanceof HelmError)) throw error;
    run.debug(`warning: Failed to update release ${release.name}: ${error.message}`);
  }
}

async function deleteBy(run: HelmRun, hook: Hook, policy: DeletePolicy, timeoutMs: number): Promise<void> {
  // Custom resources would go with their definition.
  if (hook.kind === "CustomResourceDefinition") return;
  if (!(hook.delete_policies ?? []).includes(policy)) return;
  let infos: Awaited<ReturnType<typeof build>>;
  try {
    infos = await build(run, hook.manifest);
  } catch (error) {
    throw new HelmError(`unable to build kubernetes object for deleting hook ${hook.path}: ${messageOf(error)}`);
  }
  const errors = await deleteAll(run, infos, "Background");
  if (errors.length > 0) throw new HelmError(errors.map(messageOf).join("; "));
  await waitGone(run, infos, timeoutMs);
}
