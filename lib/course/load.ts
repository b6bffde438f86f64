/**
 * Reads content/: a course is a folder with course.yaml, its modules folders with module.yaml, its lessons folders with
 * lesson.yaml. A broken lesson does not hide the others: it becomes findings with file and line.
 */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from "yaml";
import type { z } from "zod";
import {
  type CheckSpec,
  type CourseSpec,
  courseSchema,
  type ExerciseSpec,
  type LessonSpec,
  lessonSchema,
  type MistakeSpec,
  type ModuleSpec,
  mistakeSchema,
  moduleSchema,
} from "./schema.ts";
import { LOCALES, type Locale } from "./text.ts";

/** Something wrong with the content. `error`: the lesson cannot be served; `warning`: it can, but should not. */
interface Finding {
  readonly level: "error" | "warning";
  readonly code: string;
  /** Relative to the content folder. */
  readonly file: string;
  /** 1-based; 0 where the finding is about the whole file. */
  readonly line: number;
  readonly message: string;
}

interface Mistake {
  readonly name: string;
  readonly script: string;
  readonly spec: MistakeSpec;
}

export interface Lesson {
  /** "stateful/05-operations/03-partitioned-rollouts": its folder, and its name in the database. */
  readonly path: string;
  readonly course: string;
  /** The module's folder. */
  readonly module: string;
  /** The folder's name without its number: "partitioned-rollouts"; unique within the course. */
  readonly slug: string;
  /** "5.3" */
  readonly number: string;
  readonly spec: LessonSpec;
  /** Starting files of the workspace by relative path. */
  readonly files: Readonly<Record<string, string>>;
  readonly setup: string | undefined;
  readonly solution: string | undefined;
  readonly mistakes: readonly Mistake[];
  /** Absolute paths of the prose. */
  readonly prose: Readonly<Record<Locale, string>>;
}

interface CourseModule {
  readonly slug: string;
  readonly folder: string;
  readonly number: number;
  readonly spec: ModuleSpec;
  readonly lessons: readonly Lesson[];
}

export interface Course {
  readonly slug: string;
  readonly spec: CourseSpec;
  readonly modules: readonly CourseModule[];
}

export interface Content {
  readonly courses: readonly Course[];
  readonly findings: readonly Finding[];
  /** By `Lesson.path`. */
  readonly lessons: ReadonlyMap<string, Lesson>;
}

const numbered = /^(\d+)-(.+)$/;
const withoutNumber = (folder: string) => numbered.exec(folder)?.[2] ?? folder;
const numberOf = (folder: string) => Number(numbered.exec(folder)?.[1] ?? 0);

/** Loads everything below `root`. Never throws for what an author wrote. */
export function loadContent(root: string): Content {
  const reader = new ContentReader(root);
  const courses = folders(root).flatMap((slug) => reader.course(slug) ?? []);
  const lessons = new Map(courses.flatMap((c) => c.modules.flatMap((m) => m.lessons.map((l) => [l.path, l] as const))));
  for (const lesson of lessons.values()) {
    for (const needed of lesson.spec.prerequisites) {
      if (!lessons.has(`${lesson.course}/${needed}`)) {
        const file = join(lesson.path, "lesson.yaml");
        reader.report(
          "warning",
          "unknown-prerequisite",
          file,
          0,
          `prerequisite "${needed}" is no lesson of this course`,
        );
      }
    }
  }
  return { courses, findings: reader.findings, lessons };
}

/** The lesson a page address names, e.g. course "stateful" and slug "partitioned-rollouts". */
export function findLesson(content: Content, course: string, slug: string): Lesson | undefined {
  for (const lesson of content.lessons.values()) if (lesson.course === course && lesson.slug === slug) return lesson;
  return undefined;
}

class ContentReader {
  readonly findings: Finding[] = [];
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  report(level: Finding["level"], code: string, file: string, line: number, message: string): void {
    this.findings.push({ level, code, file, line, message });
  }

  course(slug: string): Course | undefined {
    const spec = this.#yaml(join(slug, "course.yaml"), courseSchema);
    if (spec === undefined) return undefined;
    return { slug, spec, modules: spec.modules.flatMap((folder) => this.#module(slug, folder) ?? []) };
  }

  #module(course: string, folder: string): CourseModule | undefined {
    const path = join(course, folder);
    const spec = this.#yaml(join(path, "module.yaml"), moduleSchema);
    if (spec === undefined) return undefined;
    const lessons = folders(join(this.#root, path)).flatMap((name) => this.#lesson(course, folder, name) ?? []);
    return { slug: withoutNumber(folder), folder, number: numberOf(folder), spec, lessons };
  }

  #lesson(course: string, module: string, folder: string): Lesson | undefined {
    const path = join(course, module, folder);
    const absolute = join(this.#root, path);
    const spec = this.#yaml(join(path, "lesson.yaml"), lessonSchema);
    const prose = { en: join(absolute, "en.mdx"), zh: join(absolute, "zh.mdx") };
    for (const locale of LOCALES) {
      const file = join(path, `${locale}.mdx`);
      if (!existsSync(prose[locale])) this.report("error", "missing-prose", file, 0, `the lesson has no ${locale}.mdx`);
      else if (spec !== undefined) this.#compareExercises(file, readFileSync(prose[locale], "utf8"), spec);
    }
    if (spec === undefined || LOCALES.some((locale) => !existsSync(prose[locale]))) return undefined;
    this.#checkReferences(join(path, "lesson.yaml"), spec);
    const solution = this.#optional(join(path, "solution.sh"));
    if (solution === undefined && spec.exercises.length > 0) {
      this.report(
        "error",
        "missing-solution",
        join(path, "solution.sh"),
        0,
        "the lesson has exercises but no solution.sh",
      );
    }
    return {
      path,
      course,
      module,
      slug: withoutNumber(folder),
      number: `${numberOf(module)}.${numberOf(folder)}`,
      spec,
      files: readTree(join(absolute, "files")),
      setup: this.#optional(join(path, "setup.yaml")),
      solution,
      mistakes: this.#mistakes(path),
      prose,
    };
  }

  #mistakes(path: string): Mistake[] {
    const folder = join(this.#root, path, "mistakes");
    if (!existsSync(folder)) return [];
    const mistakes: Mistake[] = [];
    for (const file of readdirSync(folder).sort()) {
      if (!file.endsWith(".sh")) continue;
      const name = file.slice(0, -3);
      const spec = this.#yaml(join(path, "mistakes", `${name}.yaml`), mistakeSchema);
      if (spec !== undefined) mistakes.push({ name, script: readFileSync(join(folder, file), "utf8"), spec });
    }
    return mistakes;
  }

  /** Every exercise stands in the text once, and the text names no other. */
  #compareExercises(file: string, prose: string, spec: LessonSpec): void {
    const seen = new Set<string>();
    prose.split("\n").forEach((line, index) => {
      for (const match of line.matchAll(/<Exercise\s+id="([^"]*)"/g)) {
        const id = match[1] ?? "";
        if (seen.has(id))
          this.report("error", "repeated-exercise", file, index + 1, `exercise "${id}" stands in the text twice`);
        seen.add(id);
        if (!spec.exercises.some((exercise) => exercise.id === id)) {
          this.report("error", "unknown-exercise", file, index + 1, `exercise "${id}" is not in lesson.yaml`);
        }
      }
    });
    for (const { id } of spec.exercises) {
      if (!seen.has(id))
        this.report("error", "exercise-not-in-text", file, 0, `exercise "${id}" of lesson.yaml is not in the text`);
    }
  }

  #checkReferences(file: string, spec: LessonSpec): void {
    const exercises = new Set<string>();
    for (const exercise of spec.exercises) {
      if (exercises.has(exercise.id))
        this.report("error", "repeated-id", file, 0, `exercise "${exercise.id}" is defined twice`);
      exercises.add(exercise.id);
      const earlier = new Set<string>();
      for (const check of exercise.checks) {
        for (const problem of problemsOf(check, exercise, earlier)) this.report("error", "check", file, 0, problem);
        earlier.add(check.id);
      }
    }
  }

  #optional(path: string): string | undefined {
    const absolute = join(this.#root, path);
    return existsSync(absolute) ? readFileSync(absolute, "utf8") : undefined;
  }

  #yaml<S extends z.ZodType>(path: string, schema: S): z.output<S> | undefined {
    const absolute = join(this.#root, path);
    if (!existsSync(absolute)) {
      this.report("error", "missing-file", path, 0, "the file does not exist");
      return undefined;
    }
    const lines = new LineCounter();
    const document = parseDocument(readFileSync(absolute, "utf8"), { lineCounter: lines });
    for (const error of document.errors) {
      this.report(
        "error",
        "yaml",
        path,
        lines.linePos(error.pos[0]).line,
        error.message.split("\n")[0] ?? error.message,
      );
    }
    if (document.errors.length > 0) return undefined;
    const result = schema.safeParse(document.toJS());
    if (result.success) return result.data;
    for (const issue of result.error.issues) {
      const at = issue.code === "unrecognized_keys" ? [...issue.path, issue.keys[0] ?? ""] : issue.path;
      const offset = positionOf(document.contents as Node | null, at);
      const where = issue.path.length === 0 ? "" : `${issue.path.join(".")}: `;
      this.report("error", "schema", path, lines.linePos(offset).line, `${where}${issue.message}`);
    }
    return undefined;
  }
}

function problemsOf(check: CheckSpec, exercise: ExerciseSpec, earlier: ReadonlySet<string>): string[] {
  const problems: string[] = [];
  if (earlier.has(check.id)) problems.push(`check "${check.id}" of exercise "${exercise.id}" is defined twice`);
  for (const needed of check.needs) {
    if (!earlier.has(needed))
      problems.push(`check "${check.id}" needs "${needed}", which is no earlier check of exercise "${exercise.id}"`);
  }
  if (check.type === "quiz" && "options" in check.answer) {
    const correct = check.answer.options.filter((option) => option.correct).length;
    if (correct === 0 || (check.answer.kind === "single" && correct !== 1)) {
      problems.push(`quiz "${check.id}" of exercise "${exercise.id}" has ${correct} correct options`);
    }
  }
  return problems;
}

/** Where in the source the value at `path` stands; the nearest thing around it where it does not exist. */
function positionOf(root: Node | null, path: readonly PropertyKey[]): number {
  let node: Node | null = root;
  let position = root?.range?.[0] ?? 0;
  for (const key of path) {
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(key));
      if (pair === undefined) break;
      position = (pair.key as Node).range?.[0] ?? position;
      node = pair.value as Node | null;
    } else if (isSeq(node)) {
      const item = node.items[Number(key)] as Node | undefined;
      if (item === undefined) break;
      position = item.range?.[0] ?? position;
      node = item;
    } else break;
  }
  return position;
}

function folders(path: string): string[] {
  if (!existsSync(path)) return [];
  return readdirSync(path)
    .filter((name) => !name.startsWith(".") && statSync(join(path, name)).isDirectory())
    .sort();
}

function readTree(root: string): Record<string, string> {
  const files: Record<string, string> = {};
  const visit = (folder: string) => {
    for (const name of readdirSync(folder).sort()) {
      const path = join(folder, name);
      if (statSync(path).isDirectory()) visit(path);
      else files[relative(root, path)] = readFileSync(path, "utf8");
    }
  };
  if (existsSync(root)) visit(root);
  return files;
}
