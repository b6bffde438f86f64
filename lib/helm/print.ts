/** How Helm shows releases: status, tables, JSON and YAML. */
import type { Json } from "../kubectl/object.ts";
import type { Value } from "../template/index.ts";
import type { OutputFormat } from "./flags.ts";
import type { Release } from "./release/types.ts";
import type { HelmRun } from "./run.ts";
import { formatTime } from "./sprig/dates.ts";
import { goJson } from "./sprig/json.ts";
import { writeYaml } from "./yaml.ts";

/** time.ANSIC. */
export const ansic = (timestamp: string): string =>
  timestamp === "" ? "" : formatTime({ ms: Date.parse(timestamp), zone: "UTC" }, "Mon Jan _2 15:04:05 2006");
/** time.Time's String. */
export const longTime = (timestamp: string): string =>
  timestamp === ""
    ? ""
    : formatTime({ ms: Date.parse(timestamp), zone: "UTC" }, "2006-01-02 15:04:05.999999999 -0700 MST");

/** gosuri/uitable as Helm uses it: all cells as wide as their column, tabs between. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows)
    row.forEach((cell, i) => {
      widths[i] = Math.max(widths[i] ?? 0, [...cell].length);
    });
  return `${rows.map((row) => row.map((cell, i) => cell + " ".repeat((widths[i] ?? 0) - [...cell].length)).join("\t")).join("\n")}\n`;
}

/** JSON keeps the order of fields; YAML sorts them, as it goes through JSON. */
export function encoded(value: Json, format: "json" | "yaml"): string {
  return format === "json" ? `${inOrder(value)}\n` : writeYaml(value);
}
function inOrder(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(inOrder).join(",")}]`;
  if (typeof value !== "object" || value === null) return goJson(value as Value);
  return `{${Object.entries(value)
    .filter(([, one]) => one !== undefined)
    .map(([key, one]) => `${goJson(key)}:${inOrder(one)}`)
    .join(",")}}`;
}

/** A release as its JSON: without labels. */
function releaseJson(release: Release): Json {
  const { labels: _, ...stored } = release;
  return JSON.parse(JSON.stringify(stored)) as Json;
}

interface StatusOptions {
  readonly debug?: boolean;
  readonly showDescription?: boolean;
  readonly hideNotes?: boolean;
  readonly showMetadata?: boolean;
}

/** statusPrinter.WriteTable. */
export async function printStatus(
  run: HelmRun,
  release: Release,
  format: OutputFormat,
  options: StatusOptions = {},
): Promise<void> {
  if (format !== "table") {
    await run.out(encoded(releaseJson(release), format));
    return;
  }
  let out = `NAME: ${release.name}\n`;
  if (release.info.last_deployed !== "") out += `LAST DEPLOYED: ${ansic(release.info.last_deployed)}\n`;
  out += `NAMESPACE: ${release.namespace}\nSTATUS: ${release.info.status}\nREVISION: ${release.version}\n`;
  if (options.showMetadata === true) {
    const metadata = release.chart["metadata"] as { name?: string; version?: string; appVersion?: string };
    out += `CHART: ${metadata.name ?? ""}\nVERSION: ${metadata.version ?? ""}\nAPP_VERSION: ${metadata.appVersion ?? ""}\n`;
  }
  if (options.showDescription === true) out += `DESCRIPTION: ${release.info.description ?? ""}\n`;
  const tests = release.hooks.filter((hook) => hook.events.includes("test"));
  if (tests.length === 0) out += "TEST SUITE: None\n";
  for (const test of tests) {
    if (test.last_run.started_at === "") continue;
    out += `TEST SUITE:     ${test.name}\nLast Started:   ${ansic(test.last_run.started_at)}\nLast Completed: ${ansic(test.last_run.completed_at)}\nPhase:          ${test.last_run.phase}\n`;
  }
  const dryRun = release.info.description === "Dry run complete";
  if (options.debug === true) {
    out += `USER-SUPPLIED VALUES:\n${writeYaml(release.config)}\n`;
  }
  if (dryRun || options.debug === true) {
    out += `HOOKS:\n${release.hooks.map((hook) => `---\n# Source: ${hook.path}\n${hook.manifest}\n`).join("")}`;
    out += `MANIFEST:\n${release.manifest}\n`;
  }
  const notes = (release.info.notes ?? "").trim();
  if (options.hideNotes !== true && notes !== "") out += `NOTES:\n${notes}\n`;
  await run.out(out);
}

export const chartName = (release: Release): string => {
  const metadata = release.chart["metadata"] as { name?: string; version?: string } | null | undefined;
  return metadata?.name === undefined ? "MISSING" : `${metadata.name}-${metadata.version ?? ""}`;
};
export const appVersion = (release: Release): string =>
  (release.chart["metadata"] as { appVersion?: string } | null | undefined)?.appVersion ?? "";
