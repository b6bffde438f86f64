/** How git ends where it cannot go on. */

/** Ends the command: `message` goes to the standard error after its prefix, then the status is returned. */
export class GitFailure extends Error {
  readonly status: number;
  /** What stands before the message: "fatal: ", "error: " or nothing. Undefined: everything was said already. */
  readonly prefix: string | undefined;

  constructor(message: string, status: number, prefix: string | undefined) {
    super(message);
    this.status = status;
    this.prefix = prefix;
  }
}

/** die(): "fatal: ..." and status 128. */
export function fatal(message: string, status = 128): GitFailure {
  return new GitFailure(message, status, "fatal: ");
}

/** "error: ..." and the given status. */
export function failed(message: string, status = 1): GitFailure {
  return new GitFailure(message, status, "error: ");
}

/** A message that stands for itself. */
export function plainly(message: string, status: number): GitFailure {
  return new GitFailure(message, status, "");
}

/** Ends with this status and says nothing more. */
export function quit(status: number): GitFailure {
  return new GitFailure("", status, undefined);
}
