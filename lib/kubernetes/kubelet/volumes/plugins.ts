/** Volume plug-ins that need no claim: one entry each. */

import { quantityNumber } from "../../../encoding/index.ts";
import type { FileSystem } from "../../../machine/index.ts";
import { isErrno } from "../../../machine/index.ts";
import type { Volume } from "../../api/types.ts";
import { newFileSystem } from "../file-systems.ts";
import { isUnchanged, type Payload, payloadOf, writePayload } from "./payload.ts";
import { type MountedVolume, type VolumeContext, VolumeError, type VolumePlugin } from "./types.ts";

const emptyDir: VolumePlugin = {
  field: "emptyDir",
  name: "kubernetes.io/empty-dir",
  mount(volume, context) {
    const memory = volume.emptyDir?.medium === "Memory";
    const limit = quantityNumber(volume.emptyDir?.sizeLimit);
    const tree = context.restored[volume.name];
    const fileSystem = newFileSystem({
      clock: context.clock,
      source: memory ? "tmpfs" : "/dev/vda1",
      type: memory ? "tmpfs" : "ext4",
      mode: 0o777,
      ...(tree === undefined ? {} : { tree }),
      // A tmpfs is made as large as its limit; on disk the kubelet evicts the Pod instead.
      ...(memory ? { capacityBytes: memoryLimit(limit, context) } : { disk: context.disk }),
    });
    applyFsGroup(fileSystem, "/", context);
    return {
      fileSystem,
      ephemeral: true,
      name: volume.name,
      release: () => fileSystem.dispose(),
      ...(!memory && limit !== undefined ? { evictionLimit: limit } : {}),
    };
  },
};

/** A tmpfs is as large as the least of its limit, the Pod's memory and the node's (calculateEmptyDirMemorySize). */
function memoryLimit(sizeLimit: number | undefined, { pod, allocatable }: VolumeContext): number {
  const containers = pod.spec?.containers ?? [];
  const limits = containers.map(({ resources }) => quantityNumber(resources?.limits?.["memory"]) ?? 0);
  const ofPod = limits.includes(0) ? 0 : limits.reduce((sum, limit) => sum + limit, 0);
  const all = [quantityNumber(allocatable["memory"]), ofPod, sizeLimit];
  return Math.min(...all.filter((bytes) => bytes !== undefined && bytes > 0).map(Number));
}

const hostPath: VolumePlugin = {
  field: "hostPath",
  name: "kubernetes.io/host-path",
  mount(volume, context) {
    const { path = "/", type = "" } = volume.hostPath ?? {};
    return mountHostPath(volume.name, path, type, context);
  },
};

/** hostPath with its type checks (pkg/volume/hostpath); also serves PersistentVolumes with a hostPath source. */
export function mountHostPath(name: string, path: string, type: string, context: VolumeContext): MountedVolume {
  const files = context.hostFiles;
  const kind = kindAt(files, path);
  const refuse = (what: string) =>
    new VolumeError(
      `MountVolume.SetUp failed for volume "${name}" : hostPath type check failed: ${path} is not ${what}`,
    );
  switch (type) {
    case "":
      // Container runtimes make a missing directory.
      if (kind === undefined) files.makeDirectory(path, { recursive: true });
      break;
    case "DirectoryOrCreate":
      if (kind === undefined) {
        files.makeDirectory(path, { recursive: true, mode: 0o755 });
        // The local-path provisioner makes its directories itself: any user may write there, fsGroup or not.
        if (path.includes("/local-path-provisioner/")) files.chmod(path, 0o777);
      } else if (kind !== "directory") throw refuse("a directory");
      break;
    case "Directory":
      if (kind !== "directory") throw refuse("a directory");
      break;
    case "FileOrCreate":
      if (kind === undefined) {
        try {
          files.writeFile(path, "", { mode: 0o644 });
        } catch (error) {
          if (!isErrno(error)) throw error;
          throw new VolumeError(
            `MountVolume.SetUp failed for volume "${name}" : open ${path}: ${error.message.toLowerCase()}`,
          );
        }
      } else if (kind !== "file") throw refuse("a file");
      break;
    case "File":
      if (kind !== "file") throw refuse("a file");
      break;
    case "Socket":
      throw refuse("a socket file");
    case "CharDevice":
      throw refuse("a character device");
    case "BlockDevice":
      throw refuse("a block device");
    default:
      throw new VolumeError(`MountVolume.SetUp failed for volume "${name}" : ${type} is an invalid volume type`);
  }
  return { fileSystem: files, root: path, name };
}

function kindAt(files: FileSystem, path: string): string | undefined {
  try {
    return files.stat(path).type;
  } catch (error) {
    if (isErrno(error)) return undefined;
    throw error;
  }
}

/** configMap, secret, downwardAPI and projected: a small tmpfs whose content follows the API. */
function apiVolume(field: "configMap" | "secret" | "downwardAPI" | "projected", name: string): VolumePlugin {
  return {
    field,
    name,
    // What is missing is missed now; the files are written when somebody looks.
    mount: (volume, context) => new ApiVolume(volume, context),
  };
}

class ApiVolume implements MountedVolume {
  readonly readOnly = true;
  readonly late = true;
  readonly #volume: Volume;
  readonly #context: VolumeContext;
  #payload: Payload;
  /** When the payload came from the API (ms): what its files say. */
  #at: number;
  #made: FileSystem | undefined;

  constructor(volume: Volume, context: VolumeContext) {
    this.#volume = volume;
    this.#context = context;
    this.#payload = payloadOf(volume, context);
    this.#at = context.clock.now();
  }

  get name(): string {
    return this.#volume.name;
  }

  get fileSystem(): FileSystem {
    if (this.#made === undefined) {
      const clock = { now: () => this.#at };
      this.#made = newFileSystem({ clock, source: "tmpfs", type: "tmpfs", mode: 0o777 });
      writePayload(this.#made, this.#payload, this.#context, this.#at);
    }
    return this.#made;
  }

  refresh(): void {
    const payload = payloadOf(this.#volume, this.#context);
    if (this.#made === undefined && isUnchanged(payload, this.#payload)) return;
    this.#payload = payload;
    this.#at = this.#context.clock.now();
    if (this.#made !== undefined) writePayload(this.#made, payload, this.#context, this.#at);
  }
}

const nfs: VolumePlugin = {
  field: "nfs",
  name: "kubernetes.io/nfs",
  mount(volume, context) {
    const { server = "", path = "/", readOnly } = volume.nfs ?? {};
    const fileSystem = context.networkVolumes.open(`${server}:${path}`, undefined, "nfs");
    return { fileSystem, name: volume.name, ...(readOnly === true ? { readOnly: true } : {}) };
  },
};

export const plugins: readonly VolumePlugin[] = [
  emptyDir,
  hostPath,
  apiVolume("configMap", "kubernetes.io/configmap"),
  apiVolume("secret", "kubernetes.io/secret"),
  apiVolume("downwardAPI", "kubernetes.io/downward-api"),
  apiVolume("projected", "kubernetes.io/projected"),
  nfs,
];

/** securityContext.fsGroup: the volume belongs to that group, which may write (volume.SetVolumeOwnership). */
export function applyFsGroup(fileSystem: FileSystem, root: string, context: VolumeContext): void {
  const group = context.pod.spec?.securityContext?.fsGroup;
  if (group === undefined) return;
  const visit = (path: string) => {
    const stat = fileSystem.lstat(path);
    if (stat.type === "symlink") return;
    fileSystem.chown(path, stat.uid, group);
    const directory = stat.type === "directory";
    fileSystem.chmod(path, stat.mode | (directory ? 0o2770 : 0o660));
    if (directory)
      for (const entry of fileSystem.list(path)) visit(path === "/" ? `/${entry.name}` : `${path}/${entry.name}`);
  };
  visit(root);
}
