/** What a command line of tar(1) asks for. */
import { parseDate } from "../support/dates.ts";
import { UsageError } from "../support/options.ts";
import { join } from "../support/paths.ts";
import { parseTransforms } from "./names.ts";

type Mode = "c" | "x" | "t" | "r" | "u" | "d" | "delete";

interface Member {
  readonly name: string;
  /** The directory that `-C` named before it. */
  readonly directory: string;
}

export interface Request {
  mode: Mode | undefined;
  archive: string;
  gzip: boolean | undefined;
  /** By the archive's name (-a). */
  auto: boolean;
  verbose: number;
  toOutput: boolean;
  keepTimes: boolean;
  keepOwner: boolean | undefined;
  keepMode: boolean | undefined;
  absolute: boolean;
  follow: boolean;
  existing: "replace" | "refuse" | "skip" | "newer" | "unlink";
  strip: number;
  recursion: boolean;
  sorted: boolean;
  removes: boolean;
  wildcards: boolean;
  anchored: boolean;
  numeric: boolean;
  fullTime: boolean;
  showTransformed: boolean;
  zeroNames: boolean;
  /** The directory of --one-top-level; "" is that of the archive's name. */
  topLevel: string | undefined;
  modified: number | undefined;
  owner: { readonly id: number; readonly name: string } | undefined;
  group: { readonly id: number; readonly name: string } | undefined;
  readonly transforms: ReturnType<typeof parseTransforms>[number][];
  readonly excluded: string[];
  readonly excludeFiles: string[];
  readonly members: Member[];
  /** Files with names, and how many members stood before each. */
  readonly lists: { readonly path: string; readonly at: number; readonly directory: string; readonly zero: boolean }[];
  directory: string;
}

/** Who reads a command line: the time of now. */
interface Surroundings {
  readonly now: number;
}

type Setter = (request: Request, value: string, around: Surroundings) => void;
const flag =
  (set: (request: Request) => void): Setter =>
  (request) =>
    set(request);
const mode = (letter: Mode): Setter =>
  flag((request) => {
    if (request.mode !== undefined && request.mode !== letter)
      throw new UsageError("You may not specify more than one '-Acdtrux', '--delete' or  '--test-label' option");
    request.mode = letter;
  });
const directory: Setter = (request, value) => {
  request.directory = value.startsWith("/") ? value : join(request.directory, value);
};
const refused =
  (what: string): Setter =>
  () => {
    throw new UsageError(`${what} is not available here`, true);
  };
const ignored = flag(() => undefined);
const account = (value: string) => {
  const [name = "", id] = value.split(/:(.*)/s);
  if (id !== undefined) return { id: Number(id), name };
  return /^\d+$/.test(name) ? { id: Number(name), name: name === "0" ? "root" : "" } : { id: 0, name };
};
const VCS = ["CVS", ".cvsignore", "RCS", "SCCS", ".git", ".gitignore", ".gitattributes", ".gitmodules", ".svn", ".arch-ids", "{arch}", "=RELEASE-ID", "=meta-update", "=update", ".bzr", ".bzrignore", ".bzrtags", ".hg", ".hgignore", ".hgtags", "_darcs"]; // biome-ignore format: a list

/** By letter, and by name. */
const FLAGS: Readonly<Record<string, Setter>> = {
  c: mode("c"),
  x: mode("x"),
  t: mode("t"),
  r: mode("r"),
  u: mode("u"),
  d: mode("d"),
  A: refused("-A"),
  z: flag((request) => {
    request.gzip = true;
  }),
  a: flag((request) => {
    request.auto = true;
  }),
  j: refused("bzip2 compression (-j)"),
  J: refused("xz compression (-J)"),
  Z: refused("compress(1)'s compression (-Z)"),
  v: flag((request) => {
    request.verbose++;
  }),
  O: flag((request) => {
    request.toOutput = true;
  }),
  m: flag((request) => {
    request.keepTimes = false;
  }),
  o: flag((request) => {
    request.keepOwner = false;
  }),
  p: flag((request) => {
    request.keepMode = true;
  }),
  P: flag((request) => {
    request.absolute = true;
  }),
  h: flag((request) => {
    request.follow = true;
  }),
  k: flag((request) => {
    request.existing = "refuse";
  }),
  U: flag((request) => {
    request.existing = "unlink";
  }),
  R: refused("-R"),
  S: ignored,
  w: refused("-w"),
  W: refused("-W"),
  M: refused("-M"),
  s: ignored,
  l: refused("-l"),
  n: ignored,
  B: ignored,
  i: refused("-i"),
  G: refused("-G"),
};
const VALUES: Readonly<Record<string, Setter>> = {
  f: (request, value) => {
    request.archive = value;
  },
  C: directory,
  X: (request, value) => request.excludeFiles.push(value),
  T: (request, value) =>
    request.lists.push({
      path: value,
      at: request.members.length,
      directory: request.directory,
      zero: request.zeroNames,
    }),
  I: refused("-I"),
  b: ignored,
  g: refused("-g"),
  N: refused("-N"),
  K: refused("-K"),
  L: refused("-L"),
  V: refused("-V"),
  F: refused("-F"),
  H: (_request, value) => format(value),
};

function format(value: string): void {
  if (!["gnu", "oldgnu"].includes(value))
    throw new UsageError(`the format ${value} is not available here, only gnu`, true);
}

const LONG: Readonly<Record<string, string>> = {
  create: "c", extract: "x", get: "x", list: "t", append: "r", update: "u", diff: "d", compare: "d", catenate: "A", concatenate: "A",
  gzip: "z", gunzip: "z", ungzip: "z", "auto-compress": "a", bzip2: "j", xz: "J", compress: "Z", uncompress: "Z", verbose: "v",
  "to-stdout": "O", touch: "m", "no-same-owner": "o", "preserve-permissions": "p", "same-permissions": "p", "absolute-names": "P",
  dereference: "h", "keep-old-files": "k", "unlink-first": "U", "block-number": "R", sparse: "S", interactive: "w", verify: "W",
  "multi-volume": "M", "preserve-order": "s", "check-links": "l", seek: "n", "read-full-records": "B", "ignore-zeros": "i",
  incremental: "G", file: "f", directory: "C", "exclude-from": "X", "files-from": "T", "use-compress-program": "I",
  "blocking-factor": "b", "listed-incremental": "g", newer: "N", "starting-file": "K", "tape-length": "L", label: "V",
  "info-script": "F", format: "H",
}; // biome-ignore format: a table

const set = <K extends keyof Request>(key: K, value: Request[K]): Setter =>
  flag((request) => {
    request[key] = value;
  });

const LONG_ONLY: Readonly<Record<string, Setter>> = {
  "same-owner": set("keepOwner", true),
  // The umask counts unless the superuser asks for the archive's own permissions.
  "no-same-permissions": set("keepMode", false),
  delete: mode("delete"),
  "skip-old-files": set("existing", "skip"),
  "keep-newer-files": set("existing", "newer"),
  overwrite: set("existing", "replace"),
  "overwrite-dir": ignored,
  "no-overwrite-dir": ignored,
  recursion: set("recursion", true),
  "no-recursion": set("recursion", false),
  "remove-files": set("removes", true),
  wildcards: set("wildcards", true),
  "no-wildcards": set("wildcards", false),
  "wildcards-match-slash": ignored,
  anchored: set("anchored", true),
  "no-anchored": set("anchored", false),
  "numeric-owner": set("numeric", true),
  "full-time": set("fullTime", true),
  "show-transformed-names": set("showTransformed", true),
  "show-stored-names": set("showTransformed", true),
  null: set("zeroNames", true),
  "no-null": set("zeroNames", false),
  "no-auto-compress": set("auto", false),
  "exclude-vcs": flag((request) => request.excluded.push(...VCS)),
  "force-local": ignored,
  gnu: ignored,
  zstd: refused("zstd compression"),
  lzma: refused("lzma compression"),
  lzip: refused("lzip compression"),
};

const LONG_VALUES: Readonly<Record<string, Setter>> = {
  exclude: (request, value) => request.excluded.push(value),
  "strip-components": (request, value) => {
    if (!/^\d+$/.test(value)) throw new UsageError(`${value}: Invalid number of elements`, true);
    request.strip = Number(value);
  },
  transform: (request, value) => request.transforms.push(...parseTransforms(value)),
  xform: (request, value) => request.transforms.push(...parseTransforms(value)),
  sort: (request, value) => {
    if (!["none", "name"].includes(value)) throw new UsageError(`--sort=${value} is not available here`, true);
    request.sorted = value === "name";
  },
  mtime: (request, value, { now }) => {
    const time = parseDate(value, now);
    if (time === undefined)
      throw new UsageError(`Substituting -9223372036854775807 for unknown date format '${value}'`, true);
    request.modified = time;
  },
  owner: (request, value) => {
    request.owner = account(value);
  },
  group: (request, value) => {
    request.group = account(value);
  },
};
/** Those that may stand without their value. */
const LONG_OPTIONAL: Readonly<Record<string, Setter>> = {
  "one-top-level": (request, value) => {
    request.topLevel = value;
  },
};
const KNOWN = [
  ...Object.keys(LONG),
  ...Object.keys(LONG_ONLY),
  ...Object.keys(LONG_VALUES),
  ...Object.keys(LONG_OPTIONAL),
];
const UPSTREAM =
  /^--(acls|no-acls|xattrs|no-xattrs|selinux|no-selinux|atime-preserve|backup|checkpoint|checkpoint-action|clamp-mtime|delay-directory-restore|exclude-(backups|caches|ignore|tag|vcs-ignores).*|group-map|owner-map|hard-dereference|hole-detection|ignore-case|no-ignore-case|ignore-command-error|ignore-failed-read|index-file|keep-directory-symlink|level|mode|newer-mtime|occurrence|old-archive|one-file-system|pax-option|posix|quoting-style|recursive-unlink|record-size|restrict|rmt-command|rsh-command|show-defaults|show-omitted-dirs|show-snapshot-field-ranges|sparse-version|suffix|test-label|to-command|totals|unquote|no-unquote|utc|verbatim-files-from|volno-file|warning|xattrs-.*)(=|$)/;

function freshRequest(): Request {
  return {
    mode: undefined, archive: "-", gzip: undefined, auto: false, verbose: 0, toOutput: false, keepTimes: true, keepOwner: undefined,
    keepMode: undefined, absolute: false, follow: false, existing: "replace", strip: 0, recursion: true, sorted: false, removes: false,
    wildcards: false, anchored: true, numeric: false, fullTime: false, showTransformed: false, zeroNames: false, topLevel: undefined,
    modified: undefined, owner: undefined, group: undefined, transforms: [], excluded: [], excludeFiles: [], members: [], lists: [],
    directory: ".",
  }; // biome-ignore format: a table
}

/** Throws `UsageError`. */
export function parseRequest(words: readonly string[], around: Surroundings): Request {
  const request = freshRequest();
  let at = 0;
  const letters = (text: string, bundled: boolean) => {
    for (let i = 0; i < text.length; i++) {
      const letter = text.charAt(i);
      const valued = VALUES[letter];
      if (valued !== undefined) {
        const rest = text.slice(i + 1);
        if (bundled && rest !== "") {
          valued(request, rest, around);
          return;
        }
        const value = words[at++];
        if (value === undefined)
          throw new UsageError(
            bundled ? `option requires an argument -- '${letter}'` : `Old option '${letter}' requires an argument.`,
          );
        valued(request, value, around);
        continue;
      }
      const known = FLAGS[letter];
      if (known === undefined) throw new UsageError(`invalid option -- '${letter}'`);
      known(request, "", around);
    }
  };
  const [first] = words;
  if (first !== undefined && !first.startsWith("-")) {
    // The old style: letters without a dash, their values after them in turn.
    at = 1;
    letters(first, false);
  }
  while (at < words.length) {
    const word = words[at++] as string;
    if (word === "--") {
      for (const name of words.slice(at)) request.members.push({ name, directory: request.directory });
      break;
    }
    if (!word.startsWith("--")) {
      if (word.startsWith("-") && word !== "-") letters(word.slice(1), true);
      else request.members.push({ name: word, directory: request.directory });
      continue;
    }
    const [given = "", inline] = word.slice(2).split(/=(.*)/s);
    const fits = KNOWN.includes(given) ? [given] : KNOWN.filter((each) => given !== "" && each.startsWith(given));
    const [name] = fits;
    if (name === undefined)
      throw UPSTREAM.test(word)
        ? new UsageError(`--${given} is not available here`, true)
        : new UsageError(`unrecognized option '${word}'`);
    if (fits.length > 1)
      throw new UsageError(
        `option '--${given}' is ambiguous; possibilities:${fits.map((each) => ` '--${each}'`).join("")}`,
      );
    const letter = LONG[name];
    const optional = LONG_OPTIONAL[name];
    const valued = letter === undefined ? LONG_VALUES[name] : VALUES[letter];
    if (optional !== undefined) optional(request, inline ?? "", around);
    else if (valued !== undefined) {
      const value = inline ?? words[at++];
      if (value === undefined) throw new UsageError(`option '--${name}' requires an argument`);
      valued(request, value, around);
    } else {
      if (inline !== undefined) throw new UsageError(`option '--${name}' doesn't allow an argument`);
      const plain = letter === undefined ? LONG_ONLY[name] : FLAGS[letter];
      plain?.(request, "", around);
    }
  }
  return request;
}
