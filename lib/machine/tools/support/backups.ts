/** Backups of files that cp, mv, ln and install write over. */
import type { Process } from "../../types.ts";
import { choice } from "./options.ts";
import { baseName, directoryName, join } from "./paths.ts";
import type { Tool } from "./tool.ts";

export const BACKUP_OPTIONS = {
  backup: { long: "backup", value: "optional", help: "make a backup of each existing destination file" },
  backupShort: { short: "b", help: "like --backup but does not accept an argument" },
  suffix: { short: "S", long: "suffix", value: true, help: "override the usual backup suffix" },
} as const;

type Method = "simple" | "existing" | "numbered";
const METHODS = {
  none: undefined,
  off: undefined,
  simple: "simple",
  never: "simple",
  existing: "existing",
  nil: "existing",
  numbered: "numbered",
  t: "numbered",
} as const;

/** How backups are called here; undefined where none are made. */
export function backupsOf(
  tool: Tool<typeof BACKUP_OPTIONS>,
): ((files: Process["files"], path: string) => string) | undefined {
  const suffix = tool.value("suffix");
  if (!tool.has("backup") && !tool.has("backupShort") && suffix === undefined) return undefined;
  const given = tool.value("backup") ?? tool.process.env.get("VERSION_CONTROL");
  let method: Method | undefined = "existing";
  if (given !== undefined) method = METHODS[choice(tool, "backup type", given, METHODS)];
  if (method === undefined) return undefined;
  const end = suffix ?? tool.process.env.get("SIMPLE_BACKUP_SUFFIX") ?? "~";
  return (files, path) => {
    const name = baseName(path);
    const folder = directoryName(path);
    const at = (text: string) => (path.includes("/") ? join(folder, text) : text);
    const numbers = method === "simple" ? [] : numbersOf(files, folder, name);
    if (method === "simple" || (method === "existing" && numbers.length === 0)) return at(`${name}${end || "~"}`);
    return at(`${name}.~${Math.max(0, ...numbers) + 1}~`);
  };
}

function numbersOf(files: Process["files"], folder: string, name: string): number[] {
  return files.list(folder).flatMap((entry) => {
    const rest = entry.name.startsWith(`${name}.~`)
      ? /^(\d+)~$/.exec(entry.name.slice(name.length + 2))?.[1]
      : undefined;
    return rest === undefined ? [] : [Number(rest)];
  });
}
