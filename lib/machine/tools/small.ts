/** What fits into a few lines each: envsubst, unlink, strings, pidof, logname. */
import { Accounts } from "./support/accounts.ts";
import { tool } from "./support/tool.ts";

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
  {
    name: "pidof",
    usage: "[options] program [program...]",
    options: {
      single: { short: "s", long: "single-shot" },
      quiet: { short: "q" },
      scripts: { short: "x" },
      omit: { short: "o", long: "omit-pid", value: true },
      separator: { short: "S", long: "separator", value: true },
    },
  },
  async (tool) => {
    const omitted = tool.options.values("omit").flatMap((text) => text.split(/[,;:]/).map(Number));
    const found = tool.process.machine
      .processes()
      .filter(({ pid, argv, state }) => {
        const [path = ""] = argv;
        if (state === "zombie" || omitted.includes(pid)) return false;
        // A name fits any folder's program, a path only its own; a script, with -x, the words after its shell.
        const words = tool.has("scripts") ? argv.slice(0, 2) : [path];
        return tool.operands.some((name) =>
          words.some((word) => word === name || (!name.includes("/") && word.split("/").at(-1) === name)),
        );
      })
      .map(({ pid }) => pid)
      .reverse();
    if (found.length === 0) return 1;
    const shown = tool.has("single") ? found.slice(0, 1) : found;
    if (!tool.has("quiet")) await tool.out.write(`${shown.join(tool.value("separator") ?? " ")}\n`);
    return 0;
  },
);

export const logname = tool({ name: "logname", usage: "", options: {} }, async (tool) => {
  const [extra] = tool.operands;
  if (extra !== undefined) return tool.usage(`extra operand ${tool.word(extra)}`);
  const name = tool.process.tty === undefined ? undefined : new Accounts(tool.process).user(tool.process.uid);
  if (name === undefined) return tool.die("no login name");
  await tool.out.write(`${name}\n`);
  return 0;
});
