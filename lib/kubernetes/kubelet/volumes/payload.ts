/** Content of configMap, secret, downwardAPI and projected volumes, and how it is put in place atomically. */
import { decodeBase64 } from "../../../encoding/index.ts";
import type { FileSystem } from "../../../machine/index.ts";
import { configMaps, secrets } from "../../api/resources.ts";
import type { Volume } from "../../api/types.ts";
import { fieldValue, resourceFieldValue } from "../fields.ts";
import { type VolumeContext, VolumeError } from "./types.ts";

interface PayloadFile {
  /** A function makes what is not worth making before somebody reads it: signing tokens is slow. */
  readonly data: Uint8Array | string | (() => string);
  readonly mode: number;
}
export type Payload = ReadonlyMap<string, PayloadFile>;

/** Before anybody has looked, tokens are as they were: they are made for whoever looks. */
export function isUnchanged(next: Payload, before: Payload): boolean {
  if (next.size !== before.size) return false;
  for (const [path, { data, mode }] of next) {
    const old = before.get(path);
    if (old === undefined || old.mode !== mode) return false;
    if (typeof data === "function" || typeof old.data === "function") {
      if (typeof data !== typeof old.data) return false;
    } else if (!sameBytes(data, old.data)) return false;
  }
  return true;
}

function sameBytes(a: Uint8Array | string, b: Uint8Array | string): boolean {
  if (typeof a === "string" || typeof b === "string") return a === b;
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}

type Items = readonly { readonly key: string; readonly path: string; readonly mode?: number }[] | undefined;
type DownwardItems = NonNullable<NonNullable<Volume["downwardAPI"]>["items"]>;

/** A day, in seconds, is what a projected token lives for at most here; upstream's default is an hour. */
const DEFAULT_TOKEN_SECONDS = 3607;

/** What the API says now. Throws `VolumeError` where something is not there. */
export function payloadOf(volume: Volume, context: VolumeContext): Payload {
  const files = new Map<string, PayloadFile>();
  const failed = (words: string) => new VolumeError(`MountVolume.SetUp failed for volume "${volume.name}" : ${words}`);
  if (volume.configMap !== undefined) {
    const { name = "", items, optional, defaultMode } = volume.configMap;
    addConfigMap(files, context, name, items as Items, optional, defaultMode ?? 0o644, failed);
  }
  if (volume.secret !== undefined) {
    const { secretName = "", items, optional, defaultMode } = volume.secret;
    addSecret(files, context, secretName, items as Items, optional, defaultMode ?? 0o644, failed);
  }
  if (volume.downwardAPI !== undefined) {
    addDownward(files, context, volume.downwardAPI.items ?? [], volume.downwardAPI.defaultMode ?? 0o644);
  }
  for (const source of volume.projected?.sources ?? []) {
    const mode = volume.projected?.defaultMode ?? 0o644;
    if (source.configMap !== undefined) {
      addConfigMap(
        files,
        context,
        source.configMap.name ?? "",
        source.configMap.items as Items,
        source.configMap.optional,
        mode,
        failed,
      );
    }
    if (source.secret !== undefined) {
      addSecret(
        files,
        context,
        source.secret.name ?? "",
        source.secret.items as Items,
        source.secret.optional,
        mode,
        failed,
      );
    }
    if (source.downwardAPI !== undefined) addDownward(files, context, source.downwardAPI.items ?? [], mode);
    if (source.serviceAccountToken !== undefined) {
      const { path, audience, expirationSeconds } = source.serviceAccountToken;
      const account = context.pod.spec?.serviceAccountName ?? "default";
      const namespace = context.pod.metadata.namespace ?? "";
      const seconds = expirationSeconds ?? DEFAULT_TOKEN_SECONDS;
      const data = () => context.mintToken?.(namespace, account, audience ?? "", seconds, context.pod) ?? "";
      files.set(path, { data, mode: 0o644 });
    }
  }
  return files;
}

function addConfigMap(
  files: Map<string, PayloadFile>,
  context: VolumeContext,
  name: string,
  items: Items,
  optional: boolean | undefined,
  mode: number,
  failed: (words: string) => VolumeError,
): void {
  const found = context.client.find(configMaps, context.pod.metadata.namespace, name);
  if (found === undefined) {
    if (optional === true) return;
    throw failed(`configmap "${name}" not found`);
  }
  const data = new Map<string, Uint8Array | string>(Object.entries(found.data ?? {}));
  for (const [key, value] of Object.entries(found.binaryData ?? {})) data.set(key, decodeBase64(value));
  addItems(files, data, items, optional, mode, (key) => failed(`configmap references non-existent config key: ${key}`));
}

function addSecret(
  files: Map<string, PayloadFile>,
  context: VolumeContext,
  name: string,
  items: Items,
  optional: boolean | undefined,
  mode: number,
  failed: (words: string) => VolumeError,
): void {
  const found = context.client.find(secrets, context.pod.metadata.namespace, name);
  if (found === undefined) {
    if (optional === true) return;
    throw failed(`secret "${name}" not found`);
  }
  const data = new Map<string, Uint8Array | string>();
  for (const [key, value] of Object.entries(found.data ?? {})) data.set(key, decodeBase64(value));
  addItems(files, data, items, optional, mode, (key) => failed(`references non-existent secret key: ${key}`));
}

function addItems(
  files: Map<string, PayloadFile>,
  data: ReadonlyMap<string, Uint8Array | string>,
  items: Items,
  optional: boolean | undefined,
  mode: number,
  missing: (key: string) => VolumeError,
): void {
  if (items === undefined || items.length === 0) {
    for (const [key, value] of data) files.set(key, { data: value, mode });
    return;
  }
  for (const item of items) {
    const value = data.get(item.key);
    if (value === undefined) {
      if (optional === true) continue;
      throw missing(item.key);
    }
    files.set(item.path, { data: value, mode: item.mode ?? mode });
  }
}

function addDownward(
  files: Map<string, PayloadFile>,
  context: VolumeContext,
  items: DownwardItems,
  defaultMode: number,
): void {
  const { pod } = context;
  for (const item of items) {
    const mode = item.mode ?? defaultMode;
    if (item.fieldRef !== undefined) {
      const value = fieldValue(item.fieldRef.fieldPath, { pod, podIP: context.podIP(), hostIP: context.hostIP });
      files.set(item.path, { data: value, mode });
    } else if (item.resourceFieldRef !== undefined) {
      const { containerName, resource, divisor } = item.resourceFieldRef;
      const container = pod.spec?.containers.find((candidate) => candidate.name === containerName);
      if (container === undefined) continue;
      files.set(item.path, { data: resourceFieldValue(resource, divisor, container, context.allocatable), mode });
    }
  }
}

/**
 * As pkg/volume/util/atomic_writer.go: files lie in a directory with the time in its name, `..data` points to it, and
 * the names people see are links through `..data`; a change is one rename. `at`: when the content came from the API (ms).
 */
export function writePayload(fileSystem: FileSystem, payload: Payload, context: VolumeContext, at: number): void {
  const current = fileSystem.exists("/..data") ? fileSystem.readLink("/..data") : undefined;
  const files = new Map<string, { readonly data: Uint8Array | string; readonly mode: number }>();
  for (const [path, { data, mode }] of payload)
    files.set(path, { data: typeof data === "function" ? data() : data, mode });
  if (current !== undefined && isSame(fileSystem, `/${current}`, files)) return;
  const stamp = new Date(at).toISOString().replaceAll("-", "_").replace("T", "_").replaceAll(":", "_");
  let number = numberOf(context.pod.metadata.uid ?? "", at);
  while (fileSystem.exists(`/..${stamp.slice(0, 19)}.${number}`)) number++;
  const directory = `..${stamp.slice(0, 19)}.${number}`;
  const group = context.pod.spec?.securityContext?.fsGroup;
  fileSystem.makeDirectory(`/${directory}`, { mode: 0o755 });
  for (const [path, file] of files) {
    const slash = path.lastIndexOf("/");
    if (slash > 0) fileSystem.makeDirectory(`/${directory}/${path.slice(0, slash)}`, { recursive: true });
    fileSystem.writeFile(`/${directory}/${path}`, file.data, { mode: file.mode });
    fileSystem.chmod(`/${directory}/${path}`, group === undefined ? file.mode : file.mode | 0o440);
    if (group !== undefined) fileSystem.chown(`/${directory}/${path}`, 0, group);
  }
  fileSystem.symlink(directory, "/..data_tmp");
  fileSystem.rename("/..data_tmp", "/..data");
  const visible = new Set([...files.keys()].map((path) => path.split("/")[0] ?? ""));
  for (const name of visible) if (!linkExists(fileSystem, `/${name}`)) fileSystem.symlink(`..data/${name}`, `/${name}`);
  for (const entry of fileSystem.list("/")) {
    if (entry.name.startsWith("..") || visible.has(entry.name)) continue;
    fileSystem.remove(`/${entry.name}`, { force: true });
  }
  if (current !== undefined) fileSystem.remove(`/${current}`, { recursive: true, force: true });
}

/** Stands for upstream's random number. Not drawn: a look into a volume must not change what is drawn after it. */
function numberOf(uid: string, at: number): number {
  return (Number.parseInt(uid.slice(0, 8), 16) ^ (at & 0x7fffffff)) >>> 0;
}

function linkExists(fileSystem: FileSystem, path: string): boolean {
  try {
    fileSystem.lstat(path);
    return true;
  } catch {
    return false;
  }
}

function isSame(
  fileSystem: FileSystem,
  directory: string,
  payload: ReadonlyMap<string, { readonly data: Uint8Array | string }>,
): boolean {
  const decoder = new TextDecoder();
  let count = 0;
  const visit = (path: string): boolean =>
    fileSystem.list(path).every((entry) => {
      const child = `${path}/${entry.name}`;
      if (entry.type === "directory") return visit(child);
      count++;
      const wanted = payload.get(child.slice(directory.length + 1));
      if (wanted === undefined) return false;
      const text = typeof wanted.data === "string" ? wanted.data : decoder.decode(wanted.data);
      return fileSystem.readText(child) === text;
    });
  return visit(directory) && count === payload.size;
}
