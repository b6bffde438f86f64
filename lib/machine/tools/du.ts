import { isErrno } from "../errno.ts";
import { allocatedBytes } from "./support/block-size.ts";
import { join } from "./support/paths.ts";
import { humanSize } from "./support/sizes.ts";
import { tool } from "./support/tool.ts";

export const du = tool(
  {
    name: "du",
    usage: "[OPTION]... [FILE]...",
    summary: "Summarize device usage of the set of FILEs, recursively for directories.",
    options: {
      all: { short: "a", long: "all" },
      apparent: { long: "apparent-size" },
      bytes: { short: "b", long: "bytes" },
      total: { short: "c", long: "total" },
      depth: { short: "d", long: "max-depth", value: true },
      human: { short: "h", long: "human-readable" },
      kibibytes: { short: "k" },
      mebibytes: { short: "m" },
      summarize: { short: "s", long: "summarize" },
      oneFileSystem: { short: "x", long: "one-file-system" },
    },
  },
  async (tool) => {
    const { files } = tool.process;
    const exact = tool.has("apparent") || tool.has("bytes");
    const unit = tool.has("bytes") ? 1 : tool.has("mebibytes") ? 2 ** 20 : 1024;
    const text = (bytes: number) =>
      tool.has("human") ? (bytes === 0 ? "0" : humanSize(bytes)) : String(Math.ceil(bytes / unit));
    const depth = tool.has("summarize") ? 0 : Number(tool.value("depth") ?? Number.POSITIVE_INFINITY);
    if (Number.isNaN(depth)) return tool.usage(`invalid maximum depth '${tool.value("depth")}'`);
    const seen = new Set<number>();
    const measure = async (path: string, level: number): Promise<number> => {
      const spent = tool.spend(3);
      if (spent !== undefined) await spent;
      const stat = files.lstat(path);
      if (stat.type === "file" && stat.links > 1) {
        if (seen.has(stat.inode)) return 0;
        seen.add(stat.inode);
      }
      let bytes = exact ? stat.size : allocatedBytes(stat);
      if (stat.type === "directory") {
        try {
          for (const { name } of files.list(path)) bytes += await measure(join(path, name), level + 1);
        } catch (error) {
          if (!isErrno(error)) throw error;
          await tool.complain(`cannot read directory '${path}': ${error.message}`);
        }
      }
      if (level <= depth && (stat.type === "directory" || tool.has("all") || level === 0))
        await tool.out.write(`${text(bytes)}\t${path}\n`);
      return bytes;
    };
    let total = 0;
    for (const path of tool.operands.length === 0 ? ["."] : tool.operands) {
      await tool.attempt(`cannot access '${path}'`, async () => {
        total += await measure(path, 0);
      });
    }
    if (tool.has("total")) await tool.out.write(`${text(total)}\ttotal\n`);
    return tool.status;
  },
);
