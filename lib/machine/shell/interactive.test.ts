import { describe, expect, it } from "vitest";
import { KEY, sitDown } from "./screen.test-helper.ts";

describe("an interactive shell", () => {
  it("shows its prompt, runs what is typed, and leaves at ^D", async () => {
    const me = await sitDown();
    expect(me.screen.lines).toEqual(["$"]);
    await me.type("echo hello", KEY.enter);
    expect(me.screen.lines).toEqual(["$ echo hello", "hello", "$"]);
    await me.type(KEY.ctrl("d"));
    expect(me.screen.lines).toEqual(["$ echo hello", "hello", "$", "exit"]);
    expect(me.exitCode()).toBe(0);
  });

  it("leaves with the status given to exit", async () => {
    const me = await sitDown();
    await me.type("exit 3", KEY.enter);
    expect(me.exitCode()).toBe(3);
  });

  it("says what is not found without a line number", async () => {
    const me = await sitDown();
    await me.type("nope", KEY.enter);
    expect(me.screen.lines).toEqual(["$ nope", "bash: nope: command not found", "$"]);
  });

  it("gives the terminal to programs in cooked mode", async () => {
    const me = await sitDown();
    await me.type("cat", KEY.enter, "line", KEY.enter);
    expect(me.screen.lines).toEqual(["$ cat", "line", "line"]);
    await me.type(KEY.ctrl("d"));
    expect(me.screen.last).toBe("$");
  });

  it("expands escapes of PS1", async () => {
    const me = await sitDown({ files: { "root/.bashrc": "PS1='\\[\\e[32m\\]\\u@\\h\\[\\e[0m\\]:\\w\\$ '\n" } });
    expect(me.screen.last).toBe("root@box:~#");
    await me.type("cd /tmp", KEY.enter);
    expect(me.screen.last).toBe("root@box:/tmp#");
  });

  it("runs PROMPT_COMMAND before each prompt", async () => {
    const me = await sitDown({ files: { "root/.bashrc": "PS1='$ '; PROMPT_COMMAND='n=$((n+1)); PS1=\"$n> \"'\n" } });
    expect(me.screen.last).toBe("1>");
    await me.type(":", KEY.enter);
    expect(me.screen.last).toBe("2>");
  });
});

describe("^C", () => {
  it("drops the line being typed", async () => {
    const me = await sitDown();
    await me.type("echo no", KEY.ctrl("c"), "echo $?", KEY.enter);
    expect(me.screen.lines).toEqual(["$ echo no^C", "$ echo $?", "130", "$"]);
  });

  it("leaves the statuses of every stage that it ended", async () => {
    const me = await sitDown();
    await me.type("sleep 100 | cat", KEY.enter, KEY.ctrl("c"), "echo ${PIPESTATUS[*]} $?", KEY.enter);
    expect(me.screen.lines).toEqual(["$ sleep 100 | cat", "^C", "$ echo ${PIPESTATUS[*]} $?", "130 130 130", "$"]);
    await me.type("sleep 100", KEY.enter, KEY.ctrl("c"), "echo ${PIPESTATUS[*]} $?", KEY.enter);
    expect(me.screen.lines.slice(-2)).toEqual(["130 130", "$"]);
  });

  it("ends a loop of builtins", async () => {
    const me = await sitDown();
    me.tty.input("while :; do :; done\r");
    await me.wait(20);
    me.tty.input(KEY.ctrl("c"));
    await me.wait(20);
    await me.type("echo $?", KEY.enter);
    expect(me.screen.lines).toEqual(["$ while :; do :; done", "^C", "$ echo $?", "130", "$"]);
  });

  it("ends a program, and the loop around it", async () => {
    const me = await sitDown();
    await me.type("for i in 1 2 3; do sleep 5; echo $i; done", KEY.enter);
    await me.wait(5500);
    await me.type(KEY.ctrl("c"));
    expect(me.screen.lines).toEqual(["$ for i in 1 2 3; do sleep 5; echo $i; done", "1", "^C", "$"]);
  });

  it("leaves a command that is not complete", async () => {
    const me = await sitDown();
    await me.type("if true; then", KEY.enter, KEY.ctrl("c"), "echo ok", KEY.enter);
    expect(me.screen.lines).toEqual(["$ if true; then", "> ^C", "$ echo ok", "ok", "$"]);
  });
});

describe("jobs", () => {
  it("stops with ^Z, goes on with bg and fg, and ends with ^C", async () => {
    const me = await sitDown();
    await me.type("sleep 100", KEY.enter, KEY.ctrl("z"));
    expect(me.screen.lines).toEqual(["$ sleep 100", "^Z", "[1]+  Stopped                 sleep 100", "$"]);
    await me.type("bg", KEY.enter);
    expect(me.screen.lines.at(-2)).toBe("[1]+ sleep 100 &");
    await me.type("jobs", KEY.enter);
    expect(me.screen.lines.at(-2)).toBe("[1]+  Running                 sleep 100 &");
    await me.type("fg", KEY.enter, KEY.ctrl("c"), "jobs", KEY.enter);
    expect(me.screen.lines.slice(-5)).toEqual(["$ fg", "sleep 100", "^C", "$ jobs", "$"]);
  });

  it("tells of a background job when it is done, before the next prompt", async () => {
    const me = await sitDown();
    await me.type("sleep 1 &", KEY.enter);
    expect(me.screen.lines[1]).toMatch(/^\[1\] \d+$/);
    await me.wait(1500);
    await me.type(KEY.enter);
    expect(me.screen.lines.slice(-2)).toEqual(["[1]+  Done                    sleep 1", "$"]);
  });

  it("warns of stopped jobs once", async () => {
    const me = await sitDown();
    await me.type("sleep 100", KEY.enter, KEY.ctrl("z"), "exit", KEY.enter);
    expect(me.screen.lines.slice(-3)).toEqual(["exit", "There are stopped jobs.", "$"]);
    await me.type("exit", KEY.enter);
    expect(me.exitCode()).toBeDefined();
  });

  it("kills by job number", async () => {
    const me = await sitDown();
    await me.type("sleep 100 &", KEY.enter, "kill %1", KEY.enter, KEY.enter);
    expect(me.screen.lines).toContain("[1]+  Terminated              sleep 100");
  });

  it("stops a pipeline as a whole", async () => {
    const me = await sitDown();
    await me.type("sleep 50 | cat", KEY.enter, KEY.ctrl("z"), "jobs", KEY.enter);
    expect(me.screen.lines.at(-2)).toBe("[1]+  Stopped                 sleep 50 | cat");
  });
});

describe("editing", () => {
  it("moves, inserts and deletes in the middle", async () => {
    const me = await sitDown();
    await me.type("echo word", KEY.left, KEY.left, "X", KEY.backspace, "Y", KEY.home, "#", KEY.delete, KEY.end, "!");
    expect(me.screen.last).toBe("$ #cho woYrd!");
  });

  it("moves and kills by words, and yanks", async () => {
    const me = await sitDown();
    await me.type("echo one two-three", KEY.ctrl("w"), KEY.ctrl("y"), KEY.ctrl("y"));
    expect(me.screen.last).toBe("$ echo one two-threetwo-three");
    await me.type(KEY.alt("b"), KEY.alt("d"));
    expect(me.screen.last).toBe("$ echo one two-threetwo-");
    await me.type(KEY.ctrl("a"), KEY.ctrl("k"), KEY.ctrl("y"));
    expect(me.screen.last).toBe("$ echo one two-threetwo-");
    await me.type(KEY.alt("y"));
    expect(me.screen.last).toBe("$ three");
  });

  it("undoes", async () => {
    const me = await sitDown();
    await me.type("echo", " ", "a", KEY.ctrl("u"));
    expect(me.screen.last).toBe("$");
    await me.type("\x1f");
    expect(me.screen.last).toBe("$ echo a");
  });

  it("wraps long lines, and moves over the edge", async () => {
    const me = await sitDown({ columns: 20 });
    await me.type("echo 0123456789abcdefghij");
    expect(me.screen.lines).toEqual(["$ echo 0123456789abc", "defghij"]);
    await me.type(KEY.home);
    expect(me.screen.cursor).toEqual({ row: 0, column: 2 });
    await me.type("x", KEY.end);
    expect(me.screen.lines).toEqual(["$ xecho 0123456789ab", "cdefghij"]);
    expect(me.screen.cursor).toEqual({ row: 1, column: 8 });
  });

  it("wraps exactly at the edge", async () => {
    const me = await sitDown({ columns: 10 });
    await me.type("echo abc");
    expect(me.screen.cursor).toEqual({ row: 1, column: 0 });
    await me.type("d");
    expect(me.screen.lines).toEqual(["$ echo abc", "d"]);
    await me.type(KEY.backspace, KEY.backspace);
    expect(me.screen.lines).toEqual(["$ echo ab"]);
  });

  it("knows that CJK characters and emoji are two columns wide", async () => {
    const me = await sitDown();
    await me.type("echo 中文👍x", KEY.left, KEY.left);
    expect(me.screen.cursor.column).toBe(2 + 5 + 4);
    await me.type(KEY.backspace);
    expect(me.screen.last).toBe("$ echo 中👍x");
  });

  it("redraws in the new width", async () => {
    const me = await sitDown({ columns: 20 });
    await me.type("echo 0123456789abcdefghij");
    me.screen.columns = 40;
    me.tty.resize({ columns: 40, rows: 24 });
    await me.type("k", KEY.enter);
    expect(me.screen.lines.at(-2)).toBe("0123456789abcdefghijk");
  });

  it("clears the screen with ^L and keeps the line", async () => {
    const me = await sitDown();
    await me.type("echo a", KEY.enter, "echo b", KEY.ctrl("l"));
    expect(me.screen.lines).toEqual(["$ echo b"]);
  });

  it("inserts the last word of the line before with Alt-.", async () => {
    const me = await sitDown();
    await me.type("echo one two", KEY.enter, "echo three", KEY.enter, "echo ", KEY.alt("."));
    expect(me.screen.last).toBe("$ echo three");
    await me.type(KEY.alt("."));
    expect(me.screen.last).toBe("$ echo two");
  });

  it("takes a paste of several lines as one text, run at Enter", async () => {
    const me = await sitDown();
    await me.type(KEY.paste("echo a\necho b\n"));
    expect(me.screen.lines).toEqual(["$ echo a", "echo b"]);
    await me.type(KEY.enter);
    expect(me.screen.lines).toEqual(["$ echo a", "echo b", "a", "b", "$"]);
  });

  it("keeps what is typed ahead for the program that runs", async () => {
    const me = await sitDown();
    me.tty.input("cat\rfor cat\r");
    await me.wait(1);
    expect(me.screen.lines.at(-1)).toBe("for cat");
  });
});

describe("commands over several lines", () => {
  it("asks with PS2 until the command is complete", async () => {
    const me = await sitDown();
    await me.type("for i in 1 2", KEY.enter, "do", KEY.enter, "echo $i", KEY.enter, "done", KEY.enter);
    expect(me.screen.lines).toEqual(["$ for i in 1 2", "> do", "> echo $i", "> done", "1", "2", "$"]);
  });

  it("asks for here-documents, open quotes, and after a backslash", async () => {
    const me = await sitDown();
    await me.type("cat <<E", KEY.enter, "text", KEY.enter, "E", KEY.enter);
    expect(me.screen.lines.slice(-2)).toEqual(["text", "$"]);
    await me.type("echo 'a", KEY.enter, "b'", KEY.enter);
    expect(me.screen.lines.slice(-3)).toEqual(["a", "b", "$"]);
    await me.type("echo c\\", KEY.enter, "d", KEY.enter);
    expect(me.screen.lines.slice(-2)).toEqual(["cd", "$"]);
  });

  it("reports syntax errors and goes on", async () => {
    const me = await sitDown();
    await me.type("echo )", KEY.enter);
    expect(me.screen.lines).toEqual(["$ echo )", "bash: syntax error near unexpected token `)'", "$"]);
  });
});

describe("history", () => {
  it("goes up and down, and keeps the line being typed", async () => {
    const me = await sitDown();
    await me.type("echo 1", KEY.enter, "echo 2", KEY.enter, "ech", KEY.up);
    expect(me.screen.last).toBe("$ echo 2");
    await me.type(KEY.up);
    expect(me.screen.last).toBe("$ echo 1");
    await me.type(KEY.down, KEY.down);
    expect(me.screen.last).toBe("$ ech");
  });

  it("searches backwards with ^R", async () => {
    const me = await sitDown();
    await me.type("echo apple", KEY.enter, "echo banana", KEY.enter, "echo apricot", KEY.enter);
    await me.type(KEY.ctrl("r"), "a", "p");
    expect(me.screen.last).toBe("(reverse-i-search)`ap': echo apricot");
    await me.type(KEY.ctrl("r"));
    expect(me.screen.last).toBe("(reverse-i-search)`ap': echo apple");
    await me.type(KEY.enter);
    expect(me.screen.lines.slice(-3)).toEqual(["$ echo apple", "apple", "$"]);
  });

  it("leaves the search with the line to edit, or without it", async () => {
    const me = await sitDown();
    await me.type("echo apple", KEY.enter, KEY.ctrl("r"), "app", KEY.end, "!");
    expect(me.screen.last).toBe("$ echo apple!");
    await me.type(KEY.ctrl("c"), KEY.ctrl("r"), "app", KEY.ctrl("g"));
    expect(me.screen.last).toBe("$");
    await me.type(KEY.ctrl("r"), "zzz");
    expect(me.screen.last).toBe("(failed reverse-i-search)`zzz':");
  });

  it("is kept in ~/.bash_history", async () => {
    const me = await sitDown({ files: { "root/.bash_history": "echo old\n" } });
    await me.type(KEY.up);
    expect(me.screen.last).toBe("$ echo old");
    await me.type(KEY.ctrl("u"), "echo new", KEY.enter, KEY.ctrl("d"));
    expect(me.machine.files.readText("/root/.bash_history")).toBe("echo old\necho new\n");
  });

  it("expands !! and !$", async () => {
    const me = await sitDown();
    await me.type("echo one two", KEY.enter, "printargs !$", KEY.enter);
    expect(me.screen.lines.slice(-3)).toEqual(["printargs two", "[printargs][two]", "$"]);
    await me.type("!!", KEY.enter, "!nope", KEY.enter);
    expect(me.screen.lines.slice(-5)).toEqual([
      "printargs two",
      "[printargs][two]",
      "$ !nope",
      "bash: !nope: event not found",
      "$",
    ]);
  });
});

describe("completion", () => {
  it("completes commands, and adds a space", async () => {
    const me = await sitDown();
    await me.type("printar", KEY.tab);
    expect(me.screen.cursor.column).toBe(2 + "printargs ".length);
    await me.type("a", KEY.enter);
    expect(me.screen.lines[1]).toBe("[printargs][a]");
  });

  it("completes files as far as they agree, then lists them", async () => {
    const me = await sitDown({ files: { "root/web.yaml": "", "root/web.json": "", "root/other": "" } });
    await me.type("cat w", KEY.tab);
    expect(me.screen.last).toBe("$ cat web.");
    await me.type(KEY.tab, KEY.tab, "y", KEY.tab);
    expect(me.screen.lines).toEqual(["$ cat web.", "web.json  web.yaml", "$ cat web.yaml"]);
  });

  it("quotes what needs it, and goes into directories", async () => {
    const me = await sitDown({ files: { "root/a dir/file name": "x" } });
    await me.type("cat a", KEY.tab, KEY.tab, KEY.enter);
    expect(me.screen.lines).toEqual(["$ cat a\\ dir/file\\ name", "x$"]);
  });

  it("completes variables", async () => {
    const me = await sitDown();
    await me.type("echo $HOSTN", KEY.tab, KEY.enter);
    expect(me.screen.lines[1]).toBe("box");
  });

  it("asks the provider of a program, also through an alias", async () => {
    const seen: unknown[] = [];
    const me = await sitDown({
      completions: new Map([
        [
          "kubectl",
          async (words, index) => {
            seen.push([words, index]);
            const candidates = ["pods", "podtemplates"].filter((each) => each.startsWith(words[index] ?? ""));
            return { candidates, files: false };
          },
        ],
      ]),
    });
    await me.type("alias k=kubectl", KEY.enter, "k get pod", KEY.tab);
    expect(seen).toEqual([[["kubectl", "get", "pod"], 2]]);
    await me.type("s", KEY.tab);
    expect(me.screen.last).toBe("$ k get pods");
  });

  it("lists what candidates mean beside them, and no files where the program wants none", async () => {
    const descriptions = new Map([
      ["get", "Display resources"],
      ["group", `What is long is cut where ${"the row ends, ".repeat(10)}`],
    ]);
    const me = await sitDown({
      files: { "root/notes": "" },
      completions: new Map([
        [
          "tool",
          async (words, index) => ({
            candidates: [...descriptions.keys()].filter((each) => each.startsWith(words[index] ?? "")),
            descriptions,
            files: words.length > 2,
          }),
        ],
      ]),
    });
    await me.type("tool g", KEY.tab, KEY.tab);
    const { columns } = me.tty.size;
    expect(me.screen.lines.slice(-3)).toEqual([
      "get    (Display resources)",
      `group  (${descriptions.get("group")?.slice(0, columns - "group".length - 5)}…)`,
      "$ tool g",
    ]);
    await me.type(KEY.ctrl("u"), "tool n", KEY.tab, KEY.enter);
    expect(me.screen.lines.at(-3)).toContain("$ tool n");
    await me.type("tool x n", KEY.tab);
    expect(me.screen.last).toBe("$ tool x notes");
  });

  it("uses words of complete -W and functions of complete -F", async () => {
    const me = await sitDown();
    await me.type("complete -W 'alpha beta' tool", KEY.enter, "tool a", KEY.tab);
    expect(me.screen.last).toBe("$ tool alpha");
    await me.type(KEY.ctrl("c"), "_f() { COMPREPLY=(gamma); }; complete -F _f tool", KEY.enter, "tool g", KEY.tab);
    expect(me.screen.last).toBe("$ tool gamma");
  });

  it("tells a completion function where it stands, and lets it change what follows", async () => {
    const me = await sitDown();
    const body = 'COMPREPLY=("${COMP_CWORD}-$1-$2-$3-${#COMP_WORDS[@]}"); compopt -o nospace';
    await me.type(`_f() { ${body}; }; complete -F _f svc`, KEY.enter, "svc start ng", KEY.tab);
    expect(me.screen.last).toBe("$ svc 2-svc-ng-start-3".replace("svc 2", "svc start 2"));
    expect(me.screen.cursor.column).toBe("$ svc start 2-svc-ng-start-3".length);
  });

  it("breaks words of a completion function at = and :", async () => {
    const me = await sitDown();
    await me.type("_f() { COMPREPLY=($(compgen -W 'json yaml' -- \"$2\")); }; complete -F _f get", KEY.enter);
    await me.type("get --output=y", KEY.tab);
    expect(me.screen.last).toBe("$ get --output=yaml");
    await me.type(KEY.ctrl("c"), "get --output=", KEY.tab, KEY.tab);
    expect(me.screen.lines.at(-2)).toBe("json  yaml");
  });

  it("completes by action, filter, prefix, command, and falls back to files where told", async () => {
    const me = await sitDown({ files: { "root/a.txt": "", "root/a.log": "" } });
    await me.type("complete -f -X '!*.log' look", KEY.enter, "look a", KEY.tab);
    expect(me.screen.last).toBe("$ look a.log");
    await me.type(KEY.ctrl("c"), "complete -C 'echo one-of' pick", KEY.enter, "pick o", KEY.tab);
    expect(me.screen.last).toBe("$ pick one-of pick o pick".replaceAll(" ", "\\ ").replace("$\\ pick\\ ", "$ pick "));
    await me.type(KEY.ctrl("c"), "complete -W 'x y' -o default maybe", KEY.enter, "maybe a.t", KEY.tab);
    expect(me.screen.last).toBe("$ maybe a.txt");
    await me.type(KEY.ctrl("c"), "complete -W 'x y' never", KEY.enter, "never a.t", KEY.tab);
    expect(me.screen.last).toBe("$ never a.t");
  });

  it("loads completions when the default one is asked, and begins anew", async () => {
    const me = await sitDown();
    await me.type("_load() { complete -W 'loaded' \"$1\"; return 124; }; complete -D -F _load", KEY.enter);
    await me.type("anything lo", KEY.tab);
    expect(me.screen.last).toBe("$ anything loaded");
  });

  it("lists, repeats and corrects commands of the history with fc", async () => {
    const me = await sitDown({ programs: {} });
    await me.type("echo one two", KEY.enter, "fc -s two=three", KEY.enter);
    expect(me.screen.lines).toContain("one three");
    await me.type("fc -ln -1", KEY.enter);
    expect(me.screen.lines.some((line) => /^\s+echo one three$/.test(line))).toBe(true);
  });
});
