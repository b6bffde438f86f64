/** Why a container is not started, in the words its waiting state and its events use. */
import { StartFailure } from "./container.ts";
import { ConfigError } from "./environment.ts";
import { type EventSink, ImageError } from "./image-manager.ts";

/** A container could not be started: `reason` and `message` are what its waiting state shows. */
export class StartProblem extends Error {
  readonly reason: string;
  readonly retryAt: number | undefined;
  constructor(reason: string, message: string, retryAt?: number) {
    super(message);
    this.reason = reason;
    this.retryAt = retryAt;
  }
}

/** The problem an error stands for, with its event written; an error that is none (a bug, an abort) as it is. */
export function toStartProblem(error: unknown, emit: EventSink): unknown {
  if (error instanceof StartProblem) return error;
  if (error instanceof ImageError) {
    emit("Warning", "Failed", `Error: ${error.reason}`);
    return new StartProblem(error.reason, error.message, error.retryAt);
  }
  if (error instanceof ConfigError) {
    emit("Warning", "Failed", `Error: ${error.message}`);
    return new StartProblem("CreateContainerConfigError", error.message);
  }
  if (error instanceof StartFailure) {
    emit("Warning", "Failed", `Error: ${error.message}`);
    return new StartProblem("RunContainerError", error.message);
  }
  return error;
}
