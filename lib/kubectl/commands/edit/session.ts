/**
 * One editing session: objects in a file, an editor, and the file read back, again and again until what it says can be
 * saved or the person gives up (k8s.io/kubectl/pkg/cmd/util/editor/editoptions.go).
 */
import { quote, toYaml } from "../../../encoding/index.ts";
import { groupResource } from "../../client/discovery.ts";
import { editFile, temporaryFile } from "../../editor.ts";
import { ApiError, CommandError, isApiError, isNotFound, PlainError } from "../../errors.ts";
import type { Invocation } from "../../invocation.ts";
import { type Json, type JsonObject, type KubeObject, textAt } from "../../object.ts";
import { compactJson, prettyJson } from "../../printers/json.ts";
import { withoutManagedFields } from "../../printers/output.ts";
import type { Target } from "../../resources/builder.ts";
import { parseManifests } from "../../resources/files.ts";
import { yamlToJson } from "../../resources/go-yaml.ts";

export const EDIT_HEADER = `# Please edit the object below. Lines beginning with a '#' will be ignored,
# and an empty file will abort the edit. If an error occurs while saving this file will be
# reopened with the relevant failures.
#
`;
export const LAST_APPLIED_HEADER = `# Please edit the 'last-applied-configuration' annotations below.
# Lines beginning with a '#' will be ignored, and an empty file will abort the edit.
#
`;

/** What saving came to. */
export class EditResults {
  /** Refused: the person may try again. */
  readonly reasons: { readonly head: string; readonly other: readonly string[] }[] = [];
  retryable = 0;
  notFound = 0;

  /** Counts a refusal; returns the line that tells of it. */
  add(error: unknown, { resource, name }: Pick<Target, "resource" | "name">): string {
    const what = `${groupResource(resource)} ${quote(name)}`;
    if (isApiError(error, "Invalid")) {
      const causes = error.status.details?.causes ?? [];
      this.reasons.push({
        head: `${what} was not valid`,
        other: causes.map((cause) => `${cause.field ?? ""}: ${cause.message ?? ""}`),
      });
      return `error: ${what} is invalid\n`;
    }
    if (isNotFound(error)) {
      this.notFound++;
      return `error: ${what} could not be found on the server\n`;
    }
    this.retryable++;
    return `error: ${what} could not be patched: ${(error as Error).message}\n`;
  }

  /** For the head of the file when it is opened again. */
  comments(): string {
    const line = (text: string) => text.replaceAll("\n", "\n# ");
    return this.reasons
      .map(
        ({ head, other }) =>
          `# ${line(head)}${other.length > 0 ? ":" : ""}\n${other.map((one) => `# * ${line(one)}\n`).join("")}#\n`,
      )
      .join("");
  }
}

interface Session {
  readonly objects: readonly KubeObject[];
  /** What the first object is called in messages. */
  readonly subject: Pick<Target, "resource" | "name">;
  readonly header: string;
  /** Saves what the file says now. What it throws ends the session; refusals go into the results. */
  readonly save: (edited: readonly KubeObject[], results: EditResults) => Promise<void>;
}

/** -o of commands with an editor: the format of the file, and of what is printed where it was given. */
export function editFormat(invocation: Invocation): "yaml" | "json" {
  const format = invocation.flags.string("output") || "yaml";
  if (format === "yaml" || format === "json") return format;
  throw new CommandError(
    `unable to match a printer suitable for the output format ${quote(format)}, allowed formats are: json,yaml`,
  );
}

const withoutComments = (text: string): string =>
  text
    .split("\n")
    .filter((line) => !line.trimStart().startsWith("#"))
    .join("\n");

/** What a text says, so that comments, blanks and order of keys make no difference. */
function meaning(text: string): string {
  try {
    const value = yamlToJson(text);
    return value === null ? withoutComments(text) : compactJson(value);
  } catch {
    return withoutComments(text);
  }
}

/** What is wrong with a text before its kind is looked at; undefined where nothing is. */
function invalidText(text: string): string | undefined {
  try {
    parseManifests(text, "edited-file", true);
    const value = yamlToJson(text);
    return value === null ? "invalid object to validate" : undefined;
  } catch (error) {
    return (error as Error).message.replace(/^error validating "edited-file": /, "");
  }
}

/** "Deployment/web", or "Deployment/web +2" of three. */
function subjectOf(objects: readonly KubeObject[]): string {
  const [first] = objects;
  if (first === undefined) return "";
  const name = textAt(first, "metadata", "name") || textAt(first, "metadata", "generateName");
  const others = objects.length > 1 ? ` +${objects.length - 1}` : "";
  return `${textAt(first, "kind")}/${name}${others}`;
}

export async function editSession(invocation: Invocation, session: Session): Promise<void> {
  const { files } = invocation.process;
  const format = editFormat(invocation);
  const [first] = session.objects;
  const shown: Json =
    session.objects.length === 1 && first !== undefined
      ? withoutManagedFields(first)
      : { apiVersion: "v1", kind: "List", metadata: {}, items: session.objects.map(withoutManagedFields) };
  const original = format === "json" ? prettyJson(shown) : toYaml(shown as JsonObject);
  let text = original;
  let results = new EditResults();
  let failed = false;
  let previous = "";
  for (;;) {
    const file = temporaryFile(invocation, format);
    const head = format === "json" ? "" : `${session.header}${results.comments()}`;
    files.writeFile(file, `${head}${failed ? withoutComments(text) : original}`);
    const before = text;
    const preserved = async (error: unknown): Promise<never> => {
      if (files.exists(file)) await invocation.err(`A copy of your changes has been stored to ${quote(file)}\n`);
      throw error;
    };
    await editFile(invocation, {
      path: file,
      command: invocation.path,
      subject: subjectOf(session.objects),
      format,
      returned: failed,
    });
    text = files.readText(file);
    if (failed && meaning(before) === meaning(text))
      await preserved(new CommandError("Edit cancelled, no valid changes were saved."));
    if (previous !== "") files.remove(previous, { force: true });
    previous = file;
    const problem = invalidText(text);
    if (problem !== undefined) {
      failed = true;
      results = new EditResults();
      const causes = [{ field: "<nil>", message: `Invalid value: "The edited file failed validation": ${problem}` }];
      await invocation.err(
        results.add(new ApiError({ reason: "Invalid", message: problem, details: { causes } }), session.subject),
      );
      continue;
    }
    if (meaning(original) === meaning(text)) {
      files.remove(file, { force: true });
      await invocation.err("Edit cancelled, no changes made.\n");
      return;
    }
    if (withoutComments(text).trim() === "") {
      files.remove(file, { force: true });
      await invocation.err("Edit cancelled, saved file was empty.\n");
      return;
    }
    results = new EditResults();
    let edited: readonly KubeObject[];
    try {
      edited = parseManifests(text, "edited-file", false);
      for (const object of edited)
        await invocation.lookUp((map) => map.forObject(textAt(object, "kind"), textAt(object, "apiVersion")));
    } catch (error) {
      failed = true;
      results.reasons.push({ head: `The edited file had a syntax error: ${(error as Error).message}`, other: [] });
      continue;
    }
    await session.save(edited, results).catch(preserved);
    if (results.retryable > 0) {
      await invocation.err(`You can run \`kubectl replace -f ${file}\` to try this update again.\n`);
      throw new PlainError("");
    }
    if (results.notFound > 0) {
      await invocation.err(`The edits you made on deleted resources have been saved to ${quote(file)}\n`);
      throw new PlainError("");
    }
    if (results.reasons.length === 0) {
      files.remove(file, { force: true });
      return;
    }
    failed = true;
  }
}
