/** Flags that several commands share, and the global ones. */
import type { FlagDefinition } from "./parse.ts";

const GLOBALS: readonly FlagDefinition[] = [
  { name: "as", type: "string", usage: "User to act as" },
  { name: "as-group", type: "array", usage: "Group to act as; can be repeated" },
  { name: "as-uid", type: "string", usage: "UID to act as" },
  { name: "cache-dir", type: "string", default: "~/.kube/cache", usage: "Directory for what discovery found" },
  { name: "certificate-authority", type: "string", usage: "File with the CA of the API server" },
  { name: "client-certificate", type: "string", usage: "File with a client certificate" },
  { name: "client-key", type: "string", usage: "File with the key of the client certificate" },
  { name: "cluster", type: "string", usage: "Cluster of the kubeconfig to use" },
  { name: "context", type: "string", usage: "Context of the kubeconfig to use" },
  {
    name: "disable-compression",
    type: "bool",
    default: "false",
    usage: "Ask for answers as they are (they always come so here)",
  },
  { name: "insecure-skip-tls-verify", type: "bool", default: "false", usage: "Do not check the server's certificate" },
  { name: "kubeconfig", type: "string", usage: "The kubeconfig file to use" },
  {
    name: "log-flush-frequency",
    type: "duration",
    default: "5s",
    usage: "Accepted; lines of the log are written at once",
  },
  { name: "match-server-version", type: "bool", default: "false", usage: "Refuse servers of another version" },
  { name: "namespace", shorthand: "n", type: "string", usage: "Namespace to work in" },
  { name: "password", type: "string", usage: "Password for basic authentication" },
  { name: "profile", type: "string", default: "none", usage: "Not supported here, but for none" },
  { name: "profile-output", type: "string", default: "profile.pprof", usage: "Refused: nothing is profiled here" },
  {
    name: "request-timeout",
    type: "string",
    default: "0",
    usage: "How long to wait for one answer (e.g. 1s, 2m); 0: for ever",
  },
  { name: "server", shorthand: "s", type: "string", usage: "Address of the API server" },
  { name: "tls-server-name", type: "string", usage: "Name to check in the server's certificate" },
  { name: "token", type: "string", usage: "Bearer token" },
  { name: "user", type: "string", usage: "User of the kubeconfig to use" },
  { name: "username", type: "string", usage: "User name for basic authentication" },
  { name: "v", shorthand: "v", type: "int", default: "0", usage: "How much to log of requests: 6 and more" },
  { name: "vmodule", type: "modules", usage: "How much to log by file, as pattern=level" },
  { name: "warnings-as-errors", type: "bool", default: "false", usage: "Exit with an error when the server warned" },
];
export const GLOBAL_FLAGS: readonly FlagDefinition[] = GLOBALS.map((flag) => ({ ...flag, global: true }));

export const FILE_FLAGS: readonly FlagDefinition[] = [
  { name: "filename", shorthand: "f", type: "strings", usage: "Files or directories with manifests, or - for stdin" },
  { name: "kustomize", shorthand: "k", type: "string", usage: "A kustomization directory" },
  {
    name: "recursive",
    shorthand: "R",
    type: "bool",
    default: "false",
    usage: "Also directories below the one given with -f",
  },
];
export const SELECTOR_FLAG: FlagDefinition = {
  name: "selector",
  shorthand: "l",
  type: "string",
  usage: "Label query, e.g. app=web,tier!=db",
};
export const FIELD_SELECTOR_FLAG: FlagDefinition = {
  name: "field-selector",
  type: "string",
  usage: "Field query, e.g. status.phase=Running",
};
export const ALL_NAMESPACES_FLAG: FlagDefinition = {
  name: "all-namespaces",
  shorthand: "A",
  type: "bool",
  default: "false",
  usage: "Objects of all namespaces",
};
export const ALL_FLAG: FlagDefinition = {
  name: "all",
  type: "bool",
  default: "false",
  usage: "All objects of the named types in the namespace",
};
export const DRY_RUN_FLAG: FlagDefinition = {
  name: "dry-run",
  type: "string",
  default: "none",
  bare: "unchanged",
  usage: "none, client (send nothing) or server (keep nothing)",
};
export const fieldManagerFlag = (name: string): FlagDefinition => ({
  name: "field-manager",
  type: "string",
  default: name,
  usage: "Name of the owner of changed fields",
});
export const VALIDATE_FLAG: FlagDefinition = {
  name: "validate",
  type: "string",
  default: "strict",
  bare: "strict",
  usage: "strict, warn or ignore unknown and duplicate fields",
};
export const OUTPUT_FLAGS: readonly FlagDefinition[] = [
  {
    name: "output",
    shorthand: "o",
    type: "string",
    usage: "Output format: json, yaml, name, jsonpath=..., go-template=..., custom-columns=...",
  },
  { name: "template", type: "string", usage: "Template for -o go-template or jsonpath" },
  {
    name: "allow-missing-template-keys",
    type: "bool",
    default: "true",
    usage: "Missing fields in templates are empty",
  },
  { name: "show-managed-fields", type: "bool", default: "false", usage: "Keep managedFields in json and yaml" },
];
export const SAVE_CONFIG_FLAG: FlagDefinition = {
  name: "save-config",
  type: "bool",
  default: "false",
  usage: "Record the configuration in the object's annotation",
};
export const RECORD_FLAG: FlagDefinition = {
  name: "record",
  type: "bool",
  default: "false",
  usage: "Record the command in the object's annotation",
  deprecated: "--record will be removed in the future",
};
export const SUBRESOURCE_FLAG: FlagDefinition = {
  name: "subresource",
  type: "string",
  usage: "Work on this subresource, e.g. status or scale",
};
export const LOCAL_FLAG: FlagDefinition = {
  name: "local",
  type: "bool",
  default: "false",
  usage: "Change the input only, without a server",
};
export const PAGE_FLAG: FlagDefinition = {
  name: "chunk-size",
  type: "int64",
  default: "500",
  usage: "Objects per request; 0: all at once",
};
