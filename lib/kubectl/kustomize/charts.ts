/** helmCharts and helmChartInflationGenerator: refused, with upstream's words where --enable-helm is not given. */
import { toYaml } from "../../encoding/index.ts";
import type { JsonObject } from "../object.ts";
import { BuildError, unsupported } from "./errors.ts";
import { entriesOf, type Kustomization } from "./kustomization.ts";

/** Names of the older form's fields. */
const RENAMED: Readonly<Record<string, string>> = {
  chartName: "name",
  chartVersion: "version",
  chartRepoUrl: "repo",
  values: "valuesFile",
  releaseNamespace: "namespace",
};

/** Throws where there are charts to be inflated. */
export function refuseCharts(kustomization: Kustomization, enabled: boolean): void {
  const [chart] = [
    ...entriesOf(kustomization, "helmCharts"),
    ...entriesOf(kustomization, "helmChartInflationGenerator").map(
      (entry): JsonObject =>
        Object.fromEntries(Object.entries(entry).map(([name, value]) => [RENAMED[name] ?? name, value])),
    ),
  ];
  if (chart === undefined) return;
  if (enabled) throw unsupported("helmCharts");
  throw new BuildError(
    `trouble configuring builtin HelmChartInflationGenerator with config: \`\n${toYaml(chart)}\`: must specify --enable-helm`,
  );
}
