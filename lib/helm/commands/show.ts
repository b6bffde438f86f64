/** helm show and helm package (helm.sh/helm/v3/pkg/action/show.go, package.go). */
import type { Json } from "../../kubectl/object.ts";
import { tarGzip } from "../archive.ts";
import { checkDependencies } from "../chart/dependencies.ts";
import { loadChart } from "../chart/load.ts";
import { locate } from "../chart/locate.ts";
import { type Chart, crdsOf, textOf } from "../chart/types.ts";
import type { HelmCommand } from "../command.ts";
import { HelmError } from "../errors.ts";
import { CHART_PATH_FLAGS, refuseFlags } from "../flags.ts";
import type { HelmRun } from "../run.ts";
import { parseVersion } from "../sprig/semver.ts";
import { writeYaml } from "../yaml.ts";

const READMES = ["readme.md", "readme.txt", "readme"];

const metadataText = (chart: Chart): string =>
  writeYaml({ ...chart.metadata.all, apiVersion: chart.metadata.apiVersion } as Json);
const valuesText = (chart: Chart): string => {
  const file = chart.raw.find((one) => one.name === "values.yaml");
  return file === undefined ? "" : `${textOf(file)}\n`;
};
const readmeText = (chart: Chart): string => {
  const file = READMES.flatMap((name) => chart.files.filter((one) => one.name.toLowerCase() === name))[0];
  return file === undefined ? "" : textOf(file);
};
const crdsText = (chart: Chart): string =>
  crdsOf(chart)
    .map((crd) => {
      const text = new TextDecoder().decode(crd.data);
      return `${text.trimStart().startsWith("---") ? "" : "---\n"}${text}\n`;
    })
    .join("");

function allText(chart: Chart): string {
  let out = metadataText(chart);
  if (valuesText(chart) !== "") out += `---\n${valuesText(chart)}`;
  if (readmeText(chart) !== "") out += `---\n${readmeText(chart)}\n`;
  if (crdsText(chart) !== "") out += crdsText(chart);
  return out;
}

const part = (name: string, short: string, text: (chart: Chart) => string): HelmCommand => ({
  name,
  short,
  arguments: "[CHART]",
  count: { least: 1, most: 1 },
  completes: "chart",
  flags: CHART_PATH_FLAGS,
  run: async (run) => {
    refuseFlags(run);
    await run.out(text(await loadChart(run.process, locate(run, run.args[0] ?? ""))));
  },
});

export const SHOW: HelmCommand = {
  name: "show",
  aliases: ["inspect"],
  short: "show information of a chart",
  subcommands: [
    part("all", "show all information of the chart", allText),
    part("chart", "show the chart's definition", metadataText),
    part("crds", "show the chart's CRDs", crdsText),
    part("readme", "show the chart's README", (chart) => (readmeText(chart) === "" ? "" : `${readmeText(chart)}\n`)),
    part("values", "show the chart's values", valuesText),
  ],
};

async function pack(run: HelmRun): Promise<void> {
  const { flags, process } = run;
  if (flags.bool("sign")) throw new HelmError("--sign is not available here: there are no keyrings");
  if (flags.bool("dependency-update"))
    throw new HelmError("--dependency-update is not available here: run `helm dependency update` before");
  for (const path of run.args) {
    if (!process.files.exists(path)) throw new HelmError(`stat ${path}: no such file or directory`);
    const chart = await loadChart(process, path);
    const version = flags.string("version") || chart.metadata.version;
    try {
      parseVersion(version);
    } catch (error) {
      throw new HelmError((error as Error).message);
    }
    checkDependencies(chart);
    const { name } = chart.metadata;
    const changed = {
      ...chart.metadata.all,
      apiVersion: chart.metadata.apiVersion,
      version,
      ...(flags.string("app-version") === "" ? {} : { appVersion: flags.string("app-version") }),
    };
    const files = [
      { name: "Chart.yaml", data: new TextEncoder().encode(writeYaml(changed as Json)) },
      ...chart.raw.filter((file) => file.name !== "Chart.yaml"),
    ].map((file) => ({ name: `${name}/${file.name}`, data: file.data }));
    const destination = flags.string("destination");
    if (destination !== ".") process.files.makeDirectory(destination, { recursive: true });
    const full =
      destination === "." ? process.cwd : destination.startsWith("/") ? destination : `${process.cwd}/${destination}`;
    const target = `${full.replace(/\/+$/, "")}/${name}-${version}.tgz`;
    process.files.writeFile(target, await tarGzip(process, files, run.now));
    await run.out(`Successfully packaged chart and saved it to: ${target}\n`);
  }
}

export const PACKAGE: HelmCommand = {
  name: "package",
  short: "package a chart directory into a chart archive",
  arguments: "[CHART_PATH] [...]",
  count: { least: 1, most: 99 },
  completes: "chart",
  flags: [
    { name: "app-version", type: "string", usage: "set the appVersion on the chart to this version" },
    { name: "dependency-update", shorthand: "u", type: "bool", default: "false", usage: "not supported here" },
    { name: "destination", shorthand: "d", type: "string", default: ".", usage: "location to write the chart" },
    { name: "sign", type: "bool", default: "false", usage: "not supported here" },
    { name: "version", type: "string", usage: "set the version on the chart to this semver version" },
  ],
  run: pack,
};
