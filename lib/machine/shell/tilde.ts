/** `~`, `~user`, `~+`, `~-` at the beginning of words and, in assignments, after colons. */
import type { Shell } from "./shell.ts";
import type { Segment } from "./word.ts";

export function expandTildes(shell: Shell, segments: readonly Segment[], assignment: boolean): readonly Segment[] {
  if (!segments.some((segment) => segment.kind === "text" && !segment.quoted && segment.text.includes("~"))) {
    return segments;
  }
  const out: Segment[] = [];
  segments.forEach((segment, position) => {
    if (segment.kind !== "text" || segment.quoted || !segment.text.includes("~")) {
      out.push(segment);
      return;
    }
    const closed = position === segments.length - 1;
    const starts = /(^|:)(~[\w+.-]*)(?=([/:]|$))/g;
    let last = 0;
    for (let match = starts.exec(segment.text); match !== null; match = starts.exec(segment.text)) {
      const [, before, name, after] = match as unknown as [string, string, string, string];
      if (before === "" ? position !== 0 || match.index !== 0 : !assignment) continue;
      if (after === ":" && !assignment) continue;
      if (after === "" && !closed) continue;
      const home = homeOf(shell, name.slice(1));
      if (home === undefined) continue;
      const start = match.index + before.length;
      if (start > last) out.push({ kind: "text", quoted: false, text: segment.text.slice(last, start) });
      out.push({ kind: "text", quoted: true, text: home });
      last = start + name.length;
    }
    if (last < segment.text.length) out.push({ kind: "text", quoted: false, text: segment.text.slice(last) });
  });
  return out;
}

/** The home directory of a user; "" is the shell's own. */
export function homeOf(shell: Shell, user: string): string | undefined {
  if (user === "") return shell.variables.get("HOME") ?? userEntry(shell, String(shell.process.uid), 2)?.[5] ?? "/";
  if (user === "+") return shell.variables.get("PWD");
  const stacked = shell.flavour.bash ? /^([+-]?)(\d+)$/.exec(user) : null;
  if (stacked !== null) {
    const stack = [shell.variables.get("PWD") ?? shell.process.cwd, ...shell.directories];
    return stack.at(stacked[1] === "-" ? -1 - Number(stacked[2]) : Number(stacked[2]));
  }
  if (user === "-") return shell.variables.get("OLDPWD");
  return userEntry(shell, user, 0)?.[5];
}

/** The line of /etc/passwd whose field `field` is `value`. */
export function userEntry(shell: Shell, value: string, field: number): readonly string[] | undefined {
  try {
    return shell.process.files
      .readText("/etc/passwd")
      .split("\n")
      .map((line) => line.split(":"))
      .find((fields) => fields[field] === value);
  } catch {
    // No user database: no home is known.
    return undefined;
  }
}
