/** gzip, gunzip, zcat. Compresses with the fixed code only: valid for everybody, a little larger than GNU's. */
import type { Program } from "../types.ts";
import { gunzipBytes, gzipBytes } from "./support/gzip-format.ts";
import { InflateError } from "./support/inflate.ts";
import { baseName } from "./support/paths.ts";
import { readAll, tool } from "./support/tool.ts";

function gzipTool(unpacks: boolean, toOutput: boolean): Program {
  return tool(
    {
      name: "gzip",
      usage: "[OPTION]... [FILE]...",
      summary: "Compress or uncompress FILEs (by default, compress FILES in-place).",
      digits: "level",
      digitsCluster: true,
      options: {
        stdout: { short: "c", long: "stdout", help: "write on standard output, keep original files unchanged" },
        decompress: { short: "d", long: "decompress", help: "decompress" },
        force: { short: "f", long: "force", help: "force overwrite of output file" },
        keep: { short: "k", long: "keep", help: "keep (don't delete) input files" },
        noName: { short: "n", long: "no-name", help: "do not save the original name and timestamp" },
        test: { short: "t", long: "test", help: "test compressed file integrity" },
        fast: { long: "fast", help: "compress faster" },
        best: { long: "best", help: "compress better" },
        level: { long: "level", value: true },
      },
    },
    async (tool) => {
      const { files } = tool.process;
      const decompress = unpacks || tool.has("decompress") || tool.has("test");
      for (const path of tool.operands.length === 0 ? ["-"] : tool.operands) {
        const streams = path === "-" || toOutput || tool.has("stdout");
        try {
          await tool.attempt(path, async () => {
            const source =
              decompress && path !== "-" && !files.exists(path) && files.exists(`${path}.gz`) ? `${path}.gz` : path;
            if (source !== "-" && files.stat(source).type === "directory") {
              await tool.complain(`${source} is a directory -- ignored`, 2);
              return;
            }
            const target = decompress
              ? source.replace(/\.t?gz$/, (end) => (end === ".tgz" ? ".tar" : ""))
              : `${source}.gz`;
            if (!streams && decompress && target === source) {
              await tool.complain(`${source}: unknown suffix -- ignored`, 2);
              return;
            }
            if (!streams && !decompress && source.endsWith(".gz")) {
              await tool.complain(`${source} already has .gz suffix -- unchanged`, 2);
              return;
            }
            const reader = tool.open(source);
            const data = await readAll(tool, reader);
            if (source !== "-") reader.close();
            const stat = source === "-" ? undefined : files.stat(source);
            const named = source !== "-" && !tool.has("noName");
            const result = decompress
              ? await gunzipBytes(tool, data)
              : await gzipBytes(tool, data, named ? baseName(source) : undefined, named ? stat?.modified : 0);
            if (tool.has("test")) return;
            if (streams) {
              await tool.out.write(result);
              return;
            }
            if (files.exists(target) && !tool.has("force")) {
              await tool.complain(`${target} already exists;\tnot overwritten`, 2);
              return;
            }
            files.writeFile(target, result, { mode: stat?.mode ?? 0o644 });
            if (stat !== undefined) files.setTimes(target, stat.accessed, stat.modified);
            if (!tool.has("keep")) files.remove(source);
          });
        } catch (error) {
          if (!(error instanceof InflateError)) throw error;
          await tool.out.flush();
          await tool.process.stderr.write(`\n${tool.name}: ${path === "-" ? "stdin" : path}: ${error.message}\n`);
          tool.status = 1;
        }
      }
    },
  );
}

export const gzip = gzipTool(false, false);
export const gunzip = gzipTool(true, false);
export const zcat = gzipTool(true, true);
