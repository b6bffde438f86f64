/** helm list, status, history (helm.sh/helm/v3/cmd/helm/list.go, status.go, history.go; pkg/action/list.go). */
import { RE2JS } from "re2js";
import type { HelmCommand } from "../command.ts";
import { HelmError } from "../errors.ts";
import { OUTPUT, outputOf } from "../flags.ts";
import { ansic, appVersion, chartName, encoded, longTime, printStatus, table } from "../print.ts";
import { historyOf, lastOf, releasesIn, revisionOf } from "../release/storage.ts";
import type { Release, Status } from "../release/types.ts";
import type { HelmRun } from "../run.ts";
import { formatTime } from "../sprig/dates.ts";

const STATES: readonly (readonly [flag: string, states: readonly Status[]])[] = [
  ["deployed", ["deployed"]],
  ["failed", ["failed"]],
  ["pending", ["pending-install", "pending-upgrade", "pending-rollback"]],
  ["superseded", ["superseded"]],
  ["uninstalled", ["uninstalled"]],
  ["uninstalling", ["uninstalling"]],
];
const ALL: readonly Status[] = ["unknown", ...STATES.flatMap(([, states]) => states)];

function wantedStates(run: HelmRun): ReadonlySet<Status> {
  if (run.flags.bool("all")) return new Set(ALL);
  const asked = STATES.filter(([flag]) => run.flags.bool(flag)).flatMap(([, states]) => states);
  return new Set(asked.length > 0 ? asked : ["deployed", "failed"]);
}

async function list(run: HelmRun): Promise<void> {
  const { flags } = run;
  const format = outputOf(run);
  let filter: RE2JS | undefined;
  try {
    if (flags.string("filter") !== "") filter = RE2JS.compile(flags.string("filter"));
  } catch (error) {
    throw new HelmError((error as Error).message);
  }
  const all = await releasesIn(run, flags.bool("all-namespaces") ? "" : run.namespace, flags.string("selector"));
  const states = wantedStates(run);
  const newest = new Map<string, Release>();
  for (const release of all) {
    if (filter !== undefined && !filter.matcher(release.name).find()) continue;
    const key = `${release.namespace}/${release.name}`;
    // Old revisions are shown where they were asked for.
    const id =
      flags.bool("superseded") || flags.bool("all") ? `${key}/${flags.bool("superseded") ? release.version : ""}` : key;
    const before = newest.get(id);
    if (before === undefined || before.version < release.version) newest.set(id, release);
  }
  let found = [...newest.values()].filter((release) => states.has(release.info.status));
  found.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  if (flags.bool("date")) found.sort((a, b) => Date.parse(a.info.last_deployed) - Date.parse(b.info.last_deployed));
  if (flags.bool("reverse")) found.reverse();
  const offset = flags.number("offset");
  const limit = flags.number("max");
  found = found.slice(offset, limit <= 0 ? undefined : offset + limit);
  if (flags.bool("short")) {
    const names = found.map((release) => release.name);
    await run.out(format === "table" ? names.map((name) => `${name}\n`).join("") : encoded(names, format));
    return;
  }
  const timeFormat = flags.string("time-format");
  const updated = (release: Release): string =>
    timeFormat === ""
      ? longTime(release.info.last_deployed)
      : formatTime({ ms: Date.parse(release.info.last_deployed), zone: "UTC" }, timeFormat);
  const rows = found.map((release) => ({
    name: release.name,
    namespace: release.namespace,
    revision: String(release.version),
    updated: updated(release),
    status: release.info.status,
    chart: chartName(release),
    app_version: appVersion(release),
  }));
  if (format !== "table") {
    await run.out(encoded(rows, format));
    return;
  }
  const header = ["NAME", "NAMESPACE", "REVISION", "UPDATED", "STATUS", "CHART", "APP VERSION"];
  await run.out(table([...(flags.bool("no-headers") ? [] : [header]), ...rows.map((row) => Object.values(row))]));
}

async function status(run: HelmRun): Promise<void> {
  const format = outputOf(run);
  const [name = ""] = run.args;
  const revision = run.flags.number("revision");
  const release = revision > 0 ? await revisionOf(run, name, revision) : await lastOf(run, name);
  await printStatus(run, release, format, { debug: false, showDescription: run.flags.bool("show-desc") });
}

async function history(run: HelmRun): Promise<void> {
  const format = outputOf(run);
  const max = run.flags.number("max");
  const all = await historyOf(run, run.args[0] ?? "");
  const rows = all.slice(Math.max(0, all.length - Math.min(max, 256))).map((release) => ({
    revision: release.version,
    updated: release.info.last_deployed,
    status: release.info.status,
    chart: chartName(release),
    app_version: appVersion(release),
    description: release.info.description ?? "",
  }));
  if (format !== "table") {
    await run.out(encoded(rows, format));
    return;
  }
  await run.out(
    table([
      ["REVISION", "UPDATED", "STATUS", "CHART", "APP VERSION", "DESCRIPTION"],
      ...rows.map((row) => [
        String(row.revision),
        ansic(row.updated),
        row.status,
        row.chart,
        row.app_version,
        row.description,
      ]),
    ]),
  );
}

const switches = (names: readonly (readonly [name: string, usage: string])[]) =>
  names.map(([name, usage]) => ({ name, type: "bool", default: "false", usage }) as const);

export const LIST: HelmCommand = {
  name: "list",
  aliases: ["ls"],
  short: "list releases",
  completes: "none",
  flags: [
    OUTPUT,
    {
      name: "all",
      shorthand: "a",
      type: "bool",
      default: "false",
      usage: "show all releases without any filter applied",
    },
    {
      name: "all-namespaces",
      shorthand: "A",
      type: "bool",
      default: "false",
      usage: "list releases across all namespaces",
    },
    { name: "date", shorthand: "d", type: "bool", default: "false", usage: "sort by release date" },
    { name: "filter", shorthand: "f", type: "string", usage: "a regular expression (Perl compatible)" },
    { name: "max", shorthand: "m", type: "int", default: "256", usage: "maximum number of releases to fetch" },
    {
      name: "no-headers",
      type: "bool",
      default: "false",
      usage: "don't print headers when using the default output format",
    },
    {
      name: "offset",
      type: "int",
      default: "0",
      usage: "next release index in the list, used to offset from start value",
    },
    { name: "reverse", shorthand: "r", type: "bool", default: "false", usage: "reverse the sort order" },
    { name: "selector", shorthand: "l", type: "string", usage: "selector (label query) to filter on" },
    { name: "short", shorthand: "q", type: "bool", default: "false", usage: "output short (quiet) listing format" },
    { name: "time-format", type: "string", usage: "format time using golang time formatter" },
    ...switches([
      ["deployed", "show deployed releases"],
      ["failed", "show failed releases"],
      ["pending", "show pending releases"],
      ["superseded", "show superseded releases"],
      ["uninstalled", "show uninstalled releases"],
      ["uninstalling", "show releases that are currently being uninstalled"],
    ]),
  ],
  run: list,
};
export const STATUS: HelmCommand = {
  name: "status",
  short: "display the status of the named release",
  arguments: "RELEASE_NAME",
  count: { least: 1, most: 1 },
  completes: "release",
  flags: [
    OUTPUT,
    { name: "revision", type: "int", default: "0", usage: "display the status of the named release with revision" },
    {
      name: "show-desc",
      type: "bool",
      default: "false",
      usage: "display the description message of the named release",
    },
  ],
  run: status,
};
export const HISTORY: HelmCommand = {
  name: "history",
  aliases: ["hist"],
  short: "fetch release history",
  arguments: "RELEASE_NAME",
  count: { least: 1, most: 1 },
  completes: "release",
  flags: [
    OUTPUT,
    { name: "max", type: "int", default: "256", usage: "maximum number of revisions to include in history" },
  ],
  run: history,
};
