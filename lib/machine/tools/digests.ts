/** md5sum, sha1sum, sha224sum, sha256sum, sha384sum, sha512sum, b2sum, cksum and sum. */
import { createDigest, type DigestName } from "../../encoding/index.ts";
import type { ByteReader } from "../types.ts";
import { bsdSum, crcSum, type Hashing, sysvSum } from "./support/checksums.ts";
import { numberOption } from "./support/numbers.ts";
import { choice } from "./support/options.ts";
import { Exit, type Tool, tool } from "./support/tool.ts";

const OPTIONS = {
  algorithm: { short: "a", long: "algorithm", value: true },
  binary: { short: "b", long: "binary", help: "read in binary mode" },
  check: { short: "c", long: "check", help: "read checksums from the FILEs and check them" },
  length: { short: "l", long: "length", value: true },
  text: { short: "t", long: "text", help: "read in text mode (default)" },
  untagged: { long: "untagged" },
  tag: { long: "tag", help: "create a BSD-style checksum" },
  zero: { short: "z", long: "zero", help: "end each output line with NUL, not newline" },
  ignore: { long: "ignore-missing", help: "don't fail or report status for missing files" },
  quiet: { long: "quiet", help: "don't print OK for each successfully verified file" },
  silent: { long: "status", help: "don't output anything, status code shows success" },
  strict: { long: "strict", help: "exit non-zero for improperly formatted checksum lines" },
  warn: { short: "w", long: "warn", help: "warn about improperly formatted checksum lines" },
  debug: { long: "debug", help: "indicate which implementation used" },
} as const;

type DigestTool = Tool<typeof OPTIONS>;

interface Algorithm {
  /** Undefined: one of the old sums, which have no digest. */
  readonly digest?: DigestName;
  readonly label: string;
  readonly sum?: (total: Hashing, names: boolean) => string;
}

const ALGORITHMS = {
  bsd: { label: "BSD", sum: bsdSum },
  sysv: { label: "SYSV", sum: sysvSum },
  crc: { label: "CRC", sum: crcSum },
  md5: { label: "MD5", digest: "md5" },
  sha1: { label: "SHA1", digest: "sha1" },
  sha224: { label: "SHA224", digest: "sha224" },
  sha256: { label: "SHA256", digest: "sha256" },
  sha384: { label: "SHA384", digest: "sha384" },
  sha512: { label: "SHA512", digest: "sha512" },
  blake2b: { label: "BLAKE2b", digest: "blake2b" },
  sm3: { label: "SM3" },
} as const satisfies Readonly<Record<string, Algorithm>>;

const MAX_BITS = 512;

/** What is computed and how it is shown. */
interface Sum {
  readonly algorithm: Algorithm;
  /** Bits, of BLAKE2b only. */
  readonly bits: number;
}

async function hexOf(tool: DigestTool, reader: ByteReader, sum: Sum): Promise<string> {
  const digest = createDigest(sum.algorithm.digest ?? "md5", sum.bits / 8);
  for (;;) {
    const chunk = await reader.read(16 * 1024);
    if (chunk === null) return digest.hex();
    digest.update(chunk);
    await tool.spend(chunk.length >> 4);
  }
}

/** `\n` and `\\` in a name are escaped, and the line begins with a backslash then. */
function escaped(name: string): readonly [string, string] {
  if (!/[\\\n\r]/.test(name)) return ["", name];
  return ["\\", name.replace(/\\/g, "\\\\").replace(/\n/g, "\\n").replace(/\r/g, "\\r")];
}

function labelOf({ algorithm, bits }: Sum): string {
  return algorithm.digest === "blake2b" && bits < MAX_BITS ? `${algorithm.label}-${bits}` : algorithm.label;
}

async function printSums(tool: DigestTool, sum: Sum, tagged: boolean): Promise<void> {
  const zero = tool.has("zero");
  const mode = tool.options.last("binary", "text") === "binary" ? "*" : " ";
  await tool.eachInput(
    async (reader, file) => {
      const hex = await hexOf(tool, reader, sum);
      const [mark, name] = zero ? ["", file] : escaped(file);
      await tool.out.write(
        `${mark}${tagged ? `${labelOf(sum)} (${name}) = ${hex}` : `${hex} ${mode}${name}`}${zero ? "\0" : "\n"}`,
      );
    },
    { words: (name, error) => `${tool.bare(name)}: ${error.message}` },
  );
}

/** The old sums: a number, the size, and the name where there is one. */
async function printOldSums(tool: DigestTool, show: (total: Hashing, names: boolean) => string): Promise<void> {
  const names = tool.operands.length > 0;
  await tool.eachInput(async (reader, name) => {
    const total: Hashing = { bytes: 0, crc: 0, bsd: 0, sum: 0 };
    for (let chunk = await reader.read(8192); chunk !== null; chunk = await reader.read(8192)) {
      addTo(total, chunk);
      await tool.spend(chunk.length >> 4);
    }
    await tool.out.write(`${show(total, names)}${names ? ` ${name}` : ""}${tool.has("zero") ? "\0" : "\n"}`);
  });
}

const CRC = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index << 24;
  for (let bit = 0; bit < 8; bit++) value = (value & 0x80000000) !== 0 ? (value << 1) ^ 0x04c11db7 : value << 1;
  return value;
});

function addTo(total: Hashing, chunk: Uint8Array): void {
  let { crc, bsd, sum } = total;
  for (const byte of chunk) {
    crc = (crc << 8) ^ (CRC[((crc >>> 24) ^ byte) & 255] as number);
    bsd = ((bsd >> 1) + ((bsd & 1) << 15) + byte) & 0xffff;
    sum = (sum + byte) >>> 0;
  }
  total.crc = crc;
  total.bsd = bsd;
  total.sum = sum;
  total.bytes += chunk.length;
}

interface Line {
  readonly sum: Sum;
  readonly hex: string;
  readonly file: string;
}

/** A line of a list; `any`: the algorithm is the line's own (cksum). */
function parseLine(text: string, sum: Sum, any: boolean): Line | undefined {
  const line = text.replace(/\r$/, "").replace(/^[ \t]+/, "");
  const back = line.startsWith("\\");
  const body = back ? line.slice(1) : line;
  const unescaped = (name: string): string | undefined =>
    back
      ? /\\(?![\\nr])/.test(name.replace(/\\\\/g, ""))
        ? undefined
        : name.replace(/\\(.)/g, (_, c: string) => (c === "n" ? "\n" : c === "r" ? "\r" : c))
      : name;
  const [, label, bits, file, hex] = /^([A-Za-z0-9]+)(?:-(\d+))? ?\((.*)\) *= *([0-9a-fA-F]+)$/s.exec(body) ?? [];
  if (label !== undefined && file !== undefined && hex !== undefined) {
    const algorithm: Algorithm | undefined = Object.values<Algorithm>(ALGORITHMS).find((each) => each.label === label);
    if (algorithm?.digest !== undefined && (any || algorithm === sum.algorithm)) {
      const width = bits === undefined ? lengthOf(algorithm, MAX_BITS) : Number(bits) / 4;
      const name = unescaped(file);
      if (hex.length !== width || name === undefined) return undefined;
      return { sum: { algorithm, bits: bits === undefined ? MAX_BITS : Number(bits) }, hex, file: name };
    }
  }
  if (any) return undefined;
  const [, digits, second] = /^([0-9a-fA-F]+)[ \t][ *]?(.+)$/s.exec(body) ?? [];
  if (digits === undefined || second === undefined) return undefined;
  const variable = sum.algorithm.digest === "blake2b";
  if (
    variable
      ? digits.length < 2 || digits.length % 2 !== 0 || digits.length > 128
      : digits.length !== lengthOf(sum.algorithm, 0)
  )
    return undefined;
  const name = unescaped(second);
  return name === undefined
    ? undefined
    : { sum: variable ? { ...sum, bits: digits.length * 4 } : sum, hex: digits, file: name };
}

function lengthOf(algorithm: Algorithm, bits: number): number {
  if (algorithm.digest === "blake2b") return bits / 4;
  return createDigest(algorithm.digest ?? "md5").hex().length;
}

async function checkList(tool: DigestTool, sum: Sum, any: boolean, list: ByteReader, listName: string): Promise<void> {
  const [silent, quiet, ignore] = [
    tool.has("silent"),
    tool.options.last("silent", "warn", "quiet") === "quiet",
    tool.has("ignore"),
  ];
  const shownName = listName === "-" ? "'standard input'" : tool.bare(listName);
  const counts = { malformed: 0, unread: 0, wrong: 0, matching: 0, proper: 0 };
  let number = 0;
  for await (const batch of tool.lines(list)) {
    for (const text of batch) {
      number++;
      if (text.startsWith("#")) continue;
      const line = parseLine(text, sum, any);
      if (line === undefined || (line.file === "-" && listName === "-")) {
        counts.malformed++;
        if (tool.options.last("silent", "warn", "quiet") === "warn")
          await tool.complain(
            `${shownName}: ${number}: improperly formatted ${any ? "CKSUM" : sum.algorithm.label} checksum line`,
            0,
          );
        continue;
      }
      counts.proper++;
      const { file } = line;
      if (ignore && file !== "-" && !tool.process.files.exists(file)) continue;
      let same = false;
      const read = await tool.attempt(tool.bare(file), async () => {
        const reader = tool.open(file);
        try {
          same = (await hexOf(tool, reader, line.sum)) === line.hex.toLowerCase();
        } finally {
          if (file !== "-") reader.close();
        }
      });
      if (!read) counts.unread++;
      else if (same) counts.matching++;
      else counts.wrong++;
      if (silent || (same && quiet)) continue;
      const [mark, name] = escaped(file);
      await tool.out.write(`${mark}${name}: ${read ? (same ? "OK" : "FAILED") : "FAILED open or read"}\n`);
    }
  }
  if (counts.proper === 0)
    return void (await tool.complain(`${shownName}: no properly formatted checksum lines found`));
  if (!silent) {
    const warn = (count: number, one: string, many: string) =>
      count > 0 ? tool.complain(`WARNING: ${count} ${count === 1 ? one : many}`, 0) : undefined;
    await warn(counts.malformed, "line is improperly formatted", "lines are improperly formatted");
    await warn(counts.unread, "listed file could not be read", "listed files could not be read");
    await warn(counts.wrong, "computed checksum did NOT match", "computed checksums did NOT match");
    if (ignore && counts.matching === 0) await tool.complain(`${shownName}: no file was verified`);
  }
  if (counts.wrong + counts.unread > 0 || counts.matching === 0 || (tool.has("strict") && counts.malformed > 0))
    tool.status = 1;
}

/** `own`: the algorithm of a tool that has one alone; without it the tool is cksum. */
async function run(tool: DigestTool, own: keyof typeof ALGORITHMS | undefined): Promise<number> {
  const given = tool.value("algorithm");
  let key: keyof typeof ALGORITHMS = own ?? "crc";
  for (const word of tool.options.values("algorithm")) key = choice(tool, "--algorithm", word, ALGORITHMS_BY_NAME);
  let bits = 0;
  const lengthText = tool.value("length");
  if (lengthText !== undefined) {
    bits = await numberOption(tool, lengthText, "invalid length");
    if (bits % 8 !== 0) {
      await tool.complain(`invalid length: ${tool.word(lengthText)}`);
      await tool.die("length is not a multiple of 8");
    }
  }
  if (lengthText !== undefined && key !== "blake2b")
    await tool.die("--length is only supported with --algorithm=blake2b");
  if (bits > MAX_BITS) {
    await tool.complain(`invalid length: ${tool.word(lengthText ?? "")}`);
    await tool.die(`maximum digest length for ${tool.word("BLAKE2b")} is ${MAX_BITS} bits`);
  }
  const algorithm: Algorithm = ALGORITHMS[key];
  const checking = tool.has("check");
  const old = algorithm.sum;
  if (own === undefined && old !== undefined && checking && given !== undefined)
    await tool.die("--check is not supported with --algorithm={bsd,sysv,crc}");
  const tagged = own === undefined ? tool.options.last("tag", "untagged") !== "untagged" : tool.has("tag");
  const mode = tool.options.last("binary", "text");
  if (own !== undefined && tool.has("tag") && mode === "text") tool.usage("--tag does not support --text mode");
  if (tool.has("zero") && checking) tool.usage("the --zero option is not supported when verifying checksums");
  if (tool.has("tag") && checking) tool.usage("the --tag option is meaningless when verifying checksums");
  if (mode !== undefined && checking)
    tool.usage("the --binary and --text options are meaningless when verifying checksums");
  if (!checking) {
    if (tool.has("ignore")) tool.usage("the --ignore-missing option is meaningful only when verifying checksums");
    const last = tool.options.last("silent", "warn", "quiet");
    if (last !== undefined)
      tool.usage(`the --${last === "silent" ? "status" : last} option is meaningful only when verifying checksums`);
    if (tool.has("strict")) tool.usage("the --strict option is meaningful only when verifying checksums");
  }
  if (old === undefined && algorithm.digest === undefined) await tool.die("the algorithm sm3 is not available here");
  const sum: Sum = { algorithm, bits: bits === 0 ? MAX_BITS : bits };
  if (checking)
    await tool.eachInput((list, name) => checkList(tool, sum, own === undefined && given === undefined, list, name), {
      words: (name, error) =>
        error.code === "EISDIR" ? `${tool.bare(name)}: read error` : `${tool.bare(name)}: ${error.message}`,
    });
  else if (old !== undefined) await printOldSums(tool, old);
  else await printSums(tool, sum, tagged);
  return tool.status;
}

const ALGORITHMS_BY_NAME = Object.fromEntries(Object.keys(ALGORITHMS).map((name) => [name, name])) as Readonly<
  Record<keyof typeof ALGORITHMS, string>
>;

function digestTool(name: string, own: keyof typeof ALGORITHMS) {
  const { algorithm: _, untagged: _untagged, debug: _debug, ...rest } = OPTIONS;
  const { length: _length, ...plain } = rest;
  return tool(
    {
      name,
      usage: "[OPTION]... [FILE]...",
      summary: `Print or check ${ALGORITHMS[own].label} checksums.`,
      options: (own === "blake2b" ? rest : plain) as typeof OPTIONS,
    },
    (tool) => run(tool, own),
  );
}

export const md5sum = digestTool("md5sum", "md5");
export const sha1sum = digestTool("sha1sum", "sha1");
export const sha224sum = digestTool("sha224sum", "sha224");
export const sha256sum = digestTool("sha256sum", "sha256");
export const sha384sum = digestTool("sha384sum", "sha384");
export const sha512sum = digestTool("sha512sum", "sha512");
export const b2sum = digestTool("b2sum", "blake2b");

const { binary: _b, text: _t, ...CKSUM } = OPTIONS;
export const cksum = tool(
  {
    name: "cksum",
    usage: "[OPTION]... [FILE]...",
    summary: "Print or verify checksums.",
    options: CKSUM as typeof OPTIONS,
  },
  (tool) => run(tool, undefined),
);

export const sum = tool(
  {
    name: "sum",
    usage: "[OPTION]... [FILE]...",
    summary: "Print or check BSD (16-bit) checksums.",
    options: { bsd: { short: "r" }, sysv: { short: "s", long: "sysv" } },
  },
  async (tool) => {
    const sysv = tool.options.last("bsd", "sysv") === "sysv";
    await printOldSums(tool as unknown as DigestTool, sysv ? sysvSum : bsdSum);
    if (tool.status > 1) throw new Exit(1);
    return tool.status;
  },
);
