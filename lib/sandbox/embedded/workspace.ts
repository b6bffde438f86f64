import { type FileSystem, isErrno } from "../../machine/index.ts";
import type { Workspace, WorkspaceFile } from "../types.ts";
import { writeOwned } from "./workstation.ts";

/** Raised for a path that leaves the workspace or names one of its hidden files. */
class WorkspacePathError extends Error {
  override readonly name = "WorkspacePathError";
}

/** "a/b.yaml" as a path of the home file system. */
function absolute(path: string): string {
  const parts = path.split("/").filter((part) => part !== "" && part !== ".");
  if (parts.length === 0 || parts.some((part) => part === ".." || part.startsWith("."))) {
    throw new WorkspacePathError(`"${path}" is no path inside the workspace`);
  }
  return `/${parts.join("/")}`;
}

const isHidden = (path: string) => path.split("/").some((part) => part.startsWith("."));

/** The learner's home without its dot files, as the editor sees it. */
export class EmbeddedWorkspace implements Workspace {
  readonly #home: FileSystem;

  constructor(home: FileSystem) {
    this.#home = home;
  }

  async list() {
    const found: { path: string; sizeBytes: number; modified: number }[] = [];
    const visit = (folder: string) => {
      for (const { name, type } of this.#home.list(folder === "" ? "/" : folder)) {
        if (name.startsWith(".")) continue;
        const path = `${folder}/${name}`;
        if (type === "directory") visit(path);
        else if (type === "file") {
          const { size, modified } = this.#home.stat(path);
          found.push({ path: path.slice(1), sizeBytes: size, modified });
        }
      }
    };
    visit("");
    return found.sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  async read(path: string): Promise<WorkspaceFile | undefined> {
    const at = absolute(path);
    try {
      const { modified } = this.#home.stat(at);
      return { path: at.slice(1), text: this.#home.readText(at), modified };
    } catch (error) {
      if (isErrno(error)) return undefined;
      throw error;
    }
  }

  async write(path: string, text: string): Promise<void> {
    writeOwned(this.#home, absolute(path), text);
  }

  async remove(path: string): Promise<void> {
    this.#home.remove(absolute(path), { recursive: true, force: true });
  }

  async rename(from: string, to: string): Promise<void> {
    this.#home.rename(absolute(from), absolute(to));
  }

  watch(listener: Parameters<Workspace["watch"]>[0]): () => void {
    return this.#home.watch("/", (change) => {
      const path = change.path.replace(/^\/+/, "");
      if (path !== "" && !isHidden(path)) listener({ path, type: change.type === "removed" ? "removed" : "changed" });
    });
  }
}
