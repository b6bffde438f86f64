/** Files of a build, below one root each (kustomize api/internal/loader, kyaml filesys). */
import { type FileApi, isErrno, type Process } from "../../machine/index.ts";
import { cleanPath, joinPaths } from "../commands/cp-paths.ts";
import { BuildError } from "./errors.ts";
import { type Kustomization, parseKustomization } from "./kustomization.ts";

const NAMES = ["kustomization.yaml", "kustomization.yml", "Kustomization"];
const REMOTE = /^(https?:|ssh:|git@|git::|file:|github\.com[/:]|gh:)/;

const absolute = (process: Process, path: string): string =>
  path.startsWith("/") ? cleanPath(path) : joinPaths(process.cwd, path);

/** realPath with upstream's words. */
function resolve(files: FileApi, path: string, shown: string): string {
  try {
    return files.realPath(path);
  } catch (error) {
    if (!isErrno(error)) throw error;
    const why = error.code === "ENOENT" ? "no such file or directory" : error.message;
    throw new BuildError(`evalsymlink failure on '${shown}' : lstat ${firstMissing(files, path)}: ${why}`);
  }
}

/** How far a path leads. */
function firstMissing(files: FileApi, path: string): string {
  const parts = path.split("/");
  const ends = parts.map((_, i) => parts.slice(0, i + 1).join("/")).filter((part) => part !== "");
  return ends.find((part) => !files.exists(part)) ?? path;
}

const isDirectory = (files: FileApi, path: string): boolean => files.stat(path).type === "directory";
const contains = (root: string, path: string): boolean =>
  path === root || path.startsWith(root === "/" ? "/" : `${root}/`);

export class Loader {
  readonly root: string;
  readonly #process: Process;
  /** Roots on the way here, to find cycles. */
  readonly #visited: readonly string[];
  readonly #restricted: boolean;

  private constructor(process: Process, root: string, visited: readonly string[], restricted: boolean) {
    this.#process = process;
    this.root = root;
    this.#visited = visited;
    this.#restricted = restricted;
  }

  static at(process: Process, path: string, restricted: boolean): Loader {
    if (REMOTE.test(path)) throw remote(path);
    if (path === "") throw new BuildError("must build at directory: directory path cannot be empty");
    const root = directoryOf(process, absolute(process, path), path);
    return new Loader(process, root, [], restricted);
  }

  /** The loader of another root. */
  enter(path: string): Loader {
    if (REMOTE.test(path)) throw remote(path);
    if (path === "") throw new BuildError("new root cannot be empty");
    if (path.startsWith("/")) throw new BuildError(`new root '${path}' cannot be absolute`);
    const full = absolute({ ...this.#process, cwd: this.root } as Process, path);
    const root = directoryOf(this.#process, full, full);
    for (const visited of [...this.#visited, this.root]) {
      if (contains(root, visited))
        throw new BuildError(`cycle detected: candidate root '${root}' contains visited root '${visited}'`);
    }
    return new Loader(this.#process, root, [...this.#visited, this.root], this.#restricted);
  }

  readBytes(path: string): Uint8Array {
    const { files } = this.#process;
    const full = path.startsWith("/") ? cleanPath(path) : joinPaths(this.root, path);
    const real = resolve(files, full, full);
    if (isDirectory(files, real)) throw new BuildError(`'${full}' must resolve to a file`);
    if (this.#restricted && !contains(this.root, real))
      throw new BuildError(`security; file '${real}' is not in or below '${this.root}'`);
    return files.readFile(real);
  }
  readText(path: string): string {
    return new TextDecoder().decode(this.readBytes(path));
  }

  kustomization(): Kustomization {
    const { files } = this.#process;
    const found = NAMES.filter((name) => files.exists(joinPaths(this.root, name)));
    const [name] = found;
    if (name === undefined)
      throw new BuildError(
        `unable to find one of 'kustomization.yaml', 'kustomization.yml' or 'Kustomization' in directory '${this.root}'`,
      );
    if (found.length > 1) throw new BuildError(`Found multiple kustomization files under: ${this.root}`);
    return parseKustomization(files.readText(joinPaths(this.root, name)), name, this.root);
  }
}

function directoryOf({ files }: Process, full: string, shown: string): string {
  let real: string;
  try {
    real = resolve(files, full, shown);
  } catch (error) {
    throw error instanceof BuildError
      ? new BuildError(`must build at directory: not a valid directory: ${error.message}`)
      : error;
  }
  if (!isDirectory(files, real)) throw new BuildError(`must build at directory: '${shown}': file is not directory`);
  return real;
}

export const isRemote = (path: string): boolean => REMOTE.test(path);
const remote = (path: string): BuildError =>
  new BuildError(`remote resources are not supported here: ${path}; copy it into the workspace`);
