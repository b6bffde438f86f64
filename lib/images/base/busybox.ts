/** `busybox` itself: one program that is every applet, by the name it is called (libbb/appletlib.c). */
import { isErrno, type Process, type Program, type ProgramTable } from "../../machine/index.ts";

/** The name that the executable of a version carries. */
export const busyboxProgram = (version: string): string => `busybox-${version}/busybox`;

const WIDTH = 72;

/** Names side by side, as many as fit. */
function inLines(names: readonly string[]): string {
  const lines: string[] = [];
  let line = "";
  for (const [index, name] of names.entries()) {
    const word = index === names.length - 1 ? name : `${name},`;
    if (line !== "" && line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line].map((each) => `\t${each}\n`).join("");
}

const pageOf = (version: string, names: readonly string[]): string =>
  `BusyBox v${version} multi-call binary.\n\n` +
  "Usage: busybox [function [arguments]...]\n   or: busybox --list[-full]\n" +
  "   or: busybox --show SCRIPT\n   or: busybox --install [-s] [DIR]\n   or: function [arguments]...\n\n" +
  `Currently defined functions:\n${inLines(names)}\n`;

/** Links to this binary: under /bin, where all applets are here, or in the directory that is named. */
async function install(process: Process, names: readonly string[], words: readonly string[]): Promise<number> {
  const symbolic = words[0] === "-s";
  const directory = words[symbolic ? 1 : 0] ?? "/bin";
  for (const name of names) {
    const path = `${directory.replace(/\/$/, "")}/${name}`;
    try {
      if (symbolic) process.files.symlink("/bin/busybox", path);
      else process.files.link("/bin/busybox", path);
    } catch (error) {
      if (!isErrno(error)) throw error;
      await process.stderr.write(`busybox: ${path}: ${error.message}\n`);
    }
  }
  return 0;
}

/** `applets`: the program of each. */
export function createBusybox(version: string, applets: ProgramTable): Program {
  const names = [...applets.keys()].sort();
  const run = async (process: Process, argv: readonly string[]): Promise<number> => {
    const name = (argv[0] ?? "").replace(/^.*\//, "");
    const applet = applets.get(name);
    if (applet !== undefined) return process.execute({ argv, program: applet });
    await process.stderr.write(`${name}: applet not found\n`);
    return 127;
  };
  return async (process) => {
    const { argv } = process;
    if (!(argv[0] ?? "").replace(/^.*\//, "").startsWith("busybox")) return run(process, argv);
    const [word, ...rest] = argv.slice(1);
    switch (word) {
      case undefined:
      case "--help":
        await process.stdout.write(pageOf(version, names));
        return 0;
      case "--list":
      case "--list-full":
        await process.stdout.write(names.map((name) => `${word === "--list" ? "" : "bin/"}${name}\n`).join(""));
        return 0;
      case "--show":
        await process.stderr.write(`busybox: script '${rest[0] ?? ""}' not found\n`);
        return 1;
      case "--install":
        return install(process, names, rest);
      default:
        return run(process, [word, ...rest]);
    }
  };
}
