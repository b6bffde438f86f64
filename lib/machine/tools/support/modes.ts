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

const ALL = 0o7777;
const READ = 0o444;
const WRITE = 0o222;
const EXECUTE = 0o111;
/** What each class of users comprises, its special bit included. */
const CLASSES: Readonly<Record<string, number>> = { u: 0o4700, g: 0o2070, o: 0o1007, a: ALL };
const LETTERS: Readonly<Record<string, number>> = { r: READ, w: WRITE, x: EXECUTE, s: 0o6000, t: 0o1000 };

interface ModeChange {
  readonly operator: "+" | "-" | "=";
  /** Bits of the classes named; 0 where none is: then the umask has a say. */
  readonly affected: number;
  readonly value: number;
  /** Special bits of directories change only where they are mentioned. */
  readonly mentioned: number;
  /** Permissions that a class has now are copied. */
  readonly copies: boolean;
  /** "X": execute for whom it makes sense. */
  readonly conditional: boolean;
}

/** "644", "u+rwX,go-w", as chmod(1) has them. Undefined where it is no mode. */
export function compileMode(text: string): readonly ModeChange[] | undefined {
  if (/^[0-7]+$/.test(text)) {
    const value = Number.parseInt(text, 8);
    if (value > ALL) return undefined;
    const mentioned = text.length < 5 ? (value & 0o7000) | 0o777 : ALL;
    return [{ operator: "=", affected: ALL, value, mentioned, copies: false, conditional: false }];
  }
  const changes: ModeChange[] = [];
  for (const clause of text.split(",")) {
    const [, who, actions] = /^([ugoa]*)((?:[-+=](?:[ugo]|[rwxXst]*|[0-7]+))+)$/.exec(clause) ?? [];
    if (who === undefined || actions === undefined) return undefined;
    const named = [...who].reduce((bits, letter) => bits | (CLASSES[letter] ?? 0), 0);
    for (const [, operator, what = ""] of actions.matchAll(/([-+=])([0-7]+|[ugo]|[rwxXst]*)/g)) {
      const digits = /^[0-7]/.test(what);
      if (digits && (who !== "" || !actions.endsWith(what) || Number.parseInt(what, 8) > ALL)) return undefined;
      const copies = /^[ugo]$/.test(what);
      const value = digits
        ? Number.parseInt(what, 8)
        : copies
          ? (CLASSES[what] as number) & 0o777
          : [...what].reduce((bits, letter) => bits | (LETTERS[letter] ?? 0), 0);
      const affected = digits ? ALL : named;
      changes.push({
        operator: operator as ModeChange["operator"],
        affected,
        value,
        mentioned: digits ? ALL : affected === 0 ? value : affected & value,
        copies,
        conditional: what.includes("X"),
      });
    }
  }
  return changes;
}

/** The mode after the changes, and the bits that they speak of. */
export function changeMode(
  changes: readonly ModeChange[],
  before: number,
  isDirectory: boolean,
  umask: number,
): { readonly mode: number; readonly bits: number } {
  let mode = before & ALL;
  let bits = 0;
  for (const change of changes) {
    const omitted = (isDirectory ? 0o6000 : 0) & ~change.mentioned;
    let { value } = change;
    if (change.copies) {
      const own = value & mode;
      value = (own & READ ? READ : 0) | (own & WRITE ? WRITE : 0) | (own & EXECUTE ? EXECUTE : 0);
    } else if (change.conditional && (isDirectory || (mode & EXECUTE) !== 0)) value |= EXECUTE;
    value &= (change.affected === 0 ? ~umask : change.affected) & ~omitted;
    if (change.operator === "=") {
      const kept = (change.affected === 0 ? 0 : ~change.affected) | omitted;
      bits |= ALL & ~kept;
      mode = (mode & kept) | value;
    } else {
      bits |= value;
      mode = change.operator === "+" ? mode | value : mode & ~value;
    }
  }
  return { mode: mode & ALL, bits: bits & ALL };
}

/** `compileMode` and `changeMode` at once. Undefined where it is no mode. */
export function applyMode(text: string, before: number, isDirectory: boolean, umask: number): number | undefined {
  const changes = compileMode(text);
  return changes === undefined ? undefined : changeMode(changes, before, isDirectory, umask).mode;
}

/** "0644 (rw-r--r--)" */
export function modeWords(mode: number): string {
  return `${mode.toString(8).padStart(4, "0")} (${modeText({ type: "file", mode }).slice(1)})`;
}
