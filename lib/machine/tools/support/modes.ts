/** Permission bits as `ls -l` shows and chmod(1) takes them. */
import type { FileStat, FileType } from "../../types.ts";

const TYPE_LETTERS: Readonly<Record<FileType, string>> = {
  file: "-",
  directory: "d",
  symlink: "l",
  fifo: "p",
  block: "b",
  device: "c",
};

/** "-rw-r--r--" */
export function modeText(stat: Pick<FileStat, "type" | "mode">): string {
  const { mode } = stat;
  const part = (bits: number, special: boolean, letter: string) =>
    (bits & 4 ? "r" : "-") +
    (bits & 2 ? "w" : "-") +
    (special ? (bits & 1 ? letter : letter.toUpperCase()) : bits & 1 ? "x" : "-");
  return (
    TYPE_LETTERS[stat.type] +
    part(mode >> 6, (mode & 0o4000) !== 0, "s") +
    part(mode >> 3, (mode & 0o2000) !== 0, "s") +
    part(mode, (mode & 0o1000) !== 0, "t")
  );
}

/** "644", "u+rwX,go-w". Undefined where it is no mode. */
export function applyMode(text: string, before: number, isDirectory: boolean, umask: number): number | undefined {
  if (/^[0-7]{1,5}$/.test(text)) return Number.parseInt(text, 8) & 0o7777;
  let mode = before;
  for (const clause of text.split(",")) {
    const [, who, actions] = /^([ugoa]*)((?:[-+=](?:[rwxXst]*|[ugo]))+)$/.exec(clause) ?? [];
    if (who === undefined || actions === undefined) return undefined;
    const all = who === "" || who.includes("a");
    const targets = (["u", "g", "o"] as const).filter((target) => all || who.includes(target));
    for (const [, operator, permissions = ""] of actions.matchAll(/([-+=])([ugo]|[rwxXst]*)/g)) {
      let bits = 0;
      let wide = 0;
      for (const target of targets) {
        const shift = target === "u" ? 6 : target === "g" ? 3 : 0;
        wide |= 7 << shift;
        let own = 0;
        if (permissions === "u") own = (mode >> 6) & 7;
        else if (permissions === "g") own = (mode >> 3) & 7;
        else if (permissions === "o") own = mode & 7;
        else {
          if (permissions.includes("r")) own |= 4;
          if (permissions.includes("w")) own |= 2;
          if (permissions.includes("x") || (permissions.includes("X") && (isDirectory || mode & 0o111))) own |= 1;
          if (permissions.includes("s") && target === "u") bits |= 0o4000;
          if (permissions.includes("s") && target === "g") bits |= 0o2000;
        }
        bits |= own << shift;
      }
      if (permissions.includes("t") && all) bits |= 0o1000;
      if (who === "" && operator !== "=") bits &= ~umask | 0o7000;
      if (operator === "+") mode |= bits;
      else if (operator === "-") mode &= ~bits;
      else mode = (mode & ~wide) | bits;
    }
  }
  return mode;
}
