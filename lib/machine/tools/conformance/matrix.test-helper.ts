/**
 * Plays the scripts of matrix/*.txt on a small machine whose files are those of matrix/inputs.json (each character of
 * their contents is one byte), as a user who may not read everything. Used by the test and by whoever adds scripts.
 */
import { virtualClock } from "../../../clock/index.ts";
import { type DirectoryTree, directory, file, memoryFileSystem, merged, standardRootTree } from "../../index.ts";
import { shellPrograms } from "../../shell/index.ts";
import { testMachine } from "../../testing.test-helper.ts";
import { toolPrograms } from "../index.ts";
import inputs from "./matrix/inputs.json" with { type: "json" };

/** What came of a script. Output that is no UTF-8 has one character for each byte and says so at its beginning. */
export interface Played {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

const UID = 65534;
const LIMIT_MS = 60_000;
/** The one file that its reader has no right to. */
const UNREADABLE = "secret";

export const programs = new Map([...toolPrograms, ...shellPrograms]);
const plain = [...programs.keys()].filter((name) => !name.includes("/"));
const work = directory(
  Object.fromEntries(
    Object.entries(inputs).map(([path, content]) => [
      `work/${path}`,
      file(
        Uint8Array.from(content, (character) => character.charCodeAt(0)),
        path === UNREADABLE ? 0 : 0o644,
        { uid: UID, gid: UID },
      ),
    ]),
  ),
);
const owned = { ...work, entries: { work: { ...work.entries["work"], uid: UID, gid: UID } } } as typeof work;
const gnu = standardRootTree(plain);

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function shownBytes(parts: readonly Uint8Array[]): string {
  const bytes = Uint8Array.from(parts.flatMap((part) => [...part]));
  try {
    return strict.decode(bytes);
  } catch {
    let text = "bytes: ";
    for (const byte of bytes) text += String.fromCharCode(byte);
    return text;
  }
}

/** `busybox`: the root of an image that has BusyBox alone; without it the tools are a workstation's (GNU). */
export async function play(script: string, busybox?: DirectoryTree): Promise<Played> {
  const clock = virtualClock();
  const tree = merged(busybox ?? gnu, owned);
  const { machine } = testMachine(Object.fromEntries(programs), { clock, root: memoryFileSystem({ clock, tree }) });
  const encoder = new TextEncoder();
  const collect = (parts: Uint8Array[]) => ({
    write: async (data: Uint8Array | string) => {
      parts.push(typeof data === "string" ? encoder.encode(data) : data.slice());
    },
    close: () => undefined,
  });
  const [out, errors]: [Uint8Array[], Uint8Array[]] = [[], []];
  const child = machine.spawn({
    argv: [busybox === undefined ? "bash" : "sh", "-c", script],
    cwd: "/work",
    env: { PATH: "/usr/bin:/bin", LC_ALL: "C.UTF-8", TZ: "UTC", HOME: "/work" },
    uid: UID,
    gid: UID,
    stdout: collect(out),
    stderr: collect(errors),
  });
  let status: number | undefined;
  void child.exited.then(({ code }) => {
    status = code;
  });
  await clock.runUntil(() => status !== undefined, LIMIT_MS);
  machine.shutDown();
  // BusyBox's page of help after a complaint is of its version: that there is one is what counts.
  const words = shownBytes(errors);
  const stderr = busybox === undefined ? words : words.replace(/BusyBox v.*$/s, "BusyBox\n");
  return { stdout: shownBytes(out), stderr, exitCode: status ?? -1 };
}
