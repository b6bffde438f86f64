/** find's tests: what a file must be. */

import { isErrno } from "../../errno.ts";
import { FileView } from "../../filesystem/view.ts";
import type { FileStat } from "../../types.ts";
import { Accounts } from "../support/accounts.ts";
import { parseDate } from "../support/dates.ts";
import { mountAt } from "../support/file-systems.ts";
import { compileGlob } from "../support/glob.ts";
import { changeMode, compileMode } from "../support/modes.ts";
import { baseName } from "../support/paths.ts";
import { compilePattern, PatternError } from "../support/regex.ts";
import type { Test, Visit, Words } from "./visit.ts";

type Maker = (words: Words, name: string) => Test;

const TYPE_LETTERS: Readonly<Record<string, FileStat["type"]>> = {
  f: "file",
  d: "directory",
  l: "symlink",
  p: "fifo",
  c: "device",
  b: "block",
};
/** Types that there are, and nobody here has any. */
const OTHER_TYPES = "sD";
const SIZE_UNITS: Readonly<Record<string, number>> = { c: 1, w: 2, b: 512, k: 1024, M: 2 ** 20, G: 2 ** 30 };
const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

const REGEX_TYPES: Readonly<Record<string, "emacs" | "basic" | "extended">> = {
  "findutils-default": "emacs",
  ed: "basic",
  emacs: "emacs",
  "gnu-awk": "extended",
  grep: "basic",
  "posix-awk": "extended",
  awk: "extended",
  "posix-basic": "basic",
  "posix-egrep": "extended",
  egrep: "extended",
  "posix-extended": "extended",
  "posix-minimal-basic": "basic",
  sed: "basic",
};

/** "+3", "-3", "3". Undefined where it is no number. */
function comparison(text: string, fraction = false): ((value: number) => boolean) | undefined {
  const [, sign, digits] = (fraction ? /^([-+]?)(\d+(?:\.\d*)?)$/ : /^([-+]?)(\d+)$/).exec(text) ?? [];
  if (digits === undefined) return undefined;
  const count = Number(digits);
  return (value) => (sign === "+" ? value > count : sign === "-" ? value < count : value === count);
}

function numeric(field: (stat: FileStat) => number): Maker {
  return (words, name) => {
    const text = words.argument(name);
    const fits = comparison(text) ?? words.invalid(text, name);
    return ({ stat }) => fits(field(stat));
  };
}

type TimeField = "accessed" | "changed" | "modified";

/** Days are whole ones that have passed; minutes begin at their first second. */
function age(field: TimeField, unit: number): Maker {
  return (words, name) => {
    const text = words.argument(name);
    const [, sign, digits] = /^([-+]?)(\d+(?:\.\d*)?)$/.exec(text) ?? [];
    if (digits === undefined) return words.invalid(text, name);
    const count = Number(digits);
    const { clock } = words.tool.process;
    const now = clock.now();
    const origin = words.plan.dayStart ? (Math.floor(now / DAY_MS) + 1) * DAY_MS : now;
    return ({ stat }) => {
      const passed = (origin - stat[field]) / unit;
      if (unit === MINUTE_MS)
        return sign === "+" ? passed > count : sign === "-" ? passed < count : Math.ceil(passed) === count;
      return sign === "+" ? passed >= count + 1 : sign === "-" ? passed < count : passed >= count && passed < count + 1;
    };
  };
}

function named(subject: (visit: Visit) => string, ignoreCase: boolean): Maker {
  return (words, name) => {
    const matches = compileGlob(words.argument(name), { ignoreCase });
    return (visit) => matches(subject(visit));
  };
}

const lastPart = ({ path }: Visit) => baseName(path) || path;

function linkName(ignoreCase: boolean): Maker {
  return (words, name) => {
    const matches = compileGlob(words.argument(name), { ignoreCase });
    const { files } = words.tool.process;
    return ({ path, stat }) => stat.type === "symlink" && matches(files.readLink(path));
  };
}

/** Emacs' patterns: groups and alternatives with backslashes, repetition without, no intervals. */
function fromEmacs(text: string): string {
  return text.replace(/\[\^?\]?[^\]]*\]|\\.|[(){}|]/gs, (part) => {
    if (part.length === 1) return `\\${part}`;
    return /^\\[()|]$/.test(part) ? (part[1] as string) : part;
  });
}

function regex(ignoreCase: boolean): Maker {
  return (words, name) => {
    const text = words.argument(name);
    const type = REGEX_TYPES[words.plan.regexType] ?? "emacs";
    try {
      const source = type === "emacs" ? fromEmacs(text) : text;
      const pattern = compilePattern(source, {
        syntax: type === "basic" ? "basic" : "extended",
        line: true,
        ignoreCase,
      });
      return ({ path }) => pattern.find(path, 0) !== undefined;
    } catch (error) {
      if (!(error instanceof PatternError)) throw error;
      return words.fail(`failed to compile regular expression '${text}': ${error.message}`);
    }
  };
}

function typeTest(words: Words, name: string): (type: FileStat["type"]) => boolean {
  const text = words.argument(name);
  const letters = text.split(",");
  for (const [index, letter] of letters.entries()) {
    if (letter === "") {
      return words.fail(
        text === ""
          ? `Arguments to ${name} should contain at least one letter`
          : `Last file type in list argument to ${name} is missing, i.e., list is ending on: ','`,
      );
    }
    if (letter.length > 1 && TYPE_LETTERS[letter[0] as string] !== undefined)
      return words.fail(`Must separate multiple arguments to ${name} using: ','`);
    if (TYPE_LETTERS[letter] === undefined && !OTHER_TYPES.includes(letter))
      return words.fail(`Unknown argument to ${name}: ${letter[0]}`);
    if (letters.indexOf(letter) < index)
      return words.fail(`Duplicate file type '${letter}' in the argument list to ${name}.`);
  }
  const types = letters.map((letter) => TYPE_LETTERS[letter]);
  return (type) => types.includes(type);
}

function permission(words: Words, name: string): Test {
  const text = words.argument(name);
  const kind = /^[-/]/.exec(text)?.[0] ?? "";
  const rest = text.slice(kind.length);
  const changes = compileMode(rest);
  if (changes === undefined || /^\+\d/.test(rest)) return words.fail(`invalid mode ${words.word(text)}`);
  const [file, directory] = [false, true].map((isDirectory) => changeMode(changes, 0, isDirectory, 0).mode) as [
    number,
    number,
  ];
  return ({ stat }) => {
    const mode = stat.type === "directory" ? directory : file;
    if (kind === "-") return (stat.mode & mode) === mode;
    if (kind === "/") return mode === 0 || (stat.mode & mode) !== 0;
    return stat.mode === mode;
  };
}

function size(words: Words, name: string): Test {
  const text = words.argument(name);
  const last = text.at(-1) ?? "";
  const unit = /\d/.test(last) ? 512 : SIZE_UNITS[last];
  if (unit === undefined) return words.fail(`invalid -size type \`${last}'`);
  const fits = comparison(/\d/.test(last) ? text : text.slice(0, -1));
  if (fits === undefined) return words.fail(`Invalid argument \`${text}' to -size`);
  return ({ stat }) => fits(Math.ceil(stat.size / unit));
}

function owner(kind: "user" | "group"): Maker {
  return (words, name) => {
    const text = words.argument(name);
    const accounts = new Accounts(words.tool.process);
    const id = kind === "user" ? accounts.userId(text) : accounts.groupId(text);
    if (id === undefined) {
      const known = kind === "user" ? "a known user" : "an existing group";
      return words.fail(`${words.word(text)} is not the name of ${known}`);
    }
    return ({ stat }) => (kind === "user" ? stat.uid : stat.gid) === id;
  };
}

function statOf(words: Words, path: string): FileStat {
  const { files } = words.tool.process;
  try {
    return words.plan.follow === "never" ? files.lstat(path) : files.stat(path);
  } catch (error) {
    if (!isErrno(error)) throw error;
    return words.fail(`${words.word(path)}: ${error.message}`);
  }
}

const FIELDS: Readonly<Record<string, TimeField>> = { a: "accessed", c: "changed", m: "modified" };

function newer(own: TimeField, reference: TimeField): Maker {
  return (words, name) => {
    const stat = statOf(words, words.argument(name));
    return (visit) => visit.stat[own] > stat[reference];
  };
}

/** `-newerXY`. Undefined where it is none. */
export function newerTest(words: Words, name: string): Test | undefined {
  const [, own = "", reference = ""] = /^-newer([aBcm])([aBcmt])$/.exec(name) ?? [];
  if (own === "") return name.startsWith("-newer") ? words.fail(`invalid predicate \`${name}'`) : undefined;
  if (own === "B" || reference === "B") {
    return words.fail(
      own === "B"
        ? `This system does not provide a way to find the birth time of a file.\nfind: invalid predicate \`${name}'`
        : `Cannot obtain birth time of file ${words.word(words.argument(name))}`,
    );
  }
  const field = FIELDS[own] as TimeField;
  if (reference !== "t") return newer(field, FIELDS[reference] as TimeField)(words, name);
  const text = words.next();
  if (text === undefined) return words.fail(`The ${words.word(name)} test needs an argument`);
  const time = parseDate(text, words.tool.process.clock.now());
  if (time === undefined)
    return words.fail(`I cannot figure out how to interpret ${words.word(text)} as a date or time`);
  return ({ stat }) => stat[field] > time;
}

function access(wanted: number): Maker {
  return (words) => {
    const { files } = words.tool.process;
    return ({ path }) => files instanceof FileView && files.mayAccess(path, wanted);
  };
}

/** The type of the file system that a path is on. */
export function fileSystemType(words: Words, path: string): string {
  const { files } = words.tool.process;
  let real = path;
  try {
    real = files.realPath(path);
  } catch (error) {
    if (!isErrno(error)) throw error;
  }
  return mountAt(words.tool.process, real).fileSystem.fileSystemType;
}

export const TESTS: Readonly<Record<string, Maker>> = {
  "-true": () => () => true,
  "-false": () => () => false,
  "-name": named(lastPart, false),
  "-iname": named(lastPart, true),
  "-path": named(({ path }) => path, false),
  "-wholename": named(({ path }) => path, false),
  "-ipath": named(({ path }) => path, true),
  "-iwholename": named(({ path }) => path, true),
  "-lname": linkName(false),
  "-ilname": linkName(true),
  "-regex": regex(false),
  "-iregex": regex(true),
  "-type": (words, name) => {
    const fits = typeTest(words, name);
    return ({ stat }) => fits(stat.type);
  },
  "-xtype": (words, name) => {
    const fits = typeTest(words, name);
    const { files } = words.tool.process;
    return async ({ path, stat }) => {
      // Of links, what they lead to; of what was followed, the link.
      if (stat.type !== "symlink") return fits(words.plan.follow === "always" ? files.lstat(path).type : stat.type);
      try {
        return fits(files.stat(path).type);
      } catch (error) {
        if (!isErrno(error)) throw error;
        if (error.code !== "ELOOP") return fits("symlink");
        await words.tool.complain(`${words.word(path)}: ${error.message}`);
        return false;
      }
    };
  },
  "-empty": (words) => {
    const { files } = words.tool.process;
    return async ({ path, stat }) => {
      if (stat.type !== "directory") return stat.type === "file" && stat.size === 0;
      try {
        return files.list(path).length === 0;
      } catch (error) {
        if (!isErrno(error)) throw error;
        await words.tool.complain(`${words.word(path)}: ${error.message}`);
        return false;
      }
    };
  },
  "-size": size,
  "-perm": permission,
  "-user": owner("user"),
  "-group": owner("group"),
  "-uid": numeric(({ uid }) => uid),
  "-gid": numeric(({ gid }) => gid),
  "-links": numeric(({ links }) => links),
  "-inum": numeric(({ inode }) => inode),
  "-nouser": (words) => {
    const accounts = new Accounts(words.tool.process);
    return ({ stat }) => accounts.user(stat.uid) === undefined;
  },
  "-nogroup": (words) => {
    const accounts = new Accounts(words.tool.process);
    return ({ stat }) => accounts.group(stat.gid) === undefined;
  },
  "-samefile": (words, name) => {
    const wanted = statOf(words, words.argument(name));
    return ({ stat }) => stat.inode === wanted.inode && stat.fileSystem === wanted.fileSystem;
  },
  "-newer": newer("modified", "modified"),
  "-anewer": newer("accessed", "modified"),
  "-cnewer": newer("changed", "modified"),
  "-mtime": age("modified", DAY_MS),
  "-atime": age("accessed", DAY_MS),
  "-ctime": age("changed", DAY_MS),
  "-mmin": age("modified", MINUTE_MS),
  "-amin": age("accessed", MINUTE_MS),
  "-cmin": age("changed", MINUTE_MS),
  "-used": (words, name) => {
    const text = words.argument(name);
    const fits = comparison(text, true) ?? words.fail(`Invalid argument ${text} to ${name}`);
    return ({ stat }) => stat.accessed >= stat.changed && fits(Math.floor((stat.accessed - stat.changed) / DAY_MS));
  },
  "-readable": access(4),
  "-writable": access(2),
  "-executable": access(1),
  "-fstype": (words, name) => {
    const type = words.argument(name);
    return ({ path }) => fileSystemType(words, path) === type;
  },
  "-context": (words) => words.fail("invalid predicate -context: SELinux is not enabled."),
};

export function checkRegexType(words: Words, type: string): string {
  if (Object.hasOwn(REGEX_TYPES, type)) return type;
  const known = Object.keys(REGEX_TYPES).map((name) => words.word(name));
  return words.fail(`Unknown regular expression type ${words.word(type)}; valid types are ${known.join(", ")}.`);
}
