/** Small things of which the globals and modules are made. */
import { ScriptFunction, ScriptObject } from "../mongo/shell/values.ts";

export const native = (name: string, call: ScriptFunction["call"]) => new ScriptFunction(name, call);
export const objectOf = (members: Readonly<Record<string, ScriptFunction["call"]>>) =>
  new ScriptObject(Object.entries(members).map(([name, call]) => [name, native(name, call)] as const));

/** A path from a folder, with "." and ".." taken out. */
export function resolvePath(folder: string, path: string): string {
  const parts: string[] = [];
  for (const part of (path.startsWith("/") ? path : `${folder}/${path}`).split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return `/${parts.join("/")}`;
}
