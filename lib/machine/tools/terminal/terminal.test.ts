import { describe, expect, it } from "vitest";
import { KEY, sitDown } from "../../shell/screen.test-helper.ts";
import { toolPrograms } from "../index.ts";
import { ViBuffer } from "./vi/buffer.ts";
import { keysOf } from "./vi/keys.ts";
import { runVi } from "./vi/normal.ts";
import { Vi } from "./vi/state.ts";

const programs = Object.fromEntries(toolPrograms);

const NO_FILES = { read: () => undefined, write: () => undefined, exists: () => false, directoryExists: () => true };
const NAMED: Readonly<Record<string, string>> = { "<esc>": "\x1b", "<cr>": "\r", "<ctrl-r>": "\x12" };

/** Types keys (`<esc>`, `<cr>` for the special ones) into a fresh editor. */
function type(text: string, keys: string): Vi {
  const vi = new Vi(new ViBuffer("a", text), NO_FILES, () => 0);
  vi.go({ row: 0, column: 0 });
  const running = runVi(vi);
  let step = running.next();
  for (const key of keys.split(/(<[a-z-]+>)/).flatMap((part) => NAMED[part] ?? keysOf(part))) {
    while (step.done !== true && step.value.kind !== "key") step = running.next();
    step = running.next(key);
  }
  return vi;
}

describe("vi", () => {
  it.each([
    ["inserts and appends", "abc\n", "ix<esc>AY<esc>", "xabcY\n"],
    [
      "opens lines with the indent of the one before",
      "  a: 1\n",
      ":set ai<cr>ob: 2<esc>Otop<esc>",
      "  a: 1\n  top\n  b: 2\n",
    ],
    ["deletes characters, words and lines", "one two three\nx\ny\n", "xwdwjdd", "ne three\ny\n"],
    [
      "changes a word, and repeats that elsewhere",
      "replicas: 1\nreplicas: 1\n",
      "wwcw3<esc>j0ww.",
      "replicas: 3\nreplicas: 3\n",
    ],
    ["deletes and changes to the end of the line", "image: nginx:1\n", "wwCredis<esc>", "image: redis\n"],
    ["yanks and puts lines", "a\nb\n", "yyjp", "a\nb\na\n"],
    ["counts", "a\nb\nc\nd\n", "2ddp", "c\na\nb\nd\n"],
    ["joins", "a\n  b\n", "J", "a b\n"],
    ["undoes and redoes", "a\n", "xiZ<esc>uu", "a\n"],
    ["redoes", "abc\n", "xu<ctrl-r>", "bc\n"],
    ["finds", "a\nb needle\n", "/needle<cr>x", "a\nb eedle\n"],
    ["moves to lines", "a\nb\nc\n", "Gxggx:2<cr>x", "\n\n\n"],
    ["substitutes", "a a\na\n", ":%s/a/b/g<cr>", "b b\nb\n"],
    ["indents", "a\nb\n", ":set sw=2 et<cr>>>j>>", "  a\n  b\n"],
    ["replaces one character and to a found one", "a:b\n", "rXfb~", "X:B\n"],
    ["deletes up to a motion", "key: value # note\n", "f#d$", "key: value \n"],
    ["puts characters", "ab\n", "xp", "ba\n"],
    ["deletes what is selected", "abcdef\n", "lvlld", "aef\n"],
    ["deletes selected lines, and puts them", "a\nb\nc\n", "Vjdp", "c\na\nb\n"],
    ["selects backwards", "abcdef\n", "$vhhd", "abc\n"],
    ["changes what is selected", "one two\n", "vecX<esc>", "X two\n"],
    ["yanks what is selected, over lines", "ab\ncd\n", "lvjhyP", "ab\ncb\ncd\n"],
    ["indents selected lines", "a\nb\nc\n", ":set sw=2 et<cr>Vj>", "  a\n  b\nc\n"],
    ["changes case of what is selected", "abc\n", "vlU", "ABc\n"],
    ["substitutes in selected lines", "a\na\na\n", "Vj:s/a/b/<cr>", "b\nb\na\n"],
    ["leaves the selection", "abc\n", "vl<esc>x", "ac\n"],
  ])("%s", (_, text, keys, expected) => {
    expect(type(text, keys).buffer.text).toBe(expected);
  });

  it("refuses to lose changes", () => {
    const editor = type("a", "x:q<cr>");
    expect(editor.message?.text).toBe("E37: No write since last change (add ! to override)");
    expect(type("a", ":nonsense<cr>").message?.text).toBe("E492: Not an editor command: nonsense");
  });

  it("stops on ^Z, and goes on where it was", async () => {
    const me = await sitDown({ programs, files: { "root/a.txt": "one\n" } });
    await me.type("vi a.txt", KEY.enter);
    await me.type("itwo ", KEY.escape, "\x1a");
    expect(me.screen.lines.join("\n")).toMatch(/\[1\]\+ {2}Stopped {17}vi a\.txt/);
    await me.type("fg", KEY.enter);
    expect(me.screen.lines[0]).toBe("two one");
    await me.type(":wq", KEY.enter, "cat a.txt", KEY.enter);
    expect(me.screen.lines.join("\n")).toContain("two one");
  });

  it("edits a file on the screen, and gives the screen back", async () => {
    const me = await sitDown({ programs, files: { "root/web.yaml": "replicas: 1\nname: 中文\n" } });
    await me.type("vi web.yaml", KEY.enter);
    expect(me.screen.lines.slice(0, 3)).toEqual(["replicas: 1", "name: 中文", "~"]);
    expect(me.screen.lines.at(-1)).toMatch(/^"web.yaml" 2L, 25B +1,1 +All$/);
    await me.type("A0", KEY.escape);
    await me.wait(100);
    await me.type(":wq", KEY.enter);
    expect(me.machine.files.readText("/root/web.yaml")).toBe("replicas: 10\nname: 中文\n");
    await me.type("echo back", KEY.enter);
    expect(me.screen.lines).toContain("back");
  });

  it("leaves with a failure at :cq, and without a terminal", async () => {
    const me = await sitDown({ programs });
    await me.type("vi x", KEY.enter, ":cq", KEY.enter, "echo status $?", KEY.enter);
    expect(me.screen.lines).toContain("status 1");
  });
});

describe("nano", () => {
  it("edits, searches, cuts and pastes, saves and exits", async () => {
    const me = await sitDown({ programs: programs, files: { "root/web.yaml": "a: 1\nb: 2\nc: 3\n" } });
    await me.type("nano web.yaml", KEY.enter);
    expect(me.screen.lines[0]).toContain("web.yaml");
    expect(me.screen.lines[1]).toBe("a: 1");
    await me.type(KEY.ctrl("w"), "c:", KEY.enter, KEY.ctrl("k"), KEY.ctrl("w"), "a:", KEY.enter, KEY.ctrl("u"));
    await me.type(KEY.ctrl("e"), "0");
    expect(me.screen.lines[0]).toContain("web.yaml *");
    await me.type(KEY.ctrl("o"), KEY.enter);
    expect(me.machine.files.readText("/root/web.yaml")).toBe("c: 3\na: 10\nb: 2\n");
    await me.type(KEY.ctrl("x"), "echo back", KEY.enter);
    expect(me.screen.lines).toContain("back");
  });

  it("asks before changes are lost", async () => {
    const me = await sitDown({ programs: programs });
    await me.type("nano new", KEY.enter, "text", KEY.ctrl("x"));
    expect(me.screen.lines.some((line) => line.startsWith("Save modified buffer?"))).toBe(true);
    await me.type("y", KEY.enter, "cat new", KEY.enter);
    expect(me.screen.lines).toContain("text");
  });
});

describe("less", () => {
  const text = Array.from({ length: 60 }, (_, i) => `line ${i + 1}\n`).join("");

  it("pages through a file, searches and quits", async () => {
    const me = await sitDown({ programs, files: { "root/log": text } });
    await me.type("less log", KEY.enter);
    expect(me.screen.lines[0]).toBe("line 1");
    await me.type(" ");
    expect(me.screen.lines[0]).toBe("line 24");
    await me.type("G");
    expect(me.screen.lines.at(-1)).toBe("(END)");
    await me.type("g", "/", "line 30", KEY.enter);
    expect(me.screen.lines[0]).toBe("line 30");
    await me.type("q", "echo back", KEY.enter);
    expect(me.screen.lines).toContain("back");
  });

  it("shows a stream while it is still coming, with keys from the terminal", async () => {
    const me = await sitDown({ programs });
    await me.type("(echo first; sleep 5; echo second) | less", KEY.enter);
    expect(me.screen.lines[0]).toBe("first");
    await me.wait(6000);
    expect(me.screen.lines[1]).toBe("second");
    await me.type("q", "echo back", KEY.enter);
    expect(me.screen.lines).toContain("back");
  });

  it("goes by counts, and follows what comes until a key is pressed", async () => {
    const me = await sitDown({ programs, files: { "root/log": text } });
    await me.type("less log", KEY.enter, "10", "j");
    expect(me.screen.lines[0]).toBe("line 11");
    await me.type("20", "g");
    expect(me.screen.lines[0]).toBe("line 20");
    await me.type("q");
    await me.type("(seq 40; sleep 5; seq 41 50; sleep 5; seq 51 60) | less", KEY.enter, "F");
    expect(me.screen.lines.at(-1)).toBe("Waiting for data... (interrupt to abort)");
    expect(me.screen.lines.at(-2)).toBe("40");
    await me.wait(6000);
    expect(me.screen.lines.at(-2)).toBe("50");
    await me.type(" ");
    await me.wait(6000);
    expect(me.screen.lines.at(-2)).toBe("50");
    await me.type("q", "echo back", KEY.enter);
    expect(me.screen.lines).toContain("back");
  });

  it("is cat where the output is no terminal", async () => {
    const me = await sitDown({ programs, files: { "root/log": "a\nb\n" } });
    await me.type("less log | cat", KEY.enter);
    expect(me.screen.lines.slice(1, 3)).toEqual(["a", "b"]);
  });
});

describe("top", () => {
  it("shows the processes, sorts by what is asked for, and leaves at q", async () => {
    const me = await sitDown({ programs });
    await me.type("top", KEY.enter);
    expect(me.screen.lines[0]).toMatch(/^top - \d\d:\d\d:\d\d up /);
    expect(me.screen.lines[1]).toMatch(/^Tasks: +\d+ total, +\d+ running/);
    expect(me.screen.lines.some((line) => / bash$/.test(line))).toBe(true);
    await me.wait(3100);
    await me.type("M", "q", KEY.ctrl("l"), "top -b -n 1 | grep -c PID", KEY.enter);
    expect(me.screen.lines).toContain("1");
  });
});

describe("watch", () => {
  it("shows a command's output again every interval, until ^C", async () => {
    const me = await sitDown({ programs });
    await me.type("n=0; watch -n 1 'echo x >> /tmp/n; wc -l < /tmp/n'", KEY.enter);
    await me.wait(50);
    expect(me.screen.lines[0]).toMatch(/^Every 1\.0s: echo x >> \/tmp\/n; wc -l < \/tmp\/n\s+box: /);
    expect(me.screen.lines[2]).toBe("1");
    await me.wait(2100);
    expect(me.screen.lines[2]).toBe("3");
    await me.type(KEY.ctrl("c"), "echo back", KEY.enter);
    expect(me.screen.lines).toContain("back");
  });
});
