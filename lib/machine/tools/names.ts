/** What can be said of a path: basename, dirname, realpath, readlink, which, mktemp. */
import { Errno, isErrno } from "../errno.ts";
import { FileView } from "../filesystem/view.ts";
import { findExecutable } from "../process/lookup.ts";
import type { Process } from "../types.ts";
import { relativeTo } from "./ln.ts";
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
    if (!many && extra !== undefined) return tool.usage(`extra operand ${tool.word(extra)}`);
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

type Missing = "none" | "last" | "any";

/** The real path of what may not be there: `missing` allows no missing part, the last, or any. */
function resolve(process: Process, path: string, missing: Missing): string {
  const { files } = process;
  try {
    return files.realPath(path);
  } catch (error) {
    if (!isErrno(error) || missing === "none" || path === "") throw error;
    const tolerated = missing === "any" ? ["ENOENT", "ENOTDIR", "ELOOP", "EACCES"] : ["ENOENT"];
    if (!tolerated.includes(error.code)) throw error;
    const trimmed = path.replace(/(?<=[^/])\/+$/, "");
    // A link that leads nowhere: where it would lead.
    const target = linkTarget(files, trimmed);
    if (target !== undefined && error.code === "ENOENT")
      return resolve(process, target.startsWith("/") ? target : join(directoryName(trimmed), target), missing);
    const parent = directoryName(trimmed);
    const above = parent === trimmed ? "/" : resolve(process, parent, missing === "any" ? "any" : "none");
    const name = baseName(trimmed);
    if (name === ".") return above;
    if (name === "..") return directoryName(above);
    return join(above, name);
  }
}

function linkTarget(files: Process["files"], path: string): string | undefined {
  try {
    return files.readLink(path);
  } catch (error) {
    if (isErrno(error)) return undefined;
    throw error;
  }
}

/** Without following anything: dots and doubled slashes go. */
function lexical(process: Process, path: string): string {
  const parts: string[] = [];
  for (const part of (path.startsWith("/") ? path : join(process.cwd, path)).split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return `/${parts.join("/")}`;
}

const below = (path: string, base: string) => path === base || path.startsWith(base === "/" ? "/" : `${base}/`);

export const realpath = tool(
  {
    name: "realpath",
    usage: "[OPTION]... FILE...",
    summary: "Print the resolved absolute file name.",
    options: {
      existing: { short: "e", long: "canonicalize-existing", help: "all components of the path must exist" },
      missing: { short: "m", long: "canonicalize-missing", help: "no path components need exist or be a directory" },
      logical: { short: "L", long: "logical", help: "resolve '..' components before symlinks" },
      physical: { short: "P", long: "physical", help: "resolve symlinks as encountered (default)" },
      quiet: { short: "q", long: "quiet", help: "suppress most error messages" },
      base: { long: "relative-base", value: true, help: "print absolute paths unless paths below DIR" },
      relative: { long: "relative-to", value: true, help: "print the resolved path relative to DIR" },
      strip: { short: "s", long: "strip", help: "don't expand symlinks" },
      noLinks: { long: "no-symlinks" },
      zero: { short: "z", long: "zero", help: "end each output line with NUL, not newline" },
    },
  },
  async (tool) => {
    const { process, operands } = tool;
    if (operands.length === 0) return tool.usage("missing operand");
    const mode = tool.options.last("existing", "missing");
    const missing: Missing = mode === "existing" ? "none" : mode === "missing" ? "any" : "last";
    const way = tool.options.last("logical", "physical", "strip", "noLinks");
    const real = (path: string): string => {
      if (path === "") throw new Errno("ENOENT", path);
      if (way === "logical") return resolve(process, lexical(process, path) + (path.endsWith("/") ? "/" : ""), missing);
      if (way !== "strip" && way !== "noLinks") return resolve(process, path, missing);
      const plain = lexical(process, path);
      // What must be there is looked for, though nothing is followed.
      try {
        if (missing !== "any") resolve(process, plain === "/" || !path.endsWith("/") ? plain : `${plain}/`, missing);
      } catch (error) {
        if (missing === "none" || !isErrno(error, "ENOENT")) throw error;
      }
      return plain;
    };
    const folder = async (path: string): Promise<string> => {
      let found = "";
      try {
        found = real(path);
        if (missing === "none" && process.files.stat(found).type !== "directory") throw new Errno("ENOTDIR", path);
      } catch (error) {
        if (!isErrno(error)) throw error;
        return tool.die(`${tool.bare(path)}: ${error.message}`);
      }
      return found;
    };
    const [to, base] = [tool.value("relative"), tool.value("base")];
    const relative = to === undefined ? undefined : await folder(to);
    const root = base === undefined ? undefined : await folder(base);
    const start = relative ?? root;
    const usable = start !== undefined && (root === undefined || relative === undefined || below(relative, root));
    for (const path of operands) {
      try {
        let text = real(path);
        if (usable && (root === undefined || below(text, root))) text = relativeTo(start, text);
        await tool.out.write(text + (tool.has("zero") ? "\0" : "\n"));
      } catch (error) {
        if (!isErrno(error)) throw error;
        tool.status = 1;
        if (!tool.has("quiet")) await tool.complain(`${tool.bare(path)}: ${error.message}`);
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
      follow: { short: "f", long: "canonicalize", help: "all but the last component must exist" },
      existing: { short: "e", long: "canonicalize-existing", help: "all components must exist" },
      missing: { short: "m", long: "canonicalize-missing", help: "without requirements on components existence" },
      noNewline: { short: "n", long: "no-newline", help: "do not output the trailing delimiter" },
      quiet: { short: "q", long: "quiet", help: "suppress most error messages" },
      silent: { short: "s", long: "silent" },
      verbose: { short: "v", long: "verbose", help: "report error messages" },
      zero: { short: "z", long: "zero", help: "end each output line with NUL, not newline" },
    },
  },
  async (tool) => {
    const { process, operands } = tool;
    if (operands.length === 0) return tool.usage("missing operand");
    const verbose = tool.options.last("verbose", "quiet", "silent") === "verbose" || process.env.has("POSIXLY_CORRECT");
    let end = tool.has("zero") ? "\0" : "\n";
    if (tool.has("noNewline")) {
      if (operands.length > 1) await process.stderr.write("readlink: ignoring --no-newline with multiple arguments\n");
      else end = "";
    }
    const whole = tool.options.last("follow", "existing", "missing");
    for (const path of operands) {
      try {
        const text =
          whole === undefined
            ? process.files.readLink(path)
            : resolve(process, path, whole === "existing" ? "none" : whole === "missing" ? "any" : "last");
        await tool.out.write(text + end);
      } catch (error) {
        if (!isErrno(error)) throw error;
        tool.status = 1;
        if (verbose) await tool.complain(`${tool.bare(path)}: ${error.message}`);
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
      directory: { short: "d", long: "directory", help: "create a directory, not a file" },
      dry: { short: "u", long: "dry-run", help: "do not create anything; merely print a name (unsafe)" },
      quiet: { short: "q", long: "quiet", help: "suppress diagnostics about file/dir-creation failure" },
      suffix: { long: "suffix", value: true, help: "append SUFF to TEMPLATE" },
      parent: { short: "p", value: true, help: "interpret TEMPLATE relative to DIR" },
      tmpdir: { long: "tmpdir", value: "optional", help: "likewise; without DIR, $TMPDIR, else /tmp" },
      template: { short: "t", help: "interpret TEMPLATE as a single file name component (deprecated)" },
    },
  },
  async (tool) => {
    const { process, operands } = tool;
    if (operands.length > 1) return tool.usage("too many templates");
    const [given] = operands;
    const suffixOption = tool.value("suffix");
    const template = given ?? "tmp.XXXXXXXXXX";
    const say = (words: string) => tool.die(words);
    if (suffixOption !== undefined && !template.endsWith("X"))
      return say(`with --suffix, template ${tool.word(template)} must end in X`);
    const at = template.lastIndexOf("X");
    const head = template.slice(0, at + 1);
    const suffix = template.slice(at + 1) + (suffixOption ?? "");
    if (suffix.includes("/")) return say(`invalid suffix ${tool.word(suffix)}, contains directory separator`);
    const run = /X*$/.exec(head)?.[0] ?? "";
    if (run.length < 3) return say(`too few X's in template ${tool.word(template)}`);
    const deprecated = tool.has("template");
    const inFolder = given === undefined || deprecated || tool.has("parent") || tool.has("tmpdir");
    const temporary = process.env.get("TMPDIR") || "/tmp";
    const asked = tool.value("parent") ?? tool.value("tmpdir");
    let parent: string | undefined;
    if (inFolder) {
      parent = deprecated ? process.env.get("TMPDIR") || asked || "/tmp" : asked || temporary;
      if (deprecated && template.includes("/"))
        return say(`invalid template, ${tool.word(template)}, contains directory separator`);
      if (!deprecated && template.startsWith("/"))
        return say(`invalid template, ${tool.word(template)}; with --tmpdir, it may not be absolute`);
    }
    const random = [...run].map(() => LETTERS[Math.floor(process.clock.random() * LETTERS.length)]).join("");
    const whole = (middle: string) => {
      const name = head.slice(0, head.length - run.length) + middle + suffix;
      return parent === undefined ? name : join(parent, name);
    };
    const path = whole(random);
    try {
      if (tool.has("dry")) process.files.exists(path);
      else if (tool.has("directory")) process.files.makeDirectory(path, { mode: 0o700 });
      else process.open(path, { write: true, create: true, exclusive: true, mode: 0o600 }).close();
    } catch (error) {
      if (!isErrno(error)) throw error;
      const kind = tool.has("directory") ? "directory" : "file";
      if (!tool.has("quiet"))
        await tool.complain(`failed to create ${kind} via template ${tool.word(whole(run))}: ${error.message}`);
      return 1;
    }
    await tool.out.write(`${path}\n`);
    return 0;
  },
);
