/** kubectl cp: tar in the container, tar here, an exec session between them (kubectl/pkg/cmd/cp). */
import { quote } from "../../encoding/index.ts";
import { isErrno, type Process } from "../../machine/index.ts";
import type { Command } from "../command.ts";
import { CommandError } from "../errors.ts";
import type { Invocation } from "../invocation.ts";
import { nameOf, namespaceOf, textAt } from "../object.ts";
import { TarReader, tarEntry, tarTrailer, type UnpackedEntry } from "../tar.ts";
import {
  baseName,
  cleanPath,
  directoryName,
  type FileSpec,
  isBelow,
  joinPaths,
  parseFileSpec,
  stripShortcuts,
} from "./cp-paths.ts";
import { containerOf, podPath } from "./pods.ts";
import { runSession, type SessionStreams } from "./session.ts";

async function cp(invocation: Invocation): Promise<void> {
  const [from, to, ...others] = invocation.args;
  if (from === undefined || to === undefined || others.length > 0)
    throw new CommandError("source and destination are required");
  const source = parseFileSpec(from);
  const target = parseFileSpec(to);
  if (source.pod !== "" && target.pod !== "")
    throw new CommandError("one of src or dest must be a local file specification");
  if (source.path === "" || target.path === "") throw new CommandError("filepath can not be empty");
  if (source.pod !== "") return copyFromPod(invocation, source, target);
  if (target.pod !== "") return copyToPod(invocation, source, target);
  throw new CommandError("one of src or dest must be a remote file specification");
}

/** Runs a command in the Pod as `exec` does: its container chosen, a finished Pod refused. */
async function execute(
  invocation: Invocation,
  spec: FileSpec,
  command: readonly string[],
  streams: SessionStreams,
): Promise<void> {
  const rest = await invocation.rest();
  const pod = await rest.get(podPath(spec.namespace || invocation.namespace, spec.pod));
  const phase = textAt(pod, "status", "phase");
  if (phase === "Succeeded" || phase === "Failed")
    throw new CommandError(`cannot exec into a container in a completed pod; current phase is ${phase}`);
  const asked = invocation.flags.string("container");
  const chosen = asked === "" ? containerOf(pod, "") : { name: asked, notice: "" };
  if (chosen.notice !== "") await invocation.err(chosen.notice);
  await runSession(invocation, {
    pod: nameOf(pod),
    namespace: namespaceOf(pod),
    container: chosen.name,
    subresource: "exec",
    command,
    stdin: streams.stdin !== undefined,
    tty: false,
    streams,
  });
}

// ------------------------------------------------------------------------------------------------------------ to a Pod

async function copyToPod(invocation: Invocation, source: FileSpec, target: FileSpec): Promise<void> {
  const { process } = invocation;
  if (!process.files.exists(source.path)) throw new CommandError(`${source.path} doesn't exist in local filesystem`);
  // "path/" is a directory that may be missing: then the copy gets its name.
  let path = target.path.endsWith("/") && target.path !== "/" ? target.path.replace(/\/+$/, "") : target.path;
  if (await isDirectory(invocation, { ...target, path })) path = joinPaths(path, baseName(source.path));
  const archive = makeTar(process, cleanPath(source.path), cleanPath(path));
  const preserve = !invocation.flags.bool("no-preserve");
  const command = preserve ? ["tar", "-xmf", "-"] : ["tar", "--no-same-permissions", "--no-same-owner", "-xmf", "-"];
  const directory = directoryName(path);
  await execute(invocation, target, directory === "" || directory === "." ? command : [...command, "-C", directory], {
    stdin: archive,
  });
}

/** `test -d` in the container; upstream does not say what went wrong with it. */
async function isDirectory(invocation: Invocation, { pod, namespace, path }: FileSpec): Promise<boolean> {
  const rest = await invocation.rest();
  const found = await rest.get(podPath(namespace || invocation.namespace, pod)).catch(() => undefined);
  if (found === undefined) return false;
  const asked = invocation.flags.string("container");
  try {
    const streams = { stdout: discard, stderr: discard };
    await runSession(invocation, {
      pod,
      namespace: namespaceOf(found),
      container: asked === "" ? containerOf(found, "").name : asked,
      subresource: "exec",
      command: ["test", "-d", path],
      stdin: false,
      tty: false,
      streams,
    });
    return true;
  } catch (error) {
    if (invocation.process.signal.aborted) throw error;
    return false;
  }
}

const discard = { write: async () => undefined };

/** The archive piece by piece. Names in it are relative to the target's directory. */
async function* makeTar(process: Process, source: string, target: string): AsyncGenerator<Uint8Array> {
  yield* addToTar(process, source, baseName(target));
  yield tarTrailer();
}

async function* addToTar(process: Process, path: string, name: string): AsyncGenerator<Uint8Array> {
  const { files } = process;
  await process.spend();
  const stat = files.lstat(path);
  const attributes = { mode: stat.mode, uid: stat.uid, gid: stat.gid, modified: stat.modified };
  if (stat.type === "directory") {
    const entries = files.list(path).sort((a, b) => (a.name < b.name ? -1 : 1));
    if (entries.length === 0) yield tarEntry({ ...attributes, name: `${name}/`, type: "directory" });
    for (const entry of entries) yield* addToTar(process, `${path}/${entry.name}`, `${name}/${entry.name}`);
    return;
  }
  if (stat.type === "symlink") {
    yield tarEntry({ ...attributes, name, type: "symlink", target: files.readLink(path) });
    return;
  }
  yield tarEntry({ ...attributes, name, type: "file", data: files.readFile(path) });
}

// ---------------------------------------------------------------------------------------------------------- from a Pod

async function copyFromPod(invocation: Invocation, source: FileSpec, target: FileSpec): Promise<void> {
  const { process } = invocation;
  const retries = invocation.flags.number("retries");
  const prefix = stripShortcuts(cleanPath(source.path)).replace(/^\/+/, "");
  const reader = new TarReader();
  const unpacker = new Unpacker(invocation, source, target.path, prefix);
  let received = 0;
  for (let attempt = 0; ; attempt++) {
    const command =
      retries === 0
        ? ["tar", "cf", "-", source.path]
        : ["sh", "-c", `tar cf - ${source.path} | tail -c+${received === 0 ? 0 : received + 1}`];
    try {
      await execute(invocation, source, command, {
        stdout: {
          write: async (chunk) => {
            received += chunk.length;
            for (const entry of reader.push(chunk)) await unpacker.add(entry);
          },
        },
      });
    } catch (error) {
      if (process.signal.aborted || unpacker.failure !== undefined) throw unpacker.failure ?? error;
      // A whole archive was read: upstream is done then, whatever tar says on stderr and by its exit code.
      if (!reader.ended) throw error;
    }
    if (reader.ended || (retries >= 0 && attempt >= retries)) return;
    await invocation.out(`Resuming copy at ${received} bytes, retry ${attempt + 1}/${retries}\n`);
  }
}

/** Writes what comes out of the archive below a local path, and nothing elsewhere. */
class Unpacker {
  readonly #invocation: Invocation;
  readonly #source: FileSpec;
  readonly #target: string;
  readonly #prefix: string;
  #warned = false;
  /** Why it gave up. */
  failure: unknown;

  constructor(invocation: Invocation, source: FileSpec, target: string, prefix: string) {
    this.#invocation = invocation;
    this.#source = source;
    this.#target = cleanPath(target);
    this.#prefix = prefix;
  }

  async add(entry: UnpackedEntry): Promise<void> {
    const { process } = this.#invocation;
    if (!entry.name.startsWith(this.#prefix)) throw this.#give(new CommandError("tar contents corrupted"));
    const path = joinPaths(this.#target, cleanPath(entry.name.slice(this.#prefix.length)));
    if (!isBelow(this.#target, path)) {
      await this.#invocation.err(`warning: file ${quote(path)} is outside target destination, skipping\n`);
      return;
    }
    await process.spend(1 + (entry.data.length >> 12));
    this.#makeDirectory(directoryName(path));
    if (entry.type === "directory") return this.#makeDirectory(path);
    if (entry.type === "symlink") return this.#skipLink(path, entry.target);
    try {
      process.files.writeFile(path, entry.data);
    } catch (error) {
      throw this.#give(isErrno(error) ? new CommandError(`open ${path}: ${goErrno(error.code)}`) : error);
    }
  }

  #makeDirectory(path: string): void {
    const { files } = this.#invocation.process;
    try {
      files.makeDirectory(path, { recursive: true });
    } catch (error) {
      throw this.#give(isErrno(error) ? new CommandError(`mkdir ${path}: ${goErrno(error.code)}`) : error);
    }
  }

  async #skipLink(path: string, target: string): Promise<void> {
    const { namespace, pod, path: remote } = this.#source;
    const hint = this.#warned
      ? ""
      : ` (consider using "kubectl exec -n ${quote(namespace)} ${quote(pod)} -- tar cf - ${quote(remote)} | tar xf -")`;
    this.#warned = true;
    await this.#invocation.err(`warning: skipping symlink: ${quote(path)} -> ${quote(target)}${hint}\n`);
  }

  #give(failure: unknown): unknown {
    this.failure = failure;
    return failure;
  }
}

/** syscall.Errno's words. */
function goErrno(code: string): string {
  const words: Readonly<Record<string, string>> = {
    EACCES: "permission denied",
    ENOENT: "no such file or directory",
    ENOTDIR: "not a directory",
    EISDIR: "is a directory",
    ENOSPC: "no space left on device",
    EROFS: "read-only file system",
    EEXIST: "not a directory",
  };
  return words[code] ?? code;
}

export const CP: Command = {
  name: "cp",
  short: "Copy files and directories to and from containers",
  arguments: "<file-spec-src> <file-spec-dest>",
  examples: [
    "kubectl cp ./site web-0:/usr/share/nginx/html",
    "kubectl cp shop/web-0:/etc/nginx/nginx.conf ./nginx.conf",
  ],
  completes: "copy",
  flags: [
    { name: "container", shorthand: "c", type: "string", usage: "The container" },
    { name: "no-preserve", type: "bool", default: "false", usage: "Do not keep owner and permissions" },
    {
      name: "retries",
      type: "int",
      default: "0",
      usage: "Attempts to go on with a broken copy from a container; -1: for ever",
    },
  ],
  run: cp,
};
