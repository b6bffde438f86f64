/** tar -c, -r and -u: members written. */
import { isErrno } from "../../errno.ts";
import { isKilled } from "../../process/killed.ts";
import { Accounts } from "../support/accounts.ts";
import { join } from "../support/paths.ts";
import { encodeEntry, padding, type TarEntry, typeOf } from "../support/tar-format.ts";
import type { Tool } from "../support/tool.ts";
import type { Common } from "./common.ts";
import { transformed } from "./names.ts";

type Put = (data: Uint8Array) => Promise<void>;

export class Writer {
  readonly #tool: Tool;
  readonly #common: Common;
  readonly #put: Put;
  readonly #accounts: Accounts;
  /** Files with several names, by their place: the first name they were stored under. */
  readonly #linked = new Map<string, string>();
  /** Members whose file is not younger are left out (-u). */
  readonly #known: ReadonlyMap<string, number> | undefined;

  constructor(common: Common, put: Put, known?: ReadonlyMap<string, number>) {
    this.#tool = common.tool;
    this.#common = common;
    this.#put = put;
    this.#known = known;
    this.#accounts = new Accounts(common.tool.process);
  }

  async add(name: string, base: string): Promise<void> {
    const common = this.#common;
    const { request } = common;
    if (common.isExcluded(name)) return;
    const { files } = this.#tool.process;
    const path = name.startsWith("/") ? name : join(base, name);
    const plain = await common.relative(name, "member names");
    try {
      const stat = request.follow ? files.stat(path) : files.lstat(path);
      const type = typeOf(stat);
      if (type === undefined) {
        await this.#tool.complain(`${name}: socket or device ignored`, 0);
        return;
      }
      const stored = type === "5" ? `${plain.replace(/\/+$/, "")}/` : plain;
      const known = this.#known?.get(transformed(stored, "r", request.transforms));
      const second = (time: number) => Math.floor(time / 1000);
      if (known === undefined || second(stat.modified) > second(known))
        await this.#member(name, path, stored, stat, type);
      if (type !== "5" || !request.recursion) {
        if (request.removes && type !== "5") files.remove(path);
        return;
      }
      const children = files.list(path).map((child) => child.name);
      for (const child of request.sorted ? children.sort() : children) {
        await this.#tool.spend();
        await this.add(join(name, child), base);
      }
      if (request.removes) files.removeDirectory(path);
    } catch (error) {
      if (!isErrno(error) || isKilled(error) || error.code === "EPIPE") throw error;
      const verb = error.code === "ENOENT" ? "stat" : "open";
      await this.#tool.complain(`${name}: Cannot ${verb}: ${error.message}`, 2);
    }
  }

  async #member(
    name: string,
    path: string,
    stored: string,
    stat: import("../../types.ts").FileStat,
    type: string,
  ): Promise<void> {
    const { request } = this.#common;
    const { files } = this.#tool.process;
    const place = `${stat.device}:${stat.inode}`;
    const linkedTo = type === "0" && stat.links > 1 ? this.#linked.get(place) : undefined;
    const kind = linkedTo === undefined ? type : "1";
    // Read before the header is written: the size in it is that of what follows.
    const data = kind === "0" ? files.readFile(path) : new Uint8Array();
    const target = kind === "2" ? transformed(files.readLink(path), "s", request.transforms) : (linkedTo ?? "");
    const owner = request.owner ?? { id: stat.uid, name: this.#accounts.user(stat.uid) ?? "" };
    const group = request.group ?? { id: stat.gid, name: this.#accounts.group(stat.gid) ?? "" };
    const entry: TarEntry = {
      name: transformed(stored, "r", request.transforms),
      mode: stat.mode,
      uid: owner.id,
      gid: group.id,
      user: request.numeric ? "" : owner.name,
      group: request.numeric ? "" : group.name,
      size: data.length,
      modified: request.modified ?? stat.modified,
      type: kind,
      linkName: target,
    };
    if (type === "0" && stat.links > 1 && linkedTo === undefined) this.#linked.set(place, entry.name);
    if (request.verbose > 0) {
      const shown = request.showTransformed ? entry.name : type === "5" ? `${name.replace(/\/+$/, "")}/` : name;
      await this.#common.tell(
        `${request.verbose > 1 ? this.#common.describe({ ...entry, name: shown }, true) : shown}\n`,
      );
    }
    for (const block of encodeEntry(entry)) await this.#put(block);
    for (let at = 0; at < data.length; at += 16 * 1024) {
      await this.#put(data.subarray(at, at + 16 * 1024));
      await this.#tool.spend(16);
    }
    await this.#put(new Uint8Array(padding(data.length)));
  }
}
