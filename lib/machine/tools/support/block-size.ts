/** Sizes in the units that ls, du and df are asked for (gnulib's human_options and human_readable). */
import type { FileStat } from "../../types.ts";
import { humanSize } from "./sizes.ts";

const DISK_BLOCK = 4096;
const LETTERS = "KMGTPEZY";

/** What a file takes of its disk, bytes: it is filled in blocks of 4 KiB. */
export function allocatedBytes(stat: FileStat): number {
  if (stat.allocated !== undefined) return stat.allocated;
  if (stat.type === "symlink") return stat.size < 60 ? 0 : DISK_BLOCK;
  return stat.type === "file" || stat.type === "directory" ? Math.ceil(stat.size / DISK_BLOCK) * DISK_BLOCK : 0;
}

/** How sizes are written: as people read them, or in units of so many bytes. */
export type BlockSize =
  | { readonly kind: "human"; readonly base: 1000 | 1024 }
  | { readonly kind: "units"; readonly bytes: number; readonly suffix: string };

const KIBIBYTES: BlockSize = { kind: "units", bytes: 1024, suffix: "" };
export const SINGLE_BYTES: BlockSize = { kind: "units", bytes: 1, suffix: "" };

/** "1K", "MB", "human-readable", "512". "zero": it is 0; "large": too much; undefined: none at all. */
export function parseBlockSize(text: string): BlockSize | "zero" | "large" | "suffix" | undefined {
  const spec = text.startsWith("'") ? text.slice(1) : text;
  if (spec === "human-readable") return { kind: "human", base: 1024 };
  if (spec === "si") return { kind: "human", base: 1000 };
  const [, digits = "", unit = "", rest = ""] = /^(\d*)((?:[eEgGkKmMpPtTyYzZ](?:i?B)?)?)(.*)$/s.exec(spec) ?? [];
  if (digits === "" && unit === "") return undefined;
  if (rest !== "") return digits === "" ? undefined : "suffix";
  const power = unit === "" ? 0 : LETTERS.indexOf((unit[0] as string).toUpperCase()) + 1;
  const decimal = unit.length === 2;
  const bytes = (digits === "" ? 1 : Number(digits)) * (decimal ? 1000 : 1024) ** power;
  if (bytes === 0) return "zero";
  if (bytes >= 2 ** 64) return "large";
  let suffix = "";
  if (digits === "") {
    const letter = LETTERS[power - 1] as string;
    suffix = decimal && power === 1 ? "k" : letter;
    if (unit.endsWith("B")) suffix += decimal ? "B" : "iB";
  }
  return { kind: "units", bytes, suffix };
}

export function sizeText(bytes: number, size: BlockSize): string {
  if (size.kind === "human") return humanSize(bytes, size.base);
  return `${Math.ceil(bytes / size.bytes)}${size.suffix}`;
}

/** The block size that the environment asks for; `own` is the tool's variable. */
export function environmentBlockSize(
  env: ReadonlyMap<string, string>,
  own: string,
): { readonly size: BlockSize; readonly files: boolean } {
  for (const name of [own, "BLOCK_SIZE", "BLOCKSIZE"]) {
    const text = env.get(name);
    if (text === undefined) continue;
    const parsed = parseBlockSize(text);
    if (typeof parsed === "object") return { size: parsed, files: name !== "BLOCKSIZE" };
    break;
  }
  const posix = env.has("POSIXLY_CORRECT");
  return { size: posix ? { kind: "units", bytes: 512, suffix: "" } : KIBIBYTES, files: false };
}
