/** A reason not to start. */
export class FatalError extends Error {
  readonly detail: string | undefined;
  readonly hint: string | undefined;
  constructor(message: string, detail?: string, hint?: string) {
    super(message);
    this.detail = detail;
    this.hint = hint;
  }
}
