/** kubectl config view (k8s.io/kubectl/pkg/cmd/config/view.go). */
import { encodeBase64, toYaml } from "../../encoding/index.ts";
import { CommandError } from "../errors.ts";
import type { Invocation } from "../invocation.ts";
import { readProblem } from "../kubeconfig/file.ts";
import { configObject, type KubeConfig } from "../kubeconfig/index.ts";
import { absolutePath, directoryOf } from "../kubeconfig/paths.ts";
import { clone, isObject, type JsonObject, textAt } from "../object.ts";
import { printerFor } from "../printers/output.ts";

const HIDDEN = ["token", "password", "client-key-data", "client-certificate-data", "certificate-authority-data"];

function redact(config: JsonObject): JsonObject {
  const copy = clone(config);
  const visit = (value: unknown) => {
    if (Array.isArray(value)) for (const item of value) visit(item);
    else if (isObject(value as JsonObject)) {
      const object = value as JsonObject;
      for (const [key, entry] of Object.entries(object)) {
        if (HIDDEN.includes(key) && typeof entry === "string")
          object[key] = key === "token" || key === "password" ? "REDACTED" : "DATA+OMITTED";
        else visit(entry);
      }
    }
  };
  visit(copy);
  return copy;
}

export async function view(invocation: Invocation): Promise<void> {
  const { flags, args } = invocation;
  if (args.length > 0) throw invocation.usageError(`unexpected arguments: [${args.join(" ")}]`);
  if (!flags.bool("merge") && flags.global("kubeconfig") === "")
    throw new CommandError("if merge==false a precise file must be specified");
  const config = invocation.startingConfig;
  const shown = flags.bool("minify") ? minified(config, flags.optional("context")) : config;
  const object = configObject(flags.bool("flatten") ? flattened(invocation, shown) : shown);
  const visible = flags.bool("raw") || flags.bool("flatten") ? object : redact(object);
  if (flags.string("template") !== "" && !flags.changed("output")) flags.set("output", "go-template");
  const printer = printerFor(invocation) ?? ((value: JsonObject) => toYaml(value));
  await invocation.out(printer(visible, true));
}

/** Only what the current context uses. */
function minified(config: KubeConfig, context: string): KubeConfig {
  const name = context || config.currentContext;
  if (name === "") throw new CommandError("current-context must exist in order to minify");
  const wanted = config.contexts.get(name);
  if (wanted === undefined) throw new CommandError(`cannot locate context ${name}`);
  const keep = (section: "clusters" | "users", what: string) => {
    const key = textAt(wanted, what);
    const entry = config[section].get(key);
    if (entry === undefined && key !== "") throw new CommandError(`cannot locate ${what} ${key}`);
    return new Map(entry === undefined ? [] : [[key, entry]]);
  };
  const clusters = keep("clusters", "cluster");
  const users = keep("users", "user");
  return { ...config, currentContext: name, contexts: new Map([[name, wanted]]), clusters, users };
}

const FILES = ["certificate-authority", "client-certificate", "client-key"];

/** With the content of files in place of their paths. */
function flattened({ process }: Invocation, config: KubeConfig): KubeConfig {
  const inline = (section: "clusters" | "users") =>
    new Map(
      [...config[section]].map(([name, entry]) => {
        const copy = { ...entry };
        for (const field of FILES) {
          const path = textAt(copy, field);
          if (path === "") continue;
          if (textAt(copy, `${field}-data`) !== "")
            throw new CommandError("cannot have values for both path and contents");
          // Paths are relative to the file they stand in.
          const origin = absolutePath(config.origins.get(`${section}/${name}`) ?? "", process.cwd);
          const found = absolutePath(path, directoryOf(origin));
          try {
            copy[`${field}-data`] = encodeBase64(process.files.readFile(found));
          } catch (error) {
            throw new CommandError(readProblem(found, error));
          }
          delete copy[field];
        }
        return [name, copy] as const;
      }),
    );
  return { ...config, clusters: inline("clusters"), users: inline("users") };
}
