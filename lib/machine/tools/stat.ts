/** stat: GNU's formats. */

import { isErrno } from "../errno.ts";
import { formatDate } from "../strftime.ts";
import type { FileStat, Mount } from "../types.ts";
import { Accounts } from "./support/accounts.ts";
import { allocatedBytes } from "./support/block-size.ts";
import { C_ESCAPES } from "./support/escapes.ts";
import { fileSystemNumbers, mountAt } from "./support/file-systems.ts";
import { modeText } from "./support/modes.ts";
import { choice } from "./support/options.ts";
import { isUtf8, QUOTING_STYLES, quoted } from "./support/quoting.ts";
import { type Tool, tool } from "./support/tool.ts";
import { typeWords } from "./support/types.ts";

const OPTIONS = {
  follow: { short: "L", long: "dereference", help: "follow links" },
  fileSystem: { short: "f", long: "file-system", help: "display file system status instead of file status" },
  cached: { long: "cached", value: true, help: "(nothing is cached here)" },
  format: { short: "c", long: "format", value: true, help: "use the specified FORMAT; newline after each" },
  printf: { long: "printf", value: true, help: "like --format, but interpret backslash escapes, and no newline" },
  terse: { short: "t", long: "terse", help: "print the information in terse form" },
} as const;
type StatTool = Tool<typeof OPTIONS>;

/** A value of a directive: a time knows its parts, a number how it is filled up. */
type Value = string | { readonly ms: number };

const FILE_BITS: Readonly<Record<FileStat["type"], number>> = {
  file: 0o100000,
  directory: 0o040000,
  symlink: 0o120000,
  fifo: 0o010000,
  device: 0o020000,
  block: 0o060000,
};
const TYPE_IDS: Readonly<Record<string, readonly [name: string, magic: number]>> = {
  tmpfs: ["tmpfs", 0x01021994],
  overlay: ["overlayfs", 0x794c7630],
  proc: ["proc", 0x9fa0],
  ext4: ["ext2/ext3", 0xef53],
  xfs: ["xfs", 0x58465342],
};

const isoTime = (ms: number) => formatDate(ms, "%Y-%m-%d %H:%M:%S.%N +0000", "gnu");
/** One number of a device, as st_dev has it. */
const deviceNumber = ([major, minor]: readonly [number, number]) =>
  (major << 8) | (minor & 0xff) | ((minor >> 8) << 20);

export const stat = tool(
  { name: "stat", usage: "[OPTION]... FILE...", summary: "Display file or file system status.", options: OPTIONS },
  async (tool) => {
    const { process, operands } = tool;
    const { files } = process;
    const cached = tool.value("cached");
    if (cached !== undefined) choice(tool, "--cached", cached, { default: "d", never: "n", always: "a" });
    if (operands.length === 0) return tool.usage("missing operand");
    const chosen = tool.options.last("format", "printf");
    const accounts = new Accounts(process);
    const style = await nameStyle(tool);
    const named = (path: string) => quoted(path, style, { utf8: isUtf8(process) });
    for (const path of operands) {
      const spent = tool.spend(4);
      if (spent !== undefined) await spent;
      let field: (letter: string) => Value | undefined;
      let whole: string;
      if (tool.has("fileSystem")) {
        let mount: Mount;
        try {
          mount = mountAt(process, files.realPath(path));
        } catch (error) {
          if (!isErrno(error)) throw error;
          await tool.complain(`cannot read file system information for ${tool.named(path)}: ${error.message}`);
          continue;
        }
        field = (letter) => fileSystemField(letter, path, mount);
        whole = tool.has("terse") ? "%n %i %l %t %s %S %b %f %a %c %d\n" : FILE_SYSTEM;
      } else {
        let found: FileStat;
        try {
          found = path === "-" ? files.stat("/dev/stdin") : tool.has("follow") ? files.stat(path) : files.lstat(path);
        } catch (error) {
          if (!isErrno(error)) throw error;
          await tool.complain(
            `cannot stat${tool.has("follow") ? "" : "x"} ${tool.named(path)}: ${error.message}`.replace(
              "cannot stat '",
              "cannot statx '",
            ),
          );
          continue;
        }
        // "%P" is of the format that nobody gave.
        const own = chosen === undefined;
        field = (letter) =>
          letter === "P" && !own ? undefined : fileField(tool, letter, path, found, accounts, named);
        whole = tool.has("terse") ? "%n %s %b %f %u %g %D %i %h %t %T %X %Y %Z %W %o\n" : defaultFormat(found);
      }
      const given = chosen === undefined ? undefined : tool.value(chosen);
      const text = given === undefined ? whole : chosen === "printf" ? given : `${given}\n`;
      await tool.out.write(await fill(tool, text, chosen === "printf", field));
    }
    return tool.status;
  },
);

async function nameStyle(tool: StatTool) {
  const asked = tool.process.env.get("QUOTING_STYLE");
  const known = QUOTING_STYLES.find((each) => each === asked);
  if (asked !== undefined && known === undefined)
    await tool.process.stderr.write(
      `stat: ignoring invalid value of environment variable QUOTING_STYLE: ${tool.word(asked)}\n`,
    );
  return known ?? "shell-escape-always";
}

const FILE_SYSTEM =
  '  File: "%n"\n    ID: %-8i Namelen: %-7l Type: %T\nBlock size: %-10s Fundamental block size: %S\n' +
  "Blocks: Total: %-10b Free: %-10f Available: %a\nInodes: Total: %-10c Free: %d\n";

function defaultFormat({ type }: FileStat): string {
  const special = type === "device" || type === "block";
  return (
    "  File: %P\n  Size: %-10s\tBlocks: %-10b IO Block: %-6o %F\nDevice: %Hd,%Ld\tInode: %-10i  Links: " +
    (special ? "%-5h Device type: %Hr,%Lr\n" : "%h\n") +
    "Access: (%04a/%10.10A)  Uid: (%5u/%8U)   Gid: (%5g/%8G)\nAccess: %x\nModify: %y\nChange: %z\n Birth: %w\n"
  );
}

function fileField(
  tool: StatTool,
  letter: string,
  path: string,
  found: FileStat,
  accounts: Accounts,
  named: (path: string) => string,
): Value | undefined {
  const { files } = tool.process;
  const device = [0, found.fileSystem ?? 0] as const;
  switch (letter) {
    case "a":
      return found.mode.toString(8);
    case "A":
      return modeText(found);
    case "b":
      return String(allocatedBytes(found) / 512);
    case "B":
      return "512";
    case "C":
      return "?";
    case "d":
      return String(deviceNumber(device));
    case "D":
      return deviceNumber(device).toString(16);
    case "Hd":
      return String(device[0]);
    case "Ld":
      return String(device[1]);
    case "f":
      return (FILE_BITS[found.type] | found.mode).toString(16);
    case "F":
      return typeWords(found);
    case "g":
      return String(found.gid);
    case "G":
      return accounts.group(found.gid) ?? "UNKNOWN";
    case "h":
      return String(found.links);
    case "i":
      return String(found.inode);
    case "m":
      return mountAt(tool.process, files.realPath(path)).path;
    case "n":
      return path;
    case "N":
      return found.type === "symlink" ? `${named(path)} -> ${named(files.readLink(path))}` : named(path);
    case "P":
      return found.type === "symlink" ? `${path} -> ${files.readLink(path)}` : path;
    case "o":
      return "4096";
    case "r":
      return String(found.device === undefined ? 0 : deviceNumber(found.device));
    case "R":
      return (found.device === undefined ? 0 : deviceNumber(found.device)).toString(16);
    case "t":
      return (found.device?.[0] ?? 0).toString(16);
    case "T":
      return (found.device?.[1] ?? 0).toString(16);
    case "Hr":
      return String(found.device?.[0] ?? 0);
    case "Lr":
      return String(found.device?.[1] ?? 0);
    case "s":
      return String(found.size);
    case "u":
      return String(found.uid);
    case "U":
      return accounts.user(found.uid) ?? "UNKNOWN";
    case "w":
      return "-";
    case "W":
      return "0";
    case "x":
      return isoTime(found.accessed);
    case "X":
      return { ms: found.accessed };
    case "y":
      return isoTime(found.modified);
    case "Y":
      return { ms: found.modified };
    case "z":
      return isoTime(found.changed);
    case "Z":
      return { ms: found.changed };
    default:
      return undefined;
  }
}

function fileSystemField(letter: string, path: string, mount: Mount): Value | undefined {
  const { total, used, inodes, usedInodes } = fileSystemNumbers(mount);
  const [name, magic] = TYPE_IDS[mount.fileSystem.fileSystemType] ?? [mount.fileSystem.fileSystemType, 0];
  const blocks = (bytes: number) => String(Math.floor(bytes / 4096));
  switch (letter) {
    case "a":
    case "f":
      return blocks(total - used);
    case "b":
      return blocks(total);
    case "c":
      return String(inodes);
    case "d":
      return String(inodes - usedInodes);
    case "i":
      return "0";
    case "l":
      return "255";
    case "n":
      return path;
    case "s":
    case "S":
      return "4096";
    case "t":
      return magic.toString(16);
    case "T":
      return name;
    default:
      return undefined;
  }
}

const DIRECTIVE = /%([-'+ #0I]*)(\d*)(?:\.(\d*))?([HL]?[a-zA-Z%:]?)|\\(x[0-9a-fA-F]{1,2}|[0-7]{1,3}|.)?|[^%\\]+/gsu;
const ESCAPES: Readonly<Record<string, string>> = {
  ...C_ESCAPES,
  "\\": "\\",
  '"': '"',
};

async function fill(
  tool: StatTool,
  format: string,
  escapes: boolean,
  field: (letter: string) => Value | undefined,
): Promise<string> {
  let out = "";
  for (const [whole, flags, width = "", precision, letter = "", escaped] of format.matchAll(DIRECTIVE)) {
    if (whole.startsWith("\\")) {
      if (!escapes) out += whole;
      else if (escaped === undefined) {
        await warn(tool, "backslash at end of format");
        out += "\\";
      } else if (/^x./.test(escaped)) out += String.fromCharCode(Number.parseInt(escaped.slice(1), 16));
      else if (/^[0-7]/.test(escaped)) out += String.fromCharCode(Number.parseInt(escaped, 8) & 255);
      else {
        if (ESCAPES[escaped] === undefined) await warn(tool, `unrecognized escape '\\${escaped}'`);
        out += ESCAPES[escaped] ?? escaped;
      }
    } else if (flags === undefined) out += whole;
    else if (letter === "" || letter === "%") {
      if (whole !== "%" && whole !== "%%") return tool.die(`${tool.word(whole)}: invalid directive`);
      out += "%";
    } else {
      const value = field(letter) ?? field(letter.slice(0, 1));
      out += value === undefined ? "?" : filled(value, letter, flags, width, precision);
      // What was no modifier was a directive, and the letter after it is text.
      if (field(letter) === undefined && letter.length > 1 && value !== undefined) out += letter.slice(1);
    }
  }
  return out;
}

async function warn(tool: StatTool, text: string): Promise<void> {
  await tool.out.flush();
  await tool.process.stderr.write(`stat: warning: ${text}\n`);
}

const STRINGS = "AFGNPUnCmwxyz";

function filled(value: Value, letter: string, flags: string, width: string, precision: string | undefined): string {
  let text: string;
  if (typeof value !== "string") {
    const seconds = Math.floor(value.ms / 1000);
    text = String(seconds);
    if (precision !== undefined && precision !== "0") {
      const digits = precision === "" ? 9 : Number(precision);
      const fraction = String(Math.floor(value.ms - seconds * 1000)).padStart(3, "0");
      text += `.${fraction.padEnd(digits, "0").slice(0, digits)}`;
    }
  } else if (STRINGS.includes(letter)) text = precision === undefined ? value : value.slice(0, Number(precision || 0));
  else {
    text = precision === undefined ? value : value.padStart(Number(precision), "0");
    if (flags.includes("#") && value !== "0")
      text = "a".includes(letter) ? `0${text}` : "fDRtT".includes(letter) ? `0x${text}` : text;
    const signed = !"aDfRtT".includes(letter) && !"bBdghiosu".includes(letter);
    if ((signed || letter === "s") && /[+ ]/.test(flags)) text = `${flags.includes("+") ? "+" : " "}${text}`;
  }
  const columns = Number(width || 0);
  if (flags.includes("-")) return text.padEnd(columns);
  const zeros = flags.includes("0") && !(typeof value === "string" && STRINGS.includes(letter));
  return text.padStart(columns, zeros ? "0" : " ");
}
