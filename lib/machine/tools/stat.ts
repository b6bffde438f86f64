import { formatDate } from "../strftime.ts";
import type { FileStat } from "../types.ts";
import { Accounts } from "./support/accounts.ts";
import { allocatedBytes } from "./support/block-size.ts";
import { modeText } from "./support/modes.ts";
import { tool } from "./support/tool.ts";

const TYPES = {
  file: "regular file",
  directory: "directory",
  symlink: "symbolic link",
  fifo: "fifo",
  device: "character special file",
  block: "block special file",
};

export const stat = tool(
  {
    name: "stat",
    usage: "[OPTION]... FILE...",
    summary: "Display file status.",
    options: {
      follow: { short: "L", long: "dereference" },
      format: { short: "c", long: "format", value: true },
      printf: { long: "printf", value: true },
      terse: { short: "t", long: "terse" },
    },
  },
  async (tool) => {
    const { process, operands } = tool;
    const { files } = process;
    if (operands.length === 0) return tool.usage("missing operand");
    const accounts = new Accounts(process);
    const time = (ms: number) => formatDate(ms, "%Y-%m-%d %H:%M:%S.%N +0000", "gnu");
    const field = (letter: string, path: string, found: FileStat): string | undefined => {
      switch (letter) {
        case "a":
          return found.mode.toString(8);
        case "A":
          return modeText(found);
        case "b":
          return String(allocatedBytes(found) / 512);
        case "B":
          return "512";
        case "d":
          return "2049";
        case "f":
          return found.mode.toString(16);
        case "F":
          return found.type === "file" && found.size === 0 ? "regular empty file" : TYPES[found.type];
        case "g":
          return String(found.gid);
        case "G":
          return accounts.group(found.gid) ?? "UNKNOWN";
        case "h":
          return String(found.links);
        case "i":
          return String(found.inode);
        case "n":
          return path;
        case "N":
          return found.type === "symlink" ? `'${path}' -> '${files.readLink(path)}'` : `'${path}'`;
        case "o":
          return "4096";
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
          return time(found.accessed);
        case "X":
          return String(Math.floor(found.accessed / 1000));
        case "y":
          return time(found.modified);
        case "Y":
          return String(Math.floor(found.modified / 1000));
        case "z":
          return time(found.changed);
        case "Z":
          return String(Math.floor(found.changed / 1000));
        case "%":
          return "%";
        default:
          return undefined;
      }
    };
    const format = tool.value("format");
    const print = tool.value("printf");
    for (const path of operands) {
      await tool.attempt(`cannot statx '${path}'`, async () => {
        const found = tool.has("follow") ? files.stat(path) : files.lstat(path);
        const fill = (text: string) =>
          text.replace(/%(-?\d*)([a-zA-Z%])/g, (whole, width: string, letter: string) => {
            const value = field(letter, path, found);
            if (value === undefined) return whole;
            return width.startsWith("-") ? value.padEnd(Number(width.slice(1))) : value.padStart(Number(width || 0));
          });
        if (format !== undefined) await tool.out.write(`${fill(format)}\n`);
        else if (print !== undefined) await tool.out.write(fill(print).replace(/\\n/g, "\n").replace(/\\t/g, "\t"));
        else if (tool.has("terse")) await tool.out.write(`${fill("%n %s %b %f %u %g 801 %i %h 0 0 %X %Y %Z 0 %o")}\n`);
        else {
          await tool.out.write(
            `${fill("  File: ")}${found.type === "symlink" ? fill("%N").slice(1).replace("' -> '", " -> ").slice(0, -1) : path}\n` +
              `${fill("  Size: %-10s\tBlocks: %-10b IO Block: %-6o %F")}\n` +
              `${fill("Device: 8,1\tInode: %-10i  Links: %h")}\n` +
              `Access: (${found.mode.toString(8).padStart(4, "0")}/${modeText(found)})  Uid: (${String(found.uid).padStart(5)}/${fill("%U").padStart(8)})   Gid: (${String(found.gid).padStart(5)}/${fill("%G").padStart(8)})\n` +
              `${fill("Access: %x\nModify: %y\nChange: %z\n Birth: -")}\n`,
          );
        }
      });
    }
    return tool.status;
  },
);
