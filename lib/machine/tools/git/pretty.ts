/** Commits as text: the named formats, and placeholders of --format (pretty.c). */
import { displayWidth } from "../../tty/width.ts";
import { Colors, parseColor } from "./colors.ts";
import type { Git } from "./context.ts";
import { fatal } from "./failure.ts";
import { bodyOf, type Commit, type Person, subjectOf } from "./objects.ts";
import { showDate } from "./person.ts";
import { shortRef } from "./refs.ts";

export interface Format {
  readonly name: "oneline" | "short" | "medium" | "full" | "fuller" | "raw" | "reference" | "user";
  /** Of a user's format: its text. */
  readonly text: string;
  /** A newline after each commit, rather than between two. */
  readonly terminated: boolean;
}

export function parseFormat(git: Git, text: string): Format {
  const named = /^(oneline|short|medium|full|fuller|raw|reference)$/.exec(text);
  if (named !== null)
    return { name: named[1] as Format["name"], text: "", terminated: text === "oneline" || text === "reference" };
  if (text.startsWith("format:")) return { name: "user", text: text.slice(7), terminated: false };
  if (text.startsWith("tformat:")) return { name: "user", text: text.slice(8), terminated: true };
  const own = git.config.get(`pretty.${text.toLowerCase()}`);
  if (own !== undefined) return parseFormat(git, own.includes(":") ? own : `tformat:${own}`);
  if (text.includes("%")) return { name: "user", text, terminated: true };
  if (text === "email" || text === "mboxrd") throw fatal(`the format '${text}' is not available here`);
  throw fatal(`invalid --pretty format: ${text}`);
}

interface Decorations {
  /** Names of references by the commits they point to, HEAD first. */
  readonly byOid: ReadonlyMap<
    string,
    readonly { readonly name: string; readonly kind: "head" | "branch" | "remote" | "tag" | "stash" }[]
  >;
  readonly headBranch: string | undefined;
}

/** References by what they point to. */
export async function decorations(git: Git): Promise<Decorations> {
  const { repository } = git;
  const byOid = new Map<string, { name: string; kind: "head" | "branch" | "remote" | "tag" | "stash" }[]>();
  const add = (oid: string, name: string, kind: "head" | "branch" | "remote" | "tag" | "stash") => {
    const list = byOid.get(oid);
    if (list === undefined) byOid.set(oid, [{ name, kind }]);
    else list.push({ name, kind });
  };
  const head = repository.refs.resolve("HEAD");
  // Upstream puts each new name before the others: tags come before remotes before branches, HEAD first of all.
  for (const { name, oid } of repository.refs.list().reverse()) {
    await git.spend(1);
    if (name.startsWith("refs/tags/")) {
      const peeled =
        (await repository.objects.read(oid)).type === "tag" ? (await repository.objects.peel(oid)).oid : oid;
      add(peeled, shortRef(name), "tag");
    } else if (name.startsWith("refs/heads/")) add(oid, shortRef(name), "branch");
    else if (name.startsWith("refs/remotes/")) add(oid, shortRef(name), "remote");
    else if (name === "refs/stash") add(oid, name, "stash");
  }
  if (head !== undefined) {
    const list = byOid.get(head) ?? [];
    byOid.set(head, [{ name: "HEAD", kind: "head" }, ...list]);
  }
  return { byOid, headBranch: repository.refs.branch };
}

const SLOTS = {
  head: "decorate.head",
  branch: "decorate.branch",
  remote: "decorate.remotebranch",
  tag: "decorate.tag",
  stash: "decorate.stash",
} as const;

/** "HEAD -> main, tag: v1", or nothing. `full`: with "refs/heads/". */
function decorationText(of: Decorations, oid: string, colors: Colors, full = false, separator = ", "): string {
  const names = of.byOid.get(oid);
  if (names === undefined) return "";
  const long = (name: string, kind: keyof typeof SLOTS) =>
    !full
      ? name
      : kind === "branch"
        ? `refs/heads/${name}`
        : kind === "remote"
          ? `refs/remotes/${name}`
          : kind === "tag"
            ? `refs/tags/${name}`
            : name;
  const parts: string[] = [];
  const current =
    names[0]?.kind === "head" ? names.find(({ name, kind }) => kind === "branch" && name === of.headBranch) : undefined;
  for (const each of names) {
    if (each === current) continue;
    const { name, kind } = each;
    const text = kind === "tag" ? `tag: ${long(name, kind)}` : long(name, kind);
    if (kind === "head" && current !== undefined) {
      parts.push(
        `${colors.paint("decorate.head", "HEAD -> ".slice(0, 7))} ${colors.paint("decorate.branch", long(current.name, "branch"))}`.replace(
          /\x1b\[m (?=\x1b)/,
          " \x1b[m",
        ),
      );
    } else parts.push(colors.paint(SLOTS[kind], text));
  }
  const gap = colors.paint("diff.commit", separator);
  return parts.join(gap);
}

export interface PrettyContext {
  readonly git: Git;
  readonly colors: Colors;
  readonly decorations: Decorations | undefined;
  readonly decorateFull: boolean;
  readonly abbreviate: boolean;
  readonly date: string;
  /** "<", ">" or "-" with --left-right and --boundary. */
  readonly mark?: string;
  readonly showParents?: boolean;
  /** Digits of shortened names. */
  readonly abbreviation?: number;
  /** The entry of a log that the commit comes from. */
  readonly reflog?: {
    readonly name: string;
    readonly full: string;
    readonly index: number;
    /** Named by its time. */
    readonly dated: boolean;
    readonly who: Person;
    readonly message: string;
  };
  /** The parent that a merge is compared with. */
  readonly from?: string;
}

/** "HEAD@{1}". */
function selectorOf(context: PrettyContext, full = false): string {
  const { reflog } = context;
  if (reflog === undefined) return "";
  const inside = reflog.dated ? showDate(reflog.who, context.date, context.git.now) : String(reflog.index);
  return `${full ? reflog.full : reflog.name}@{${inside}}`;
}

function abbreviated(context: PrettyContext, oid: string): string {
  return context.git.repository.objects.abbreviate(
    oid,
    context.abbreviation ?? context.git.config.integer("core.abbrev") ?? 7,
  );
}

/** The parenthesized names after a commit's own. */
function decorated(context: PrettyContext, oid: string): string {
  if (context.decorations === undefined) return "";
  const text = decorationText(context.decorations, oid, context.colors, context.decorateFull);
  if (text === "") return "";
  return context.colors.paint("diff.commit", " (") + text + context.colors.paint("diff.commit", ")");
}

function expandTabs(line: string): string {
  let out = "";
  for (const character of line) out += character === "\t" ? " ".repeat(8 - (displayWidth(out) % 8)) : character;
  return out;
}

const indented = (text: string, tabs = true) =>
  text
    .replace(/\n+$/, "")
    .split("\n")
    .map((line) => `    ${tabs ? expandTabs(line) : line}\n`)
    .join("");

/** A commit without what follows it (a patch, an empty line). Ends with a newline but for a user's format. */
export function prettyCommit(context: PrettyContext, format: Format, commit: Commit): string {
  const { colors } = context;
  const now = context.git.now;
  const name = context.abbreviate ? abbreviated(context, commit.oid) : commit.oid;
  const mark = context.mark ?? "";
  const names = context.showParents
    ? [name, ...commit.parents.map((oid) => (context.abbreviate ? abbreviated(context, oid) : oid))].join(" ")
    : name;
  if (format.name === "user") return expandFormat(context, format.text, commit);
  const message = commit.message.replace(/^\n+/, "");
  if (format.name === "reference") {
    return `${colors.paint("diff.commit", "")}${abbreviated(context, commit.oid)} (${subjectOf(message)}, ${showDate(commit.author, "short", now)})\n`;
  }
  const from =
    context.from === undefined
      ? ""
      : ` (from ${context.abbreviate ? abbreviated(context, context.from) : context.from})`;
  const spaced = mark === "" ? "" : `${mark} `;
  if (format.name === "oneline") {
    const entry =
      context.reflog === undefined ? subjectOf(message) : `${selectorOf(context)}: ${context.reflog.message}`;
    return `${colors.paint("diff.commit", spaced + names + from)}${decorated(context, commit.oid)} ${entry}\n`;
  }
  let out = `${colors.paint("diff.commit", `commit ${spaced}${names}${from}`)}${decorated(context, commit.oid)}\n`;
  if (context.reflog !== undefined) {
    const { who, message: said } = context.reflog;
    out += `Reflog: ${selectorOf(context)} (${who.name} <${who.email}>)\nReflog message: ${said}\n`;
  }
  const person = (of: Person) => `${of.name} <${of.email}>`;
  if (format.name === "raw") {
    out += `tree ${commit.tree}\n${commit.parents.map((oid) => `parent ${oid}\n`).join("")}`;
    for (const [role, who] of [
      ["author", commit.author],
      ["committer", commit.committer],
    ] as const) {
      out += `${role} ${person(who)} ${who.time} ${who.zone}\n`;
    }
    return `${out}\n${indented(message, false)}`;
  }
  if (commit.parents.length > 1) out += `Merge: ${commit.parents.map((oid) => abbreviated(context, oid)).join(" ")}\n`;
  const date = (of: Person) => showDate(of, context.date, now);
  switch (format.name) {
    case "short":
      return `${out}Author: ${person(commit.author)}\n\n    ${subjectOf(message)}\n`;
    case "medium":
      out += `Author: ${person(commit.author)}\nDate:   ${date(commit.author)}\n`;
      break;
    case "full":
      out += `Author: ${person(commit.author)}\nCommit: ${person(commit.committer)}\n`;
      break;
    case "fuller":
      out += `Author:     ${person(commit.author)}\nAuthorDate: ${date(commit.author)}\nCommit:     ${person(commit.committer)}\nCommitDate: ${date(commit.committer)}\n`;
      break;
  }
  return message.trim() === "" ? `${out}\n` : `${out}\n${indented(message)}`;
}

const COLOR_NAMES: Readonly<Record<string, string>> = {
  red: "\x1b[31m",
  green: "\x1b[32m",
  blue: "\x1b[34m",
  reset: "\x1b[m",
};

/** A user's format with its placeholders replaced. */
function expandFormat(context: PrettyContext, text: string, commit: Commit): string {
  let out = "";
  let auto = false;
  let pad: { readonly kind: string; readonly width: number; readonly cut: string | undefined } | undefined;
  const add = (value: string) => {
    if (pad === undefined) {
      out += value;
      return;
    }
    const { kind, width, cut } = pad;
    pad = undefined;
    let shown = value;
    if (shown.length > width && cut !== undefined) {
      const room = Math.max(0, width - 2);
      if (cut === "ltrunc") shown = `..${shown.slice(shown.length - room)}`;
      else if (cut === "mtrunc")
        shown = `${shown.slice(0, room >> 1)}..${shown.slice(shown.length - (room - (room >> 1)))}`;
      else shown = `${shown.slice(0, room)}..`;
    }
    const missing = Math.max(0, width - shown.length);
    if (kind === "<") out += shown + " ".repeat(missing);
    else if (kind === ">") out += " ".repeat(missing) + shown;
    else out += " ".repeat(missing >> 1) + shown + " ".repeat(missing - (missing >> 1));
  };
  for (let at = 0; at < text.length; at++) {
    if (text[at] !== "%") {
      out += text[at];
      continue;
    }
    const rest = text.slice(at + 1);
    const padding = /^(<|>|><)\((\d+)(?:,(trunc|ltrunc|mtrunc))?\)/.exec(rest);
    if (padding !== null) {
      pad = { kind: padding[1] as string, width: Number(padding[2]), cut: padding[3] };
      at += padding[0].length;
      continue;
    }
    const magic = /^[-+ ](?=[A-Za-z(])/.exec(rest)?.[0];
    const found = placeholder(context, magic === undefined ? rest : rest.slice(1), commit, auto, out !== "");
    if (found === undefined) {
      out += "%";
      continue;
    }
    if (found.auto !== undefined) auto = found.auto;
    let value = found.text;
    if (magic === "+" && value !== "") value = `\n${value}`;
    else if (magic === " " && value !== "") value = ` ${value}`;
    else if (magic === "-" && value === "") out = out.replace(/\n+$/, "");
    add(value);
    at += found.length + (magic === undefined ? 0 : 1);
  }
  return out;
}

function placeholder(
  context: PrettyContext,
  rest: string,
  commit: Commit,
  /** %C(auto) is in force, and something was written before. */
  auto: boolean,
  written: boolean,
): { readonly text: string; readonly length: number; readonly auto?: boolean } | undefined {
  const { git, colors } = context;
  const now = git.now;
  const is = (name: string, text: () => string) =>
    rest.startsWith(name) ? { text: text(), length: name.length } : undefined;
  const person = /^([ac])([nNeElLdDrtiIs])/.exec(rest);
  if (person !== null) {
    const who = person[1] === "a" ? commit.author : commit.committer;
    const values: Readonly<Record<string, () => string>> = {
      n: () => who.name,
      N: () => who.name,
      e: () => who.email,
      E: () => who.email,
      l: () => who.email.split("@")[0] ?? "",
      L: () => who.email.split("@")[0] ?? "",
      d: () => showDate(who, context.date, now),
      D: () => showDate(who, "rfc", now),
      r: () => showDate(who, "relative", now),
      t: () => String(who.time),
      i: () => showDate(who, "iso", now),
      I: () => showDate(who, "iso-strict", now),
      s: () => showDate(who, "short", now),
    };
    return { text: (values[person[2] as string] as () => string)(), length: 2 };
  }
  const color = /^C(?:\((auto|always|),?([^)]*)\)|\(([^)]*)\)|(red|green|blue|reset))/.exec(rest);
  if (color !== null) {
    const [whole, mode, spec, plain, named] = color;
    let code = "";
    if (named !== undefined) code = COLOR_NAMES[named] ?? "";
    else if (mode === "auto" && spec === "")
      return { text: colors.on && written ? "\x1b[m" : "", length: whole.length, auto: colors.on };
    else code = parseColor(plain ?? spec ?? "") ?? "";
    return { text: colors.on || mode === "always" ? code : "", length: whole.length, auto: false };
  }
  const hex = /^x([0-9a-fA-F]{2})/.exec(rest);
  if (hex !== null) return { text: String.fromCharCode(Number.parseInt(hex[1] as string, 16)), length: 3 };
  const trailer = /^\((trailers|decorate|describe)/.exec(rest);
  if (trailer !== null) throw fatal(`%(${trailer[1]}) is not available here in a format`);
  const log = /^g([dDnNeEs])/.exec(rest);
  if (log !== null) {
    const entry = context.reflog;
    if (entry === undefined) return { text: "", length: 2 };
    const letter = log[1] as string;
    const value =
      letter === "d" || letter === "D"
        ? selectorOf(context, letter === "D")
        : letter === "s"
          ? entry.message
          : letter.toLowerCase() === "n"
            ? entry.who.name
            : entry.who.email;
    return { text: value, length: 2 };
  }
  const painted = auto ? colors : new Colors(false, git.config);
  const names = () =>
    context.decorations === undefined ? "" : decorationText(context.decorations, commit.oid, painted);
  const hash = (text: string) => painted.paint("diff.commit", text);
  return (
    is("H", () => hash(commit.oid)) ??
    is("h", () => hash(abbreviated(context, commit.oid))) ??
    is("T", () => commit.tree) ??
    is("t", () => abbreviated(context, commit.tree)) ??
    is("P", () => commit.parents.join(" ")) ??
    is("p", () => commit.parents.map((oid) => abbreviated(context, oid)).join(" ")) ??
    is("s", () => subjectOf(commit.message)) ??
    is("f", () =>
      subjectOf(commit.message)
        .replace(/[^A-Za-z0-9_.]+/g, "-")
        .replace(/\.{2,}/g, ".")
        .replace(/^-|[-.]+$/g, ""),
    ) ??
    is("b", () => bodyOf(commit.message)) ??
    is("B", () => commit.message) ??
    is("d", () => (names() === "" ? "" : hash(" (") + names() + hash(")"))) ??
    is("D", names) ??
    is("m", () => context.mark ?? ">") ??
    is("n", () => "\n") ??
    is("N", () => "") ??
    is("e", () => "") ??
    is("G?", () => "N") ??
    is("GS", () => "") ??
    is("S", () => "") ??
    is("%", () => "%")
  );
}
