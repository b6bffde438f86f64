import { isErrno } from "../errno.ts";
import { type AnyTool, tool } from "./support/tool.ts";

const ROOT = "/proc/sys";

/** Names are written with dots, or as paths. */
const pathOf = (name: string) => `${ROOT}/${name.includes("/") ? name : name.replaceAll(".", "/")}`;
const nameOf = (path: string) => path.slice(ROOT.length + 1).replaceAll("/", ".");

export const sysctl = tool(
  {
    name: "sysctl",
    usage: "[-enq] { -a | [-w] [KEY[=VALUE]]... }",
    summary: "Show or set settings of the kernel.",
    options: {
      all: { short: "a", help: "show all values" },
      ignore: { short: "e", help: "don't warn about unknown keys" },
      valuesOnly: { short: "n", help: "don't show key names" },
      write: { short: "w", help: "allow setting values" },
      quiet: { short: "q", help: "set without showing" },
    },
  },
  async (tool) => {
    const how = { valuesOnly: tool.has("valuesOnly"), ignore: tool.has("ignore") };
    if (tool.has("all")) {
      await showAll(tool, ROOT, how);
      return tool.status;
    }
    if (tool.operands.length === 0) return tool.usage("missing operand");
    for (const operand of tool.operands) {
      const equals = operand.indexOf("=");
      const key = equals === -1 ? operand : operand.slice(0, equals);
      if (equals === -1) await show(tool, pathOf(key), how);
      // A container's /proc/sys is mounted read-only.
      else if (tool.process.files.exists(pathOf(key)))
        await tool.complain(`error setting key '${key}': Read-only file system`);
      else if (!how.ignore) await tool.complain(`error setting key '${key}': No such file or directory`);
    }
    return tool.status;
  },
);

interface How {
  readonly valuesOnly: boolean;
  readonly ignore: boolean;
}

async function show(tool: AnyTool, path: string, how: How): Promise<void> {
  const { files } = tool.process;
  try {
    if (files.stat(path).type === "directory") return await showAll(tool, path, how);
    for (const line of files.readText(path).replace(/\n$/, "").split("\n"))
      await tool.out.write(how.valuesOnly ? `${line}\n` : `${nameOf(path)} = ${line}\n`);
  } catch (error) {
    if (!isErrno(error)) throw error;
    if (!how.ignore) await tool.complain(`error reading key '${nameOf(path)}': ${error.message}`);
  }
}

async function showAll(tool: AnyTool, directory: string, how: How): Promise<void> {
  for (const { name } of [...tool.process.files.list(directory)].sort((a, b) => (a.name < b.name ? -1 : 1)))
    await show(tool, `${directory}/${name}`, how);
}
