/** perl, as far as the Job of Kubernetes' documentation goes: the digits of pi, and words. */
import type { Process } from "../../machine/index.ts";

const MAX_DIGITS = 20_000;

const REFUSED =
  "perl: this image runs only `print bpi(DIGITS)` (with -Mbignum=bpi) and `print` of a text in quotes; programs of your own are not interpreted\n";

interface Invocation {
  readonly code: string | undefined;
  readonly modules: readonly string[];
  /** -l: a newline behind each print. */
  readonly lines: boolean;
}

function read(argv: readonly string[]): Invocation | undefined {
  const modules: string[] = [];
  let code: string | undefined;
  let lines = false;
  for (let index = 1; index < argv.length; index++) {
    const arg = argv[index] ?? "";
    if (arg.startsWith("-M")) modules.push(arg.slice(2));
    else if (/^-[wl]*[eE]$/.test(arg)) {
      lines ||= arg.includes("l");
      code = argv[++index];
    } else if (/^-[wl]+$/.test(arg)) lines ||= arg.includes("l");
    else return undefined;
  }
  return { code, modules, lines };
}

export async function perl(process: Process): Promise<number> {
  if (process.argv[1] === "-v" || process.argv[1] === "--version") {
    await process.stdout.write("\nThis is perl 5, version 34, subversion 0 (v5.34.0) built for x86_64-linux-gnu\n\n");
    return 0;
  }
  const invocation = read(process.argv);
  const statement = invocation?.code?.trim().replace(/;$/, "");
  const digits = /^print\s+bpi\(\s*(\d+)\s*\)$/.exec(statement ?? "")?.[1];
  const text = /^print\s+(?:"([^"$@\\]*)"|'([^'\\]*)')$/.exec(statement ?? "");
  if (invocation === undefined || (digits === undefined && text === null)) {
    await process.stderr.write(REFUSED);
    return 2;
  }
  let out = text?.[1] ?? text?.[2] ?? "";
  if (digits !== undefined) {
    if (!invocation.modules.some((name) => /^big(num|int|rat|float)=.*\bbpi\b/.test(name))) {
      await process.stderr.write("Undefined subroutine &main::bpi called at -e line 1.\n");
      return 2;
    }
    if (Number(digits) > MAX_DIGITS) {
      await process.stderr.write(`perl: no more than ${MAX_DIGITS} digits here\n`);
      return 2;
    }
    out = await pi(process, Math.max(1, Number(digits)));
  }
  await process.stdout.write(`${out}${invocation.lines ? "\n" : ""}`);
  return 0;
}

/** Machin's formula in whole numbers, with digits to spare, rounded. */
async function pi(process: Process, digits: number): Promise<string> {
  const spare = 10n;
  const one = 10n ** (BigInt(digits - 1) + spare);
  const arcus = async (of: bigint): Promise<bigint> => {
    const square = of * of;
    let power = one / of;
    let sum = power;
    for (let n = 3n; power !== 0n; n += 2n) {
      power /= -square;
      sum += power / n;
      // What Perl's own arithmetic takes for it.
      await process.spend(digits);
    }
    return sum;
  };
  const scaled = 4n * (4n * (await arcus(5n)) - (await arcus(239n)));
  const unit = 10n ** spare;
  const rounded = ((scaled + unit / 2n) / unit).toString();
  return digits === 1 ? rounded : `${rounded[0]}.${rounded.slice(1)}`;
}
