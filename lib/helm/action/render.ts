/** From a chart and values to hooks, manifest and notes (helm.sh/helm/v3/pkg/action/action.go, renderResources). */
import { pathOf } from "../../kubectl/client/discovery.ts";
import { isNotFound } from "../../kubectl/errors.ts";
import { parseApiVersion, textAt } from "../../kubectl/object.ts";
import type { ValueMap } from "../../template/index.ts";
import { validateSchemas } from "../chart/schema.ts";
import { type Chart, crdsOf } from "../chart/types.ts";
import { coalesceValues } from "../chart/values.ts";
import {
  type Capabilities,
  DEFAULT_API_VERSIONS,
  DEFAULT_KUBE_VERSION,
  type KubeVersion,
} from "../engine/capabilities.ts";
import { type Lookup, type ReleaseFacts, renderChart } from "../engine/render.ts";
import { HelmError } from "../errors.ts";
import { type Manifest, sortManifests } from "../release/manifests.ts";
import type { Hook } from "../release/types.ts";
import type { HelmRun } from "../run.ts";
import { parseVersion, satisfies } from "../sprig/semver.ts";

/** What the live cluster can do. */
export async function clusterCapabilities(run: HelmRun): Promise<Capabilities> {
  const rest = await run.kubectl.rest();
  const version = await rest.get("/version");
  const resources = await run.kubectl.refreshResources();
  const apiVersions = new Set<string>();
  for (const resource of resources.resources) {
    const group = resource.group === "" ? resource.version : `${resource.group}/${resource.version}`;
    apiVersions.add(group);
    apiVersions.add(`${group}/${resource.kind}`);
  }
  return {
    kubeVersion: {
      version: textAt(version, "gitVersion"),
      major: textAt(version, "major"),
      minor: textAt(version, "minor"),
    },
    apiVersions: [...apiVersions],
  };
}
export const clientCapabilities = (kubeVersion: KubeVersion | undefined, more: readonly string[]): Capabilities => ({
  kubeVersion: kubeVersion ?? DEFAULT_KUBE_VERSION,
  apiVersions: [...DEFAULT_API_VERSIONS, ...more],
});

/** The lookup function of templates. */
export const clusterLookup =
  (run: HelmRun): Lookup =>
  async (apiVersion, kind, namespace, name) => {
    const { group, version } = parseApiVersion(apiVersion);
    const resource = await run.kubectl.lookUp((map) => map.byKind(kind, group, version) ?? null);
    if (resource === null) {
      run.debug(`[ERROR] unable to get apiresource from unstructured: /${apiVersion}, Kind=${kind}`);
      return {};
    }
    const rest = await run.kubectl.rest();
    try {
      return (await rest.get(pathOf(resource, namespace, name))) as ValueMap;
    } catch (error) {
      if (isNotFound(error)) return {};
      throw error;
    }
  };

interface RenderRequest {
  readonly chart: Chart;
  readonly values: ValueMap;
  readonly release: ReleaseFacts;
  readonly capabilities: Capabilities;
  readonly lookup?: Lookup;
  readonly subNotes: boolean;
  readonly includeCrds: boolean;
  readonly skipSchema: boolean;
  /** Secrets are not shown. */
  readonly hideSecret?: boolean;
}
interface Rendered {
  readonly hooks: Hook[];
  readonly manifests: readonly Manifest[];
  /** All manifests in one text, as releases keep it. */
  readonly manifest: string;
  readonly notes: string;
  /** The values as templates saw them. */
  readonly values: ValueMap;
}

/** What was rendered, where it is no YAML: `helm template --debug` shows it. */
export class NotYaml extends HelmError {
  readonly manifest: string;
  constructor(message: string, manifest: string) {
    super(message);
    this.name = "NotYaml";
    this.manifest = manifest;
  }
}

function toRenderValues(run: HelmRun, chart: Chart, values: ValueMap, skipSchema: boolean): ValueMap {
  const all = coalesceValues(chart, values, run.log);
  const complaints = skipSchema ? "" : validateSchemas(chart, all);
  if (complaints !== "")
    throw new HelmError(
      `values don't meet the specifications of the schema(s) in the following chart(s):\n${complaints}`,
    );
  return all;
}

const NOTES = "NOTES.txt";

export async function renderResources(run: HelmRun, request: RenderRequest): Promise<Rendered> {
  const { chart, capabilities } = request;
  const values = toRenderValues(run, chart, request.values, request.skipSchema);
  checkKubeVersion(chart, capabilities);
  const files = await run.rendering(
    renderChart({
      chart,
      values,
      release: request.release,
      capabilities,
      now: () => run.now,
      random: run.random,
      ...(request.lookup === undefined ? {} : { lookup: request.lookup }),
    }),
  );
  const notes: string[] = [];
  for (const path of [...files.keys()].sort()) {
    if (!path.endsWith(NOTES)) continue;
    if (request.subNotes || path === `${chart.metadata.name}/templates/${NOTES}`) notes.push(files.get(path) as string);
    files.delete(path);
  }
  await run.process.spend([...files.values()].reduce((total, text) => total + text.length, 0) / 10);
  let sorted: Awaited<ReturnType<typeof sortManifests>>;
  try {
    sorted = await sortManifests(files, run.log, (units) => run.process.spend(units));
  } catch (error) {
    if (!(error instanceof HelmError)) throw error;
    const all = [...files].filter(([, text]) => text.trim() !== "");
    throw new NotYaml(error.message, all.map(([path, text]) => `---\n# Source: ${path}\n${text}\n`).join(""));
  }
  let manifest = "";
  if (request.includeCrds) {
    for (const crd of crdsOf(chart))
      manifest += `---\n# Source: ${crd.filename}\n${new TextDecoder().decode(crd.data)}\n`;
  }
  for (const one of sorted.manifests) {
    const hidden = request.hideSecret === true && one.kind === "Secret" && one.apiVersion === "v1";
    manifest += `---\n# Source: ${one.path}\n${hidden ? "# HIDDEN: The Secret output has been suppressed" : one.content}\n`;
  }
  return { ...sorted, manifest, notes: notes.join("\n"), values };
}

function checkKubeVersion(chart: Chart, { kubeVersion }: Capabilities): void {
  const wanted = chart.metadata.kubeVersion;
  if (wanted === "") return;
  let fits = false;
  try {
    fits = satisfies(wanted, parseVersion(kubeVersion.version));
  } catch {
    fits = false;
  }
  if (!fits)
    throw new HelmError(
      `chart requires kubeVersion: ${wanted} which is incompatible with Kubernetes ${kubeVersion.version}`,
    );
}
