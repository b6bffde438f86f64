/** nano's line of answers: what was typed in reply to a question, and what was searched for before. */

/** How a file that is written meets one that is there. */
export type Writing = "whole" | "append" | "prepend";

/** What is being asked. */
export type Asking =
  | { readonly kind: "name"; readonly quit: boolean; readonly how: Writing }
  | { readonly kind: "other-name"; readonly quit: boolean; readonly how: Writing }
  | { readonly kind: "save" }
  | { readonly kind: "search" }
  | { readonly kind: "replace" }
  | { readonly kind: "with"; readonly text: string }
  | { readonly kind: "instance"; readonly text: string; readonly by: string }
  | { readonly kind: "line" }
  | { readonly kind: "read" };

const WRITE_WORDS: Readonly<Record<Writing, string>> = {
  whole: "Write",
  append: "Append to",
  prepend: "Prepend to",
};

/** The words before the answer. `last`: what was searched for; `flags`: how, in brackets. */
export function questionOf(asking: Asking, last: string, flags: string): string {
  const before = last === "" ? "" : ` [${last}]`;
  switch (asking.kind) {
    case "name":
      return `File Name to ${WRITE_WORDS[asking.how]}: `;
    case "other-name":
      return "Save file under DIFFERENT NAME? ";
    case "save":
      return "Save modified buffer? ";
    case "search":
      return `Search${flags}${before}: `;
    case "replace":
      return `Search${flags} (to replace)${before}: `;
    case "with":
      return "Replace with: ";
    case "instance":
      return "Replace this instance?";
    case "line":
      return "Enter line number, column number: ";
    case "read":
      return "File to insert [from ./]: ";
  }
}

export class AnswerLine {
  text = "";
  /** Where in it the cursor is. */
  at = 0;
  #history: string[] = [];
  #recalled = 0;

  /** For a new question. */
  begin(text: string): void {
    this.#set(text);
    this.#recalled = this.#history.length;
  }

  type(text: string): void {
    this.text = this.text.slice(0, this.at) + text + this.text.slice(this.at);
    this.at += text.length;
  }

  /** Keeps what was searched for, the last one last. */
  keep(text: string): void {
    this.#history = [...this.#history.filter((each) => each !== text), text];
  }

  /** False where the key does nothing to a line of text. */
  edit(name: string): boolean {
    switch (name) {
      case "backspace":
      case "ctrl-h": {
        const before = Array.from(this.text.slice(0, this.at)).slice(0, -1).join("");
        this.text = before + this.text.slice(this.at);
        this.at = before.length;
        return true;
      }
      case "delete":
      case "ctrl-d":
        this.text = this.text.slice(0, this.at) + this.text.slice(this.at + 1);
        return true;
      case "left":
        this.at = Math.max(0, this.at - 1);
        return true;
      case "right":
        this.at = Math.min(this.text.length, this.at + 1);
        return true;
      case "home":
      case "ctrl-a":
        this.at = 0;
        return true;
      case "end":
      case "ctrl-e":
        this.at = this.text.length;
        return true;
      case "ctrl-k":
      case "ctrl-u":
        this.#set("");
        return true;
      default:
        return false;
    }
  }

  /** An older (-1) or newer (1) search instead of what was typed. */
  recall(by: -1 | 1): void {
    this.#recalled = Math.max(0, Math.min(this.#history.length, this.#recalled + by));
    this.#set(this.#history[this.#recalled] ?? "");
  }

  #set(text: string): void {
    this.text = text;
    this.at = text.length;
  }
}
