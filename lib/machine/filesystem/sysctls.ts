/** /proc/sys: settings of the kernel, of which there is none; what a container's own namespaces hold can be set for it. */
import { GeneratedFile, generatedTable } from "./generated.ts";
import type { FileNode } from "./node.ts";

/** As a container on a common node finds them. */
const DEFAULTS: Readonly<Record<string, string>> = {
  "fs.file-max": "9223372036854775807",
  "fs.nr_open": "1048576",
  "kernel.msgmax": "8192",
  "kernel.msgmnb": "16384",
  "kernel.msgmni": "32000",
  "kernel.ostype": "Linux",
  "kernel.pid_max": "32768",
  "kernel.sem": "32000\t1024000000\t500\t32000",
  "kernel.shm_rmid_forced": "0",
  "kernel.shmall": "18446744073692774399",
  "kernel.shmmax": "18446744073692774399",
  "kernel.shmmni": "4096",
  "net.core.somaxconn": "4096",
  "net.ipv4.ip_forward": "1",
  "net.ipv4.ip_local_port_range": "32768\t60999",
  "net.ipv4.ip_local_reserved_ports": "",
  "net.ipv4.ip_unprivileged_port_start": "0",
  "net.ipv4.ping_group_range": "0\t2147483647",
  "net.ipv4.tcp_fin_timeout": "60",
  "net.ipv4.tcp_keepalive_intvl": "75",
  "net.ipv4.tcp_keepalive_probes": "9",
  "net.ipv4.tcp_keepalive_time": "7200",
  "net.ipv4.tcp_max_syn_backlog": "512",
  "net.ipv4.tcp_rmem": "4096\t131072\t6291456",
  "net.ipv4.tcp_syncookies": "1",
  "net.ipv4.tcp_tw_reuse": "2",
  "net.ipv4.tcp_wmem": "4096\t16384\t4194304",
  "vm.max_map_count": "65530",
  "vm.overcommit_memory": "0",
  "vm.swappiness": "60",
};

/** `given`: by name with dots, with the values of this machine. */
export function sysctlDirectory(given: Readonly<Record<string, () => string>>): FileNode {
  const settings = new Map<string, () => string>();
  for (const [name, value] of Object.entries(DEFAULTS)) settings.set(name, () => value);
  for (const [name, value] of Object.entries(given)) settings.set(name, value);
  return branch("", settings);
}

/** Everything below a prefix that ends with a dot, or below nothing. */
function branch(prefix: string, settings: ReadonlyMap<string, () => string>): FileNode {
  const entries: Record<string, () => FileNode> = {};
  for (const [name, value] of settings) {
    if (!name.startsWith(prefix)) continue;
    const [head = "", ...rest] = name.slice(prefix.length).split(".");
    entries[head] =
      rest.length === 0
        ? () => new GeneratedFile(() => `${value()}\n`, { mode: 0o644 })
        : () => branch(`${prefix}${head}.`, settings);
  }
  return generatedTable(entries);
}
