import type { ImageSource } from "../machine/index.ts";

export type * from "./types.ts";

/** Every image this project knows. Stateless: any number of clusters share one. */
export function createImages(): ImageSource {
  throw new Error("not yet");
}
