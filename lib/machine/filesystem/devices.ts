/** /dev: the same for all machines, since it holds no state. */
import { DeviceNode, GeneratedFileSystem, GeneratedLink, generatedTable } from "./generated.ts";

const devices = {
  null: new DeviceNode("null"),
  zero: new DeviceNode("zero"),
  full: new DeviceNode("full"),
  random: new DeviceNode("random"),
  urandom: new DeviceNode("random"),
  tty: new DeviceNode("tty"),
  console: new DeviceNode("tty"),
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
