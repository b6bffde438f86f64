/** Finds the chart an argument names. Only the workspace has charts here. */
import { HelmError, messageOf } from "../errors.ts";
import type { HelmRun } from "../run.ts";
import { checkDependencies } from "./dependencies.ts";
import { loadChart } from "./load.ts";
import type { Chart } from "./types.ts";

/** ChartPathOptions.LocateChart. */
export function locate(run: HelmRun, argument: string): string {
  const name = argument.trim();
  if (name.startsWith("oci://"))
    throw new HelmError(
      `${name}: charts from registries are not available here; give a chart directory or a .tgz of the workspace`,
    );
  if (/^https?:\/\//.test(name))
    throw new HelmError(`${name}: charts cannot be downloaded here; give a chart directory or a .tgz of the workspace`);
  if (run.process.files.exists(name)) return name;
  if (name.startsWith("/") || name.startsWith(".")) throw new HelmError(`path ${JSON.stringify(name)} not found`);
  const parts = name.split("/");
  if (parts.length < 2 || parts[0] === "")
    throw new HelmError(`non-absolute URLs should be in form of repo_name/path_to_chart, got: ${name}`);
  throw new HelmError(`repo ${parts[0]} not found`);
}

/** A chart to render: there, complete, and no library. */
export async function loadInstallable(run: HelmRun, argument: string): Promise<Chart> {
  const chart = await loadChart(run.process, locate(run, argument));
  if (chart.metadata.type !== "" && chart.metadata.type !== "application")
    throw new HelmError(`${chart.metadata.type} charts are not installable`);
  if (chart.metadata.deprecated) await run.err("WARNING: This chart is deprecated\n");
  try {
    checkDependencies(chart);
  } catch (error) {
    throw new HelmError(
      `An error occurred while checking for chart dependencies. You may need to run \`helm dependency build\` to fetch missing dependencies: ${messageOf(error)}`,
    );
  }
  return chart;
}
