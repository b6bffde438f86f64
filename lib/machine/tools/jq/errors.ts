import type { Json } from "./json.ts";

/** What `error` raises and `try` catches: any value. */
export class JqError extends Error {
  readonly value: Json;
  constructor(value: Json) {
    super(typeof value === "string" ? value : "error");
    this.value = value;
  }
}

/** `break $label`. */
export class Break extends Error {
  readonly label: object;
  constructor(label: object) {
    super("break");
    this.label = label;
  }
}

/** `halt`, `halt_error`. */
export class Halt extends Error {
  readonly status: number;
  readonly text: string;
  constructor(status: number, text: string) {
    super("halt");
    this.status = status;
    this.text = text;
  }
}
