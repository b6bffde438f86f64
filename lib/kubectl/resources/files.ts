/** Objects from -f: files, directories, "-" (k8s.io/cli-runtime/pkg/resource visitors). */
import type { Process } from "../../machine/index.ts";
import { CommandError } from "../errors.ts";
import { isObject, type Json, type KubeObject, listAt, textAt } from "../object.ts";
import { compactJson } from "../printers/json.ts";
import { splitDocuments, YamlProblem } from "./go-yaml.ts";
import { yamlSteps } from "./yaml-pieces.ts";

interface SourcedObject {
  readonly object: KubeObject;
  /** The file, or "STDIN". */
  readonly source: string;
}

const EXTENSIONS = [".json", ".yaml", ".yml"];

export async function readStdin(process: Process): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for (let chunk = await process.stdin.read(); chunk !== null; chunk = await process.stdin.read()) {
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

function expand(process: Process, path: string, recursive: boolean): string[] {
  if (!process.files.exists(path)) throw new CommandError(`the path "${path}" does not exist`);
  if (process.files.stat(path).type !== "directory") return [path];
  const found: string[] = [];
  const walk = (directory: string, top: boolean) => {
    const entries = process.files.list(directory).sort((a, b) => (a.name < b.name ? -1 : 1));
    for (const entry of entries) {
      const full = `${directory.replace(/\/$/, "")}/${entry.name}`;
      if (process.files.stat(full).type === "directory") {
        if (recursive) walk(full, false);
      } else if (EXTENSIONS.some((extension) => entry.name.endsWith(extension))) found.push(full);
    }
    if (top && found.length === 0) {
      throw new CommandError(`error reading [${path}]: recognized file extensions are [${EXTENSIONS.join(" ")}]`);
    }
  };
  walk(path, true);
  return found;
}

/** Reads all objects of all inputs; items of Lists on their own. Problems are collected: the good objects still count. */
export async function readManifests(
  process: Process,
  inputs: readonly string[],
  recursive: boolean,
  validate = false,
): Promise<{ readonly objects: SourcedObject[]; readonly errors: unknown[] }> {
  const objects: SourcedObject[] = [];
  const errors: unknown[] = [];
  // Every path must exist before anything is read.
  const paths = inputs.flatMap((input) => {
    if (input.startsWith("http://") || input.startsWith("https://")) {
      throw new CommandError(
        `unable to read URL "${input}": URLs as input are not supported here; download the file first`,
      );
    }
    return input === "-" ? ["-"] : expand(process, input, recursive);
  });
  for (const path of paths) {
    const source = path === "-" ? "STDIN" : path;
    try {
      const text = path === "-" ? await readStdin(process) : process.files.readText(path);
      const reading = manifestSteps(text, source, validate);
      let step = reading.next();
      for (; !step.done; step = reading.next()) {
        // A file of thousands of objects is read while others run.
        const spent = process.spend(step.value);
        if (spent !== undefined) await spent;
      }
      for (const object of step.value) objects.push({ object, source });
    } catch (error) {
      errors.push(error);
    }
  }
  return { objects, errors };
}

/** All objects of a text; items of Lists on their own. Throws what is wrong with the first bad one. */
export function parseManifests(text: string, source: string, validate: boolean): KubeObject[] {
  const reading = manifestSteps(text, source, validate);
  let step = reading.next();
  while (!step.done) step = reading.next();
  return step.value;
}

/** The same in steps, one for each document; what they yield is their work in units. */
function* manifestSteps(text: string, source: string, validate: boolean): Generator<number, KubeObject[]> {
  const objects: KubeObject[] = [];
  for (const document of yield* documentsOf(text, source))
    for (const object of flatten(document, source, validate)) objects.push(object);
  return objects;
}

function* documentsOf(text: string, source: string): Generator<number, Json[]> {
  if (/^\s*\{/.test(text)) {
    try {
      return [JSON.parse(text) as Json];
    } catch {
      // Several JSON values, or YAML that starts with a flow mapping.
      const values = jsonStream(text);
      if (values !== undefined) return values;
    }
  }
  const found: Json[] = [];
  for (const document of splitDocuments(text)) {
    try {
      const value = yield* yamlSteps(document);
      if (value !== null) found.push(value);
    } catch (error) {
      if (error instanceof YamlProblem) {
        throw new CommandError(`error parsing ${source}: error converting YAML to JSON: ${error.message}`);
      }
      throw error;
    }
  }
  return found;
}

function jsonStream(text: string): Json[] | undefined {
  const values: Json[] = [];
  let depth = 0;
  let start = -1;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (inString) {
      if (char === "\\") i++;
      else if (char === '"') inString = false;
    } else if (char === '"') inString = true;
    else if (char === "{") {
      if (depth++ === 0) start = i;
    } else if (char === "}" && --depth === 0) {
      try {
        values.push(JSON.parse(text.slice(start, i + 1)) as Json);
      } catch {
        return undefined;
      }
    }
  }
  return depth === 0 && values.length > 0 ? values : undefined;
}

function flatten(document: Json, source: string, validate: boolean): KubeObject[] {
  if (!validate) {
    const fail = (words: string) =>
      new CommandError(`unable to decode ${JSON.stringify(source)}: ${words} is missing in '${compactJson(document)}'`);
    if (!isObject(document) || textAt(document, "kind") === "") throw fail("Object 'Kind'");
    if (textAt(document, "apiVersion") === "") throw fail("Object 'apiVersion'");
  }
  if (!isObject(document)) {
    throw new CommandError(
      `error validating ${JSON.stringify(source)}: error validating data: invalid object to validate; if you choose to ignore these errors, turn validation off with --validate=false`,
    );
  }
  const missing = [
    ...(textAt(document, "apiVersion") === "" ? ["apiVersion not set"] : []),
    ...(textAt(document, "kind") === "" ? ["kind not set"] : []),
  ];
  if (missing.length > 0) {
    const list = missing.length === 1 ? missing[0] : `[${missing.join(", ")}]`;
    throw new CommandError(
      `error validating ${JSON.stringify(source)}: error validating data: ${list}; if you choose to ignore these errors, turn validation off with --validate=false`,
    );
  }
  const kind = textAt(document, "kind");
  if (kind.endsWith("List") && Array.isArray(document["items"])) {
    // Items of a typed list need not say what they are.
    const typed = kind === "List" ? {} : { apiVersion: textAt(document, "apiVersion"), kind: kind.slice(0, -4) };
    return listAt(document, "items").flatMap((item) =>
      flatten(isObject(item) ? { ...typed, ...item } : item, source, validate),
    );
  }
  return [document];
}
