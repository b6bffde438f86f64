/** What goes wrong in helm: printed as "Error: ..." with exit code 1, as Helm's main does. */
export class HelmError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "HelmError";
  }
}
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
