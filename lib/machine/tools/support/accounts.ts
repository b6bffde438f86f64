/** User and group names, from /etc/passwd and /etc/group. */
import { isErrno } from "../../errno.ts";
import type { Process } from "../../types.ts";

export class Accounts {
  readonly #users = new Map<number, string>();
  readonly #groups = new Map<number, string>();
  readonly #logins = new Map<string, number>();
  readonly #members = new Map<string, number[]>();

  constructor(process: Process) {
    read(process, "/etc/passwd", this.#users, this.#logins);
    read(process, "/etc/group", this.#groups);
    for (const line of textOf(process, "/etc/group").split("\n")) {
      const [name, , id, members] = line.split(":");
      if (!name || id === undefined) continue;
      for (const member of members?.split(",").filter(Boolean) ?? [])
        this.#members.set(member, [...(this.#members.get(member) ?? []), Number(id)]);
    }
  }
  user(uid: number): string | undefined {
    return this.#users.get(uid);
  }
  group(gid: number): string | undefined {
    return this.#groups.get(gid);
  }
  /** The group of a user's passwd line. */
  loginGroup(name: string): number | undefined {
    return this.#logins.get(name);
  }
  /** Groups that have the user among their members. */
  groupsOf(name: string): readonly number[] {
    return this.#members.get(name) ?? [];
  }
  userId(name: string): number | undefined {
    return idOf(this.#users, name);
  }
  groupId(name: string): number | undefined {
    return idOf(this.#groups, name);
  }
}

function idOf(names: ReadonlyMap<number, string>, name: string): number | undefined {
  for (const [id, known] of names) if (known === name) return id;
  const digits = /^\+?(\d+)$/.exec(name)?.[1];
  return digits !== undefined && Number(digits) < 2 ** 32 - 1 ? Number(digits) : undefined;
}

function textOf(process: Process, path: string): string {
  try {
    return process.files.readText(path);
  } catch (error) {
    if (isErrno(error)) return "";
    throw error;
  }
}

function read(process: Process, path: string, into: Map<number, string>, logins?: Map<string, number>): void {
  for (const line of textOf(process, path).split("\n")) {
    const [name, , id, group] = line.split(":");
    if (name && id !== undefined && !into.has(Number(id))) into.set(Number(id), name);
    if (name && group !== undefined && !logins?.has(name)) logins?.set(name, Number(group));
  }
}
