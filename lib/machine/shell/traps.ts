/** Signals by name and number, and what `trap` set for them. */
import type { Signal } from "../types.ts";

/** Linux numbers on x86. */
export const SIGNAL_NUMBERS: Readonly<Record<Signal, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGKILL: 9,
  SIGUSR1: 10,
  SIGUSR2: 12,
  SIGPIPE: 13,
  SIGALRM: 14,
  SIGTERM: 15,
  SIGCHLD: 17,
  SIGCONT: 18,
  SIGSTOP: 19,
  SIGTSTP: 20,
  SIGTTIN: 21,
  SIGTTOU: 22,
  SIGWINCH: 28,
};

/** What `kill -l` lists: all of Linux's, whether or not processes here can get them. */
export const ALL_SIGNALS: readonly string[] =
  "HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH IO PWR SYS".split(
    " ",
  );

/** Signals for programs to give a meaning to. */
const REAL_TIME: readonly (readonly [number, string])[] = Array.from({ length: 31 }, (_, i) => {
  const name = i <= 15 ? `RTMIN${i === 0 ? "" : `+${i}`}` : `RTMAX${i === 30 ? "" : `-${30 - i}`}`;
  return [34 + i, name] as const;
});

/** `kill -l` and `trap -l`: five in a row. */
export const SIGNAL_TABLE: string = [...ALL_SIGNALS.map((name, i) => [i + 1, name] as const), ...REAL_TIME]
  .map(([number, name], i, all) => {
    const ends = i % 5 === 4 ? "\n" : i === all.length - 1 ? "\t\n" : "\t";
    return `${String(number).padStart(2)}) SIG${name}${ends}`;
  })
  .join("");

/** What a shell prints of a child that a signal ended. */
export const SIGNAL_WORDS: Readonly<Partial<Record<Signal, string>>> = {
  SIGHUP: "Hangup",
  SIGQUIT: "Quit",
  SIGKILL: "Killed",
  SIGUSR1: "User defined signal 1",
  SIGUSR2: "User defined signal 2",
  SIGALRM: "Alarm clock",
  SIGTERM: "Terminated",
};

/** Conditions that are no signals. */
type PseudoSignal = "EXIT" | "ERR" | "DEBUG" | "RETURN";
export type TrapName = Signal | PseudoSignal;

/** `INT`, `SIGINT`, `int`, `2`, `EXIT`, `0`. */
export function parseTrapName(text: string): TrapName | undefined {
  const upper = text.toUpperCase();
  if (upper === "EXIT" || upper === "0" || upper === "SIGEXIT") return "EXIT";
  if (upper === "ERR" || upper === "DEBUG" || upper === "RETURN") return upper;
  return parseSignal(text);
}

export function parseSignal(text: string): Signal | undefined {
  const upper = text.toUpperCase();
  const name = (upper.startsWith("SIG") ? upper : `SIG${upper}`) as Signal;
  if (Object.hasOwn(SIGNAL_NUMBERS, name)) return name;
  if (!/^\d+$/.test(text)) return undefined;
  return (Object.keys(SIGNAL_NUMBERS) as Signal[]).find((signal) => SIGNAL_NUMBERS[signal] === Number(text));
}
