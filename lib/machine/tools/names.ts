/** What can be said of a path: basename, dirname, realpath, readlink, which, mktemp. */
import { isErrno } from "../errno.ts";
import { FileView } from "../filesystem/view.ts";
import { findExecutable } from "../process/lookup.ts";
import type { Process } from "../types.ts";
import { baseName, directoryName, join } from "./support/paths.ts";
import { tool } from "./support/tool.ts";

export const basename = tool(
  {
    name: "basename",
    usage: "NAME [SUFFIX]",
    summary: "Print NAME with any leading directory components removed.",
    options: {
      multiple: { short: "a", long: "multiple" },
      suffix: { short: "s", long: "suffix", value: true },
      zero: { short: "z", long: "zero" },
    },
  },
  async (tool) => {
    const many = tool.has("multiple") || tool.has("suffix");
    const [first, second, extra] = tool.operands;
    if (first === undefined) return tool.usage("missing operand");
    if (!many && extra !== undefined) return tool.usage(`extra operand '${extra}'`);
    const suffix = tool.value("suffix") ?? (many ? "" : (second ?? ""));
    for (const path of many ? tool.operands : [first]) {
      const name = baseName(path);
      const cut = suffix !== "" && name.endsWith(suffix) && name !== suffix ? name.slice(0, -suffix.length) : name;
      await tool.out.write(cut + (tool.has("zero") ? "\0" : "\n"));
    }
    return 0;
  },
);

export const dirname = tool(
  {
    name: "dirname",
    usage: "[OPTION] NAME...",
    summary: "Output each NAME with its last non-slash component removed.",
    options: { zero: { short: "z", long: "zero" } },
  },
  async (tool) => {
    if (tool.operands.length === 0) return tool.usage("missing operand");
    for (const path of tool.operands) await tool.out.write(directoryName(path) + (tool.has("zero") ? "\0" : "\n"));
    return 0;
  },
);

/** The real path of what may not be there: `missing` allows no missing part, the last, or any. */
function resolve(process: Process, path: string, missing: "none" | "last" | "any"): string {
  try {
    return process.files.realPath(path);
  } catch (error) {
    if (!isErrno(error, "ENOENT") || missing === "none" || path === "") throw error;
    const parent = directoryName(path);
    const above = parent === path ? "/" : resolve(process, parent, missing === "any" ? "any" : "none");
    return join(above, baseName(path));
  }
}

export const realpath = tool(
  {
    name: "realpath",
    usage: "[OPTION]... FILE...",
    summary: "Print the resolved absolute file name.",
    options: {
      existing: { short: "e" },
      missing: { short: "m" },
      quiet: { short: "q" },
      strip: { short: "s" },
      zero: { short: "z" },
    },
  },
  async (tool) => {
    if (tool.operands.length === 0) return tool.usage("missing operand");
    for (const path of tool.operands) {
      try {
        await tool.out.write(
          `${resolve(tool.process, path, tool.has("existing") ? "none" : tool.has("missing") ? "any" : "last")}\n`,
        );
      } catch (error) {
        if (!isErrno(error)) throw error;
        tool.status = 1;
        if (!tool.has("quiet")) await tool.complain(`${path}: ${error.message}`);
      }
    }
    return tool.status;
  },
);

export const readlink = tool(
  {
    name: "readlink",
    usage: "[OPTION]... FILE...",
    summary: "Print value of a symbolic link or canonical file name.",
    options: {
      follow: { short: "f", long: "canonicalize" },
      existing: { short: "e", long: "canonicalize-existing" },
      missing: { short: "m", long: "canonicalize-missing" },
      noNewline: { short: "n", long: "no-newline" },
      verbose: { short: "v" },
      quiet: { short: "q" },
    },
  },
  async (tool) => {
    if (tool.operands.length === 0) return tool.usage("missing operand");
    const whole = tool.options.last("follow", "existing", "missing");
    for (const path of tool.operands) {
      try {
        const text =
          whole === undefined
            ? tool.process.files.readLink(path)
            : resolve(tool.process, path, whole === "existing" ? "none" : whole === "missing" ? "any" : "last");
        await tool.out.write(tool.has("noNewline") ? text : `${text}\n`);
      } catch (error) {
        if (!isErrno(error)) throw error;
        tool.status = 1;
        if (tool.has("verbose")) await tool.complain(`${path}: ${error.message}`);
      }
    }
    return tool.status;
  },
);

export const which = tool(
  { name: "which", usage: "[-a] args", options: { all: { short: "a" } }, usageStatus: 2 },
  async (tool) => {
    const { process } = tool;
    for (const name of tool.operands) {
      try {
        const files = process.files instanceof FileView ? process.files : undefined;
        if (files === undefined) return 1;
        const path = findExecutable(
          { files, programs: process.machine.programs, pathVariable: process.env.get("PATH") },
          name,
        );
        if (name.includes("/") && !files.mayAccess(path, 1)) tool.status = 1;
        else await tool.out.write(`${path}\n`);
      } catch (error) {
        if (!isErrno(error)) throw error;
        tool.status = 1;
      }
    }
    return tool.status;
  },
);

const LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

export const mktemp = tool(
  {
    name: "mktemp",
    usage: "[OPTION]... [TEMPLATE]",
    summary: "Create a temporary file or directory, safely, and print its name.",
    options: {
      directory: { short: "d", long: "directory" },
      dry: { short: "u", long: "dry-run" },
      quiet: { short: "q" },
      parent: { short: "p", long: "tmpdir", value: true },
      template: { short: "t" },
      suffix: { long: "suffix", value: true },
    },
  },
  async (tool) => {
    const { process } = tool;
    const [given] = tool.operands;
    const template = (given ?? "tmp.XXXXXXXXXX") + (tool.value("suffix") ?? "");
    const run = /X{3,}(?=[^X]*$)/.exec(template)?.[0];
    if (run === undefined) return tool.die(`too few X's in template '${template}'`);
    const parent =
      tool.value("parent") ??
      (given === undefined || tool.has("template") ? (process.env.get("TMPDIR") ?? "/tmp") : undefined);
    const random = [...run].map(() => LETTERS[Math.floor(process.clock.random() * LETTERS.length)]).join("");
    const name = template.replace(/X{3,}(?=[^X]*$)/, random);
    const path = parent === undefined ? name : join(parent, name);
    const made = await tool.attempt(
      `failed to create ${tool.has("directory") ? "directory" : "file"} via template '${parent === undefined ? template : join(parent, template)}'`,
      () => {
        if (tool.has("dry")) return;
        if (tool.has("directory")) process.files.makeDirectory(path, { mode: 0o700 });
        else process.files.writeFile(path, "", { mode: 0o600 });
      },
    );
    if (!made) return 1;
    await tool.out.write(`${path}\n`);
    return 0;
  },
);
