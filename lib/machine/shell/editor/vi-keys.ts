/** readline's vi mode (vi_mode.c): commands and their motions, which are keys of one another and not of the keymap. */
import type { LineEditor } from "./editor.ts";
import { type Act, type Given, goToLine } from "./functions.ts";
import { plainSearch } from "./search.ts";

/** Kept while a line is edited. */
export interface ViState {
  found: { readonly key: string; readonly character: string } | undefined;
  /** The last change, as the keys that made it. */
  dot: string;
  inserted: string;
  forward: boolean;
}

type Kind = 0 | 1 | 2;

function kind(char: string, big: boolean): Kind {
  if (char === "" || /\s/.test(char)) return 0;
  return big || /[\p{L}\p{N}_]/u.test(char) ? 2 : 1;
}

function wordMotion(text: string, from: number, key: string, count: number): number {
  const big = /[WBE]/.test(key);
  const at = (index: number) => kind(text.charAt(index), big);
  let place = from;
  for (let n = 0; n < count; n++) {
    if (/[wW]/.test(key)) {
      const start = at(place);
      while (place < text.length && start !== 0 && at(place) === start) place++;
      while (place < text.length && at(place) === 0) place++;
    } else if (/[bB]/.test(key)) {
      while (place > 0 && at(place - 1) === 0) place--;
      const start = at(place - 1);
      while (place > 0 && at(place - 1) === start) place--;
    } else {
      place++;
      while (place < text.length && at(place) === 0) place++;
      const start = at(place);
      while (place + 1 < text.length && at(place + 1) === start) place++;
    }
  }
  return Math.min(place, text.length);
}

interface Reached {
  readonly to: number;
  /** The character there belongs to it. */
  readonly inclusive: boolean;
}

/** Undefined: no motion, or it leads nowhere. */
async function motion(
  editor: LineEditor,
  key: string,
  count: number,
  operating: boolean,
): Promise<Reached | undefined> {
  const { buffer } = editor;
  const { text, cursor } = buffer;
  const state = stateOf(editor);
  switch (key) {
    case "h":
      return { to: Math.max(0, cursor - count), inclusive: false };
    case "l":
    case " ":
      return { to: Math.min(text.length, cursor + count), inclusive: false };
    case "w":
    case "W":
    case "b":
    case "B":
      return { to: wordMotion(text, cursor, key, count), inclusive: false };
    case "e":
    case "E":
      return { to: Math.min(text.length - 1, wordMotion(text, cursor, key, count)), inclusive: true };
    case "0":
      return { to: 0, inclusive: false };
    case "^":
      return { to: Math.max(0, text.search(/\S|$/)), inclusive: false };
    case "$":
      return { to: operating ? text.length : Math.max(0, text.length - 1), inclusive: false };
    case "|":
      return { to: Math.min(text.length, count - 1), inclusive: false };
    case "%": {
      const pairs = "()[]{}";
      let from = cursor;
      while (from < text.length && !pairs.includes(text.charAt(from))) from++;
      const bracket = text.charAt(from);
      if (bracket === "") return undefined;
      const index = pairs.indexOf(bracket);
      const step = index % 2 === 0 ? 1 : -1;
      const other = pairs.charAt(index + step);
      let depth = 0;
      for (let at = from; at >= 0 && at < text.length; at += step) {
        if (text.charAt(at) === bracket) depth++;
        else if (text.charAt(at) === other && --depth === 0) return { to: at, inclusive: true };
      }
      return undefined;
    }
    case "f":
    case "F":
    case "t":
    case "T": {
      const character = await editor.char();
      if (character === undefined || character === "\x1b") return undefined;
      state.found = { key, character };
      return findCharacter(text, cursor, state.found, count);
    }
    case ";":
    case ",": {
      if (state.found === undefined) return undefined;
      const { key: how, character } = state.found;
      const turned = how === how.toLowerCase() ? how.toUpperCase() : how.toLowerCase();
      return findCharacter(text, cursor, { key: key === ";" ? how : turned, character }, count);
    }
    default:
      return undefined;
  }
}

function findCharacter(
  text: string,
  from: number,
  { key, character }: { readonly key: string; readonly character: string },
  count: number,
): Reached | undefined {
  let at = from;
  const ahead = key === "f" || key === "t";
  for (let n = 0; n < count; n++) {
    at = ahead ? text.indexOf(character, at + 1) : at === 0 ? -1 : text.lastIndexOf(character, at - 1);
    if (at === -1) return undefined;
  }
  return { to: key === "t" ? at - 1 : key === "T" ? at + 1 : at, inclusive: ahead };
}

function stateOf(editor: LineEditor): ViState {
  editor.vi ??= { found: undefined, dot: "", inserted: "", forward: false };
  return editor.vi;
}

/** Escape: from typing to commands. */
export const viCommandMode: Act = (editor) => {
  const { buffer } = editor;
  const begun = editor.memory.get("inserting");
  if (typeof begun === "number" && begun <= buffer.cursor)
    stateOf(editor).inserted = buffer.text.slice(begun, buffer.cursor);
  editor.memory.delete("inserting");
  if (editor.map === "vi-insert" && buffer.cursor > 0) buffer.cursor = buffer.charLeft();
  editor.map = "vi-command";
  editor.overwriting = false;
};

function insertMode(editor: LineEditor): void {
  editor.map = "vi-insert";
  editor.memory.set("inserting", editor.buffer.cursor);
}

async function readCount(
  editor: LineEditor,
  first: string,
): Promise<{ readonly count: number; readonly key: string | undefined }> {
  let digits = first;
  for (;;) {
    const key = await editor.char();
    if (key !== undefined && /^\d$/.test(key)) {
      if (digits.length < 6) digits += key;
    } else return { count: Number(digits), key };
  }
}

/** A key of vi's command mode. */
export const viKey: Act = async (editor, { keys }) => {
  let key: string | undefined = keys;
  let count = 1;
  if (/^[1-9]$/.test(keys)) ({ count, key } = await readCount(editor, keys));
  if (key === undefined) return;
  if (key === ".") return editor.playMacro(stateOf(editor).dot);
  if (/^[\x00-\x1f]$/.test(key) || !VI_KEYS.includes(key)) {
    editor.unread(key);
    if (!/^[\x00-\x1f\d]$/.test(key)) editor.argument = count;
    return;
  }
  await command(editor, key, count);
};

const VI_KEYS = 'hlwbeWBE0^$|%fFtT;,dcyDCYSsxXrR~pPiaIA@ "`m';

async function command(editor: LineEditor, key: string, count: number): Promise<void> {
  const { buffer } = editor;
  const { text, cursor } = buffer;
  const take = (from: number, to: number, remove: boolean) => {
    const [start, end] = from <= to ? [from, to] : [to, from];
    if (start < end) editor.ring.add(text.slice(start, end), undefined);
    if (remove) buffer.delete(start, end);
    buffer.cursor = start;
  };
  const dot = (more = "") => {
    stateOf(editor).dot = `${count > 1 ? count : ""}${key}${more}`;
  };
  switch (key) {
    case "i":
      return insertMode(editor);
    case "a":
      if (text !== "") buffer.cursor = buffer.charRight();
      return insertMode(editor);
    case "I":
      buffer.cursor = 0;
      return insertMode(editor);
    case "A":
      buffer.cursor = text.length;
      return insertMode(editor);
    case "x":
      if (text === "") return editor.ding();
      take(cursor, Math.min(text.length, cursor + count), true);
      return dot();
    case "X":
      take(Math.max(0, cursor - count), cursor, true);
      return dot();
    case "D":
      take(cursor, text.length, true);
      return dot();
    case "C":
      take(cursor, text.length, true);
      return insertMode(editor);
    case "s":
      take(cursor, Math.min(text.length, cursor + count), true);
      return insertMode(editor);
    case "S":
      take(0, text.length, true);
      return insertMode(editor);
    case "Y":
      take(0, text.length, false);
      buffer.cursor = cursor;
      return;
    case "R":
      insertMode(editor);
      editor.overwriting = true;
      return;
    case "r": {
      const character = await editor.char();
      if (character === undefined || character === "\x1b" || cursor + count > text.length) return editor.ding();
      buffer.replace(cursor, cursor + count, character.repeat(count));
      buffer.cursor = cursor + count - 1;
      return dot(character);
    }
    case "~": {
      const end = Math.min(text.length, cursor + count);
      const turned = Array.from(text.slice(cursor, end), (each) =>
        each === each.toUpperCase() ? each.toLowerCase() : each.toUpperCase(),
      ).join("");
      buffer.replace(cursor, end, turned);
      return dot();
    }
    case "p":
    case "P": {
      const put = editor.ring.current.repeat(count);
      if (put === "") return editor.ding();
      const at = key === "p" && text !== "" ? buffer.charRight() : cursor;
      buffer.replace(at, at, put);
      buffer.cursor = at + put.length - 1;
      return dot();
    }
    case "d":
    case "c":
    case "y": {
      let next = await editor.char();
      let times = count;
      if (next !== undefined && /^[1-9]$/.test(next)) {
        const more = await readCount(editor, next);
        times *= more.count;
        next = more.key;
      }
      if (next === undefined || next === "\x1b") return;
      if (next === key) take(0, text.length, key !== "y");
      else {
        const word = key === "c" && /[wW]/.test(next) && kind(text.charAt(cursor), next === "W") !== 0;
        const reached = word
          ? { to: Math.min(text.length - 1, changedWord(text, cursor, next === "W", times)), inclusive: true }
          : await motion(editor, next, times, true);
        if (reached === undefined) return editor.ding();
        const to = reached.inclusive && reached.to >= cursor ? reached.to + 1 : reached.to;
        take(cursor, Math.min(to, text.length), key !== "y");
      }
      if (key === "y") buffer.cursor = cursor;
      if (key === "d")
        dot(
          `${times > 1 && count === 1 ? times : ""}${next}${/[fFtT]/.test(next) ? (stateOf(editor).found?.character ?? "") : ""}`,
        );
      if (key === "c") insertMode(editor);
      return;
    }
    default: {
      const reached = await motion(editor, key, count, false);
      if (reached === undefined) return editor.ding();
      buffer.cursor = Math.max(0, Math.min(reached.to, text.length));
    }
  }
}

/** The last character of the word `cw` changes. */
function changedWord(text: string, from: number, big: boolean, count: number): number {
  let at = from;
  for (let n = 0; n < count; n++) {
    if (n > 0) {
      at++;
      while (at < text.length && kind(text.charAt(at), big) === 0) at++;
    }
    const start = kind(text.charAt(at), big);
    while (at + 1 < text.length && kind(text.charAt(at + 1), big) === start) at++;
  }
  return at;
}

export const viUndo: Act = async (editor) => {
  if (!editor.buffer.undo()) await editor.ding();
};

/** / and ?: a line of the history that holds a text. */
export const viSearch: Act = async (editor, { keys }) => {
  stateOf(editor).forward = keys === "?";
  if (await plainSearch(editor, keys === "?" ? 1 : -1, keys)) editor.buffer.cursor = 0;
};

export const viSearchAgain: Act = async (editor, { keys }) => {
  const query = editor.memory.get("plain");
  if (typeof query !== "string") return editor.ding();
  const forward = stateOf(editor).forward === (keys === "n");
  for (let at = editor.line + (forward ? 1 : -1); at >= 0 && at < editor.lines.length; at += forward ? 1 : -1) {
    if (!(editor.lines[at] ?? "").includes(query)) continue;
    goToLine(editor, at);
    editor.buffer.cursor = 0;
    return;
  }
  await editor.ding();
};

/** `_`: the last word of the line before, to be typed behind. */
export const viYankArgument: Act = async (editor, { count, given }: Given) => {
  const line = editor.lines[editor.line - 1] ?? editor.lines[editor.lines.length - 2];
  const words = line?.match(/(?:\\.|"(?:\\.|[^"])*"|'[^']*'|\S)+/g) ?? [];
  const word = given ? words[count - 1] : words.at(-1);
  if (word === undefined) return editor.ding();
  const { buffer } = editor;
  if (buffer.text !== "") buffer.cursor = buffer.charRight();
  insertMode(editor);
  buffer.insert(buffer.text === "" ? word : ` ${word}`);
};
