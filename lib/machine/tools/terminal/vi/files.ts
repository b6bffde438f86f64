/** Buffers and their files: :e, :w, :n, :ls, :f (ex_cmds.c, buffer.c). */
import { textOf, ViBuffer } from "./buffer.ts";
import { Failed, type Vi } from "./state.ts";
import { byteLength, firstNonBlank } from "./text.ts";

/** Reads a file into a buffer, and what is said of it. */
export function loadBuffer(
  vi: Pick<Vi, "files" | "options">,
  path: string,
): { readonly buffer: ViBuffer; readonly said: string; readonly error?: boolean } {
  const read = vi.files.read(path);
  if (read === undefined) {
    const buffer = new ViBuffer(path, "");
    buffer.isNew = true;
    const directory = path.includes("/") ? path.slice(0, path.lastIndexOf("/")) || "/" : ".";
    return { buffer, said: `"${path}" [New${vi.files.directoryExists(directory) ? "" : " DIRECTORY"}]` };
  }
  if ("problem" in read) return { buffer: new ViBuffer(path, ""), said: `"${path}" ${read.problem}`, error: true };
  const buffer = new ViBuffer(path, read.text);
  buffer.readOnly = read.readOnly || vi.options.readonly;
  const marks = [buffer.readOnly ? "[readonly]" : "", buffer.noEnd ? "[noeol]" : "", buffer.dos ? "[dos]" : ""].filter(
    (mark) => mark !== "",
  );
  const head = marks.length === 0 ? "" : `${marks.join("")} `;
  return { buffer, said: `"${path}" ${head}${buffer.empty ? 0 : buffer.lines.length}L, ${byteLength(read.text)}B` };
}

/** Goes to another buffer; the one that was edited becomes the alternate. */
export function switchTo(vi: Vi, buffer: ViBuffer): void {
  if (buffer === vi.buffer) return;
  vi.buffer.commit(vi.now());
  vi.buffer.cursor = vi.cursor;
  vi.buffer.top = vi.top;
  vi.alternate = vi.buffer;
  vi.buffer = buffer;
  vi.visual = undefined;
  vi.top = buffer.top;
  vi.go(buffer.cursor);
  vi.clamp();
}

/** :e of a file. `force`: changes are given up. */
export function editFile(vi: Vi, path: string, force: boolean): void {
  const known = vi.buffers.find((buffer) => buffer.path === path);
  if (known === vi.buffer || (known !== undefined && force)) {
    const { buffer, said, error } = loadBuffer(vi, path);
    vi.buffers = vi.buffers.map((each) => (each === known ? buffer : each));
    const row = Math.min(vi.cursor.row, buffer.lines.length - 1);
    if (vi.buffer === known) {
      vi.buffer = buffer;
      vi.go({ row, column: firstNonBlank(buffer.line(row)) });
    } else switchTo(vi, buffer);
    vi.message = { text: said, error: error ?? false, kept: true };
    return;
  }
  const loaded = loadBuffer(vi, path);
  if (known === undefined) {
    // An empty buffer without a name gives way.
    const nameless = vi.buffer.path === undefined && !vi.buffer.changed && vi.buffer.empty;
    vi.buffers = nameless
      ? vi.buffers.map((each) => (each === vi.buffer ? loaded.buffer : each))
      : [...vi.buffers, loaded.buffer];
  } else vi.buffers = vi.buffers.map((each) => (each === known ? loaded.buffer : each));
  const { alternate } = vi;
  loaded.buffer.cursor = known?.cursor ?? { row: 0, column: firstNonBlank(loaded.buffer.line(0)) };
  if (loaded.buffer.cursor.row >= loaded.buffer.lines.length) loaded.buffer.cursor = { row: 0, column: 0 };
  switchTo(vi, loaded.buffer);
  if (vi.alternate?.path === undefined && alternate !== undefined) vi.alternate = alternate;
  vi.message = { text: loaded.said, error: loaded.error ?? false, kept: true };
}

const NOT_WRITTEN = "E37: No write since last change (add ! to override)";

export function mayLeave(vi: Vi, force: boolean): void {
  if (vi.buffer.changed && !force) vi.fail(NOT_WRITTEN);
}

export function openAlternate(vi: Vi): void {
  const path = vi.alternate?.path;
  if (path === undefined) vi.fail("E23: No alternate file");
  mayLeave(vi, false);
  editFile(vi, path, false);
}

/** What was to be written was not. */
export class WriteProblem extends Failed {
  readonly lines: readonly string[];

  constructor(path: string, problem: string) {
    super(problem);
    this.lines = [`"${path}"`, `"${path}" ${problem}`];
  }
}

interface Writing {
  readonly from: number;
  readonly to: number;
  readonly path: string | undefined;
  readonly force: boolean;
  readonly append: boolean;
}

/** Writes lines to a file; throws where it cannot. */
export function writeBuffer(vi: Vi, { from, to, path, force, append }: Writing): void {
  const { buffer } = vi;
  const target = path ?? buffer.path ?? vi.fail("E32: No file name");
  const own = target === buffer.path;
  const whole = from === 0 && to === vi.lastRow;
  if (own && buffer.readOnly && !force) vi.fail("E45: 'readonly' option is set (add ! to override)");
  if (own && !whole && !force && !append) vi.fail("E140: Use ! to write partial buffer");
  const there = vi.files.exists(target);
  if (!own && there && !force && !append) vi.fail("E13: File exists (add ! to override)");
  const text = whole ? buffer.text : `${textOf(buffer.lines.slice(from, to + 1), buffer.dos)}\n`;
  const problem = vi.files.write(target, text, append);
  if (problem !== undefined) throw new WriteProblem(target, problem);
  const count = buffer.empty && whole ? 0 : to - from + 1;
  const marks = `${there ? "" : "[New] "}${whole && buffer.noEnd ? "[noeol] " : ""}${buffer.dos ? "[dos] " : ""}`;
  if (whole && (own || buffer.path === undefined)) {
    if (buffer.path === undefined) {
      // The buffer takes the name of its first file.
      (buffer as { path: string | undefined }).path = target;
    }
    buffer.written();
    buffer.isNew = false;
    if (force) buffer.readOnly = vi.options.readonly && buffer.readOnly;
  }
  vi.say(`"${target}" ${marks}${count}L, ${byteLength(text)}B ${append ? "appended" : "written"}`);
}

/** ^G and :f. */
export function fileInfo(vi: Vi): string {
  const { buffer } = vi;
  const name = buffer.path === undefined ? "[No Name]" : `"${buffer.path}"`;
  const marks = `${buffer.changed ? "[Modified]" : ""}${buffer.isNew ? "[New]" : ""}${buffer.readOnly ? "[readonly]" : ""}`;
  const head = `${name}${marks === "" ? "" : ` ${marks}`}`;
  if (buffer.empty) return `${head} --No lines in buffer--`;
  const count = buffer.lines.length;
  const percent = Math.floor(((vi.cursor.row + 1) * 100) / count);
  const args = vi.args.length > 1 ? ` (${vi.argument + 1} of ${vi.args.length})` : "";
  return `${head} ${count} ${count === 1 ? "line" : "lines"} --${percent}%--${args}`;
}

/** :ls. */
export function listBuffers(vi: Vi): string[] {
  return vi.buffers.map((buffer, index) => {
    const mark = buffer === vi.buffer ? "%" : buffer === vi.alternate ? "#" : " ";
    const active = buffer === vi.buffer ? "a" : " ";
    const name = buffer.path === undefined ? "[No Name]" : `"${buffer.path}"`;
    const row = (buffer === vi.buffer ? vi.cursor.row : buffer.cursor.row) + 1;
    const head = `${String(index + 1).padStart(3)} ${mark}${active}${buffer.readOnly ? "=" : " "}${buffer.changed ? "+" : " "} ${name}`;
    return `${head.padEnd(40)}line ${row}`;
  });
}
