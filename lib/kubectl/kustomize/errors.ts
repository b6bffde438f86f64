import { CommandError } from "../errors.ts";

/** A kustomization that cannot be built, in upstream's words. */
export class BuildError extends CommandError {
  constructor(message: string) {
    super(message);
    this.name = "BuildError";
  }
}

/** A field that upstream knows and this implementation does not. */
export const unsupported = (field: string): BuildError =>
  new BuildError(`kustomization field "${field}" is not supported here`);
