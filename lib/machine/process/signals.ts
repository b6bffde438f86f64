/** What signals do where no handler says otherwise. Numbers as Linux on x86 and ARM. */
import type { Signal } from "../types.ts";

type DefaultAction = "terminate" | "ignore" | "stop" | "continue";

const SIGNALS = {
  SIGHUP: { number: 1, action: "terminate" },
  SIGINT: { number: 2, action: "terminate" },
  SIGQUIT: { number: 3, action: "terminate" },
  SIGKILL: { number: 9, action: "terminate" },
  SIGUSR1: { number: 10, action: "terminate" },
  SIGUSR2: { number: 12, action: "terminate" },
  SIGPIPE: { number: 13, action: "terminate" },
  SIGALRM: { number: 14, action: "terminate" },
  SIGTERM: { number: 15, action: "terminate" },
  SIGCHLD: { number: 17, action: "ignore" },
  SIGCONT: { number: 18, action: "continue" },
  SIGSTOP: { number: 19, action: "stop" },
  SIGTSTP: { number: 20, action: "stop" },
  SIGTTIN: { number: 21, action: "stop" },
  SIGTTOU: { number: 22, action: "stop" },
  SIGWINCH: { number: 28, action: "ignore" },
} as const satisfies Record<Signal, { readonly number: number; readonly action: DefaultAction }>;

export function signalNumber(signal: Signal): number {
  return SIGNALS[signal].number;
}

export function defaultAction(signal: Signal): DefaultAction {
  return SIGNALS[signal].action;
}

const SIGNAL_NAMES = Object.keys(SIGNALS) as readonly Signal[];

/** From "9", "KILL", "SIGKILL", "sigkill"; undefined where there is no such signal. 0 is not a signal. */
export function parseSignal(text: string): Signal | undefined {
  const upper = text.toUpperCase();
  const name = upper.startsWith("SIG") ? upper : `SIG${upper}`;
  return SIGNAL_NAMES.find((signal) => signal === name || String(SIGNALS[signal].number) === text);
}
