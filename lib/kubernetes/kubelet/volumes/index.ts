/** Sets up all volumes of a Pod and says where its containers see them. */
import { type FileSystem, isErrno, type Mount } from "../../../machine/index.ts";
import type { Container, Volume } from "../../api/types.ts";
import { ConfigError } from "../environment.ts";
import { expand } from "../expansion.ts";
import { claimName, mountClaim } from "./claims.ts";
import { plugins } from "./plugins.ts";
import { type MountedVolume, type VolumeContext, VolumeError } from "./types.ts";

export { claimName, mountDelay, networkHandle } from "./claims.ts";
export { finishExpansion } from "./expansion.ts";
export { NetworkVolumes } from "./network-volumes.ts";
export { type MountedVolume, type VolumeContext, VolumeError } from "./types.ts";

/** Sets up one volume. Throws `VolumeError`. */
export async function mountVolume(volume: Volume, context: VolumeContext): Promise<MountedVolume> {
  if (claimName(volume, context.pod.metadata.name ?? "") !== undefined) return mountClaim(volume, context);
  const plugin = plugins.find((candidate) => volume[candidate.field] !== undefined && volume[candidate.field] !== null);
  if (plugin === undefined) {
    const kind = Object.keys(volume).find((key) => key !== "name") ?? "unknown";
    throw new VolumeError(
      `MountVolume.SetUp failed for volume "${volume.name}" : volume type ${kind} is not supported by this node`,
    );
  }
  return plugin.mount(volume, context);
}

/** A container's mounts, in the order of its volumeMounts. Throws `ConfigError` for sub-paths that cannot be. */
export function mountsOf(
  container: Container,
  volumes: ReadonlyMap<string, MountedVolume>,
  environment: ReadonlyMap<string, string>,
): Mount[] {
  const devices = (container.volumeDevices ?? []).map(({ name, devicePath }): Mount => {
    const volume = volumes.get(name);
    if (volume === undefined)
      throw new ConfigError(`cannot find volume "${name}" to pass into container "${container.name}"`);
    const { fileSystem, failure, latency } = volume;
    return {
      path: devicePath,
      fileSystem,
      ...(volume.readOnly === true ? { readOnly: true } : {}),
      ...(failure === undefined ? {} : { failure }),
      ...(latency === undefined ? {} : { latency }),
    };
  });
  const mounts = (container.volumeMounts ?? []).map((mount): Mount => {
    const volume = volumes.get(mount.name);
    if (volume === undefined)
      throw new ConfigError(`cannot find volume "${mount.name}" to mount into container "${container.name}"`);
    const sub = mount.subPathExpr ? expandSubPath(mount.subPathExpr, environment) : (mount.subPath ?? "");
    const root = volume.root ?? "/";
    // What follows API objects is read-only for containers, not for the kubelet.
    const fixed = volume.readOnly === true && volume.refresh === undefined;
    const path = sub === "" ? root : subPath(volume.fileSystem, root, sub, fixed);
    if (path === undefined)
      throw new ConfigError(
        `failed to create subPath directory for volumeMount "${mount.name}" of container "${container.name}"`,
      );
    if (path === "/" && volume.late === true)
      return {
        path: mount.mountPath,
        get fileSystem() {
          return volume.fileSystem;
        },
        isDirectory: true,
        readOnly: mount.readOnly === true || volume.readOnly === true,
      };
    return {
      path: mount.mountPath,
      fileSystem: volume.fileSystem,
      ...(path === "/" ? {} : { subPath: path }),
      ...(mount.readOnly === true || volume.readOnly === true ? { readOnly: true } : {}),
      ...(volume.failure === undefined ? {} : { failure: volume.failure }),
      ...(volume.latency === undefined ? {} : { latency: volume.latency }),
    };
  });
  return [...mounts, ...devices];
}

/** ExpandContainerVolumeMounts: each variable must have a value. */
function expandSubPath(expression: string, environment: ReadonlyMap<string, string>): string {
  const missing = new Set<string>();
  const lookup = {
    get(name: string): string {
      const value = environment.get(name) ?? "";
      if (value === "") missing.add(name);
      return value;
    },
  };
  const path = expand(expression, lookup);
  if (missing.size > 0) throw new ConfigError(`missing value for ${[...missing].sort().join(", ")}`);
  return path;
}

/** The path below the volume's root; made as a directory where nothing is there, resolved now (it never updates). Undefined where it cannot be. */
function subPath(files: FileSystem, root: string, sub: string, readOnly: boolean): string | undefined {
  if (sub.startsWith("/")) throw new ConfigError(`error SubPath \`${sub}\` must not be an absolute path`);
  if (sub.split("/").includes(".."))
    throw new ConfigError(`unable to provision SubPath \`${sub}\`: must not contain '..'`);
  const path = root === "/" ? `/${sub}` : `${root}/${sub}`;
  try {
    if (!files.exists(path) && !readOnly) files.makeDirectory(path, { recursive: true, mode: 0o755 });
    return files.realPath(path);
  } catch (error) {
    if (isErrno(error)) return undefined;
    throw error;
  }
}
