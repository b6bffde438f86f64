/** helm version, env, completion, and what is refused in a sentence. */

import { completionScript } from "../../kubectl/completion/scripts.ts";
import { TemplateSet, type ValueMap } from "../../template/index.ts";
import type { HelmCommand } from "../command.ts";
import { GIT_COMMIT, GO_VERSION, HELM_VERSION } from "../engine/capabilities.ts";
import { HelmError } from "../errors.ts";
import type { HelmRun } from "../run.ts";

async function version(run: HelmRun): Promise<void> {
  const { flags } = run;
  const facts: ValueMap = {
    Version: HELM_VERSION,
    GitCommit: GIT_COMMIT,
    GitTreeState: "clean",
    GoVersion: GO_VERSION,
  };
  if (flags.string("template") !== "") {
    const set = new TemplateSet();
    set.parse("_", flags.string("template"));
    await run.out(await run.rendering(set.run("_", facts)));
  } else if (flags.bool("short")) await run.out(`${HELM_VERSION}+g${GIT_COMMIT.slice(0, 7)}\n`);
  else
    await run.out(
      `version.BuildInfo{Version:"${HELM_VERSION}", GitCommit:"${GIT_COMMIT}", GitTreeState:"clean", GoVersion:"${GO_VERSION}"}\n`,
    );
}
export const VERSION: HelmCommand = {
  name: "version",
  short: "print the client version information",
  flags: [
    { name: "short", type: "bool", default: "false", usage: "print the version number" },
    { name: "template", type: "string", usage: "template for version string format" },
    {
      name: "client",
      shorthand: "c",
      type: "bool",
      default: "false",
      usage: "accepted; there is a client only",
      hidden: true,
    },
  ],
  run: version,
};

async function env(run: HelmRun): Promise<void> {
  const home = run.process.env.get("HOME") ?? "/root";
  const flag = (name: string) => run.flags.string(name);
  const facts: Readonly<Record<string, string>> = {
    HELM_BIN: "helm",
    HELM_BURST_LIMIT: "100",
    HELM_CACHE_HOME: `${home}/.cache/helm`,
    HELM_CONFIG_HOME: `${home}/.config/helm`,
    HELM_DATA_HOME: `${home}/.local/share/helm`,
    HELM_DEBUG: String(run.flags.bool("debug")),
    HELM_KUBEAPISERVER: flag("kube-apiserver"),
    HELM_KUBEASGROUPS: run.flags.list("kube-as-group").join(","),
    HELM_KUBEASUSER: flag("kube-as-user"),
    HELM_KUBECAFILE: flag("kube-ca-file"),
    HELM_KUBECONTEXT: flag("kube-context"),
    HELM_KUBEINSECURE_SKIP_TLS_VERIFY: String(run.flags.bool("kube-insecure-skip-tls-verify")),
    HELM_KUBETLS_SERVER_NAME: flag("kube-tls-server-name"),
    HELM_KUBETOKEN: flag("kube-token"),
    HELM_MAX_HISTORY: "10",
    HELM_NAMESPACE: run.namespace,
    HELM_PLUGINS: `${home}/.local/share/helm/plugins`,
    HELM_QPS: "0.00",
    HELM_REGISTRY_CONFIG: `${home}/.config/helm/registry/config.json`,
    HELM_REPOSITORY_CACHE: `${home}/.cache/helm/repository`,
    HELM_REPOSITORY_CONFIG: `${home}/.config/helm/repositories.yaml`,
  };
  const [wanted] = run.args;
  if (wanted !== undefined) await run.out(`${facts[wanted] ?? ""}\n`);
  else
    await run.out(
      Object.entries(facts)
        .map(([name, value]) => `${name}="${value}"\n`)
        .join(""),
    );
}
export const ENV: HelmCommand = {
  name: "env",
  short: "helm client environment information",
  arguments: "",
  count: { least: 0, most: 1 },
  completes: "none",
  run: env,
};

const shell = (name: string): HelmCommand => ({
  name,
  short: `generate autocompletion script for ${name}`,
  run: async (run) => run.out(completionScript(name, "helm") ?? ""),
});
export const COMPLETION: HelmCommand = {
  name: "completion",
  short: "generate autocompletion scripts for the specified shell",
  subcommands: ["bash", "fish", "powershell", "zsh"].map(shell),
};

const NO_REPOSITORIES =
  "chart repositories are not available here: charts come from the workspace; give a directory or a .tgz";
const NO_REGISTRIES = "registries are not available here: charts come from the workspace; give a directory or a .tgz";
const REFUSED: Readonly<Record<string, readonly [short: string, words: string]>> = {
  plugin: [
    "install, list, or uninstall Helm plugins",
    "plugins are not available here: there is nothing to run them with",
  ],
  pull: ["download a chart from a repository", NO_REPOSITORIES],
  push: ["push a chart to remote", NO_REGISTRIES],
  registry: ["login to or logout from a registry", NO_REGISTRIES],
  repo: ["add, list, remove, update, and index chart repositories", NO_REPOSITORIES],
  search: ["search for a keyword in charts", NO_REPOSITORIES],
  verify: ["verify that a chart has been signed and is valid", "charts cannot be verified here: there are no keyrings"],
};
export const REFUSALS: readonly HelmCommand[] = Object.entries(REFUSED).map(([name, [short, words]]) => ({
  name,
  short: `${short} (not available here)`,
  arguments: "",
  count: { least: 0, most: 99 },
  completes: "none",
  // Whatever flags there are, the answer is the same.
  passThrough: true,
  run: async () => {
    throw new HelmError(`${name}: ${words}`);
  },
}));
