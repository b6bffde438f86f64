/** wget as GNU's (1.21), for HTTP. */
import { isErrno } from "../errno.ts";
import type { Program } from "../types.ts";
import { tool } from "./support/tool.ts";
import { OPTIONS, STATUS, VERSION } from "./wget/options.ts";
import { Run } from "./wget/run.ts";

const POINTER = "Usage: wget [OPTION]... [URL]...\n\nTry `wget --help' for more options.";

export const wget: Program = tool(
  {
    name: "wget",
    usage: "[OPTION]... [URL]...",
    usageStatus: 2,
    options: OPTIONS,
    pointer: POINTER,
    // -nv and -nc are written with one dash.
    rewrite: (words) => words.map((word) => (word === "-nv" ? "--no-verbose" : word === "-nc" ? "--no-clobber" : word)),
  },
  async (tool) => {
    const { process } = tool;
    if (tool.has("version")) {
      await tool.out.write(`GNU Wget ${VERSION} built on linux-gnu.\n`);
      return 0;
    }
    for (const name of ["timeout", "connectTimeout", "readTimeout", "wait", "waitRetry"] as const) {
      const value = tool.value(name);
      if (value === undefined || /^\d*\.?\d+[smhdw]?$/.test(value)) continue;
      return tool.die(`--${OPTIONS[name].long}: Invalid time period ${tool.word(value)}`, STATUS.parse);
    }
    const input = tool.value("input");
    const urls = [...tool.operands];
    if (input !== undefined) {
      try {
        urls.push(
          ...process.files
            .readText(input)
            .split(/\s+/)
            .filter((line) => line !== ""),
        );
      } catch (error) {
        if (!isErrno(error)) throw error;
        if (!tool.has("quiet")) await process.stderr.write(`${input}: ${error.message}\nNo URLs found in ${input}.\n`);
        return 0;
      }
    } else if (urls.length === 0) {
      await process.stderr.write(`wget: missing URL\n${POINTER}\n`);
      return 1;
    }
    const output = tool.value("output");
    const log = tool.value("log");
    const opened = log === undefined ? undefined : process.open(log, { write: true, create: true, truncate: true });
    const run = new Run(tool, opened?.writer ?? process.stderr);
    try {
      // One file for all that is fetched, made before anything is.
      if (output !== undefined && output !== "-" && !tool.has("continue")) {
        try {
          run.document = process.open(output, { write: true, create: true, truncate: true });
        } catch (error) {
          if (!isErrno(error)) throw error;
          await process.stderr.write(`${output}: ${error.message}\n`);
          return 1;
        }
      }
      let status = 0;
      for (const url of urls) {
        const code = await run.fetch(url);
        if (code !== 0) status = status === 0 ? code : Math.min(status, code);
      }
      return status;
    } finally {
      run.document?.close();
      run.release();
      opened?.close();
    }
  },
);
