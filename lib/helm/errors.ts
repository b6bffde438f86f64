/** What goes wrong in helm: printed as "Error: ..." with exit code 1, as Helm's main does. */
export class HelmError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "HelmError";
  }
}
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** errors.Wrap: what was being done, then what went wrong. */
export const wrapped = (words: string, error: unknown): unknown =>
  isOurs(error) ? new HelmError(`${words}: ${messageOf(error)}`) : error;

/** Errors with a message for people, as opposed to a killed process. */
const isOurs = (error: unknown): boolean =>
  error instanceof Error && !["AbortError", "ProcessEnded", "TypeError", "Errno"].includes(error.name);
