import { describe, expect, it } from "vitest";
import { NanoEditor } from "./editor.ts";

/** Keys by name ("ctrl-k"), or text in quotes. */
function press(editor: NanoEditor, ...keys: readonly string[]): void {
  for (const key of keys) {
    const typed = /^"(.*)"$/s.exec(key)?.[1];
    if (typed === undefined) editor.handle({ kind: "key", name: key }, key);
    else for (const text of typed) editor.handle({ kind: "text", text }, "");
    while (editor.replacing) editor.replaceSome();
  }
}

describe("nano's text", () => {
  it("knows after undoing whether the text is what the file has", () => {
    const editor = new NanoEditor("file", "one\n");
    press(editor, '"a"');
    editor.buffer.written();
    press(editor, '"b"', "alt-u");
    expect([editor.buffer.text, editor.buffer.changed]).toEqual(["aone\n", false]);
    press(editor, "alt-u");
    expect([editor.buffer.text, editor.buffer.changed]).toEqual(["one\n", true]);
    press(editor, '"c"', "alt-u");
    expect(editor.buffer.changed).toBe(true);
  });

  it("goes down from where the cursor is after something was typed", () => {
    const editor = new NanoEditor("file", "a\nb\ncccccc\n");
    press(editor, "down", '"xx"', "down");
    expect([editor.buffer.row, editor.buffer.column]).toEqual([2, 2]);
  });

  it("undoes what was replaced one by one", () => {
    const editor = new NanoEditor("file", "a b a\na\n");
    press(editor, "alt-r", '"a"', "enter", '"xx"', "enter", '"a"');
    expect([editor.buffer.text, editor.message]).toEqual(["xx b xx\nxx\n", "Replaced 3 occurrences"]);
    press(editor, "alt-u");
    expect([editor.buffer.text, editor.message]).toEqual(["xx b xx\na\n", "Undid replacement"]);
    press(editor, "alt-u", "alt-e", "alt-e");
    expect(editor.buffer.text).toBe("xx b xx\nxx\n");
  });

  it("replaces in a long text some places at a time", () => {
    const editor = new NanoEditor("file", "a\n".repeat(5000));
    press(editor, "alt-r", '"a"', "enter", '"b"', "enter");
    editor.handle({ kind: "text", text: "a" }, "");
    let turns = 0;
    for (; editor.replacing; turns++) editor.replaceSome();
    expect(turns).toBeGreaterThan(5);
    expect(editor.buffer.text).toBe("b\n".repeat(5000));
  });
});

describe("nano's questions", () => {
  it("refuse by name what nano does with names and this does not", () => {
    const editor = new NanoEditor("file", "one\n");
    press(editor, "ctrl-o", "alt-b");
    expect([editor.asking, editor.message]).toEqual([undefined, "No backups are made here"]);
  });

  it("have searches again with ^P and ^N", () => {
    const editor = new NanoEditor("file", "one two\n");
    press(editor, "ctrl-w", '"one"', "enter", "ctrl-w", '"two"', "enter", "ctrl-w", "ctrl-p", "ctrl-p", "ctrl-n");
    expect([editor.question, editor.answer.text]).toEqual(["Search [two]: ", "two"]);
  });
});
