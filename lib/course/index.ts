export {
  type Content,
  type Course,
  type CourseModule,
  type Finding,
  findLesson,
  type Lesson,
  loadContent,
  type Mistake,
} from "./load.ts";
export * from "./schema.ts";
export { LOCALES, type Locale, type LocalizedText, untranslated } from "./text.ts";
