import { ASH_DIALECT, BASH_DIALECT, DASH_DIALECT, type Dialect } from "./syntax/dialect.ts";

/** What differs between the shells that share this implementation. */
export interface Flavour {
  readonly name: "bash" | "sh";
  /** Arrays, `[[`, brace expansion, process substitution, ... */
  readonly bash: boolean;
  /** Debian's dash, which has less than BusyBox's ash. */
  readonly dash: boolean;
  readonly dialect: Dialect;
  /** What `foo` says where there is no such command. */
  readonly notFound: (command: string) => string;
  /** Prefix of messages: the shell's name and, in a script, where it is. */
  readonly prefix: (name: string, line: number, interactive: boolean) => string;
}

export const BASH: Flavour = {
  name: "bash",
  bash: true,
  dash: false,
  dialect: BASH_DIALECT,
  notFound: (command) => `${command}: command not found`,
  prefix: (name, line, interactive) => (interactive ? `${name}: ` : `${name}: line ${line}: `),
};

/** ash as BusyBox builds it: what `sh` is in busybox and alpine images. */
export const ASH: Flavour = {
  name: "sh",
  bash: false,
  dash: false,
  dialect: ASH_DIALECT,
  notFound: (command) => `${command}: not found`,
  prefix: (name, line, interactive) =>
    interactive || !name.includes("/") ? `${name.replace(/^-(?=\w*sh$)/, "")}: ` : `${name}: line ${line}: `,
};

/** dash: what `sh` is in Debian's images. */
export const DASH: Flavour = { ...ASH, dash: true, dialect: DASH_DIALECT };

/** The bash this one behaves as. */
export const BASH_VERSION = {
  major: "5",
  minor: "2",
  patch: "15",
  build: "1",
  status: "release",
  machine: "x86_64-pc-linux-gnu",
};
export const BASH_VERSION_TEXT = `${BASH_VERSION.major}.${BASH_VERSION.minor}.${BASH_VERSION.patch}(${BASH_VERSION.build})-${BASH_VERSION.status}`;
