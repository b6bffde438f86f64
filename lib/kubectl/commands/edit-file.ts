/** kubectl create --edit: the manifest in an editor before it is sent. */
import { CommandError } from "../errors.ts";
import type { Invocation } from "../invocation.ts";

export function editAndCreate(_: Invocation): Promise<void> {
  return Promise.reject(new CommandError("create --edit is not supported here; edit the file, then create it"));
}
