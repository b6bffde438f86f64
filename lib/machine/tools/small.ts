/** What fits into a few lines each: envsubst, unlink, cksum, base32, strings, pidof, logname, getent. */
import { Accounts } from "./support/accounts.ts";
import { readAll, tool } from "./support/tool.ts";

/** `$NAME` and `${NAME}` are replaced; an argument says which names. */
export const envsubst = tool(
  {
    name: "envsubst",
    usage: "[OPTION] [SHELL-FORMAT]",
    summary: "Substitutes the values of environment variables.",
    options: { variables: { short: "v", long: "variables" } },
  },
  async (tool) => {
    const NAMES = /\$(?:\{([A-Za-z_]\w*)\}|([A-Za-z_]\w*))/g;
    const [format, extra] = tool.operands;
    if (extra !== undefined) return tool.die("too many arguments");
    const names =
      format === undefined ? undefined : [...format.matchAll(NAMES)].map((match) => match[1] ?? match[2] ?? "");
    if (tool.has("variables")) {
      if (names === undefined) return tool.die("missing arguments");
      await tool.out.write(names.map((name) => `${name}\n`).join(""));
      return 0;
    }
    const { env, stdin } = tool.process;
    const lines = tool.lines(stdin);
    for await (const batch of lines) {
      for (const [index, line] of batch.entries()) {
        const text = line.replace(NAMES, (whole, braced: string | undefined, bare: string | undefined) => {
          const name = braced ?? bare ?? "";
          return names === undefined || names.includes(name) ? (env.get(name) ?? "") : whole;
        });
        await tool.out.write(lines.terminated || index < batch.length - 1 ? `${text}\n` : text);
        const spent = tool.spend(1 + (line.length >> 6));
        if (spent !== undefined) await spent;
      }
    }
    return 0;
  },
);

export const unlink = tool({ name: "unlink", usage: "FILE", options: {} }, async (tool) => {
  const [path, extra] = tool.operands;
  if (path === undefined) return tool.usage("missing operand");
  if (extra !== undefined) return tool.usage(`extra operand ${tool.word(extra)}`);
  await tool.attempt(`cannot unlink ${tool.named(path)}`, () => tool.process.files.remove(path));
  return tool.status;
});

const CRC = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index << 24;
  for (let bit = 0; bit < 8; bit++) value = (value & 0x80000000) !== 0 ? (value << 1) ^ 0x04c11db7 : value << 1;
  return value;
});

/** POSIX: the CRC of the bytes and of their number. */
export const cksum = tool({ name: "cksum", usage: "[FILE]...", options: {} }, async (tool) => {
  await tool.eachInput(async (reader, name) => {
    let crc = 0;
    let size = 0;
    const add = (byte: number) => {
      crc = ((crc << 8) ^ (CRC[((crc >>> 24) ^ byte) & 255] as number)) >>> 0;
    };
    for (let chunk = await reader.read(16_384); chunk !== null; chunk = await reader.read(16_384)) {
      for (const byte of chunk) add(byte);
      size += chunk.length;
      await tool.spend(chunk.length >> 5);
    }
    for (let rest = size; rest > 0; rest = Math.floor(rest / 256)) add(rest & 255);
    await tool.out.write(`${~crc >>> 0} ${size}${tool.operands.length === 0 ? "" : ` ${name}`}\n`);
  });
  return tool.status;
});

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

export const base32 = tool(
  {
    name: "base32",
    usage: "[OPTION]... [FILE]",
    options: { decode: { short: "d", long: "decode" }, wrap: { short: "w", long: "wrap", value: true } },
  },
  async (tool) => {
    const wrap = Number(tool.value("wrap") ?? 76);
    if (!Number.isInteger(wrap) || wrap < 0) return tool.die(`invalid wrap size: '${tool.value("wrap")}'`);
    await tool.eachInput(async (reader) => {
      const data = await readAll(tool, reader);
      if (tool.has("decode")) {
        const text = new TextDecoder().decode(data).replace(/\s/g, "").replace(/=+$/, "");
        const out = new Uint8Array(Math.floor((text.length * 5) / 8));
        let bits = 0;
        let value = 0;
        let at = 0;
        for (let index = 0; index < text.length; index++) {
          const digit = ALPHABET.indexOf(text.charAt(index));
          if (digit === -1) return tool.die("invalid input");
          value = ((value << 5) | digit) & 0xfff;
          bits += 5;
          if (bits >= 8) {
            bits -= 8;
            out[at++] = (value >> bits) & 255;
          }
          if ((index & 8191) === 8191) await tool.spend(256);
        }
        await tool.out.write(out);
        return;
      }
      let column = 0;
      const line = async (text: string) => {
        for (let from = 0; from < text.length; ) {
          const part = wrap === 0 ? text : text.slice(from, from + wrap - column);
          await tool.out.write(part);
          from += part.length;
          column += part.length;
          if (wrap > 0 && column === wrap) {
            await tool.out.write("\n");
            column = 0;
          }
        }
      };
      // Whole groups of five bytes at a time.
      for (let at = 0; at < data.length; at += 5120) {
        const part = data.subarray(at, at + 5120);
        let text = "";
        for (let group = 0; group < part.length; group += 5) {
          const five = part.subarray(group, group + 5);
          let value = 0n;
          for (let index = 0; index < 5; index++) value = (value << 8n) | BigInt(five[index] ?? 0);
          const digits = Math.ceil((five.length * 8) / 5);
          for (let index = 0; index < 8; index++)
            text += index < digits ? ALPHABET.charAt(Number((value >> BigInt(35 - 5 * index)) & 31n)) : "=";
        }
        await line(text);
        await tool.spend(part.length >> 2);
      }
      if (column > 0 && wrap > 0) await tool.out.write("\n");
    });
    return tool.status;
  },
);

/** Printable runs of four characters and more. */
export const strings = tool(
  {
    name: "strings",
    usage: "[option(s)] [file(s)]",
    digits: "length",
    options: { all: { short: "a" }, length: { short: "n", long: "bytes", value: true } },
  },
  async (tool) => {
    const least = Number(tool.value("length") ?? 4);
    if (!(least > 0)) return tool.die(`invalid minimum string length ${tool.value("length")}`);
    await tool.eachInput(async (reader) => {
      let run = "";
      for (let chunk = await reader.read(4096); chunk !== null; chunk = await reader.read(4096)) {
        for (const byte of chunk) {
          if (byte === 9 || (byte >= 32 && byte < 127)) run += String.fromCharCode(byte);
          else {
            if (run.length >= least) await tool.out.write(`${run}\n`);
            run = "";
          }
        }
        await tool.spend(chunk.length >> 3);
        if (run.length > 1 << 20) return tool.die("memory exhausted");
      }
      if (run.length >= least) await tool.out.write(`${run}\n`);
    });
    return tool.status;
  },
);

export const pidof = tool(
  { name: "pidof", usage: "[-s] program [program...]", options: { single: { short: "s" } } },
  async (tool) => {
    const found = tool.process.machine
      .processes()
      .filter(({ argv }) => tool.operands.includes((argv[0] ?? "").split("/").at(-1) ?? ""))
      .map(({ pid }) => pid)
      .reverse();
    if (found.length === 0) return 1;
    await tool.out.write(`${(tool.has("single") ? found.slice(0, 1) : found).join(" ")}\n`);
    return 0;
  },
);

export const logname = tool({ name: "logname", usage: "", options: {} }, async (tool) => {
  const name = tool.process.tty === undefined ? undefined : new Accounts(tool.process).user(tool.process.uid);
  if (name === undefined) return tool.die("no login name");
  await tool.out.write(`${name}\n`);
  return 0;
});

/** Of the files in /etc alone. */
export const getent = tool({ name: "getent", usage: "database [key ...]", options: {} }, async (tool) => {
  const [database, ...keys] = tool.operands;
  if (database === undefined) return tool.die("wrong number of arguments");
  if (!["passwd", "group", "hosts", "services", "protocols", "networks"].includes(database)) {
    await tool.process.stderr.write(`Unknown database: ${database}\n`);
    await tool.out.write("Try `getent --help' or `getent --usage' for more information.\n");
    return 1;
  }
  const { files } = tool.process;
  const lines = files.exists(`/etc/${database}`)
    ? files
        .readText(`/etc/${database}`)
        .split("\n")
        .filter((line) => line.trim() !== "" && !line.startsWith("#"))
    : [];
  const blanks = database !== "passwd" && database !== "group";
  const parts = (line: string) => (blanks ? line.trim().split(/\s+/) : line.split(":"));
  const show = (line: string) => {
    const [first = "", ...rest] = parts(line);
    return database === "hosts" ? `${first.padEnd(15)} ${rest.join(" ")}\n` : `${line}\n`;
  };
  if (keys.length === 0) await tool.out.write(lines.map(show).join(""));
  let status = 0;
  for (const key of keys) {
    const line = lines.find((each) => {
      const fields = parts(each);
      return blanks ? fields.includes(key) : fields[0] === key || fields[2] === key;
    });
    if (line === undefined) status = 2;
    else await tool.out.write(show(line));
  }
  return status;
});
