import { directoryName } from "./support/paths.ts";
import { tool } from "./support/tool.ts";

export const rmdir = tool(
  {
    name: "rmdir",
    usage: "[OPTION]... DIRECTORY...",
    summary: "Remove the DIRECTORY(ies), if they are empty.",
    options: {
      ignore: { long: "ignore-fail-on-non-empty" },
      parents: { short: "p", long: "parents" },
      verbose: { short: "v", long: "verbose" },
    },
  },
  async (tool) => {
    if (tool.operands.length === 0) return tool.usage("missing operand");
    const { files } = tool.process;
    for (const operand of tool.operands) {
      for (let path = operand; ; path = directoryName(path)) {
        if (tool.has("verbose")) await tool.out.write(`rmdir: removing directory, '${path}'\n`);
        if (tool.has("ignore") && files.exists(path) && files.list(path).length > 0) break;
        if (!(await tool.attempt(`failed to remove '${path}'`, () => files.removeDirectory(path)))) break;
        if (!tool.has("parents") || !path.includes("/") || directoryName(path) === "/") break;
      }
    }
    return tool.status;
  },
);
