/** How commands leave the places they run in. Thrown, never shown; no stack traces, because loops throw them. */

export class BreakLoop {
  readonly kind: "break" | "continue";
  /** Enclosing loops still to leave. */
  readonly levels: number;
  /** What the loop ends with. */
  readonly status: number;

  constructor(kind: "break" | "continue", levels: number, status = 0) {
    this.kind = kind;
    this.levels = levels;
    this.status = status;
  }
}

export class ReturnFromFunction {
  readonly status: number;

  constructor(status: number) {
    this.status = status;
  }
}

export class ExitShell {
  readonly status: number;

  constructor(status: number) {
    this.status = status;
  }
}

/** A special builtin could not do it, which ends ash and dash, unless `command` stands before it. */
export class SpecialFailure extends ExitShell {}

/** An error that ends the line being run and, in a script, the shell. Already reported. */
export class DiscardLine {
  readonly status: number;
  /** Not only this line: a shell that reads a script ends. */
  readonly fatal: boolean;

  constructor(status: number, fatal: boolean) {
    this.status = status;
    this.fatal = fatal;
  }
}

/** ^C came while an interactive shell ran something. */
export class Interrupted {
  /** The row of the ^C has been left already. */
  readonly told: boolean;

  constructor(told = false) {
    this.told = told;
  }
}

/** An expansion that cannot be done. `fatal`: a shell that reads a script ends (unset with `set -u`, `${x?}`). */
export class ExpansionError extends Error {
  readonly fatal: boolean;

  constructor(message: string, fatal = false) {
    super(message);
    this.fatal = fatal;
  }
}

/** An arithmetic expression that cannot be evaluated: `((` and `[[` put their names before it. */
export class ArithmeticFailure extends ExpansionError {
  /** It was an operand of `[[`, and no expansion in one. */
  operand = false;
}
