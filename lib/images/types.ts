import type { DirectoryTree, Program, Signal } from "../machine/index.ts";

/** What an image is beside its name. Frozen, shared by all containers that run it. */
export interface ImageDetails {
  readonly root: DirectoryTree;
  /** Compressed bytes, as a registry reports them. */
  readonly sizeBytes: number;
  readonly entrypoint?: readonly string[];
  readonly command?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly workingDirectory?: string;
  readonly uid?: number;
  readonly gid?: number;
  readonly volumes?: readonly string[];
  readonly stopSignal?: Signal;
  readonly exposedPorts?: readonly number[];
}

/** One repository and its tags. */
export interface Repository {
  /** Canonical, with registry, e.g. "docker.io/library/nginx". */
  readonly name: string;
  /** Tags to show to people; `image` may know more. The first is what `latest` means where it is among them. */
  readonly tags: readonly string[];
  /** Tags of digests by which documents ask for an image; digests of images as they are made here are known anyway. */
  readonly digests?: Readonly<Record<string, string>>;
  /** The image of a tag; undefined where there is no such tag. Called once a tag. */
  image(tag: string): ImageDetails | undefined;
}

/** What one folder of this room contributes. */
export interface ImageFamily {
  readonly repositories: readonly Repository[];
  /** By the name that executables carry, e.g. "nginx/nginx". */
  readonly programs: Readonly<Record<string, Program>>;
}
