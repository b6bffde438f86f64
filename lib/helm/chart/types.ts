/** A chart as it is loaded (helm.sh/helm/v3/pkg/chart). */
import type { JsonObject } from "../../kubectl/object.ts";
import type { ValueMap } from "../../template/index.ts";

export interface ChartFile {
  /** From the chart's directory. */
  readonly name: string;
  readonly data: Uint8Array;
}

export interface Dependency {
  name: string;
  version: string;
  repository: string;
  condition: string;
  tags: readonly string[];
  enabled: boolean;
  alias: string;
  importValues: unknown[];
}

export interface Metadata {
  name: string;
  readonly version: string;
  readonly apiVersion: string;
  readonly appVersion: string;
  readonly kubeVersion: string;
  readonly type: string;
  readonly deprecated: boolean;
  dependencies: Dependency[];
  /** Chart.yaml as it was written. */
  readonly all: JsonObject;
}

export interface Lock {
  readonly generated: string;
  readonly digest: string;
  readonly dependencies: readonly { readonly name: string; readonly version: string; readonly repository: string }[];
}

export interface Chart {
  metadata: Metadata;
  /** All files as they were found. */
  readonly raw: readonly ChartFile[];
  readonly templates: readonly ChartFile[];
  values: ValueMap;
  readonly schema: Uint8Array | undefined;
  /** What is neither template nor known by name: .Files. */
  readonly files: readonly ChartFile[];
  readonly lock: Lock | undefined;
  dependencies: Chart[];
  parent: Chart | undefined;
}

export const textOf = (file: ChartFile): string => new TextDecoder().decode(file.data);

/** "parent/charts/child": what templates are named by. */
export const fullPath = (chart: Chart): string =>
  chart.parent === undefined ? chart.metadata.name : `${fullPath(chart.parent)}/charts/${chart.metadata.name}`;

interface CrdFile {
  readonly name: string;
  readonly filename: string;
  readonly data: Uint8Array;
}
/** Files of crds/, of subcharts too. */
export function crdsOf(chart: Chart): CrdFile[] {
  const own = chart.files
    .filter((file) => file.name.startsWith("crds/") && /\.(ya?ml|json)$/i.test(file.name))
    .map((file) => ({ name: file.name, filename: `${fullPath(chart)}/${file.name}`, data: file.data }));
  return [...own, ...chart.dependencies.flatMap(crdsOf)];
}
