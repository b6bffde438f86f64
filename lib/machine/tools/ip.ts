/** ip(8) as busybox has it: what interfaces, addresses and routes there are. Nobody changes them from inside. */
import type { Network } from "../types.ts";
import { type AnyTool, tool } from "./support/tool.ts";

interface Interface {
  readonly index: number;
  readonly name: string;
  /** With the other end of the pair, where it is one. */
  readonly title: string;
  readonly flags: string;
  readonly mtu: number;
  readonly link: string;
  readonly address: string;
  readonly prefix: number;
  readonly scope: "host" | "global";
}

const OBJECTS = ["address", "link", "route", "neighbour", "rule"] as const;
const CHANGES = new Set(["add", "append", "change", "chg", "delete", "del", "replace", "set", "flush"]);

export const ip = tool(
  {
    name: "ip",
    usage: "[OPTIONS] address|route|link [ARGS]",
    summary: "Show interfaces, addresses and routes.",
    options: {
      four: { short: "4" },
      six: { short: "6" },
      oneLine: { short: "o", long: "oneline" },
      family: { short: "f", long: "family", value: true },
    },
  },
  async (tool) => {
    const [word = "", command = "show", ...rest] = tool.operands;
    const object = word === "" ? undefined : OBJECTS.find((name) => name.startsWith(word));
    if (object === undefined || object === "neighbour" || object === "rule") {
      if (object !== undefined) return tool.die(`${object} is not available here`);
      return tool.usage(word === "" ? "missing operand" : `unknown object '${word}'`);
    }
    if (CHANGES.has(command)) {
      // Without the right the kernel refuses; with it, this one has no such interfaces.
      const may = tool.process.uid === 0 && tool.process.machine.capabilities.has("NET_ADMIN");
      await tool.complain(`RTNETLINK answers: ${may ? "Operation not supported" : "Operation not permitted"}`);
      return 2;
    }
    const named = ["show", "list", "ls", "lst"].includes(command) ? rest : [command, ...rest];
    const name = named[0] === "dev" ? named[1] : named[0];
    if (object === "route") return routes(tool);
    const shown = interfacesOf(tool.process.network).filter((one) => name === undefined || one.name === name);
    if (shown.length === 0) return tool.die(`can't find device '${name}'`);
    const family = tool.has("four") ? "inet" : tool.has("six") ? "inet6" : tool.value("family");
    for (const one of shown)
      await tool.out.write(object === "link" ? linkText(one) : addressText(one, family, tool.has("oneLine")));
    return 0;
  },
);

export const ifconfig = tool(
  { name: "ifconfig", usage: "[-a] [INTERFACE]", summary: "Show interfaces.", options: { all: { short: "a" } } },
  async (tool) => {
    const [name, ...changes] = tool.operands;
    if (changes.length > 0) return tool.die(`SIOCSIFFLAGS: Operation not permitted`);
    const all = interfacesOf(tool.process.network);
    const shown = name === undefined ? [...all].reverse() : all.filter((one) => one.name === name);
    if (shown.length === 0) return tool.die(`${name}: error fetching interface information: Device not found`);
    for (const one of shown) {
      const kind = one.scope === "host" ? "Local Loopback" : `Ethernet  HWaddr ${one.link.toUpperCase()}`;
      const broadcast = one.scope === "host" ? "" : `  Bcast:${broadcastOf(one)}`;
      const flags = one.scope === "host" ? "UP LOOPBACK RUNNING" : "UP BROADCAST RUNNING MULTICAST";
      await tool.out.write(
        `${one.name.padEnd(10)}Link encap:${kind}  \n          inet addr:${one.address}${broadcast}  Mask:${maskOf(one.prefix)}\n          ${flags}  MTU:${one.mtu}  Metric:1\n\n`,
      );
    }
    return 0;
  },
);

const number = (address: string) => address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
const dotted = (value: number) => [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join(".");
const sizeOf = (prefix: number) => 2 ** (32 - prefix);
const networkOf = ({ address, prefix }: Interface) => number(address) - (number(address) % sizeOf(prefix));
const broadcastOf = (one: Interface) => dotted(networkOf(one) + sizeOf(one.prefix) - 1);
const maskOf = (prefix: number) => dotted(2 ** 32 - sizeOf(prefix));

/** The loopback, and one interface of a pair whose other end is the node's, as CNI plugins make it. */
function interfacesOf(network: Network): Interface[] {
  const [address] = network.addresses.filter((one) => !one.includes(":"));
  const loopback: Interface = {
    index: 1,
    name: "lo",
    title: "lo",
    flags: "LOOPBACK,UP,LOWER_UP",
    mtu: 65_536,
    link: "00:00:00:00:00:00",
    address: "127.0.0.1",
    prefix: 8,
    scope: "host",
  };
  if (address === undefined) return [loopback];
  const hex = address.split(".").map((part) => Number(part).toString(16).padStart(2, "0"));
  return [
    loopback,
    {
      index: 2,
      name: "eth0",
      title: `eth0@if${(number(address) % 250) + 4}`,
      flags: "BROADCAST,MULTICAST,UP,LOWER_UP,M-DOWN",
      mtu: 1500,
      link: `0a:58:${hex.join(":")}`,
      address,
      // Pods of a node share 256 addresses, nodes 65,536.
      prefix: /^172\.(1[6-9]|2\d|3[01])\./.test(address) ? 16 : 24,
      scope: "global",
    },
  ];
}

function linkText(one: Interface): string {
  const kind = one.scope === "host" ? "loopback" : "ether";
  const all = one.scope === "host" ? "00:00:00:00:00:00" : "ff:ff:ff:ff:ff:ff";
  return `${one.index}: ${one.title}: <${one.flags}> mtu ${one.mtu} qdisc noqueue qlen 1000\n    link/${kind} ${one.link} brd ${all}\n`;
}

function addressText(one: Interface, family: string | undefined, oneLine: boolean): string {
  // There are no addresses of IPv6.
  if (family === "inet6") return "";
  const broadcast = one.scope === "host" ? "" : ` brd ${broadcastOf(one)}`;
  const inet = `inet ${one.address}/${one.prefix}${broadcast} scope ${one.scope} ${one.name}`;
  const lifetime = "valid_lft forever preferred_lft forever";
  if (oneLine) return `${one.index}: ${one.name}    ${inet}\\       ${lifetime}\n`;
  const head = family === "inet" ? (linkText(one).split("\n")[0] ?? "") : linkText(one).trimEnd();
  return `${head}\n    ${inet}\n       ${lifetime}\n`;
}

async function routes(tool: AnyTool): Promise<number> {
  const outer = interfacesOf(tool.process.network).find(({ name }) => name === "eth0");
  if (outer === undefined) return 0;
  const network = networkOf(outer);
  const gateway = dotted(network + 1);
  await tool.out.write(
    `default via ${gateway} dev eth0 \n${dotted(network)}/${outer.prefix} via ${gateway} dev eth0  src ${outer.address} \n${gateway} dev eth0 scope link  src ${outer.address} \n`,
  );
  return 0;
}
