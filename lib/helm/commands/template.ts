/** helm template: renders a chart, sends nothing (helm.sh/helm/v3/cmd/helm/template.go). */
import { nameAndChart, nameProblem } from "../action/name.ts";
import { clientCapabilities, clusterCapabilities, clusterLookup, NotYaml, renderResources } from "../action/render.ts";
import { processDependencies } from "../chart/dependencies.ts";
import { globPattern } from "../chart/ignore.ts";
import { loadInstallable } from "../chart/locate.ts";
import type { HelmCommand } from "../command.ts";
import { parseKubeVersion } from "../engine/capabilities.ts";
import { HelmError } from "../errors.ts";
import { dryRunOf, INSTALL_FLAGS, refuseFlags, valuesOf } from "../flags.ts";
import { build } from "../kube/objects.ts";
import { splitManifests } from "../release/manifests.ts";
import type { HelmRun } from "../run.ts";

async function template(run: HelmRun): Promise<void> {
  const { flags } = run;
  refuseFlags(run);
  const kubeVersion = flags.string("kube-version") === "" ? undefined : parseKubeVersion(flags.string("kube-version"));
  const [name, chartPath] =
    run.args.length === 1 && !flags.bool("generate-name") ? ["release-name", run.args[0] as string] : nameAndChart(run);
  const problem = nameProblem(name);
  if (problem !== undefined) throw new HelmError(problem);
  const validate = flags.bool("validate");
  const server = dryRunOf(run) === "server";
  const chart = await loadInstallable(run, chartPath);
  const values = await valuesOf(run);
  processDependencies(chart, values, run.log);
  const capabilities =
    validate || server ? await clusterCapabilities(run) : clientCapabilities(kubeVersion, flags.list("api-versions"));
  let rendered: Awaited<ReturnType<typeof renderResources>>;
  try {
    rendered = await renderResources(run, {
      chart,
      values,
      release: { name, namespace: run.namespace, revision: 1, isUpgrade: flags.bool("is-upgrade") },
      capabilities,
      ...(server || validate ? { lookup: clusterLookup(run) } : {}),
      subNotes: false,
      includeCrds: flags.bool("include-crds"),
      skipSchema: flags.bool("skip-schema-validation"),
      hideSecret: flags.bool("hide-secret"),
    });
  } catch (error) {
    if (!(error instanceof NotYaml)) throw error;
    if (!flags.bool("debug")) throw new HelmError(`${error.message}\n\nUse --debug flag to render out invalid YAML`);
    await run.out(error.manifest);
    throw error;
  }
  if (validate) {
    // What the cluster does not know is told as it would be by install.
    try {
      await build(run, rendered.manifest);
    } catch (error) {
      if (!(error instanceof HelmError)) throw error;
      throw new HelmError(`unable to build kubernetes objects from release manifest: ${error.message}`);
    }
  }
  const hooks = flags.bool("no-hooks")
    ? []
    : rendered.hooks.filter((hook) => !(flags.bool("skip-tests") && hook.events.includes("test")));
  const outputDir = flags.string("output-dir");
  if (outputDir !== "") {
    const base = flags.bool("release-name") ? `${outputDir}/${name}` : outputDir;
    const written = new Set<string>();
    for (const one of [...rendered.manifests, ...hooks.map((hook) => ({ path: hook.path, content: hook.manifest }))]) {
      const path = `${base}/${one.path}`;
      run.process.files.makeDirectory(path.slice(0, path.lastIndexOf("/")), { recursive: true });
      const text = `---\n# Source: ${one.path}\n${one.content}\n`;
      run.process.files.writeFile(path, text, { append: written.has(path) });
      if (!written.has(path)) await run.out(`wrote ${path}\n`);
      written.add(path);
    }
    return;
  }
  const text = `${rendered.manifest.trim()}\n${hooks.map((hook) => `---\n# Source: ${hook.path}\n${hook.manifest}\n`).join("")}`;
  const only = flags.list("show-only");
  if (only.length === 0) {
    await run.out(text);
    return;
  }
  const documents = splitManifests(text);
  const shown: string[] = [];
  for (const wanted of only) {
    const pattern = globPattern(wanted.replace(/^\.\//, ""));
    let found = false;
    for (const document of documents) {
      const source = /^# Source: [^/\n]+\/(.+)$/m.exec(document)?.[1];
      if (source === undefined || !pattern.test(source)) continue;
      shown.push(document);
      found = true;
    }
    if (!found) throw new HelmError(`could not find template ${wanted} in chart`);
  }
  await run.out(shown.map((document) => `---\n${document}\n`).join(""));
}

export const TEMPLATE: HelmCommand = {
  name: "template",
  short: "locally render templates",
  arguments: "[NAME] [CHART]",
  count: { least: 1, most: 99 },
  completes: "chart",
  flags: [
    ...INSTALL_FLAGS,
    {
      name: "api-versions",
      shorthand: "a",
      type: "strings",
      usage: "Kubernetes api versions used for Capabilities.APIVersions",
    },
    { name: "generate-name", shorthand: "g", type: "bool", default: "false", usage: "generate the name" },
    { name: "name-template", type: "string", usage: "not supported here" },
    { name: "include-crds", type: "bool", default: "false", usage: "include CRDs in the templated output" },
    {
      name: "is-upgrade",
      type: "bool",
      default: "false",
      usage: "set .Release.IsUpgrade instead of .Release.IsInstall",
    },
    { name: "kube-version", type: "string", usage: "Kubernetes version used for Capabilities.KubeVersion" },
    { name: "output-dir", type: "string", usage: "writes the rendered templates to files in this directory" },
    { name: "release-name", type: "bool", default: "false", usage: "use release name in the output-dir path" },
    { name: "replace", type: "bool", default: "false", usage: "accepted; nothing is installed" },
    {
      name: "show-only",
      shorthand: "s",
      type: "array",
      usage: "only show manifests rendered from the given templates",
    },
    { name: "skip-tests", type: "bool", default: "false", usage: "skip tests from templated output" },
    { name: "validate", type: "bool", default: "false", usage: "check the manifests against the cluster in use" },
  ],
  run: template,
};
