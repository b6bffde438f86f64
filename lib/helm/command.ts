/** The shape of a helm command: data that the program parses, documents and completes from, and a function. */
import type { FlagDefinition } from "../kubectl/flags/parse.ts";
import type { HelmRun } from "./run.ts";

export interface HelmCommand {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly short: string;
  /** Arguments as in the usage line, e.g. "[NAME] [CHART]". */
  readonly arguments?: string;
  /** How many arguments there may be; default none. */
  readonly count?: { readonly least: number; readonly most: number };
  readonly flags?: readonly FlagDefinition[];
  readonly subcommands?: readonly HelmCommand[];
  readonly hidden?: boolean;
  /** Flags are not looked at: the command is refused whatever they are. */
  readonly passThrough?: boolean;
  /** What the arguments name, for completion. */
  readonly completes?: "release" | "chart" | "none";
  readonly run?: (run: HelmRun) => Promise<void>;
}

export const GLOBAL: readonly FlagDefinition[] = [
  { name: "debug", type: "bool", default: "false", usage: "enable verbose output" },
  { name: "kube-apiserver", type: "string", usage: "the address and the port for the Kubernetes API server" },
  { name: "kube-as-group", type: "array", usage: "group to impersonate for the operation" },
  { name: "kube-as-user", type: "string", usage: "username to impersonate for the operation" },
  {
    name: "kube-ca-file",
    type: "string",
    usage: "the certificate authority file for the Kubernetes API server connection",
  },
  { name: "kube-context", type: "string", usage: "name of the kubeconfig context to use" },
  {
    name: "kube-insecure-skip-tls-verify",
    type: "bool",
    default: "false",
    usage: "do not check the API server's certificate",
  },
  { name: "kube-tls-server-name", type: "string", usage: "server name to use for certificate validation" },
  { name: "kube-token", type: "string", usage: "bearer token used for authentication" },
  { name: "kubeconfig", type: "string", usage: "path to the kubeconfig file" },
  { name: "namespace", shorthand: "n", type: "string", usage: "namespace scope for this request" },
  { name: "burst-limit", type: "int", default: "100", usage: "accepted; requests are not limited here" },
  { name: "qps", type: "float32", default: "0", usage: "accepted; requests are not limited here" },
  { name: "registry-config", type: "string", usage: "accepted; there are no registries here" },
  { name: "repository-cache", type: "string", usage: "accepted; there are no repositories here" },
  { name: "repository-config", type: "string", usage: "accepted; there are no repositories here" },
];

export const flagsOf = (command: HelmCommand): FlagDefinition[] => {
  const own = command.flags ?? [];
  return [...own, ...GLOBAL.filter((flag) => !own.some((one) => one.name === flag.name))];
};
