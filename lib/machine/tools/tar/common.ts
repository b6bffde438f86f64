/** What creating, extracting and listing share: names that are left out, complaints, and the long line of a member. */
import { formatDate } from "../../strftime.ts";
import { modeText } from "../support/modes.ts";
import type { TarEntry } from "../support/tar-format.ts";
import type { Tool } from "../support/tool.ts";
import { excluder } from "./names.ts";
import type { Request } from "./request.ts";

export class Common {
  /** It was said already that it cannot go on. */
  fatal = false;
  readonly tool: Tool;
  readonly request: Request;
  readonly isExcluded: (name: string) => boolean;
  readonly #warned = new Set<string>();
  /** Width of owner and size, which grows with the widest so far. */
  #width = 18;

  constructor(tool: Tool, request: Request) {
    this.tool = tool;
    this.request = request;
    this.isExcluded = excluder(request.excluded);
  }

  async die(...lines: readonly string[]): Promise<never> {
    this.fatal = true;
    for (const line of lines) await this.tool.complain(line, 2);
    return this.tool.die("Error is not recoverable: exiting now", 2);
  }

  /** A name without the slash that would leave the directory of extraction. */
  async relative(name: string, what: "member names" | "hard link targets"): Promise<string> {
    if (this.request.absolute || !name.startsWith("/")) return name;
    if (!this.#warned.has(what)) await this.tool.complain(`Removing leading \`/' from ${what}`, 0);
    this.#warned.add(what);
    return name.replace(/^\/+/, "") || "./";
  }

  /** What -v prints: beside the archive where that goes to the standard output. */
  async tell(text: string): Promise<void> {
    const { request, tool } = this;
    const writes = request.mode !== "x" && request.mode !== "t" && request.mode !== "d";
    if ((writes && request.archive === "-") || request.toOutput) {
      await tool.out.flush();
      await tool.process.stderr.write(text);
    } else await tool.out.write(text);
  }

  describe(entry: TarEntry, long: boolean): string {
    if (!long) return entry.name;
    const types = { "2": "symlink", "5": "directory", "6": "fifo" } as const;
    const type = types[entry.type as keyof typeof types] ?? "file";
    const { numeric, fullTime } = this.request;
    const owner = `${(numeric ? "" : entry.user) || entry.uid}/${(numeric ? "" : entry.group) || entry.gid}`;
    const date = formatDate(entry.modified, fullTime ? "%Y-%m-%d %H:%M:%S" : "%Y-%m-%d %H:%M");
    const target =
      entry.type === "2" ? ` -> ${entry.linkName}` : entry.type === "1" ? ` link to ${entry.linkName}` : "";
    const size = String(entry.size);
    this.#width = Math.max(this.#width, owner.length + 1 + size.length);
    const mode = modeText({ type, mode: entry.mode });
    return `${entry.type === "1" ? `h${mode.slice(1)}` : mode} ${owner} ${size.padStart(this.#width - owner.length)} ${date} ${entry.name}${target}`;
  }
}
