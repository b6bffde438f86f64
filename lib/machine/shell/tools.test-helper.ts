/** As much of a few tools as the shell's own tests need; the real ones are in ../tools and have their own tests. */
import type { Process, Program } from "../types.ts";

async function readAll(process: Process, paths: readonly string[]): Promise<string> {
  let text = "";
  for (const path of paths.length === 0 ? ["-"] : paths) {
    const decoder = new TextDecoder();
    const reader = path === "-" ? process.stdin : process.open(path, { read: true }).reader;
    for (;;) {
      const chunk = await (reader?.read() ?? null);
      if (chunk === null) break;
      text += decoder.decode(chunk, { stream: true });
    }
  }
  return text;
}

const lines = (text: string): string[] => (text === "" ? [] : text.replace(/\n$/, "").split("\n"));
const operands = (process: Process): string[] => process.argv.slice(1).filter((word) => !/^-./.test(word));
const flags = (process: Process): string =>
  process.argv
    .slice(1)
    .filter((word) => /^-./.test(word))
    .join("");

function filter(work: (input: string[], process: Process) => string[], paths = operands): Program {
  return async (process) => {
    try {
      const out = work(lines(await readAll(process, paths(process))), process);
      await process.stdout.write(out.map((line) => `${line}\n`).join(""));
      return 0;
    } catch (error) {
      await process.stderr.write(`${process.argv[0]}: ${error instanceof Error ? error.message : ""}\n`);
      return 1;
    }
  };
}

function expandSet(set: string): string[] {
  return Array.from(
    set.replace(/\\(.)/g, "$1").replace(/(.)-(.)/g, (_, from: string, to: string) => {
      let out = "";
      for (let code = from.charCodeAt(0); code <= to.charCodeAt(0); code++) out += String.fromCharCode(code);
      return out;
    }),
  );
}

export const TEST_TOOLS: Readonly<Record<string, Program>> = {
  cat: async (process) => {
    let status = 0;
    for (const path of operands(process).length === 0 ? ["-"] : operands(process)) {
      try {
        const reader = path === "-" ? process.stdin : process.open(path, { read: true }).reader;
        for (;;) {
          const chunk = await (reader?.read() ?? null);
          if (chunk === null) break;
          await process.stdout.write(chunk);
        }
      } catch (error) {
        await process.stderr.write(`cat: ${path}: ${error instanceof Error ? error.message : ""}\n`);
        status = 1;
      }
    }
    return status;
  },
  wc: async (process) => {
    const text = await readAll(process, operands(process));
    const count = flags(process).includes("w") ? text.split(/\s+/).filter(Boolean).length : text.split("\n").length - 1;
    await process.stdout.write(`${count}\n`);
    return 0;
  },
  sort: filter((input, process) => {
    const sorted = input.sort();
    return flags(process).includes("r") ? sorted.reverse() : sorted;
  }),
  tac: filter((input) => input.reverse()),
  tr: async (process) => {
    const remove = flags(process).includes("d");
    const [from, to] = operands(process).map(expandSet);
    const text = await readAll(process, []);
    const map = (char: string): string => {
      const at = from?.indexOf(char) ?? -1;
      return at === -1 ? char : remove ? "" : (to?.[Math.min(at, to.length - 1)] ?? "");
    };
    await process.stdout.write(Array.from(text, map).join(""));
    return 0;
  },
  cut: filter(
    (input, process) => input.map((line) => line.split("\t")[Number(flags(process).replace(/\D/g, "")) - 1] ?? ""),
    () => [],
  ),
  paste: filter(
    (input) => [input.join(",")],
    () => [],
  ),
  grep: async (process) => {
    const [pattern = "", ...paths] = operands(process);
    const found = lines(await readAll(process, paths)).filter((line) => new RegExp(pattern).test(line));
    if (flags(process).includes("c")) await process.stdout.write(`${found.length}\n`);
    else if (!flags(process).includes("q")) await process.stdout.write(found.map((line) => `${line}\n`).join(""));
    return found.length > 0 ? 0 : 1;
  },
  head: async (process) => {
    const flag = flags(process);
    const text = await readAll(process, []);
    const count = Number(flag.replace(/\D/g, "") || 10);
    await process.stdout.write(
      flag.includes("c") ? text.slice(0, count) : lines(text).slice(0, count).join("\n") + "\n",
    );
    return 0;
  },
  seq: async (process) => {
    for (let i = 1; i <= Number(process.argv[1]); i++) await process.stdout.write(`${i}\n`);
    return 0;
  },
  yes: async (process) => {
    for (;;) await process.stdout.write("y\n".repeat(512));
  },
  tee: async (process) => {
    const text = await readAll(process, []);
    for (const path of operands(process)) {
      const descriptor = process.open(path, { write: true, create: true });
      await descriptor.writer?.write(text);
      descriptor.close();
    }
    await process.stdout.write(text);
    return 0;
  },
  ls: async (process) => {
    let status = 0;
    for (const path of operands(process).sort()) {
      try {
        const names =
          flags(process).includes("d") || process.files.stat(path).type !== "directory"
            ? [path]
            : process.files.list(path).map((entry) => entry.name);
        await process.stdout.write(
          names
            .sort()
            .map((name) => `${name}\n`)
            .join(""),
        );
      } catch {
        await process.stderr.write(`ls: cannot access '${path}': No such file or directory\n`);
        status = 2;
      }
    }
    return status;
  },
  rm: async (process) => {
    for (const path of operands(process)) process.files.remove(path, { recursive: true, force: true });
    return 0;
  },
  touch: async (process) => {
    for (const path of operands(process)) process.files.writeFile(path, "", { append: true });
    return 0;
  },
  mkdir: async (process) => {
    for (const path of operands(process))
      process.files.makeDirectory(path, { recursive: flags(process).includes("p") });
    return 0;
  },
  diff: async (process) => {
    const [one, two] = operands(process);
    return (await readAll(process, [one ?? "-"])) === (await readAll(process, [two ?? "-"])) ? 0 : 1;
  },
  sleep: async (process) => {
    await process.sleep(Number(process.argv[1]) * 1000);
    return 0;
  },
  true: async () => 0,
  echo: async (process) => {
    await process.stdout.write(`${process.argv.slice(1).join(" ")}\n`);
    return 0;
  },
  printargs: async (process) => {
    await process.stdout.write(`${process.argv.map((word) => `[${word}]`).join("")}\n`);
    return 0;
  },
};
