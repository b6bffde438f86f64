/** Entries on the screen: long lines, columns, one each. */
import { formatDate } from "../../strftime.ts";
import type { FileStat } from "../../types.ts";
import type { Accounts } from "../support/accounts.ts";
import { allocatedBytes, sizeText } from "../support/block-size.ts";
import { modeText } from "../support/modes.ts";
import { type Entry, timeOf } from "./entries.ts";
import { indicatorOf, type Painter, plainName } from "./names.ts";
import type { Settings } from "./settings.ts";

const HALF_YEAR_MS = 15_778_476_000;
const LEAST_COLUMN = 3;

interface Context {
  readonly settings: Settings;
  readonly painter: Painter;
  readonly accounts: Accounts;
  readonly now: number;
}

interface Row {
  readonly entry: Entry;
  /** Inode, blocks and context, without the blanks before them. */
  readonly inode: string;
  readonly blocks: string;
  readonly shown: ReturnType<typeof plainName>;
  readonly pad: boolean;
  readonly indicator: string;
}

/** The text of a list of entries, with its line ends. Pieces, so that a long list is not one string. */
export function* listing(
  entries: readonly Entry[],
  context: Context,
  measured: readonly Entry[] = entries,
): Generator<string> {
  const { settings } = context;
  if (entries.length === 0) return;
  const names = entries.map((entry) => plainName(entry.name, settings));
  const someQuoted = settings.align && names.some(({ hasQuotes }) => hasQuotes);
  const rowOf = (entry: Entry, shown: Row["shown"]): Row => {
    return {
      entry,
      inode: entry.stat === undefined ? "?" : String(entry.stat.inode),
      blocks: entry.stat === undefined ? "?" : sizeText(allocatedBytes(entry.stat), settings.blockSize),
      shown,
      pad: someQuoted && !shown.hasQuotes,
      indicator: indicatorOf(settings, entry.stat, entry.type),
    };
  };
  const rows = entries.map((entry, index) => rowOf(entry, names[index] as Row["shown"]));
  if (settings.format === "long" && settings.fixedColumns) yield* fixedLines(rows, context);
  else if (settings.format === "long") {
    const all = measured === entries ? rows : measured.map((entry) => rowOf(entry, plainName(entry.name, settings)));
    yield* longLines(rows, all, context);
  } else if (settings.format === "one") {
    const frills = new Frills(rows, context, false);
    for (const row of rows) yield frills.text(row, 0) + settings.end;
  } else if (settings.format === "commas" || settings.width === 0) yield separated(rows, context);
  else yield columns(rows, context, settings.format === "lines");
}

/** What stands before and after a name outside of long lines. */
class Frills {
  readonly #context: Context;
  readonly #inodes: number;
  readonly #blocks: number;

  constructor(rows: readonly Row[], context: Context, tight: boolean) {
    this.#context = context;
    this.#inodes = tight ? 0 : widest(rows, ({ inode }) => inode);
    this.#blocks = tight ? 0 : widest(rows, ({ blocks }) => blocks);
  }

  before(row: Row): string {
    const { inode, blocks, context, fixedColumns } = this.#context.settings;
    return (
      (inode ? `${row.inode.padStart(fixedColumns ? 7 : this.#inodes)} ` : "") +
      (blocks ? `${row.blocks.padStart(fixedColumns ? 6 : this.#blocks)} ` : "") +
      (context ? "? " : "")
    );
  }

  width(row: Row): number {
    return this.before(row).length + Number(row.pad) + row.shown.width + row.indicator.length;
  }

  text(row: Row, column: number): string {
    const { painter } = this.#context;
    const before = painter.normal() + this.before(row);
    return before + painter.name(row.entry, row.shown, row.pad, column) + row.indicator;
  }
}

function widest(rows: readonly Row[], text: (row: Row) => string): number {
  return rows.reduce((most, row) => Math.max(most, text(row).length), 0);
}

function separated(rows: readonly Row[], context: Context): string {
  const { settings } = context;
  const commas = settings.format === "commas";
  const frills = new Frills(rows, context, commas);
  let out = "";
  let position = 0;
  for (const [index, row] of rows.entries()) {
    const length = settings.width === 0 ? 0 : frills.width(row);
    if (index > 0) {
      const fits = settings.width === 0 || position + length + 2 < settings.width;
      position = fits ? position + 2 : 0;
      out += `${commas ? "," : " "}${fits ? " " : settings.end}`;
    }
    out += frills.text(row, position);
    position += length;
  }
  return out + settings.end;
}

function columns(rows: readonly Row[], context: Context, across: boolean): string {
  const { settings } = context;
  const { width, tabSize } = settings;
  const frills = new Frills(rows, context, false);
  const widths = rows.map((row) => frills.width(row));
  const most = Math.min(rows.length, Math.max(1, Math.floor(width / LEAST_COLUMN) + (width % LEAST_COLUMN ? 1 : 0)));
  let best: readonly number[] = [Math.max(...widths)];
  for (let count = most; count > 1; count--) {
    const tall = Math.ceil(rows.length / count);
    const fitted = Array.from({ length: count }, () => LEAST_COLUMN);
    for (const [index, own] of widths.entries()) {
      const column = across ? index % count : Math.floor(index / tall);
      const needed = own + (column === count - 1 ? 0 : 2);
      if (needed > (fitted[column] as number)) fitted[column] = needed;
    }
    if (fitted.reduce((sum, each) => sum + each, 0) < width) {
      best = fitted;
      break;
    }
  }
  const count = best.length;
  const tall = Math.ceil(rows.length / count);
  const lines: string[] = [];
  for (let line = 0; line < tall; line++) {
    let out = "";
    let at = 0;
    let end = 0;
    for (let column = 0; column < count; column++) {
      const index = across ? line * count + column : column * tall + line;
      const row = rows[index];
      if (row === undefined) break;
      if (column > 0) out += gap(end, at, tabSize);
      out += frills.text(row, at);
      end = at + (widths[index] as number);
      at += best[column] as number;
    }
    lines.push(out + settings.end);
  }
  return lines.join("");
}

/** From one column to another, with tabs where they save something. */
function gap(start: number, to: number, tabSize: number): string {
  let out = "";
  let from = start;
  while (from < to) {
    if (tabSize !== 0 && Math.floor(to / tabSize) > Math.floor((from + 1) / tabSize)) {
      out += "\t";
      from += tabSize - (from % tabSize);
    } else {
      out += " ";
      from++;
    }
  }
  return out;
}

/** As BusyBox writes long lines: every column as wide as it always is. */
function* fixedLines(rows: readonly Row[], context: Context): Generator<string> {
  const { settings, accounts, painter, now } = context;
  const side = (name: string | undefined, id: number) =>
    `${(settings.numeric ? String(id) : (name ?? String(id)).slice(0, 8)).padEnd(8)} `;
  for (const row of rows) {
    const { entry } = row;
    const { stat } = entry;
    if (stat === undefined) continue;
    const { device } = stat;
    let line = settings.inode ? `${row.inode.padStart(7)} ` : "";
    if (settings.blocks) line += `${row.blocks.padStart(6)} `;
    line += `${modeText(stat)} ${String(stat.links).padStart(4)} `;
    if (settings.owner) line += side(accounts.user(stat.uid), stat.uid);
    if (settings.group) line += side(accounts.group(stat.gid), stat.gid);
    if (device !== undefined) line += `${String(device[0]).padStart(4)},${String(device[1]).padStart(4)} `;
    else line += `${sizeText(stat.size, settings.fileSize).padStart(settings.fileSize.kind === "human" ? 7 : 9)} `;
    const full = settings.timeFormats[0].startsWith("%Y");
    line += `${full ? formatDate(timeOf(stat, settings.time), "%Y-%m-%d %H:%M:%S %z", "gnu") : timeText(stat, settings, now)} `;
    line += painter.name(entry, row.shown, false, 0);
    line += entry.target === undefined ? row.indicator : ` -> ${entry.target}`;
    yield line + settings.end;
  }
}

function* longLines(rows: readonly Row[], measured: readonly Row[], context: Context): Generator<string> {
  const { settings, accounts, painter, now } = context;
  const account = (known: string | undefined, id: number) => ({
    text: settings.numeric ? String(id) : (known ?? String(id)),
    number: settings.numeric || known === undefined,
  });
  const user = ({ entry }: Row) =>
    entry.stat === undefined ? { text: "?", number: false } : account(accounts.user(entry.stat.uid), entry.stat.uid);
  const group = ({ entry }: Row) =>
    entry.stat === undefined ? { text: "?", number: false } : account(accounts.group(entry.stat.gid), entry.stat.gid);
  const links = ({ entry }: Row) => (entry.stat === undefined ? "?" : String(entry.stat.links));
  const device = ({ entry }: Row) => entry.stat?.device;
  const majors = widest(measured, (row) => String(device(row)?.[0] ?? ""));
  const minors = widest(measured, (row) => String(device(row)?.[1] ?? ""));
  const size = (row: Row) => {
    const { stat } = row.entry;
    const numbers = device(row);
    if (numbers !== undefined) return `${String(numbers[0]).padStart(majors)}, ${String(numbers[1]).padStart(minors)}`;
    return stat === undefined ? "?" : sizeText(stat.size, settings.fileSize);
  };
  const inodeWidth = widest(measured, ({ inode }) => inode);
  const blockWidth = widest(measured, ({ blocks }) => blocks);
  const linkWidth = widest(measured, links);
  const userWidth = widest(measured, (row) => user(row).text);
  const groupWidth = widest(measured, (row) => group(row).text);
  const sizeWidth = widest(measured, size);
  const side = ({ text, number }: { text: string; number: boolean }, width: number) =>
    number ? text.padStart(width) : text.padEnd(width);
  const blankTime = formatDate(0, settings.timeFormats[0], "gnu").length;
  for (const row of rows) {
    const { entry } = row;
    const { stat } = entry;
    let line = "";
    if (settings.inode) line += `${row.inode.padStart(inodeWidth)} `;
    if (settings.blocks) line += `${row.blocks.padStart(blockWidth)} `;
    line += `${stat === undefined ? unknownMode(entry) : modeText(stat)} ${links(row).padStart(linkWidth)} `;
    if (settings.owner) line += `${side(user(row), userWidth)} `;
    if (settings.group) line += `${side(group(row), groupWidth)} `;
    if (settings.author) line += `${side(user(row), userWidth)} `;
    if (settings.context) line += "? ";
    line += `${size(row).padStart(sizeWidth)} `;
    line += `${stat === undefined || settings.time === "born" ? "?".padStart(blankTime) : timeText(stat, settings, now)} `;
    const column = line.length;
    line = painter.normal() + line + painter.name(entry, row.shown, row.pad, column);
    if (entry.target === undefined) line += row.indicator;
    else {
      const where = plainName(entry.target, settings);
      line += ` -> ${painter.name(entry, where, false, column + row.shown.width + 4, true)}`;
      line += entry.referent === undefined ? "" : indicatorOf(settings, entry.referent, undefined);
    }
    yield line + settings.end;
  }
}

function unknownMode({ type }: Entry): string {
  return `${type === undefined ? "?" : modeText({ type, mode: 0 })[0]}?????????`;
}

function timeText(stat: FileStat, { time, timeFormats }: Settings, now: number): string {
  const when = timeOf(stat, time);
  const isRecent = when > now - HALF_YEAR_MS && when <= now;
  return formatDate(when, timeFormats[isRecent ? 1 : 0], "gnu");
}
