/** What ls knows of a file, and in which order it shows it. */
import type { FileStat, FileType } from "../../types.ts";
import { byName, compareBytes } from "../support/paths.ts";
import { compareVersions } from "../support/versions.ts";
import type { Settings, TimeField } from "./settings.ts";

export interface Entry {
  readonly name: string;
  readonly path: string;
  readonly type: FileType | undefined;
  /** Undefined where it could not be looked at. */
  readonly stat: FileStat | undefined;
  /** Where a link leads, as it says. */
  readonly target?: string;
  /** What a link leads to. */
  readonly referent?: FileStat;
}

export function timeOf(stat: FileStat, field: TimeField): number {
  return field === "changed" ? stat.changed : field === "accessed" ? stat.accessed : stat.modified;
}

function extension(name: string): string {
  const at = name.lastIndexOf(".");
  return at === -1 ? "" : name.slice(at);
}

function isDirectory({ type, referent }: Entry): boolean {
  return type === "directory" || referent?.type === "directory";
}

/** Sorts in place. `width` measures a name as it is shown. */
export function sortEntries(entries: Entry[], settings: Settings, width: (entry: Entry) => number): Entry[] {
  const { sort, reverse, directoriesFirst, time } = settings;
  const size = ({ stat }: Entry) => stat?.size ?? 0;
  const when = ({ stat }: Entry) => (stat === undefined ? 0 : timeOf(stat, time));
  const orders: Readonly<Record<Settings["sort"], (a: Entry, b: Entry) => number>> = {
    none: () => 0,
    name: byName,
    extension: (a, b) => compareBytes(extension(a.name), extension(b.name)) || byName(a, b),
    width: (a, b) => width(a) - width(b) || byName(a, b),
    size: (a, b) => size(b) - size(a) || byName(a, b),
    version: (a, b) => compareVersions(a.name, b.name) || byName(a, b),
    time: (a, b) => when(b) - when(a) || byName(a, b),
  };
  const order = orders[sort];
  if (sort === "none") return entries;
  return entries.sort((a, b) => {
    const first = directoriesFirst ? Number(isDirectory(b)) - Number(isDirectory(a)) : 0;
    return first || (reverse ? order(b, a) : order(a, b));
  });
}
