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
