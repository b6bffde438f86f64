/** kubeconfig files: where they are and how several merge (client-go's tools/clientcmd/loader.go). */
import type { Process } from "../../machine/index.ts";
import { CommandError, throwAll } from "../errors.ts";
import type { Flags } from "../flags/parse.ts";
import { byText, type Json, type JsonObject, textAt } from "../object.ts";
import { emptyConfig, type KubeConfig, readConfigFile, SECTION_NAMES, writeConfigFile } from "./file.ts";
import { absolutePath, directoryOf, FILE_FIELDS, relativePath } from "./paths.ts";

export { type NamespaceScope, namespaceScope, type ResolvedContext, resolveContext } from "./access.ts";
export { configObject, emptyConfig, type KubeConfig } from "./file.ts";

export const homeOf = (process: Process): string => process.env.get("HOME") ?? "/root";

/** The files that are read, in order of precedence, and whether one was named by --kubeconfig. */
export function configPaths(process: Process, flags: Flags): { readonly paths: string[]; readonly explicit: boolean } {
  const explicit = flags.global("kubeconfig");
  if (explicit !== "") return { paths: [explicit], explicit: true };
  const variable = process.env.get("KUBECONFIG") ?? "";
  const paths = [...new Set(variable.split(":").filter((path) => path !== ""))];
  return { paths: paths.length > 0 ? paths : [`${homeOf(process)}/.kube/config`], explicit: false };
}

/** The file that changes go to where an entry is new. */
export function defaultConfigPath(process: Process, flags: Flags): string {
  const { paths } = configPaths(process, flags);
  const existing = paths.find((path) => process.files.exists(path));
  return existing ?? paths[paths.length - 1] ?? `${homeOf(process)}/.kube/config`;
}

/** Entries of `extensions` that are not there yet. */
function mergedExtensions(into: Json[], more: readonly Json[]): Json[] {
  const names = new Set(into.map((one) => textAt(one, "name")));
  return [...into, ...more.filter((one) => !names.has(textAt(one, "name")))].sort((a, b) =>
    byText(textAt(a, "name"), textAt(b, "name")),
  );
}

/** All files as one: the first to name something wins. Throws what is wrong with each file that cannot be read. */
export function loadConfig(process: Process, flags: Flags): KubeConfig {
  const { paths, explicit } = configPaths(process, flags);
  const merged = emptyConfig();
  const problems: unknown[] = [];
  for (const path of paths) {
    if (!process.files.exists(path)) {
      if (explicit) throw new CommandError(`stat ${path}: no such file or directory`);
      continue;
    }
    let config: KubeConfig;
    try {
      config = readConfigFile(process.files, path);
    } catch (error) {
      problems.push(error);
      continue;
    }
    for (const section of SECTION_NAMES)
      for (const [name, entry] of config[section]) if (!merged[section].has(name)) merged[section].set(name, entry);
    if (config.currentContext !== "" && merged.currentContext === "") {
      merged.currentContext = config.currentContext;
      merged.origins.set("current-context", path);
    }
    merged.preferences = { ...config.preferences, ...merged.preferences };
    merged.extensions = mergedExtensions(merged.extensions, config.extensions);
    for (const [key, origin] of config.origins) if (!merged.origins.has(key)) merged.origins.set(key, origin);
  }
  throwAll(problems);
  return merged;
}

/** What commands that change kubeconfigs begin with: a file that is not there is an empty one (PathOptions.GetStartingConfig). */
export function startingConfig(process: Process, flags: Flags): KubeConfig {
  const { paths, explicit } = configPaths(process, flags);
  return explicit && !process.files.exists(paths[0] ?? "") ? emptyConfig() : loadConfig(process, flags);
}

/** Paths of an entry as its file keeps them: relative where they lead below it, else absolute. */
function relativized(entry: JsonObject, base: string): JsonObject {
  const kept = { ...entry };
  for (const field of FILE_FIELDS) {
    const path = textAt(entry, field);
    if (path === "") continue;
    const absolute = absolutePath(path, base);
    const relative = relativePath(absolute, base);
    kept[field] = relative.startsWith("../") ? absolute : relative;
  }
  return kept;
}

/** Changes the file that `origin` is in (or the default file), not the merged view (clientcmd.ModifyConfig). */
export function changeConfig(process: Process, flags: Flags, origin: string, edit: (config: KubeConfig) => void): void {
  const merged = startingConfig(process, flags);
  const path = merged.origins.get(origin) ?? defaultConfigPath(process, flags);
  const config = process.files.exists(path) ? readConfigFile(process.files, path) : emptyConfig();
  const before = { clusters: new Map(config.clusters), users: new Map(config.users) };
  edit(config);
  const base = directoryOf(absolutePath(path, process.cwd));
  for (const section of ["clusters", "users"] as const)
    for (const [name, entry] of config[section])
      if (before[section].get(name) !== entry) config[section].set(name, relativized(entry, base));
  writeConfigFile(process.files, path, config);
}
