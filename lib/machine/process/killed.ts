/** Thrown through a program whose process is gone. Programs let it pass; the machine ignores it. */
class Killed extends Error {
  constructor() {
    super("killed");
    this.name = "Killed";
  }
}

export const KILLED: Error = new Killed();

export function isKilled(error: unknown): boolean {
  return error instanceof Killed;
}
