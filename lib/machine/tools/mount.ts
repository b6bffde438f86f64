import { isErrno } from "../errno.ts";
import { tool } from "./support/tool.ts";

/** Only shows: mounts are made by whoever runs the machine. */
export const mount = tool(
  {
    name: "mount",
    usage: "",
    summary: "List the mounted file systems.",
    options: { type: { short: "t", value: true } },
  },
  async (tool) => {
    if (tool.operands.length > 0) return tool.die("permission denied (are you root?)", 32);
    const type = tool.value("type");
    for (const { path, fileSystem, readOnly } of tool.process.machine.mounts) {
      if (type !== undefined && fileSystem.fileSystemType !== type) continue;
      await tool.out.write(
        `${fileSystem.source} on ${path} type ${fileSystem.fileSystemType} (${readOnly ? "ro" : "rw"},relatime)\n`,
      );
    }
    return 0;
  },
);

export const umount = tool({ name: "umount", usage: "TARGET...", options: {} }, async (tool) => {
  if (tool.operands.length === 0) return tool.usage("bad usage");
  for (const path of tool.operands) await tool.complain(`${path}: must be superuser to unmount.`, 32);
  return tool.status;
});

/** Whether a folder is one that something is mounted at. */
export const mountpoint = tool(
  {
    name: "mountpoint",
    usage: "[-q] /path/to/directory",
    options: { quiet: { short: "q", long: "quiet", help: "say nothing" } },
  },
  async (tool) => {
    const { files, machine } = tool.process;
    const [path, extra] = tool.operands;
    if (path === undefined || extra !== undefined) return tool.usage("bad usage");
    let real: string;
    try {
      real = files.realPath(path);
    } catch (error) {
      if (!isErrno(error)) throw error;
      if (!tool.has("quiet")) await tool.complain(`${path}: ${error.message}`);
      return 1;
    }
    const mounted = machine.mounts.some((mount) => mount.path === real);
    if (!tool.has("quiet")) await tool.out.write(`${path} is ${mounted ? "" : "not "}a mountpoint\n`);
    return mounted ? 0 : 32;
  },
);
