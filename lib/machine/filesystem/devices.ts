/** /dev: the same for all machines, since it holds no state. */
import { DeviceNode, GeneratedFileSystem, GeneratedLink, generatedTable } from "./generated.ts";

const devices = {
  null: new DeviceNode("null", [1, 3]),
  zero: new DeviceNode("zero", [1, 5]),
  full: new DeviceNode("full", [1, 7]),
  random: new DeviceNode("random", [1, 8]),
  urandom: new DeviceNode("random", [1, 9]),
  tty: new DeviceNode("tty", [5, 0]),
  console: new DeviceNode("tty", [5, 1]),
  fd: new GeneratedLink("/proc/self/fd"),
  stdin: new GeneratedLink("/proc/self/fd/0"),
  stdout: new GeneratedLink("/proc/self/fd/1"),
  stderr: new GeneratedLink("/proc/self/fd/2"),
  core: new GeneratedLink("/proc/kcore"),
};
const pts = generatedTable({ "0": () => devices.tty }, { mode: 0o755 });

export const deviceFileSystem = new GeneratedFileSystem(
  "tmpfs",
  "tmpfs",
  generatedTable(
    { ...Object.fromEntries(Object.entries(devices).map(([name, node]) => [name, () => node])), pts: () => pts },
    { mode: 0o755 },
  ),
);
