import { isErrno } from "../errno.ts";
import { Accounts } from "./support/accounts.ts";
import { join } from "./support/paths.ts";
import { type Tool, tool } from "./support/tool.ts";

const OPTIONS = {
  changes: { short: "c", long: "changes" },
  quiet: { short: "f", long: "silent" },
  noDereference: { short: "h", long: "no-dereference" },
  recursive: { short: "R", long: "recursive" },
  verbose: { short: "v", long: "verbose" },
  reference: { long: "reference", value: true },
} as const;

async function change(
  tool: Tool<typeof OPTIONS>,
  paths: readonly string[],
  uid: number | undefined,
  gid: number | undefined,
): Promise<void> {
  const { files } = tool.process;
  for (const path of paths) {
    await tool.spend(3);
    try {
      const stat = files.stat(path);
      files.chown(path, uid ?? stat.uid, gid ?? stat.gid);
      if (tool.has("recursive") && stat.type === "directory") {
        await change(
          tool,
          files
            .list(path)
            .filter(({ type }) => type !== "symlink")
            .map(({ name }) => join(path, name)),
          uid,
          gid,
        );
      }
    } catch (error) {
      if (!isErrno(error)) throw error;
      tool.status = 1;
      const what = tool.name === "chgrp" ? "group" : "ownership";
      if (!tool.has("quiet"))
        await tool.complain(
          error.code === "ENOENT"
            ? `cannot access '${path}': ${error.message}`
            : `changing ${what} of '${path}': ${error.message}`,
        );
    }
  }
}

export const chown = tool(
  {
    name: "chown",
    usage: "[OPTION]... [OWNER][:[GROUP]] FILE...",
    summary: "Change the owner and/or group of each FILE.",
    options: OPTIONS,
  },
  async (tool) => {
    const [who, ...paths] = tool.has("reference") ? ["", ...tool.operands] : tool.operands;
    if (who === undefined) return tool.usage("missing operand");
    if (paths.length === 0) return tool.usage(`missing operand after '${who}'`);
    const accounts = new Accounts(tool.process);
    const [owner = "", group = ""] = who.split(/[:.]/);
    const reference = tool.value("reference");
    const uid =
      reference !== undefined
        ? tool.process.files.stat(reference).uid
        : owner === ""
          ? undefined
          : accounts.userId(owner);
    const gid =
      reference !== undefined
        ? tool.process.files.stat(reference).gid
        : group === ""
          ? undefined
          : accounts.groupId(group);
    if (owner !== "" && uid === undefined) return tool.die(`invalid user: '${who}'`);
    if (group !== "" && gid === undefined) return tool.die(`invalid group: '${who}'`);
    await change(tool, paths, uid, gid);
    return tool.status;
  },
);

export const chgrp = tool(
  {
    name: "chgrp",
    usage: "[OPTION]... GROUP FILE...",
    summary: "Change the group of each FILE to GROUP.",
    options: OPTIONS,
  },
  async (tool) => {
    const [group, ...paths] = tool.operands;
    if (group === undefined) return tool.usage("missing operand");
    if (paths.length === 0) return tool.usage(`missing operand after '${group}'`);
    const gid = new Accounts(tool.process).groupId(group);
    if (gid === undefined) return tool.die(`invalid group: '${group}'`);
    await change(tool, paths, undefined, gid);
    return tool.status;
  },
);
