import type { Locale } from "../components/i18n/locale.ts";
import type { LessonCheck, LessonExercise, LessonLink, LessonModel } from "../components/lesson/model.ts";
import type { CheckSpec, Course, ExerciseSpec, Lesson } from "../lib/course/index.ts";

/** The page of a lesson. */
export const lessonHref = (locale: Locale, lesson: Pick<Lesson, "course" | "slug">) =>
  `/${locale}/learn/${lesson.course}/${lesson.slug}`;

/** A lesson as its page needs it: one language, correct answers and solutions left out. */
export function lessonModel(course: Course, lesson: Lesson, locale: Locale): LessonModel {
  const all = course.modules.flatMap((module) => module.lessons);
  const place = all.indexOf(lesson);
  const link = (other: Lesson | undefined): LessonLink | undefined =>
    other && { title: other.spec.title[locale], number: other.number, href: lessonHref(locale, other) };
  return {
    course: lesson.course,
    slug: lesson.slug,
    number: lesson.number,
    title: lesson.spec.title[locale],
    courseTitle: course.spec.title[locale],
    moduleTitle: course.modules.find((module) => module.folder === lesson.module)?.spec.title[locale] ?? "",
    minutes: lesson.spec.minutes,
    objectives: lesson.spec.objectives.map((objective) => objective[locale]),
    open: lesson.spec.sandbox.open,
    exercises: lesson.spec.exercises.map((exercise) => exerciseModel(exercise, locale)),
    previous: link(all[place - 1]),
    next: link(all[place + 1]),
  };
}

function exerciseModel(exercise: ExerciseSpec, locale: Locale): LessonExercise {
  return {
    id: exercise.id,
    title: exercise.title[locale],
    task: exercise.task[locale],
    hints: exercise.hints.length,
    hasSolution: exercise.solution.length > 0,
    checks: exercise.checks.filter((check) => !check.hidden).map((check) => checkModel(check, locale)),
  };
}

function checkModel(check: CheckSpec, locale: Locale): LessonCheck {
  return {
    id: check.id,
    title: check.title[locale],
    points: check.points,
    command: check.command,
    quiz:
      check.type === "quiz"
        ? {
            question: check.question[locale],
            kind: check.answer.kind,
            options:
              "options" in check.answer ? check.answer.options.map(({ id, text }) => ({ id, text: text[locale] })) : [],
          }
        : undefined,
  };
}
