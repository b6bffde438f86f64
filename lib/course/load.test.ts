import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findLesson, loadContent } from "./index.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "content-"));
});
afterEach(() => rmSync(root, { recursive: true }));

function write(files: Record<string, string>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}

const title = "title: { en: T, zh: 题 }\nsummary: { en: S, zh: 要 }\n";
const lesson = `${title}minutes: 5
objectives: [{ en: o, zh: 目 }]
exercises:
  - id: first
    title: { en: First, zh: 一 }
    task: { en: Do it, zh: 做 }
    checks:
      - { id: there, type: object, title: { en: There, zh: 在 }, object: { kind: Pod, name: web-0 }, that: "true" }
`;
const sound = {
  "c/course.yaml": `${title}modules: [01-m]\n`,
  "c/01-m/module.yaml": title,
  "c/01-m/02-a/lesson.yaml": lesson,
  "c/01-m/02-a/en.mdx": '# A\n<Exercise id="first" />\n',
  "c/01-m/02-a/zh.mdx": '# A\n<Exercise id="first" />\n',
  "c/01-m/02-a/solution.sh": "true\n",
  "c/01-m/02-a/files/deep/web.yaml": "a: 1\n",
};

describe("loadContent", () => {
  it("reads a sound lesson without findings", () => {
    write(sound);
    const content = loadContent(root);
    expect(content.findings).toEqual([]);
    const found = findLesson(content, "c", "a");
    expect([found?.number, found?.path, found?.files]).toEqual(["1.2", "c/01-m/02-a", { "deep/web.yaml": "a: 1\n" }]);
  });

  it("names file and line of an unknown key, and still serves the other lessons", () => {
    write(sound);
    write({
      "c/01-m/03-b/lesson.yaml": lesson.replace("    task:", "    tsk: 1\n    task:"),
      "c/01-m/03-b/en.mdx": "",
      "c/01-m/03-b/zh.mdx": "",
    });
    const content = loadContent(root);
    expect(content.findings.map(({ file, line, message }) => ({ file, line, message }))).toEqual([
      { file: "c/01-m/03-b/lesson.yaml", line: 8, message: 'exercises.0: Unrecognized key: "tsk"' },
    ]);
    expect([...content.lessons.keys()]).toEqual(["c/01-m/02-a"]);
  });

  it("names the line of malformed YAML", () => {
    write({ ...sound, "c/01-m/02-a/lesson.yaml": "title: {\nminutes: 5\n" });
    expect(loadContent(root).findings[0]).toMatchObject({ code: "yaml", file: "c/01-m/02-a/lesson.yaml" });
  });

  it("wants every exercise in both texts, exactly once", () => {
    write({
      ...sound,
      "c/01-m/02-a/zh.mdx": '<Exercise id="first" />\n<Exercise id="first" />\n<Exercise id="other" />',
    });
    expect(loadContent(root).findings.map((finding) => [finding.code, finding.line])).toEqual([
      ["repeated-exercise", 2],
      ["unknown-exercise", 3],
    ]);
  });

  it("refuses a quiz whose single answer has no correct option", () => {
    const quiz = `      - id: q
        type: quiz
        title: { en: Q, zh: 问 }
        question: { en: Why?, zh: 为何 }
        answer:
          kind: single
          options:
            - { id: a, text: { en: a, zh: a }, explanation: { en: x, zh: x } }
            - { id: b, text: { en: b, zh: b }, explanation: { en: x, zh: x } }
`;
    write({ ...sound, "c/01-m/02-a/lesson.yaml": lesson + quiz });
    expect(loadContent(root).findings.map((finding) => finding.message)).toEqual([
      'quiz "q" of exercise "first" has 0 correct options',
    ]);
  });
});
