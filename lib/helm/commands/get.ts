/** helm get and helm test (helm.sh/helm/v3/cmd/helm/get_*.go, release_testing.go). */
import type { JsonObject } from "../../kubectl/object.ts";
import type { ValueMap } from "../../template/index.ts";
import { metadataOf } from "../chart/load.ts";
import { coalesceValues } from "../chart/values.ts";
import type { HelmCommand } from "../command.ts";
import { HelmError, messageOf } from "../errors.ts";
import { OUTPUT, outputOf } from "../flags.ts";
import { runHooks } from "../kube/hooks.ts";
import { appVersion, encoded, printStatus } from "../print.ts";
import { historyOf, lastOf, revisionOf, updateRelease } from "../release/storage.ts";
import type { Release } from "../release/types.ts";
import type { HelmRun } from "../run.ts";
import { toPlain } from "../sprig/json.ts";
import { writeYaml } from "../yaml.ts";

const REVISION = { name: "revision", type: "int", default: "0", usage: "get the named release with revision" } as const;

function wanted(run: HelmRun): Promise<Release> {
  const [name = ""] = run.args;
  const revision = run.flags.number("revision");
  return revision > 0 ? revisionOf(run, name, revision) : lastOf(run, name);
}

/** The values of a release: those given, or with those of its chart. */
function valuesOf(run: HelmRun, release: Release, all: boolean): JsonObject {
  if (!all) return release.config;
  const chart = {
    metadata: metadataOf(release.chart["metadata"] ?? null),
    raw: [],
    templates: [],
    values: (release.chart["values"] ?? {}) as ValueMap,
    schema: undefined,
    files: [],
    lock: undefined,
    dependencies: [],
    parent: undefined,
  };
  return toPlain(coalesceValues(chart, release.config as ValueMap, run.log)) as JsonObject;
}

async function values(run: HelmRun): Promise<void> {
  const format = outputOf(run);
  const all = run.flags.bool("all");
  const found = valuesOf(run, await wanted(run), all);
  if (format !== "table") {
    await run.out(encoded(sorted(found), format));
    return;
  }
  const empty = !all && Object.keys(found).length === 0;
  await run.out(`${all ? "COMPUTED VALUES:" : "USER-SUPPLIED VALUES:"}\n${empty ? "null\n" : writeYaml(found)}`);
}
/** A map of Go's is written with its keys in order. */
function sorted(value: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [
        key,
        typeof inner === "object" && inner !== null && !Array.isArray(inner) ? sorted(inner) : inner,
      ]),
  );
}

const hooksText = (release: Release): string =>
  release.hooks.map((hook) => `---\n# Source: ${hook.path}\n${hook.manifest}\n`).join("");

async function notes(run: HelmRun): Promise<void> {
  const release = await wanted(run);
  if ((release.info.notes ?? "") !== "") await run.out(`NOTES:\n${release.info.notes}\n`);
}

async function all(run: HelmRun): Promise<void> {
  const release = await wanted(run);
  const given = Object.keys(release.config).length === 0 ? "null\n" : writeYaml(release.config);
  await printStatus(run, release, "table", { hideNotes: true, showMetadata: true });
  let out = `USER-SUPPLIED VALUES:\n${given}\nCOMPUTED VALUES:\n${writeYaml(valuesOf(run, release, true))}\n`;
  out += `HOOKS:\n${hooksText(release)}MANIFEST:\n${release.manifest}\n`;
  const told = (release.info.notes ?? "").trim();
  if (told !== "") out += `NOTES:\n${told}\n`;
  await run.out(out);
}

async function metadata(run: HelmRun): Promise<void> {
  const format = outputOf(run);
  const release = await wanted(run);
  const chart = metadataOf(release.chart["metadata"] ?? null);
  const deployed = release.info.last_deployed.replace(/\.\d+Z$/, "Z");
  const record = {
    name: release.name,
    chart: chart.name,
    version: chart.version,
    appVersion: appVersion(release),
    ...(chart.dependencies.length > 0
      ? { dependencies: chart.dependencies.map(({ name, version, repository }) => ({ name, version, repository })) }
      : {}),
    namespace: release.namespace,
    revision: release.version,
    status: release.info.status,
    deployedAt: deployed,
  };
  if (format !== "table") {
    await run.out(encoded(record, format));
    return;
  }
  await run.out(
    `NAME: ${record.name}\nCHART: ${record.chart}\nVERSION: ${record.version}\nAPP_VERSION: ${record.appVersion}\nANNOTATIONS: \nDEPENDENCIES: ${chart.dependencies.map((one) => one.name).join(",")}\nNAMESPACE: ${record.namespace}\nREVISION: ${record.revision}\nSTATUS: ${record.status}\nDEPLOYED_AT: ${record.deployedAt}\n`,
  );
}

const part = (
  name: string,
  short: string,
  run: (run: HelmRun) => Promise<void>,
  flags: HelmCommand["flags"] = [],
): HelmCommand => ({
  name,
  short,
  arguments: "RELEASE_NAME",
  count: { least: 1, most: 1 },
  completes: "release",
  flags: [REVISION, ...flags],
  run,
});

export const GET: HelmCommand = {
  name: "get",
  short: "download extended information of a named release",
  subcommands: [
    part("all", "download all information for a named release", all),
    part("hooks", "download all hooks for a named release", async (run) => run.out(hooksText(await wanted(run)))),
    part("manifest", "download the manifest for a named release", async (run) =>
      run.out(`${(await wanted(run)).manifest}\n`),
    ),
    part("metadata", "This command fetches metadata for a given release", metadata, [OUTPUT]),
    part("notes", "download the notes for a named release", notes),
    part("values", "download the values file for a named release", values, [
      OUTPUT,
      { name: "all", shorthand: "a", type: "bool", default: "false", usage: "dump all (computed) values" },
    ]),
  ],
};

/** name=value filters; "!" before the name turns one around. */
function filterHooks(release: Release, filters: readonly (readonly [string, string])[]): Release["hooks"] {
  const named = filters.filter(([key]) => key === "name").map(([, value]) => value);
  const without = filters.filter(([key]) => key === "!name").map(([, value]) => value);
  return release.hooks.filter(
    (hook) =>
      !hook.events.includes("test") ||
      ((named.length === 0 || named.includes(hook.name)) && !without.includes(hook.name)),
  );
}

async function test(run: HelmRun): Promise<void> {
  const { flags } = run;
  const [name = ""] = run.args;
  const filters = flags.list("filter").map((one): readonly [string, string] => {
    const equals = one.indexOf("=");
    if (equals === -1 || !["name", "!name"].includes(one.slice(0, equals)))
      throw new HelmError(`unsupported filter: ${one}; name=value and !name=value are`);
    return [one.slice(0, equals), one.slice(equals + 1)];
  });
  const release = (await historyOf(run, name)).at(-1) as Release;
  const others = release.hooks;
  release.hooks = filterHooks(release, filters);
  let problem: Error | undefined;
  try {
    await runHooks(run, release, "test", flags.duration("timeout"));
  } catch (error) {
    if (run.process.signal.aborted || !(error instanceof Error)) throw error;
    problem = error;
  }
  const tested = release.hooks;
  release.hooks = others;
  await updateRelease(run, release);
  await printStatus(run, release, "table", { hideNotes: flags.bool("hide-notes") });
  if (flags.bool("logs")) await logs(run, release, tested);
  if (problem !== undefined) throw problem;
}

async function logs(run: HelmRun, release: Release, tested: Release["hooks"]): Promise<void> {
  const rest = await run.kubectl.rest();
  for (const hook of tested) {
    if (!hook.events.includes("test") || hook.kind !== "Pod") continue;
    let text: string;
    try {
      text = await rest.text(`/api/v1/namespaces/${release.namespace}/pods/${hook.name}/log`);
    } catch (error) {
      throw new HelmError(`unable to get pod logs for ${hook.name}: ${messageOf(error)}`);
    }
    await run.out(`POD LOGS: ${hook.name}\n${text}\n`);
  }
}

export const TEST: HelmCommand = {
  name: "test",
  short: "run tests for a release",
  arguments: "[RELEASE]",
  count: { least: 1, most: 1 },
  completes: "release",
  flags: [
    {
      name: "filter",
      type: "strings",
      usage: "specify tests by attribute (currently \"name\") using attribute=value syntax or '!attribute=value'",
    },
    { name: "hide-notes", type: "bool", default: "false", usage: "do not show notes in the output" },
    {
      name: "logs",
      type: "bool",
      default: "false",
      usage: "dump the logs from test pods (this runs after all tests are complete)",
    },
    {
      name: "timeout",
      type: "duration",
      default: "5m0s",
      usage: "time to wait for any individual Kubernetes operation",
    },
  ],
  run: test,
};
