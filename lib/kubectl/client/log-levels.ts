/** How much is logged of which of upstream's files: -v for all, --vmodule for some (k8s.io/klog). */
import type { Flags } from "../flags/parse.ts";

/** A shell pattern as filepath.Match has it, for names without slashes. */
function matches(pattern: string, name: string): boolean {
  const expression = pattern
    .replace(/[.+^${}()|\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  try {
    return new RegExp(`^${expression}$`).test(name);
  } catch {
    return false;
  }
}

export class LogLevels {
  readonly #everywhere: number;
  readonly #modules: readonly (readonly [pattern: string, level: number])[];

  constructor(flags: Flags) {
    this.#everywhere = flags.has("v") ? flags.number("v") : 0;
    this.#modules = (flags.has("vmodule") ? flags.string("vmodule") : "")
      .split(",")
      .map((one) => one.split("="))
      .filter((one) => one.length === 2)
      .map(([pattern = "", level = ""]) => [pattern, Number(level)] as const);
  }

  /** The level for a file: "round_trippers" of round_trippers.go. */
  of(file: string): number {
    const own = this.#modules.find(([pattern]) => matches(pattern, file))?.[1] ?? 0;
    return Math.max(own, this.#everywhere);
  }
}
