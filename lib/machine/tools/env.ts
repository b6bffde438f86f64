import { isErrno } from "../errno.ts";
import { tool } from "./support/tool.ts";

export const env = tool(
  {
    name: "env",
    usage: "[OPTION]... [-] [NAME=VALUE]... [COMMAND [ARG]...]",
    summary: "Set each NAME to VALUE in the environment and run COMMAND.",
    usageStatus: 125,
    stopAtOperand: true,
    options: {
      ignore: { short: "i", long: "ignore-environment" },
      zero: { short: "0", long: "null" },
      unset: { short: "u", long: "unset", value: true },
      directory: { short: "C", long: "chdir", value: true },
      split: { short: "S", long: "split-string", value: true },
    },
  },
  async (tool) => {
    const { process } = tool;
    const words = [...(tool.value("split")?.split(/\s+/).filter(Boolean) ?? []), ...tool.operands];
    const environment = tool.has("ignore") || words[0] === "-" ? new Map<string, string>() : new Map(process.env);
    if (words[0] === "-") words.shift();
    for (const name of tool.options.values("unset")) environment.delete(name);
    while (words[0]?.includes("=")) {
      const word = words.shift() as string;
      const at = word.indexOf("=");
      environment.set(word.slice(0, at), word.slice(at + 1));
    }
    if (words.length === 0) {
      const end = tool.has("zero") ? "\0" : "\n";
      for (const [name, value] of environment) await tool.out.write(`${name}=${value}${end}`);
      return 0;
    }
    const directory = tool.value("directory");
    if (directory !== undefined) process.cwd = process.files.realPath(directory);
    try {
      return await process.execute({ argv: words, env: environment });
    } catch (error) {
      if (!isErrno(error)) throw error;
      await tool.complain(`'${words[0]}': ${error.message}`);
      return error.code === "ENOENT" ? 127 : 126;
    }
  },
);

export const printenv = tool(
  {
    name: "printenv",
    usage: "[OPTION]... [VARIABLE]...",
    summary: "Print the values of the specified environment VARIABLE(s).",
    usageStatus: 2,
    options: { zero: { short: "0", long: "null" } },
  },
  async (tool) => {
    const end = tool.has("zero") ? "\0" : "\n";
    const { env: environment } = tool.process;
    if (tool.operands.length === 0)
      for (const [name, value] of environment) await tool.out.write(`${name}=${value}${end}`);
    for (const name of tool.operands) {
      const value = environment.get(name);
      if (value === undefined) tool.status = 1;
      else await tool.out.write(value + end);
    }
    return tool.status;
  },
);
