/** Objects from -f: files, directories, "-" (k8s.io/cli-runtime/pkg/resource visitors). */
import type { Process } from "../../machine/index.ts";
import { CommandError, Failures } from "../errors.ts";
import type { Json, KubeObject } from "../object.ts";
import { type Decoded, decodeDocument } from "./decode.ts";
import { JsonEnds, JsonSyntaxError, nextJson } from "./go-json.ts";
import { BadSeparator, splitDocuments, YamlProblem } from "./go-yaml.ts";
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

interface ReadManifests {
  readonly objects: SourcedObject[];
  readonly errors: unknown[];
  /** How many objects came before each error. */
  readonly places: readonly number[];
}

/** Reads all objects of all inputs; items of Lists on their own. Problems are collected: the good objects still count. */
export async function readManifests(
  process: Process,
  inputs: readonly string[],
  recursive: boolean,
  validate = false,
): Promise<ReadManifests> {
  const objects: SourcedObject[] = [];
  const errors: unknown[] = [];
  const places: number[] = [];
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
    const text = path === "-" ? await readStdin(process) : process.files.readText(path);
    const reading = manifestSteps(text, source, validate);
    let step = reading.next();
    for (; !step.done; step = reading.next()) {
      // A file of thousands of objects is read while others run.
      const spent = process.spend(step.value);
      if (spent !== undefined) await spent;
    }
    places.push(...step.value.places.map((place) => objects.length + place));
    for (const object of step.value.objects) objects.push({ object, source });
    errors.push(...step.value.errors);
  }
  return { objects, errors, places };
}

/** All objects of a text; items of Lists on their own. Throws what is wrong with the first bad one. */
export function parseManifests(text: string, source: string, validate: boolean): KubeObject[] {
  const reading = manifestSteps(text, source, validate);
  let step = reading.next();
  while (!step.done) step = reading.next();
  const [error] = step.value.errors;
  if (error !== undefined) throw error instanceof Failures ? error.errors[0] : error;
  return step.value.objects;
}

/** The same in steps, one for each document; what they yield is their work in units. What cannot be read ends a file. */
function* manifestSteps(
  text: string,
  source: string,
  validate: boolean,
): Generator<number, Decoded & Pick<ReadManifests, "places">> {
  const objects: KubeObject[] = [];
  const errors: unknown[] = [];
  const places: number[] = [];
  const fail = (error: unknown): void => {
    errors.push(error);
    places.push(objects.length);
  };
  const documents = documentsOf(text);
  try {
    for (let step = documents.next(); !step.done; step = documents.next()) {
      if (typeof step.value === "number") {
        yield step.value;
        continue;
      }
      const { document, written } = step.value;
      if (document === null) continue;
      const decoded = decodeDocument(document, source, validate, written);
      for (const object of decoded.objects) objects.push(object);
      for (const error of decoded.errors) fail(error);
    }
  } catch (error) {
    fail(error instanceof Unreadable ? new CommandError(`error parsing ${source}: ${error.message}`) : error);
  }
  return { objects, errors, places };
}

interface Document {
  readonly document: Json;
  /** As it stands in the file, where it is JSON there. */
  readonly written?: string;
}

/** A text that is neither JSON nor YAML from somewhere on. */
class Unreadable extends Error {}

/**
 * Documents of a stream (apimachinery's YAMLOrJSONDecoder): JSON as long as it is JSON, YAML from then on. After two
 * values of JSON it cannot become YAML any more; where it is neither, JSON's complaint counts.
 */
function* documentsOf(text: string): Generator<number | Document, void> {
  if (!/^\s*\{/.test(text)) return yield* yamlDocuments(text, undefined);
  let at = 0;
  for (let count = 0; ; count++) {
    try {
      const next = nextJson(text, at);
      if (next === undefined) return;
      yield (next.end - at) / LETTERS_PER_UNIT;
      const written = text.slice(at, next.end).trim();
      at = next.end;
      yield { document: next.value, written };
    } catch (error) {
      const syntax = error instanceof JsonSyntaxError;
      if (!syntax && !(error instanceof JsonEnds)) throw error;
      if (count > 1) throw new Unreadable(error.message);
      const complaint = syntax ? `json: offset ${error.offset}: ${error.message}` : error.message;
      const rest = afterBlanks(text.slice(at));
      if (rest === undefined) throw new Unreadable(complaint);
      return yield* yamlDocuments(rest, complaint);
    }
  }
}

/** How much is looked at to see whether YAML may follow JSON. */
const LOOK_AHEAD = 4;

/** What follows the blanks behind JSON, the line's end with them; undefined where hardly anything does. */
function afterBlanks(text: string): string | undefined {
  for (let i = 0; ; i++) {
    if (text.length - i < LOOK_AHEAD) return undefined;
    if (text.charAt(i) === "\n") return text.slice(i + 1);
    if (text.charAt(i).trim() !== "") return text.slice(i);
  }
}

/** Letters of JSON that are read in about a microsecond. */
const LETTERS_PER_UNIT = 20;

/** `complaint`: what is said instead, where the first document cannot be read. */
function* yamlDocuments(text: string, complaint: string | undefined): Generator<number | Document, void> {
  let words = complaint;
  try {
    for (const document of splitDocuments(text)) {
      const value = yield* yamlSteps(document);
      yield { document: value };
      words = undefined;
    }
  } catch (error) {
    if (error instanceof BadSeparator) throw new Unreadable(words ?? error.message);
    if (error instanceof YamlProblem) throw new Unreadable(words ?? `error converting YAML to JSON: ${error.message}`);
    throw error;
  }
}
