/** helm dependency list, build, update: for charts beside this one (file://), and those that lie in charts/. */
import { digest, toHex } from "../../encoding/index.ts";
import type { Json } from "../../kubectl/object.ts";
import { tarGzip } from "../archive.ts";
import { loadChart } from "../chart/load.ts";
import type { Chart, Dependency } from "../chart/types.ts";
import type { HelmCommand } from "../command.ts";
import { HelmError } from "../errors.ts";
import { table } from "../print.ts";
import { timestamp } from "../release/storage.ts";
import type { HelmRun } from "../run.ts";
import { parseVersion, satisfies } from "../sprig/semver.ts";
import { writeYaml } from "../yaml.ts";

const chartPath = (run: HelmRun): string => (run.args[0] ?? ".").replace(/\/+$/, "") || "/";

function fits(range: string, version: string): boolean {
  try {
    return satisfies(range, parseVersion(version));
  } catch {
    return false;
  }
}

/** Dependency.dependencyStatus. */
async function statusOf(run: HelmRun, path: string, chart: Chart, dependency: Dependency): Promise<string> {
  const { files } = run.process;
  const folder = `${path}/charts`;
  const archives = files.exists(folder)
    ? files.list(folder).filter((entry) => entry.name.startsWith(`${dependency.name}-`) && entry.name.endsWith(".tgz"))
    : [];
  if (archives.length > 1) return "too many matches";
  const child = chart.dependencies.find((one) => one.metadata.name === dependency.name);
  if (child === undefined) return "missing";
  const ok = fits(dependency.version, child.metadata.version);
  return archives.length === 1 ? (ok ? "ok" : "wrong version") : ok ? "unpacked" : "wrong version";
}

async function list(run: HelmRun): Promise<void> {
  const path = chartPath(run);
  const chart = await loadChart(run.process, path);
  const { dependencies } = chart.metadata;
  if (dependencies.length === 0) {
    await run.err(`WARNING: no dependencies at ${path}/charts\n`);
    return;
  }
  const rows: string[][] = [];
  for (const one of dependencies)
    rows.push([one.name, one.version, one.repository, await statusOf(run, path, chart, one)]);
  await run.out(`${table([["NAME", "VERSION", "REPOSITORY", "STATUS"], ...rows])}\n`);
}

/** Charts of file:// repositories as archives in charts/; the lock file tells what was taken. */
async function fetchAll(run: HelmRun, path: string, chart: Chart): Promise<void> {
  const { files } = run.process;
  const { dependencies } = chart.metadata;
  const taken: { name: string; repository: string; version: string }[] = [];
  await run.out(`Saving ${dependencies.length} charts\n`);
  const archives: { readonly name: string; readonly data: Uint8Array }[] = [];
  for (const one of dependencies) {
    if (one.repository === "") {
      const child = chart.dependencies.find((other) => other.metadata.name === one.name);
      if (child === undefined)
        throw new HelmError(
          `no repository definition for ${one.name}. Please add the missing repos via 'helm repo add'`,
        );
      taken.push({ name: one.name, repository: "", version: child.metadata.version });
      continue;
    }
    if (!one.repository.startsWith("file://"))
      throw new HelmError(
        `${one.name}: ${one.repository} cannot be reached from here; only file:// repositories are available`,
      );
    const source = one.repository.slice("file://".length);
    const full = source.startsWith("/") ? source : `${path}/${source}`;
    if (!files.exists(full)) throw new HelmError(`directory ${full} not found`);
    const child = await loadChart(run.process, full);
    if (!fits(one.version, child.metadata.version))
      throw new HelmError(`can't get a valid version for dependency ${one.name}`);
    const packed = child.raw.map((file) => ({ name: `${child.metadata.name}/${file.name}`, data: file.data }));
    archives.push({
      name: `${child.metadata.name}-${child.metadata.version}.tgz`,
      data: await tarGzip(run.process, packed, run.now),
    });
    taken.push({ name: one.name, repository: one.repository, version: child.metadata.version });
  }
  const folder = `${path}/charts`;
  files.makeDirectory(folder, { recursive: true });
  for (const entry of files.list(folder)) {
    const old = dependencies.some((one) => one.repository !== "" && entry.name.startsWith(`${one.name}-`));
    if (old && entry.name.endsWith(".tgz")) {
      if (!archives.some((archive) => archive.name === entry.name)) await run.out("Deleting outdated charts\n");
      files.remove(`${folder}/${entry.name}`);
    }
  }
  for (const archive of archives) files.writeFile(`${folder}/${archive.name}`, archive.data);
  const lock = { dependencies: taken, digest: digestOf(chart, taken), generated: timestamp(run) };
  files.writeFile(`${path}/Chart.lock`, writeYaml(lock as unknown as Json));
}

/** resolver.HashReq: over what is asked for and what was taken. */
function digestOf(chart: Chart, taken: readonly { name: string; repository: string; version: string }[]): string {
  const asked = chart.metadata.dependencies.map((one) => ({
    name: one.name,
    ...(one.version === "" ? {} : { version: one.version }),
    repository: one.repository,
    ...(one.condition === "" ? {} : { condition: one.condition }),
    ...(one.tags.length === 0 ? {} : { tags: one.tags }),
    ...(one.importValues.length === 0 ? {} : { "import-values": one.importValues }),
    ...(one.alias === "" ? {} : { alias: one.alias }),
  }));
  const locked = taken.map((one) => ({ name: one.name, version: one.version, repository: one.repository }));
  return `sha256:${toHex(digest("sha256", JSON.stringify([asked, locked])))}`;
}

async function update(run: HelmRun): Promise<void> {
  const path = chartPath(run);
  const chart = await loadChart(run.process, path);
  if (chart.metadata.dependencies.length === 0) return;
  await fetchAll(run, path, chart);
}

async function build(run: HelmRun): Promise<void> {
  const path = chartPath(run);
  const chart = await loadChart(run.process, path);
  if (chart.metadata.dependencies.length === 0) return;
  const { lock } = chart;
  if (
    lock !== undefined &&
    lock.digest !==
      digestOf(
        chart,
        lock.dependencies.map((one) => ({ ...one })),
      )
  )
    throw new HelmError(
      "the lock file (Chart.lock) is out of sync with the dependencies file (Chart.yaml). Please update the dependencies",
    );
  await fetchAll(run, path, chart);
}

const part = (
  name: string,
  aliases: readonly string[],
  short: string,
  run: (run: HelmRun) => Promise<void>,
): HelmCommand => ({
  name,
  ...(aliases.length === 0 ? {} : { aliases }),
  short,
  arguments: "CHART",
  count: { least: 0, most: 1 },
  completes: "chart",
  flags:
    name === "list"
      ? [{ name: "max-col-width", type: "int", default: "80", usage: "accepted; columns are as wide as they must be" }]
      : [{ name: "skip-refresh", type: "bool", default: "false", usage: "accepted; there is no repository cache" }],
  run,
});

export const DEPENDENCY: HelmCommand = {
  name: "dependency",
  aliases: ["dep", "dependencies"],
  short: "manage a chart's dependencies",
  subcommands: [
    part("build", [], "rebuild the charts/ directory based on the Chart.lock file", build),
    part("list", ["ls"], "list the dependencies for the given chart", list),
    part("update", ["up"], "update charts/ based on the contents of Chart.yaml", update),
  ],
};
