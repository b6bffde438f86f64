/** kubectl config set and unset: one value of a kubeconfig by its dotted name (k8s.io/kubectl/pkg/cmd/config/{set,unset}.go). */
import { encodeBase64, quote } from "../../encoding/index.ts";
import { CommandError } from "../errors.ts";
import { helpFor } from "../help.ts";
import type { Invocation } from "../invocation.ts";
import type { KubeConfig } from "../kubeconfig/index.ts";
import type { Json } from "../object.ts";

type FieldType = "text" | "boolean" | "bytes" | "list";

const FIELDS = {
  clusters: {
    server: "text",
    "tls-server-name": "text",
    "insecure-skip-tls-verify": "boolean",
    "certificate-authority": "text",
    "certificate-authority-data": "bytes",
    "proxy-url": "text",
    "disable-compression": "boolean",
  },
  contexts: { cluster: "text", user: "text", namespace: "text" },
  users: {
    "client-certificate": "text",
    "client-certificate-data": "bytes",
    "client-key": "text",
    "client-key-data": "bytes",
    token: "text",
    tokenFile: "text",
    act: "text",
    as: "text",
    "as-uid": "text",
    "as-groups": "list",
    username: "text",
    password: "text",
  },
} as const satisfies Readonly<Record<string, Readonly<Record<string, FieldType>>>>;
type Section = keyof typeof FIELDS;

/** Where a dotted name leads. */
type Property =
  | { readonly kind: "current-context" }
  | { readonly kind: "preference"; readonly name: string }
  | { readonly kind: "section"; readonly section: Section }
  | { readonly kind: "entry"; readonly section: Section; readonly entry: string }
  | {
      readonly kind: "field";
      readonly section: Section;
      readonly entry: string;
      readonly field: string;
      readonly type: FieldType;
    };

/** Names of entries may have dots themselves: a field is looked for at the end. */
export function parseProperty(name: string): Property {
  if (name === "current-context") return { kind: "current-context" };
  if (name.startsWith("preferences.")) return { kind: "preference", name: name.slice("preferences.".length) };
  const dot = name.indexOf(".");
  const section = dot === -1 ? name : name.slice(0, dot);
  if (!Object.hasOwn(FIELDS, section)) throw new CommandError(`unable to parse ${name} after [] at api.Config`);
  const known = section as Section;
  if (dot === -1) return { kind: "section", section: known };
  const rest = name.slice(dot + 1);
  const last = rest.lastIndexOf(".");
  const field = rest.slice(last + 1);
  const types: Readonly<Record<string, FieldType>> = FIELDS[known];
  const type = Object.hasOwn(types, field) ? types[field] : undefined;
  if (last === -1 || type === undefined) return { kind: "entry", section: known, entry: rest };
  return { kind: "field", section: known, entry: rest.slice(0, last), field, type };
}

const TRUE = ["1", "t", "T", "TRUE", "true", "True"];
const FALSE = ["0", "f", "F", "FALSE", "false", "False"];

function propertyValue(type: FieldType, text: string, raw: boolean): Json {
  switch (type) {
    case "boolean":
      if (!TRUE.includes(text) && !FALSE.includes(text))
        throw new CommandError(`strconv.ParseBool: parsing ${quote(text)}: invalid syntax`);
      return TRUE.includes(text);
    case "bytes":
      if (raw) return encodeBase64(text);
      return checkedBase64(text);
    case "list":
      return text.split(",");
    default:
      return text;
  }
}

/** Go's decoder names the first byte that does not fit. */
function checkedBase64(text: string): string {
  const bad = text.search(/[^A-Za-z0-9+/]/);
  const padding = /^[A-Za-z0-9+/]*={0,2}$/.test(text) && text.length % 4 === 0;
  if (padding) return text;
  const at = bad === -1 ? Math.floor(text.length / 4) * 4 : bad;
  throw new CommandError(`error decoding input value: illegal base64 data at input byte ${at}`);
}

/** Sets a value; `raw`: bytes are given as they are. */
export function setProperty(config: KubeConfig, property: Property, text: string, raw: boolean): void {
  switch (property.kind) {
    case "current-context":
      config.currentContext = text;
      return;
    case "preference":
      config.preferences = {
        ...config.preferences,
        [property.name]: property.name === "colors" ? propertyValue("boolean", text, raw) : text,
      };
      return;
    case "field": {
      const entries = config[property.section];
      const value = propertyValue(property.type, text, raw);
      entries.set(property.entry, { ...entries.get(property.entry), [property.field]: value });
      return;
    }
    default:
      throw new CommandError(`can't set a map to a value: ${property.section}`);
  }
}

export function unsetProperty(config: KubeConfig, property: Property): void {
  switch (property.kind) {
    case "current-context":
      config.currentContext = "";
      return;
    case "preference": {
      const { [property.name]: _, ...rest } = config.preferences;
      config.preferences = rest;
      return;
    }
    case "section":
      config[property.section].clear();
      return;
    case "entry":
      config[property.section].delete(property.entry);
      return;
    case "field": {
      const entry = config[property.section].get(property.entry);
      if (entry === undefined) throw new CommandError(`current map key \`${property.entry}\` is invalid`);
      const { [property.field]: _, ...rest } = entry;
      config[property.section].set(property.entry, rest);
    }
  }
}

/** The entry's name for whoever looks up the file it is in. */
export const originOf = (property: Property): string =>
  "entry" in property ? `${property.section}/${property.entry}` : property.kind;

/** The one argument that names an entry. */
export async function entryName(invocation: Invocation): Promise<string> {
  const [name] = invocation.args;
  return name === undefined || invocation.args.length !== 1 ? refuseArguments(invocation) : name;
}

/** Wrong use: the help, then what is wrong. */
export async function refuseWithHelp(invocation: Invocation, words: string): Promise<never> {
  await invocation.out(helpFor(invocation.command, invocation.path, invocation.command.flags ?? []));
  throw new CommandError(words);
}

export const refuseArguments = (invocation: Invocation): Promise<never> =>
  // One command has a small letter there.
  refuseWithHelp(
    invocation,
    `${invocation.command.name === "set-credentials" ? "u" : "U"}nexpected args: [${invocation.args.join(" ")}]`,
  );
