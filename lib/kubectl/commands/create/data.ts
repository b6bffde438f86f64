/** kubectl create configmap and secret. */
import { encodeBase64, quote } from "../../../encoding/index.ts";
import type { Process } from "../../../machine/index.ts";
import { CommandError } from "../../errors.ts";
import type { FlagDefinition } from "../../flags/parse.ts";
import type { Invocation } from "../../invocation.ts";
import { contentHash } from "../../kustomize/hash.ts";
import { byText, type JsonObject, nameOf, objectAt } from "../../object.ts";
import { type Generator, metadata } from "./generate.ts";

const SOURCES: readonly FlagDefinition[] = [
  { name: "from-file", type: "strings", usage: "A file, key=file, or a directory" },
  { name: "from-literal", type: "array", usage: "key=value" },
  { name: "from-env-file", type: "strings", usage: "A file with key=value lines" },
];
const HASH_FLAG: FlagDefinition = {
  name: "append-hash",
  type: "bool",
  default: "false",
  usage: "Append a hash to the name",
};

function read(process: Process, path: string): Uint8Array {
  try {
    return process.files.readFile(path);
  } catch {
    throw new CommandError(`error reading ${path}: no such file or directory`);
  }
}

/** Entries from the source flags, in the order they are given. Duplicate keys are refused. */
function collect({ process, flags, args, command }: Invocation): Map<string, Uint8Array> {
  const entries = new Map<string, Uint8Array>();
  const isSecret = command.name !== "configmap";
  const add = (key: string, value: Uint8Array) => {
    if (!/^[-._a-zA-Z0-9]+$/.test(key)) {
      throw new CommandError(
        `${quote(key)} is not ${isSecret ? "valid key name for a Secret " : "a valid key name for a ConfigMap: "}a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')`,
      );
    }
    if (entries.has(key))
      throw new CommandError(
        isSecret
          ? `cannot add key ${key}, another key by that name already exists`
          : `cannot add key ${JSON.stringify(key)}, another key by that name already exists in Data for ConfigMap "${args[0]}"`,
      );
    entries.set(key, value);
  };
  const encoder = new TextEncoder();
  const given = (flag: string) => (flags.has(flag) ? flags.list(flag) : []);
  const envFiles = given("from-env-file");
  if (envFiles.length > 0 && (given("from-file").length > 0 || given("from-literal").length > 0)) {
    throw new CommandError("from-env-file cannot be combined with from-file or from-literal");
  }
  for (const source of flags.list("from-file")) {
    const equals = source.indexOf("=");
    const path = equals === -1 ? source : source.slice(equals + 1);
    if (equals !== -1 && source.includes("=", equals + 1))
      throw new CommandError("key names or file paths cannot contain '='");
    if (equals === 0) throw new CommandError(`key name for file path ${path} missing`);
    if (equals !== -1 && path === "")
      throw new CommandError(`file path for key name ${source.slice(0, equals)} missing`);
    if (!process.files.exists(path)) throw new CommandError(`error reading ${path}: no such file or directory`);
    if (process.files.stat(path).type === "directory") {
      if (equals !== -1) throw new CommandError("cannot give a key name for a directory path");
      for (const entry of process.files.list(path)) {
        if (process.files.stat(`${path}/${entry.name}`).type === "file")
          add(entry.name, read(process, `${path}/${entry.name}`));
      }
    } else add(equals === -1 ? path.slice(path.lastIndexOf("/") + 1) : source.slice(0, equals), read(process, path));
  }
  for (const literal of given("from-literal")) {
    const equals = literal.indexOf("=");
    if (equals <= 0) throw new CommandError(`invalid literal source ${literal}, expected key=value`);
    add(literal.slice(0, equals), encoder.encode(literal.slice(equals + 1)));
  }
  for (const path of envFiles) {
    for (const raw of new TextDecoder().decode(read(process, path)).split("\n")) {
      const line = raw.trimStart();
      if (line === "" || line.startsWith("#")) continue;
      const equals = line.indexOf("=");
      const key = equals === -1 ? line : line.slice(0, equals);
      if (!/^[-._a-zA-Z][-._a-zA-Z0-9]*$/.test(key))
        throw new CommandError(
          `${JSON.stringify(key)} is not a valid key name: a valid environment variable name must consist of alphabetic characters, digits, '_', '-', or '.', and must not start with a digit (e.g. 'my.env-name',  or 'MY_ENV.NAME',  or 'MyEnvName1', regex used for validation is '[-._a-zA-Z][-._a-zA-Z0-9]*')`,
        );
      add(key, encoder.encode(equals === -1 ? (process.env.get(key) ?? "") : line.slice(equals + 1)));
    }
  }
  return entries;
}

/** As Go writes maps. */
const sorted = (entries: ReadonlyMap<string, Uint8Array>): (readonly [string, Uint8Array])[] =>
  [...entries].sort(([a], [b]) => byText(a, b));

const isText = (bytes: Uint8Array): boolean => {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
};
/** With --append-hash the name ends with a hash of the content. */
function hashed(generator: Generator): Generator {
  return {
    ...generator,
    flags: [...(generator.flags ?? []), HASH_FLAG],
    async generate(invocation, ...rest) {
      const object = await generator.generate(invocation, ...rest);
      if (!invocation.flags.bool("append-hash")) return object;
      const name = nameOf(object);
      return {
        ...object,
        metadata: { ...objectAt(object, "metadata"), name: `${name}-${contentHash(object, name, {})}` },
      };
    },
  };
}

const configMap: Generator = {
  name: "configmap",
  aliases: ["cm"],
  short: "Create a config map from a local file, directory or literal value",
  arguments: "NAME [--from-file=[key=]source] [--from-literal=key1=value1]",
  flags: SOURCES,
  generate(invocation, name) {
    const data: JsonObject = {};
    const binary: JsonObject = {};
    for (const [key, bytes] of sorted(collect(invocation))) {
      if (isText(bytes)) data[key] = new TextDecoder().decode(bytes);
      else binary[key] = encodeBase64(bytes);
    }
    return {
      kind: "ConfigMap",
      apiVersion: "v1",
      metadata: metadata(name),
      ...(Object.keys(data).length > 0 ? { data } : {}),
      ...(Object.keys(binary).length > 0 ? { binaryData: binary } : {}),
    };
  },
};

export const dataGenerators: readonly Generator[] = [hashed(configMap)];

const encoder = new TextEncoder();

const secrets: readonly Generator[] = [
  {
    name: "generic",
    short: "Create a secret from a local file, directory, or literal value",
    arguments: "NAME [--type=string] [--from-file=[key=]source] [--from-literal=key1=value1]",
    flags: [...SOURCES, { name: "type", type: "string", usage: "The type of the secret" }],
    generate(invocation, name) {
      const data: JsonObject = {};
      for (const [key, bytes] of sorted(collect(invocation))) data[key] = encodeBase64(bytes);
      const type = invocation.flags.string("type");
      return {
        kind: "Secret",
        apiVersion: "v1",
        metadata: metadata(name),
        ...(Object.keys(data).length > 0 ? { data } : {}),
        ...(type === "" ? {} : { type }),
      };
    },
  },
  {
    name: "tls",
    short: "Create a TLS secret",
    arguments: "NAME --cert=path/to/cert/file --key=path/to/key/file",
    flags: [
      { name: "cert", type: "string", usage: "File with the certificate, PEM" },
      { name: "key", type: "string", usage: "File with the key, PEM" },
    ],
    generate(invocation, name) {
      const { flags, process } = invocation;
      if (flags.string("key") === "" || flags.string("cert") === "")
        throw new CommandError("key and cert must be specified");
      const pem = (path: string): Uint8Array => {
        if (!process.files.exists(path))
          throw new CommandError(`Cannot read file ${path}, open ${path}: no such file or directory`);
        return read(process, path);
      };
      const [key, certificate] = [pem(flags.string("key")), pem(flags.string("cert"))];
      for (const [bytes, what] of [
        [certificate, "certificate"],
        [key, "key"],
      ] as const)
        if (!new TextDecoder().decode(bytes).includes("-----BEGIN "))
          throw new CommandError(`tls: failed to find any PEM data in ${what} input`);
      return {
        kind: "Secret",
        apiVersion: "v1",
        metadata: metadata(name),
        data: { "tls.crt": encodeBase64(certificate), "tls.key": encodeBase64(key) },
        type: "kubernetes.io/tls",
      };
    },
  },
  {
    name: "docker-registry",
    short: "Create a secret for use with a Docker registry",
    arguments: "NAME --docker-username=user --docker-password=password --docker-email=email",
    flags: [
      { name: "from-file", type: "strings", usage: "File with the registry's configuration, [key=]source" },
      { name: "docker-username", type: "string", usage: "User of the registry" },
      { name: "docker-password", type: "string", usage: "Password for the registry" },
      { name: "docker-email", type: "string", usage: "Mail address for the registry" },
      {
        name: "docker-server",
        type: "string",
        default: "https://index.docker.io/v1/",
        usage: "Address of the registry",
      },
    ],
    generate(invocation, name) {
      const { flags } = invocation;
      const secret = { kind: "Secret", apiVersion: "v1", metadata: metadata(name) };
      const type = "kubernetes.io/dockerconfigjson";
      if (flags.list("from-file").length > 0) {
        // Whatever the file is called: there is one key.
        const data = Object.fromEntries(
          [...collect(invocation)].map(([, bytes]) => [".dockerconfigjson", encodeBase64(bytes)]),
        );
        return { ...secret, data, type };
      }
      const [username, password, email] = [
        flags.string("docker-username"),
        flags.string("docker-password"),
        flags.string("docker-email"),
      ];
      if (username === "" || password === "")
        throw new CommandError(
          "either --from-file or the combination of --docker-username, --docker-password and --docker-server is required",
        );
      const auth = {
        auths: {
          [flags.string("docker-server")]: {
            username,
            password,
            ...(email === "" ? {} : { email }),
            auth: encodeBase64(encoder.encode(`${username}:${password}`)),
          },
        },
      };
      return { ...secret, data: { ".dockerconfigjson": encodeBase64(encoder.encode(JSON.stringify(auth))) }, type };
    },
  },
];

export const secretGenerators: readonly Generator[] = secrets.map(hashed);
