import { createImages } from "../../images/index.ts";
import type { ImageSource } from "../../machine/index.ts";
import { shellPrograms } from "../../machine/shell/index.ts";
import { toolPrograms } from "../../machine/tools/index.ts";

let images: ImageSource | undefined;

/** Every image there is; one catalogue serves all clusters of a process, because images never change. */
export function standardImages(): ImageSource {
  images ??= createImages(new Map([...toolPrograms, ...shellPrograms]));
  return images;
}
