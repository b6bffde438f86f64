/** helm lint (helm.sh/helm/v3/pkg/lint): what is wrong with a chart before anybody installs it. */
import { isObject, type Json, textAt } from "../../kubectl/object.ts";
import type { ValueMap } from "../../template/index.ts";
import { clientCapabilities } from "../action/render.ts";
import { processDependencies } from "../chart/dependencies.ts";
import { loadChart } from "../chart/load.ts";
import { validateSchemas } from "../chart/schema.ts";
import type { Chart } from "../chart/types.ts";
import { coalesceValues, copyOf } from "../chart/values.ts";
import type { HelmCommand } from "../command.ts";
import { parseKubeVersion } from "../engine/capabilities.ts";
import { renderChart } from "../engine/render.ts";
import { HelmError, messageOf } from "../errors.ts";
import { VALUE_FLAGS, valuesOf } from "../flags.ts";
import { splitManifests } from "../release/manifests.ts";
import type { HelmRun } from "../run.ts";
import { isStrictVersion, parseVersion } from "../sprig/semver.ts";
import { readYaml } from "../yaml.ts";

type Severity = "INFO" | "WARNING" | "ERROR";
interface Finding {
  readonly severity: Severity;
  readonly path: string;
  readonly words: string;
}

/** rules.Chartfile. */
function lintMetadata(run: HelmRun, path: string, found: Finding[]): boolean {
  const file = `${path}/Chart.yaml`;
  const tell = (severity: Severity, words: string) => {
    found.push({ severity, path: "Chart.yaml", words });
  };
  let document: Json;
  try {
    document = readYaml(run.process.files.readText(file));
  } catch (error) {
    tell("ERROR", `unable to parse YAML\n\t${messageOf(error)}`);
    return false;
  }
  const name = textAt(document, "name");
  if (name === "") tell("ERROR", "name is required");
  else if (name !== name.slice(name.lastIndexOf("/") + 1))
    tell("ERROR", `chart name ${JSON.stringify(name)} is invalid`);
  const apiVersion = textAt(document, "apiVersion");
  if (apiVersion === "") tell("ERROR", 'apiVersion is required. The value must be either "v1" or "v2"');
  else if (apiVersion !== "v1" && apiVersion !== "v2")
    tell("ERROR", `apiVersion '${apiVersion}' is not valid. The value must be either "v1" or "v2"`);
  const type = textAt(document, "type");
  if (type !== "" && apiVersion !== "v2")
    tell("ERROR", "chart type is not valid in apiVersion 'v1'. It is valid in apiVersion 'v2'");
  for (const field of ["version", "appVersion"]) {
    const value = isObject(document) ? document[field] : undefined;
    if (value !== undefined && value !== null && typeof value !== "string")
      tell(
        "ERROR",
        `${field} should be of type string but it's of type ${typeof value === "number" ? "float64" : typeof value === "boolean" ? "bool" : typeof value}`,
      );
  }
  const version = textAt(document, "version");
  if (version === "") tell("ERROR", "version is required");
  else {
    try {
      parseVersion(version);
      if (!isStrictVersion(version)) tell("WARNING", `version '${version}' is not a valid SemVerV2`);
    } catch {
      tell("ERROR", `version '${version}' is not a valid SemVer`);
    }
  }
  if (textAt(document, "icon") === "") tell("INFO", "icon is recommended");
  const { dependencies } = (isObject(document) ? document : {}) as { dependencies?: Json };
  if (dependencies !== undefined && apiVersion === "v1")
    tell(
      "ERROR",
      "dependencies are not valid in the Chart file with apiVersion 'v1'. They are valid in apiVersion 'v2'",
    );
  return true;
}

async function lintTemplates(run: HelmRun, chart: Chart, values: ValueMap, found: Finding[]): Promise<void> {
  const tell = (severity: Severity, path: string, words: string) => {
    found.push({ severity, path, words });
  };
  const version = run.flags.string("kube-version");
  const files = await run.rendering(
    renderChart({
      chart,
      values,
      release: { name: "test-release", namespace: run.flags.string("namespace"), revision: 1, isUpgrade: false },
      capabilities: clientCapabilities(version === "" ? undefined : parseKubeVersion(version), []),
      now: () => run.now,
      random: run.random,
      lint: run.log,
      strict: run.flags.bool("strict"),
    }),
  );
  for (const template of chart.templates) {
    const extension = /\.[^./]*$/.exec(template.name)?.[0] ?? "";
    if (![".yaml", ".yml", ".tpl", ".txt"].includes(extension)) {
      tell(
        "ERROR",
        template.name,
        `file extension '${extension}' not valid. Valid extensions are .yaml, .yml, .tpl, or .txt`,
      );
      continue;
    }
    if (extension === ".tpl" || extension === ".txt") continue;
    const text = files.get(`${chart.metadata.name}/${template.name}`) ?? "";
    if (text.trim() === "") continue;
    for (const content of splitManifests(text)) {
      let document: Json;
      try {
        document = readYaml(content);
      } catch (error) {
        tell("ERROR", template.name, `unable to parse YAML: ${messageOf(error)}`);
        continue;
      }
      if (!isObject(document)) continue;
      const name = textAt(document, "metadata", "name");
      if (name === "")
        tell(
          "ERROR",
          template.name,
          'object name does not conform to Kubernetes naming requirements: "": metadata.name: Required value: name or generateName is required',
        );
      else if (name.length > 253 || !/^[a-z0-9]([-a-z0-9.:]*[a-z0-9])?$/.test(name))
        tell(
          "ERROR",
          template.name,
          `object name does not conform to Kubernetes naming requirements: ${JSON.stringify(name)}`,
        );
    }
  }
}

async function lintOne(run: HelmRun, path: string, given: ValueMap): Promise<readonly Finding[]> {
  const { files } = run.process;
  const found: Finding[] = [];
  const tell = (severity: Severity, where: string, words: string) => {
    found.push({ severity, path: where, words });
  };
  if (!files.exists(`${path}/Chart.yaml`))
    throw new HelmError(
      "unable to check Chart.yaml file in chart: stat " + `${path}/Chart.yaml: no such file or directory`,
    );
  const readable = lintMetadata(run, path, found);
  if (!files.exists(`${path}/values.yaml`)) tell("INFO", "values.yaml", "file does not exist");
  if (!files.exists(`${path}/templates`)) tell("WARNING", "templates/", "directory not found");
  if (!readable) return found;
  try {
    const chart = await loadChart(run.process, path);
    if (chart.metadata.type === "library") return found;
    const values = copyOf(given);
    processDependencies(chart, values, run.log);
    const all = coalesceValues(chart, values, run.log);
    const complaints = validateSchemas(chart, all);
    if (complaints !== "") tell("ERROR", "values.yaml", complaints.replace(/^[^\n]*:\n/, ""));
    else await lintTemplates(run, chart, all, found);
    const missing = chart.metadata.dependencies.filter(
      (one) => !chart.dependencies.some((child) => child.metadata.name === one.name),
    );
    if (missing.length > 0)
      tell(
        "WARNING",
        path,
        `chart directory is missing these dependencies: ${missing.map((one) => one.name).join(",")}`,
      );
  } catch (error) {
    if (run.process.signal.aborted || !(error instanceof HelmError)) throw error;
    tell("ERROR", "templates/", error.message);
  }
  return found;
}

const LEVELS: Readonly<Record<Severity, number>> = { INFO: 1, WARNING: 2, ERROR: 3 };

async function lint(run: HelmRun): Promise<void> {
  const { flags } = run;
  const paths = run.args.length === 0 ? ["."] : run.args;
  const values = await valuesOf(run);
  const limit = flags.bool("strict") ? 2 : 3;
  let failed = 0;
  let out = "";
  for (const path of paths) {
    let found: readonly Finding[];
    try {
      found = await lintOne(run, path, values);
    } catch (error) {
      if (run.process.signal.aborted || !(error instanceof HelmError)) throw error;
      out += `==> Linting ${path}\nError ${error.message}\n\n`;
      failed++;
      continue;
    }
    const bad = found.some((one) => LEVELS[one.severity] >= limit);
    if (bad) failed++;
    if (flags.bool("quiet") && !bad) continue;
    const shown = flags.bool("quiet") ? found.filter((one) => LEVELS[one.severity] >= 2) : found;
    out += `==> Linting ${path}\n${shown.map((one) => `[${one.severity}] ${one.path}: ${one.words}\n`).join("")}\n`;
  }
  const summary = `${paths.length} chart(s) linted, ${failed} chart(s) failed`;
  if (failed > 0) {
    await run.out(out);
    throw new HelmError(summary);
  }
  if (!flags.bool("quiet")) await run.out(`${out}${summary}\n`);
}

export const LINT: HelmCommand = {
  name: "lint",
  short: "examine a chart for possible issues",
  arguments: "PATH",
  count: { least: 0, most: 99 },
  completes: "chart",
  flags: [
    ...VALUE_FLAGS,
    { name: "kube-version", type: "string", usage: "Kubernetes version used for capabilities and deprecation checks" },
    { name: "quiet", type: "bool", default: "false", usage: "print only warnings and errors" },
    { name: "strict", type: "bool", default: "false", usage: "fail on lint warnings" },
    {
      name: "with-subcharts",
      type: "bool",
      default: "false",
      usage: "not supported here: lint each subchart by its path",
      hidden: true,
    },
  ],
  run: lint,
};
