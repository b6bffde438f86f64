/** find's actions: printing, running commands, removing. */
import { isErrno } from "../../errno.ts";
import { formatDate } from "../../strftime.ts";
import type { FileStat } from "../../types.ts";
import { Accounts } from "../support/accounts.ts";
import { allocatedBytes } from "../support/block-size.ts";
import { compileFindFormat } from "../support/find-format.ts";
import { modeText } from "../support/modes.ts";
import { baseName, directoryName, join } from "../support/paths.ts";
import { quoted } from "../support/quoting.ts";
import { fileSystemType } from "./tests.ts";
import type { Test, Visit, Words } from "./visit.ts";

type Maker = (words: Words, name: string) => Test;
type Write = (text: string) => Promise<void> | undefined;

const HALF_YEAR_MS = 15_778_476_000;
/** Arguments that one command gets at most. */
const MOST_ARGUMENTS = 5000;

/** Where `-fprint` and its like write: the file is there from the start. */
function toFile(words: Words, name: string): Write {
  const path = words.argument(name);
  try {
    const { writer } = words.tool.process.open(path, { write: true, create: true, truncate: true });
    return async (text) => {
      await words.tool.out.flush();
      await writer?.write(text);
    };
  } catch (error) {
    if (!isErrno(error)) throw error;
    return words.fail(`${words.word(path)}: ${error.message}`);
  }
}

const toOutput =
  (words: Words): Write =>
  (text) =>
    words.tool.out.write(text);

function printing(write: Write, text: (visit: Visit) => string): Test {
  return (visit) => {
    const full = write(text(visit));
    return full === undefined ? true : full.then(() => true);
  };
}

function formatting(words: Words, name: string, write: Write): Test {
  const text = words.next();
  if (text === undefined) return words.fail(`missing argument to \`${name}'`);
  const { process } = words.tool;
  const compiled = compileFindFormat(text);
  if (compiled.fault !== undefined) return words.fail(compiled.fault);
  const accounts = new Accounts(process);
  const { files } = process;
  const sources = {
    user: (uid: number) => accounts.user(uid) ?? String(uid),
    group: (gid: number) => accounts.group(gid) ?? String(gid),
    readLink: (path: string) => files.readLink(path),
    allocated: allocatedBytes,
    fileSystemType: (path: string) => fileSystemType(words, path),
    /** What a link leads to: its type, N where nothing is there, L where it leads to itself. */
    referent: (path: string): FileStat["type"] | "N" | "L" | "?" => {
      try {
        return files.stat(path).type;
      } catch (error) {
        if (!isErrno(error)) throw error;
        return error.code === "ENOENT" || error.code === "ENOTDIR" ? "N" : error.code === "ELOOP" ? "L" : "?";
      }
    },
  };
  let warned = compiled.warnings.length === 0;
  const print = printing(write, (visit) => compiled.text(visit, sources));
  return async (visit) => {
    if (!warned) {
      warned = true;
      await words.tool.out.flush();
      for (const warning of compiled.warnings) await process.stderr.write(`find: warning: ${warning}\n`);
    }
    return print(visit);
  };
}

function listing(words: Words, write: Write): Test {
  const { process } = words.tool;
  const accounts = new Accounts(process);
  return printing(write, ({ path, stat }) => {
    const recent = stat.modified > process.clock.now() - HALF_YEAR_MS && stat.modified <= process.clock.now();
    const time = formatDate(stat.modified, recent ? "%b %e %H:%M" : "%b %e  %Y", "gnu");
    const size =
      stat.device === undefined
        ? String(stat.size).padStart(8)
        : `${String(stat.device[0]).padStart(3)}, ${String(stat.device[1]).padStart(3)}`;
    const name = (text: string) => quoted(text, "escape", { utf8: true });
    const target = stat.type === "symlink" ? ` -> ${name(process.files.readLink(path))}` : "";
    const user = (accounts.user(stat.uid) ?? String(stat.uid)).padEnd(8);
    const group = (accounts.group(stat.gid) ?? String(stat.gid)).padEnd(8);
    return `${String(stat.inode).padStart(9)} ${String(allocatedBytes(stat) / 1024).padStart(6)} ${modeText(stat)} ${String(stat.links).padStart(3)} ${user} ${group} ${size} ${time} ${name(path)}${target}\n`;
  });
}

async function execute(words: Words, argv: readonly string[], cwd?: string): Promise<number> {
  const { tool } = words;
  await tool.out.flush();
  try {
    const child = tool.process.spawn({ argv, ...(cwd === undefined ? {} : { cwd }) });
    return (await child.exited).code;
  } catch (error) {
    if (!isErrno(error)) throw error;
    const { status } = tool;
    await tool.complain(`${tool.word(argv[0] ?? "")}: ${error.message}`);
    tool.status = status;
    return 1;
  }
}

/** Where a command of -execdir runs, and what it calls the file. */
function inFolder(words: Words, path: string): { readonly cwd: string; readonly name: string } {
  const { files, cwd } = words.tool.process;
  const folder = directoryName(path);
  return { cwd: files.realPath(folder.startsWith("/") ? folder : join(cwd, folder)), name: `./${baseName(path)}` };
}

function executing(asks: boolean, inDirectory: boolean): Maker {
  return (words, name) => {
    const command: string[] = [];
    for (;;) {
      const word = words.next();
      if (word === undefined) return words.fail(`missing argument to \`${name}'`);
      if (word === ";") break;
      if (!asks && word === "+" && command.at(-1) === "{}") {
        command.pop();
        if (command.length === 0) return words.invalid("+", name);
        if (command.some((each) => each.includes("{}")))
          return words.fail(`Only one instance of {} is supported with ${name} ... +`);
        return collecting(words, command, inDirectory);
      }
      command.push(word);
    }
    if (command.length === 0) return words.invalid(";", name);
    return async ({ path }) => {
      const place = inDirectory ? inFolder(words, path) : undefined;
      if (asks) {
        if (!(await asked(words.tool, `< ${command[0]} ... ${path} > ? `))) return false;
      }
      const argv = command.map((each) => each.replaceAll("{}", place?.name ?? path));
      return (await execute(words, argv, place?.cwd)) === 0;
    };
  };
}

async function asked({ process, out }: Words["tool"], question: string): Promise<boolean> {
  await out.flush();
  await process.stderr.write(question);
  let answer = "";
  while (!answer.includes("\n")) {
    const chunk = await process.stdin.read(1);
    if (chunk === null) break;
    answer += new TextDecoder().decode(chunk);
  }
  return /^[yY]/.test(answer);
}

/** `-exec command {} +`: as many names at once as a command may have; those of one folder with -execdir. */
function collecting(words: Words, command: readonly string[], inDirectory: boolean): Test {
  let found: string[] = [];
  let cwd: string | undefined;
  const run = async () => {
    if (found.length === 0) return;
    const names = found;
    found = [];
    if ((await execute(words, [...command, ...names], cwd)) !== 0) words.tool.status = Math.max(words.tool.status, 1);
  };
  words.plan.batches.push(run);
  return async ({ path }) => {
    const place = inDirectory ? inFolder(words, path) : undefined;
    if (place?.cwd !== cwd || found.length >= MOST_ARGUMENTS) await run();
    cwd = place?.cwd;
    found.push(place?.name ?? path);
    return true;
  };
}

function deleting(words: Words): Test {
  const { plan, tool } = words;
  plan.depthFirst = true;
  plan.deletes = true;
  const { files } = tool.process;
  return async ({ path, stat }) => {
    if (path === ".") return true;
    try {
      if (stat.type === "directory" && files.lstat(path).type === "directory") files.removeDirectory(path);
      else files.remove(path);
      return true;
    } catch (error) {
      if (!isErrno(error)) throw error;
      await tool.complain(`cannot delete ${tool.word(path)}: ${error.message}`);
      return false;
    }
  };
}

export const ACTIONS: Readonly<Record<string, Maker>> = {
  "-print": (words) => printing(toOutput(words), ({ path }) => `${path}\n`),
  "-print0": (words) => printing(toOutput(words), ({ path }) => `${path}\0`),
  "-printf": (words, name) => formatting(words, name, toOutput(words)),
  "-ls": (words) => listing(words, toOutput(words)),
  "-fprint": (words, name) => printing(toFile(words, name), ({ path }) => `${path}\n`),
  "-fprint0": (words, name) => printing(toFile(words, name), ({ path }) => `${path}\0`),
  "-fprintf": (words, name) => formatting(words, name, toFile(words, name)),
  "-fls": (words, name) => listing(words, toFile(words, name)),
  "-exec": executing(false, false),
  "-execdir": executing(false, true),
  "-ok": executing(true, false),
  "-okdir": executing(true, true),
  "-delete": deleting,
  "-quit": () => (visit) => {
    visit.quit = true;
    return true;
  },
};
