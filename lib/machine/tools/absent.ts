/** Tools that people look for and that are not here: they say so, instead of "command not found". */
import type { Program } from "../types.ts";

const REASONS: Readonly<Record<string, string>> = {
  apk: "packages cannot be installed here",
  apt: "packages cannot be installed here",
  "apt-get": "packages cannot be installed here",
  arp: "use `ip address` and `ip route`; there are no neighbours to list",
  at: "use a CronJob or a Job",
  crontab: "use a CronJob",
  docker: "there is no container runtime to talk to; `kubectl run NAME --image=IMAGE` starts a Pod",
  emacs: "use vi or nano",
  ethtool: "use `ip link`",
  gcc: "there is no compiler here",
  host: "use dig or nslookup",
  htop: "use top",
  iostat: "use top",
  iptables: "there are no packet filters to list; Services are in `kubectl get endpointslices`",
  journalctl: "use `kubectl logs`",
  kustomize: "use `kubectl kustomize` and `kubectl apply -k`",
  perl: "use sed, awk or jq",
  podman: "there is no container runtime to talk to; `kubectl run NAME --image=IMAGE` starts a Pod",
  python3: "use awk, jq or the shell",
  ssh: "use `kubectl exec` and `kubectl debug`",
  lsof: "use ps and /proc/PID/fd",
  make: "there is no compiler here",
  pip: "packages cannot be installed here",
  python: "use awk, jq or the shell",
  route: "use `ip route`",
  rsync: "use `kubectl cp`",
  scp: "use `kubectl cp`",
  strace: "no system calls can be traced here; use `kubectl logs` and /proc/PID",
  screen: "open another terminal",
  service: "there is no service manager on this machine",
  su: "there is nothing here that needs another user's rights",
  sudo: "there is nothing here that needs another user's rights",
  systemctl: "there is no service manager on this machine",
  tcpdump: "there is no network to listen to",
  telnet: "use nc",
  tmux: "open another terminal",
  tracepath: "use ping",
  traceroute: "use ping and nslookup",
  vmstat: "use free and top",
  w: "use `ps aux` and `uptime`",
  who: "use `id` and `ps aux`; nobody is logged in but you",
  yum: "packages cannot be installed here",
};

export const absentTools: Readonly<Record<string, Program>> = Object.fromEntries(
  Object.entries(REASONS).map(([name, reason]): [string, Program] => [
    name,
    async (process) => {
      await process.stderr.write(`${name}: not available here: ${reason}\n`);
      return 127;
    },
  ]),
);
