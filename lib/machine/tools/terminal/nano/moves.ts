/** nano's keys that move the cursor. */
import { displayWidth } from "../../../tty/width.ts";
import type { NanoBuffer } from "./buffer.ts";

const WORD = /[\p{L}\p{N}_]/u;

function vertical(buffer: NanoBuffer, by: number): void {
  buffer.want ??= displayWidth(buffer.line.slice(0, buffer.column));
  buffer.row = Math.max(0, Math.min(buffer.lines.length - 1, buffer.row + by));
  let column = 0;
  let at = 0;
  for (const char of buffer.line) {
    if (column + displayWidth(char) > buffer.want) break;
    column += displayWidth(char);
    at += char.length;
  }
  buffer.column = at;
}

function scroll(buffer: NanoBuffer, by: number): void {
  const at = buffer.row - buffer.top;
  buffer.top = Math.max(0, Math.min(buffer.lines.length - 1, buffer.top + by));
  buffer.row = Math.max(0, Math.min(buffer.lines.length - 1, buffer.top + at));
  buffer.column = 0;
}

/** What a key does that only moves the cursor. False where the key moves nothing. */
export function move(buffer: NanoBuffer, name: string): boolean {
  switch (name) {
    case "left":
    case "ctrl-b":
      if (buffer.column > 0) buffer.column = buffer.before();
      else if (buffer.row > 0) {
        buffer.row--;
        buffer.column = buffer.line.length;
      }
      break;
    case "right":
      if (buffer.column < buffer.line.length) buffer.column = buffer.after();
      else if (buffer.row < buffer.lines.length - 1) {
        buffer.row++;
        buffer.column = 0;
      }
      break;
    case "up":
    case "ctrl-p":
      vertical(buffer, -1);
      break;
    case "down":
    case "ctrl-n":
      vertical(buffer, 1);
      break;
    case "home":
    case "ctrl-a":
      buffer.column = 0;
      break;
    case "end":
    case "ctrl-e":
      buffer.column = buffer.line.length;
      break;
    case "page-up":
    case "ctrl-y":
      if (buffer.top === 0) {
        buffer.row = 0;
        buffer.column = 0;
      } else scroll(buffer, -Math.max(1, buffer.page - 2));
      break;
    case "page-down":
    case "ctrl-v":
      if (buffer.top + buffer.page >= buffer.lines.length) {
        buffer.row = buffer.lines.length - 1;
        buffer.column = 0;
      } else scroll(buffer, Math.max(1, buffer.page - 2));
      break;
    case "ctrl-right":
      word(buffer, 1);
      break;
    case "ctrl-left":
      word(buffer, -1);
      break;
    case "alt-|":
    case "alt-\\":
      buffer.row = 0;
      buffer.column = 0;
      break;
    case "alt-/":
      buffer.row = buffer.lines.length - 1;
      buffer.column = buffer.line.length;
      if (buffer.row >= buffer.top + buffer.page) buffer.top = Math.max(0, buffer.lines.length - buffer.page);
      break;
    default:
      return false;
  }
  return true;
}

function word(buffer: NanoBuffer, step: 1 | -1): void {
  const text = () => buffer.line;
  if (step > 0) {
    while (buffer.column < text().length && WORD.test(text().charAt(buffer.column))) buffer.column++;
    for (;;) {
      while (buffer.column < text().length && !WORD.test(text().charAt(buffer.column))) buffer.column++;
      if (buffer.column < text().length || buffer.row >= buffer.lines.length - 1) return;
      buffer.row++;
      buffer.column = 0;
    }
  }
  for (;;) {
    while (buffer.column > 0 && !WORD.test(text().charAt(buffer.column - 1))) buffer.column--;
    if (buffer.column > 0 || buffer.row === 0) break;
    buffer.row--;
    buffer.column = text().length;
  }
  while (buffer.column > 0 && WORD.test(text().charAt(buffer.column - 1))) buffer.column--;
}
