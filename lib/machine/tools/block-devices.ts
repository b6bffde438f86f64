import type { Mount } from "../types.ts";
import { humanSize } from "./support/sizes.ts";
import { type AnyTool, tool } from "./support/tool.ts";

const sizeOf = ({ fileSystem }: Mount) => fileSystem.root.size;

/** The block device at `path`; complains and gives undefined where there is none. */
async function deviceAt(tool: AnyTool, path: string): Promise<Mount | undefined> {
  const { files, machine } = tool.process;
  if (!files.exists(path)) {
    await tool.complain(`cannot open ${path}: No such file or directory`);
    return undefined;
  }
  const real = files.realPath(path);
  return machine.blockDevices.find((mount) => mount.path === real);
}

const ASKED: Readonly<Record<string, (size: number) => number>> = {
  getsize64: (size) => size,
  getsz: (size) => Math.floor(size / 512),
  getsize: (size) => Math.floor(size / 512),
  getss: () => 512,
  getpbsz: () => 512,
  getbsz: () => 4096,
  getro: () => 0,
};

export const blockdev = tool(
  {
    name: "blockdev",
    usage: "COMMAND... DEVICE...",
    summary: "Call block device ioctls from the command line.",
    options: Object.fromEntries(Object.keys(ASKED).map((name) => [name, { long: name }])),
  },
  async (tool) => {
    const asked = Object.keys(ASKED).filter((name) => tool.has(name));
    if (asked.length === 0 || tool.operands.length === 0) return tool.usage("bad usage");
    for (const path of tool.operands) {
      const device = await deviceAt(tool, path);
      if (device === undefined) {
        if (tool.process.files.exists(path))
          await tool.complain(`ioctl error on BLKGETSIZE64: Inappropriate ioctl for device`);
        continue;
      }
      for (const name of asked) {
        const value = name === "getro" ? Number(device.readOnly === true) : ASKED[name]?.(sizeOf(device));
        await tool.out.write(`${value}\n`);
      }
    }
    return tool.status;
  },
);

export const lsblk = tool(
  {
    name: "lsblk",
    usage: "[options] [DEVICE...]",
    summary: "List information about block devices.",
    options: {
      bytes: { short: "b", long: "bytes" },
      noHeadings: { short: "n", long: "noheadings" },
      noDependents: { short: "d", long: "nodeps" },
    },
  },
  async (tool) => {
    let shown = tool.process.machine.blockDevices;
    if (tool.operands.length > 0) {
      const named: Mount[] = [];
      for (const path of tool.operands) {
        const device = shown.find((mount) => mount.path === path);
        if (device === undefined) await tool.complain(`${path}: not a block device`, 32);
        else named.push(device);
      }
      shown = named;
    }
    const size = (device: Mount) =>
      tool.has("bytes") ? String(sizeOf(device)) : humanSize(sizeOf(device), 1024).replace(/\.0(?=\D)/, "");
    const rows = shown.map((device, index) => [
      device.path.replace(/^\/dev\//, ""),
      `252:${16 * (index + 1)}`,
      "0",
      size(device),
      device.readOnly === true ? "1" : "0",
      "disk",
    ]);
    if (!tool.has("noHeadings")) rows.unshift(["NAME", "MAJ:MIN", "RM", "SIZE", "RO", "TYPE", "MOUNTPOINTS"]);
    const width = (column: number) => Math.max(...rows.map((row) => row[column]?.length ?? 0));
    for (const row of rows) {
      const [name = "", numbers = "", removable = "", bytes = "", readOnly = "", type = "", end = ""] = row;
      const cells = [
        name.padEnd(width(0)),
        numbers.padStart(3).padEnd(width(1)),
        removable.padStart(width(2)),
        bytes.padStart(width(3)),
        readOnly.padStart(width(4)),
        type.padEnd(4),
        end,
      ];
      await tool.out.write(`${cells.join(" ")}\n`);
    }
    return tool.status;
  },
);

/** Devices hold bytes here, and nothing that mounts them. */
const maker = (name: string) =>
  tool({ name, usage: "DEVICE", summary: "Build a file system on a device.", options: {}, raw: true }, (tool) =>
    tool.die(
      "file systems on block devices are not supported here; use a volume with volumeMode: Filesystem instead",
      1,
    ),
  );

export const mkfs = maker("mkfs");
export const mkfsExt4 = maker("mkfs.ext4");
export const mkfsXfs = maker("mkfs.xfs");
