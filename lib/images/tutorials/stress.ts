/** stress (Debian's) and vish/stress: programs that hold memory and burn processor time, for lessons about limits. */
import type { Process } from "../../machine/index.ts";

const WINDOW_MS = 5000;

/** Burns `cores` for as long as it is let, and no more than its limit gives it. */
async function burn(process: Process, cores: number, forMs: number): Promise<void> {
  const end = process.clock.now() + forMs;
  for (;;) {
    const left = Math.min(WINDOW_MS, end - process.clock.now());
    if (left <= 0) return;
    const used = cores === 0 ? 0 : Math.min(cores, process.machine.limits.cpu ?? cores) * left * 1000;
    await process.spend(used);
    await process.sleep(cores === 0 ? Math.min(end - process.clock.now(), 3_600_000) : left);
  }
}

const UNITS: Readonly<Record<string, number>> = { b: 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 };
const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, y: 31_557_600 };

const HELP = `Usage: stress [OPTION [ARG]] ...
 -?, --help         show this help statement
     --version      show version statement
 -t, --timeout N    timeout after N seconds
 -c, --cpu N        spawn N workers that burn processor time
 -i, --io N         spawn N workers that write buffers back
 -m, --vm N         spawn N workers that take memory
     --vm-bytes B   take B bytes each (default is 256MB)
     --vm-hang N    hold them for N seconds before giving them back
     --vm-keep      take them once and hold them
`;

/** stress --vm 1 --vm-bytes 150M --vm-hang 1 */
export async function stress(process: Process): Promise<number> {
  const args = process.argv
    .slice(1)
    .flatMap((arg) => (/^--[^=]+=/.test(arg) ? arg.split(/=(.*)/s).slice(0, 2) : [arg]));
  const fail = async (text: string) => {
    await process.stderr.write(`stress: FAIL: [${process.pid}] ${text}\n`);
    return 1;
  };
  const number = (text: string, units: Readonly<Record<string, number>>) => {
    const match = /^(\d+)([a-z]?)$/i.exec(text);
    const unit = match?.[2] ? units[match[2].toLowerCase()] : 1;
    return match === null || unit === undefined ? undefined : Number(match[1]) * unit;
  };
  const set = { cpu: 0, io: 0, vm: 0, hdd: 0, bytes: 256 * 2 ** 20, hang: 0, timeout: 0 };
  const named: Readonly<Record<string, readonly [keyof typeof set | undefined, Readonly<Record<string, number>>]>> = {
    "-c": ["cpu", {}],
    "--cpu": ["cpu", {}],
    "-i": ["io", {}],
    "--io": ["io", {}],
    "-m": ["vm", {}],
    "--vm": ["vm", {}],
    "--vm-bytes": ["bytes", UNITS],
    "--vm-stride": [undefined, UNITS],
    "--vm-hang": ["hang", SECONDS],
    "-d": ["hdd", {}],
    "--hdd": ["hdd", {}],
    "-t": ["timeout", SECONDS],
    "--timeout": ["timeout", SECONDS],
    "--backoff": [undefined, {}],
  };
  if (args.length === 0 || args.includes("--help") || args.includes("-?")) {
    await process.stdout.write(HELP);
    return args.length === 0 ? 1 : 0;
  }
  if (args.includes("--version")) {
    await process.stdout.write("stress 1.0.4\n");
    return 0;
  }
  for (let index = 0; index < args.length; index++) {
    const arg = args[index] ?? "";
    if (["-v", "--verbose", "-q", "--quiet", "-n", "--dry-run", "--vm-keep"].includes(arg)) continue;
    const option = named[arg];
    if (option === undefined) return fail(`(244) unrecognized option: ${arg}`);
    const text = args[++index];
    if (text === undefined) return fail(`(240) missing argument to option '${arg}'`);
    const value = number(text, option[1]);
    if (value === undefined) return fail(`(424) unrecognized suffix: ${text.at(-1)}`);
    if (option[0] !== undefined) set[option[0]] = value;
  }
  const { cpu, io, vm, hdd, bytes, hang, timeout } = set;
  if (io > 0 || hdd > 0) return fail("workers for --io and --hdd are not supported here");
  if (cpu + vm === 0) return fail("(204) no workers: --cpu or --vm is needed");
  await process.stdout.write(
    `stress: info: [${process.pid}] dispatching hogs: ${cpu} cpu, ${io} io, ${vm} vm, ${hdd} hdd\n`,
  );
  if (vm > 0) process.holdMemory(vm * bytes);
  // Whoever holds on to memory rests meanwhile.
  const touching = hang === 0 ? 1 : 0.05;
  await burn(process, cpu + vm * touching, timeout === 0 ? Number.POSITIVE_INFINITY : timeout * 1000);
  await process.stdout.write(`stress: info: [${process.pid}] successful run completed in ${timeout}s\n`);
  return 0;
}

/** vish/stress: -cpus N -mem-total Q -mem-alloc-size Q -mem-alloc-sleep D */
export async function vishStress(process: Process): Promise<number> {
  const flags = new Map([
    ["cpus", "0"],
    ["mem-total", "0"],
    ["mem-alloc-size", "4Ki"],
    ["mem-alloc-sleep", "1ms"],
    ["logtostderr", "true"],
  ]);
  const args = process.argv.slice(1);
  for (let index = 0; index < args.length; index++) {
    const match = /^--?([\w-]+)(?:=(.*))?$/s.exec(args[index] ?? "");
    const name = match?.[1] ?? "";
    if (!flags.has(name)) {
      await process.stderr.write(`flag provided but not defined: -${name}\n`);
      return 2;
    }
    flags.set(name, match?.[2] ?? (name === "logtostderr" ? "true" : (args[++index] ?? "")));
  }
  const stamp = () => {
    const time = new Date(process.clock.now()).toISOString();
    return `I${time.slice(5, 7)}${time.slice(8, 10)} ${time.slice(11, 23)}000       ${process.pid} main.go`;
  };
  const flag = (name: string) => flags.get(name) ?? "";
  const bytes = quantity(flag("mem-total"));
  const cores = Number(flag("cpus"));
  if (bytes === undefined || !Number.isInteger(cores)) {
    await process.stderr.write(
      `F${stamp().slice(1)}:63] quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'\n`,
    );
    return 255;
  }
  await process.stderr.write(
    `${stamp()}:26] Allocating "${flag("mem-total")}" memory, in "${flag("mem-alloc-size")}" chunks, with a ${flag("mem-alloc-sleep")} sleep between allocations\n`,
  );
  for (let one = 0; one < cores; one++) await process.stderr.write(`${stamp()}:39] Spawning a thread to consume CPU\n`);
  if (bytes > 0) process.holdMemory(bytes);
  await process.stderr.write(`${stamp()}:29] Allocated "${flag("mem-total")}" memory\n`);
  await burn(process, cores, Number.POSITIVE_INFINITY);
  return 0;
}

function quantity(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)(Ki|Mi|Gi|k|M|G)?$/.exec(text);
  const factors: Readonly<Record<string, number>> = { Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, k: 1e3, M: 1e6, G: 1e9 };
  return match === null ? undefined : Number(match[1]) * (match[2] === undefined ? 1 : (factors[match[2]] ?? 1));
}
