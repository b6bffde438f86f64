/** kubectl config view (k8s.io/kubectl/pkg/cmd/config/view.go). */
import { encodeBase64 } from "../../encoding/index.ts";
import { CommandError } from "../errors.ts";
import type { Invocation } from "../invocation.ts";
import { configObject, emptyConfig, type KubeConfig } from "../kubeconfig.ts";
import { clone, isObject, type Json, type JsonObject, textAt } from "../object.ts";
import { printerFor } from "../printers/output.ts";
import { toYaml } from "../printers/yaml.ts";

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
  // A file named by --kubeconfig that is not there is an empty one here.
  const explicit = flags.global("kubeconfig");
  const config = explicit !== "" && !invocation.process.files.exists(explicit) ? emptyConfig() : invocation.config;
  const shown = flags.bool("minify") ? minified(config, flags.optional("context")) : config;
  const object = configObject(flags.bool("flatten") ? flattened(invocation, shown) : shown);
  const visible = flags.bool("raw") || flags.bool("flatten") ? object : redact(object);
  if (flags.string("template") !== "" && !flags.changed("output")) flags.set("output", "go-template");
  const printer = printerFor(invocation) ?? ((value: JsonObject) => toYaml(value));
  const typed = flags.string("output") === "json";
  await invocation.out(printer(typed ? inStructOrder(visible) : visible, typed));
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
          // Paths are relative to the file they stand in.
          const origin = config.origins.get(`${section}/${name}`) ?? "";
          const directory = origin.includes("/") ? `${origin.slice(0, origin.lastIndexOf("/"))}/` : "";
          const found = path.startsWith("/") ? path : `${directory}${path}`;
          if (!process.files.exists(found)) {
            const absolute = found.startsWith("/") ? found : `${process.cwd.replace(/\/$/, "")}/${found}`;
            throw new CommandError(`open ${absolute}: no such file or directory`);
          }
          copy[`${field}-data`] = encodeBase64(process.files.readText(found));
          delete copy[field];
        }
        return [name, copy] as const;
      }),
    );
  return { ...config, clusters: inline("clusters"), users: inline("users") };
}

/** Fields as upstream's structs have them, which JSON keeps. */
const STRUCT_ORDER = (
  "kind apiVersion preferences clusters users contexts current-context name cluster server tls-server-name " +
  "insecure-skip-tls-verify certificate-authority certificate-authority-data proxy-url disable-compression " +
  "client-certificate client-certificate-data client-key client-key-data token tokenFile as as-uid as-groups " +
  "as-user-extra user namespace context username password auth-provider exec command args env value apiVersion " +
  "installHint provideClusterInfo interactiveMode config extensions"
).split(" ");

function inStructOrder(value: JsonObject): JsonObject;
function inStructOrder(value: Json): Json;
function inStructOrder(value: Json): Json {
  if (Array.isArray(value)) return value.map((item) => inStructOrder(item));
  if (!isObject(value)) return value;
  // Of a credential plugin the version comes late.
  const plugin = "provideClusterInfo" in value;
  const place = (key: string) => {
    const at = plugin && key === "apiVersion" ? STRUCT_ORDER.lastIndexOf(key) : STRUCT_ORDER.indexOf(key);
    return at === -1 ? STRUCT_ORDER.length : at;
  };
  const keys = Object.keys(value).sort((a, b) => place(a) - place(b));
  return Object.fromEntries(keys.map((key) => [key, inStructOrder(value[key] ?? null)]));
}
