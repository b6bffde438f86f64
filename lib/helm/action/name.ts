/** Names of releases. */
import { HelmError } from "../errors.ts";
import type { HelmRun } from "../run.ts";

const PATTERN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const MAX_LENGTH = 53;

/** chartutil.ValidateReleaseName. */
export function nameProblem(name: string): string | undefined {
  if (name === "") return "no name provided";
  if (name.length > MAX_LENGTH || !PATTERN.test(name))
    return `invalid release name, must match regex ^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$ and the length must not be longer than 53`;
  return undefined;
}

/** Install.NameAndChart. */
export function nameAndChart(run: HelmRun): readonly [name: string, chart: string] {
  const { args, flags } = run;
  const generates = flags.bool("generate-name");
  const template = flags.has("name-template") ? flags.string("name-template") : "";
  if (args.length > 2)
    throw new HelmError(`expected at most two arguments, unexpected arguments: ${args.slice(2).join(", ")}`);
  if (args.length === 2) {
    if (generates) throw new HelmError("cannot set --generate-name and also specify a name");
    if (template !== "") throw new HelmError("cannot set --name-template and also specify a name");
    return [args[0] as string, args[1] as string];
  }
  const [chart = ""] = args;
  if (template !== "") throw new HelmError("--name-template is not available here; give a name, or --generate-name");
  if (!generates) throw new HelmError("must either provide a name or specify --generate-name");
  const last = chart.replace(/\/+$/, "").split("/").pop() ?? "";
  // The name of an archive without its version.
  const base = last === "." || last === "" ? "chart" : last.replace(/\.tgz$/, "").replace(/-\d.*$/, "");
  return [`${base}-${Math.floor(run.now / 1000)}`, chart];
}
