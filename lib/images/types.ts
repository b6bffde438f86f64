import type { ContainerImage, Program } from "../machine/index.ts";

/** What one folder of this room contributes: images by reference, and the programs their executables name. */
export interface ImageFamily {
  readonly images: readonly ContainerImage[];
  /** By the name that executables carry, e.g. "nginx/nginx". */
  readonly programs: Readonly<Record<string, Program>>;
}
