/** file: what is in a file, as far as its first bytes tell. */
import { concatBytes } from "../../encoding/index.ts";
import { isErrno } from "../errno.ts";
import { displayWidth } from "../tty/width.ts";
import { type Kind, kindOfContent } from "./file/content.ts";
import { type Tool, tool } from "./support/tool.ts";

/** As much as is looked at. */
const LOOKED_AT = 256 << 10;

const OPTIONS = {
  brief: { short: "b", long: "brief", help: "do not prepend filenames to output lines" },
  names: { short: "f", long: "files-from", value: true, help: "read the filenames to be examined from FILE" },
  separator: { short: "F", long: "separator", value: true, help: "use string as separator instead of `:'" },
  mime: { short: "i", long: "mime", help: "output MIME type strings" },
  mimeType: { long: "mime-type", help: "output the MIME type" },
  mimeEncoding: { long: "mime-encoding", help: "output the MIME encoding" },
  follow: { short: "L", long: "dereference", help: "follow symlinks" },
  stay: { short: "h", long: "no-dereference", help: "don't follow symlinks (default)" },
  noPad: { short: "N", long: "no-pad", help: "do not pad output" },
  print0: { short: "0", long: "print0", help: "terminate filenames with ASCII NUL" },
  errors: { short: "E", help: "on filesystem errors, issue an error message and exit" },
  special: { short: "s", long: "special-files", help: "treat special (block/char devices) files as ordinary ones" },
  raw: { short: "r", long: "raw", help: "don't translate unprintable chars" },
  unbuffered: { short: "n", long: "no-buffer", help: "do not buffer output" },
  version: { short: "v", long: "version", help: "output version information and exit" },
} as const;
type File = Tool<typeof OPTIONS>;

const kind = (words: string, mime = "application/octet-stream"): Kind => ({ words, mime, encoding: "binary" });

export const file = tool(
  {
    name: "file",
    usage: "[OPTION...] [FILE...]",
    summary: "Determine type of FILEs.",
    options: OPTIONS,
    pointer: "Usage: file [-bEhiLNnrsv0] [--mime-encoding] [--mime-type] [-F <separator>] [-f <namefile>] <file> ...",
  },
  async (tool) => {
    if (tool.has("version")) {
      await tool.out.write("file-5.44\n");
      return 0;
    }
    const names: string[] = [];
    for (const path of tool.options.values("names")) {
      try {
        for await (const batch of tool.lines(tool.open(path))) names.push(...batch);
      } catch (error) {
        if (!isErrno(error)) throw error;
        return tool.die(`Cannot open \`${path}' (${error.message})`);
      }
    }
    names.push(...tool.operands);
    if (names.length === 0 && !tool.has("names")) {
      await tool.process.stderr.write(
        "Usage: file [-bEhiLNnrsv0] [--mime-encoding] [--mime-type] [-F <separator>] [-f <namefile>] <file> ...\n",
      );
      return 1;
    }
    const widest = tool.has("noPad") ? 0 : Math.max(0, ...names.map((name) => displayWidth(nameOf(name))));
    for (const name of names) {
      const found = await kindOf(tool, name);
      const shown = tool.has("mime")
        ? `${found.mime}; charset=${found.encoding}`
        : tool.has("mimeType")
          ? found.mime
          : tool.has("mimeEncoding")
            ? found.encoding
            : found.words;
      const label = nameOf(name);
      const before = tool.has("brief")
        ? ""
        : `${label}${tool.has("print0") ? "\0" : ""}${tool.value("separator") ?? ":"}${" ".repeat(Math.max(0, widest - displayWidth(label)))} `;
      await tool.out.write(`${before}${shown}\n`);
      if (tool.has("errors") && found.words.startsWith("ERROR:")) return 1;
    }
    return tool.status;
  },
);

const nameOf = (name: string) => (name === "-" ? "/dev/stdin" : name);

async function kindOf(tool: File, name: string): Promise<Kind> {
  const { files } = tool.process;
  try {
    if (name === "-") return await content(tool, name, undefined);
    const stat = tool.has("follow") ? files.stat(name) : files.lstat(name);
    switch (stat.type) {
      case "directory":
        return kind((stat.mode & 0o1000) !== 0 ? "sticky, directory" : "directory", "inode/directory");
      case "symlink": {
        const target = files.readLink(name);
        const broken = !files.exists(name);
        return kind(`${broken ? "broken " : ""}symbolic link to ${target}`, "inode/symlink");
      }
      case "fifo":
        return kind("fifo (named pipe)", "inode/fifo");
      case "device":
      case "block": {
        const [major, minor] = stat.device ?? [0, 0];
        const sort = stat.type === "block" ? "block" : "character";
        return kind(
          `${sort} special (${major}/${minor})`,
          stat.type === "block" ? "inode/blockdevice" : "inode/chardevice",
        );
      }
      default:
        return await content(tool, name, stat.size);
    }
  } catch (error) {
    if (!isErrno(error)) throw error;
    if (error.message === "Permission denied" && files.exists(name))
      return kind("regular file, no read permission", "regular file, no read permission");
    if (tool.has("errors")) return kind(`ERROR: cannot stat \`${name}' (${error.message})`);
    const words = `cannot open \`${name}' (${error.message})`;
    return kind(words, words);
  }
}

async function content(tool: File, name: string, size: number | undefined): Promise<Kind> {
  const reader = tool.open(name);
  const pieces: Uint8Array[] = [];
  let have = 0;
  while (have < LOOKED_AT) {
    const chunk = await reader.read(LOOKED_AT - have);
    if (chunk === null) break;
    pieces.push(chunk);
    have += chunk.length;
    tool.process.holdMemory(have);
    await tool.spend(1 + (chunk.length >> 4));
  }
  if (name !== "-") reader.close();
  return kindOfContent(concatBytes(pieces), size === undefined || size === 0 ? have : size);
}
