/** helm install, upgrade, rollback, uninstall. */
import { install } from "../action/install.ts";
import { nameAndChart } from "../action/name.ts";
import { uninstallRelease } from "../action/uninstall.ts";
import { rollback, upgrade } from "../action/upgrade.ts";
import { loadInstallable } from "../chart/locate.ts";
import type { HelmCommand } from "../command.ts";
import { HelmError, messageOf } from "../errors.ts";
import { dryRunOf, INSTALL_FLAGS, OUTPUT, outputOf, refuseFlags, valuesOf, WAIT_FLAGS } from "../flags.ts";
import type { Propagation } from "../kube/objects.ts";
import { printStatus } from "../print.ts";
import { historyOf, ReleaseNotFound } from "../release/storage.ts";
import type { Release } from "../release/types.ts";
import type { HelmRun } from "../run.ts";

/** What goes wrong after the flags is told with the name of the step before it. */
async function step<T>(run: HelmRun, words: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (run.process.signal.aborted || !(error instanceof Error) || error.name === "Errno") throw error;
    throw new HelmError(`${words}: ${messageOf(error)}`);
  }
}

const installFrom = (run: HelmRun, args: readonly [string, string]): Promise<Release> =>
  step(run, "INSTALLATION FAILED", async () => {
    const [name, path] = args;
    run.cancelOnInterrupt(name);
    const chart = await loadInstallable(run, path);
    return install(run, name, chart, await valuesOf(run));
  });

async function runInstall(run: HelmRun): Promise<void> {
  const format = outputOf(run);
  refuseFlags(run);
  dryRunOf(run);
  const release = await step(run, "INSTALLATION FAILED", async () => nameAndChart(run)).then((args) =>
    installFrom(run, args),
  );
  await printStatus(run, release, format, { debug: run.flags.bool("debug"), hideNotes: run.flags.bool("hide-notes") });
}

async function runUpgrade(run: HelmRun): Promise<void> {
  const { flags } = run;
  const format = outputOf(run);
  refuseFlags(run);
  dryRunOf(run);
  const [name, path] = run.args as [string, string];
  const shown = { debug: flags.bool("debug"), hideNotes: flags.bool("hide-notes") };
  if (flags.bool("install")) {
    let last: Release | undefined;
    try {
      last = (await historyOf(run, name)).at(-1);
    } catch (error) {
      if (!(error instanceof ReleaseNotFound)) throw error;
    }
    if (last === undefined || last.info.status === "uninstalled") {
      if (format === "table") await run.out(`Release ${JSON.stringify(name)} does not exist. Installing it now.\n`);
      if (last !== undefined) flags.set("replace", "true");
      await printStatus(run, await installFrom(run, [name, path]), format, shown);
      return;
    }
  } else if (flags.bool("create-namespace")) {
    // Upstream takes the flag and does nothing with it without --install.
    run.debug("--create-namespace is used with --install only");
  }
  run.cancelOnInterrupt(name);
  const release = await step(run, "UPGRADE FAILED", async () => {
    const chart = await loadInstallable(run, path);
    return upgrade(run, name, chart, await valuesOf(run));
  });
  if (format === "table") await run.out(`Release ${JSON.stringify(name)} has been upgraded. Happy Helming!\n`);
  await printStatus(run, release, format, shown);
}

async function runRollback(run: HelmRun): Promise<void> {
  const { flags } = run;
  const [name = "", version = "0"] = run.args;
  if (!/^-?\d+$/.test(version))
    throw new HelmError(
      `could not convert revision to a number: strconv.Atoi: parsing ${JSON.stringify(version)}: invalid syntax`,
    );
  await rollback(run, name, {
    version: Number(version),
    wait: flags.bool("wait"),
    waitForJobs: flags.bool("wait-for-jobs"),
    noHooks: flags.bool("no-hooks"),
    recreate: flags.bool("recreate-pods"),
    force: flags.bool("force"),
    timeoutMs: flags.duration("timeout"),
    cleanup: flags.bool("cleanup-on-fail"),
    historyMax: flags.number("history-max"),
    dryRun: flags.bool("dry-run"),
    description: "",
  });
  await run.out("Rollback was a success! Happy Helming!\n");
}

const CASCADES: Readonly<Record<string, Propagation>> = {
  background: "Background",
  foreground: "Foreground",
  orphan: "Orphan",
};

async function runUninstall(run: HelmRun): Promise<void> {
  const { flags } = run;
  const policy = CASCADES[flags.string("cascade")];
  if (policy === undefined)
    throw new HelmError(
      `invalid cascade value (${flags.string("cascade")}). Must be "background", "foreground", or "orphan".`,
    );
  for (const name of run.args) {
    if (flags.bool("dry-run")) {
      const history = await historyOf(run, name).catch((error: unknown) => {
        if (error instanceof ReleaseNotFound && flags.bool("ignore-not-found")) return [];
        throw error;
      });
      if (history.length > 0) await run.out(`release ${JSON.stringify(name)} uninstalled\n`);
      continue;
    }
    const done = await uninstallRelease(run, name, {
      keepHistory: flags.bool("keep-history"),
      noHooks: flags.bool("no-hooks"),
      timeoutMs: flags.duration("timeout"),
      wait: flags.bool("wait"),
      policy,
      description: flags.string("description"),
      ignoreNotFound: flags.bool("ignore-not-found"),
    });
    if (done === undefined) continue;
    if (done.kept !== "") await run.out(`${done.kept}\n`);
    await run.out(`release ${JSON.stringify(name)} uninstalled\n`);
  }
}

const HISTORY_MAX = (fallback: string) =>
  ({
    name: "history-max",
    type: "int",
    default: fallback,
    usage: "limit the revisions saved per release (0: no limit)",
  }) as const;
const CLEANUP = {
  name: "cleanup-on-fail",
  type: "bool",
  default: "false",
  usage: "delete what was created when the operation fails",
} as const;

export const INSTALL: HelmCommand = {
  name: "install",
  short: "install a chart",
  arguments: "[NAME] [CHART]",
  count: { least: 1, most: 99 },
  completes: "chart",
  flags: [
    ...INSTALL_FLAGS,
    OUTPUT,
    {
      name: "generate-name",
      shorthand: "g",
      type: "bool",
      default: "false",
      usage: "generate the name (and omit the NAME parameter)",
    },
    { name: "name-template", type: "string", usage: "not supported here" },
    { name: "replace", type: "bool", default: "false", usage: "reuse the given name, if it was uninstalled or failed" },
  ],
  run: runInstall,
};
export const UPGRADE: HelmCommand = {
  name: "upgrade",
  short: "upgrade a release",
  arguments: "[RELEASE] [CHART]",
  count: { least: 2, most: 2 },
  completes: "release",
  flags: [
    ...INSTALL_FLAGS,
    OUTPUT,
    HISTORY_MAX("10"),
    CLEANUP,
    {
      name: "install",
      shorthand: "i",
      type: "bool",
      default: "false",
      usage: "if the release does not exist, install it",
    },
    { name: "replace", type: "bool", default: "false", usage: "set by --install", hidden: true },
    { name: "reset-values", type: "bool", default: "false", usage: "reset the values to those of the chart" },
    {
      name: "reuse-values",
      type: "bool",
      default: "false",
      usage: "reuse the last release's values and merge in overrides",
    },
    {
      name: "reset-then-reuse-values",
      type: "bool",
      default: "false",
      usage: "reset to the chart's values, apply the last release's, merge in overrides",
    },
  ],
  run: runUpgrade,
};
export const ROLLBACK: HelmCommand = {
  name: "rollback",
  short: "roll back a release to a previous revision",
  arguments: "<RELEASE> [REVISION]",
  count: { least: 1, most: 2 },
  completes: "release",
  flags: [
    ...WAIT_FLAGS,
    HISTORY_MAX("10"),
    CLEANUP,
    { name: "dry-run", type: "bool", default: "false", usage: "simulate a rollback" },
    { name: "force", type: "bool", default: "false", usage: "force resource update through delete/recreate if needed" },
    { name: "no-hooks", type: "bool", default: "false", usage: "prevent hooks from running during rollback" },
    {
      name: "recreate-pods",
      type: "bool",
      default: "false",
      usage: "performs pods restart for the resource if applicable",
    },
  ],
  run: runRollback,
};
export const UNINSTALL: HelmCommand = {
  name: "uninstall",
  aliases: ["del", "delete", "un"],
  short: "uninstall a release",
  arguments: "RELEASE_NAME [...]",
  count: { least: 1, most: 99 },
  completes: "release",
  flags: [
    { name: "cascade", type: "string", default: "background", usage: "background, orphan, or foreground" },
    { name: "description", type: "string", usage: "add a custom description" },
    { name: "dry-run", type: "bool", default: "false", usage: "simulate a uninstall" },
    {
      name: "ignore-not-found",
      type: "bool",
      default: "false",
      usage: 'treat "release not found" as a successful uninstall',
    },
    {
      name: "keep-history",
      type: "bool",
      default: "false",
      usage: "mark the release as deleted, but retain the release history",
    },
    { name: "no-hooks", type: "bool", default: "false", usage: "prevent hooks from running during uninstallation" },
    {
      name: "timeout",
      type: "duration",
      default: "5m0s",
      usage: "time to wait for any individual Kubernetes operation",
    },
    { name: "wait", type: "bool", default: "false", usage: "wait until all the resources are deleted" },
  ],
  run: runUninstall,
};
