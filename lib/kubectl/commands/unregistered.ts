/** Kinds that kubectl has no Go type for, where a command decodes into one. */
import { apiVersion, type Resource } from "../client/discovery.ts";
import { CommandError } from "../errors.ts";
import { hasGoType } from "../patch/merge-keys.ts";

/** What the scheme says of such a kind; undefined where it knows it. */
export const unregistered = (resource: Resource): CommandError | undefined =>
  hasGoType(resource.group)
    ? undefined
    : new CommandError(
        `no kind "${resource.kind}" is registered for version "${apiVersion(resource)}" in scheme "pkg/scheme/scheme.go:28"`,
      );
