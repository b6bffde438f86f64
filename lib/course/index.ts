export {
  type Content,
  type Course,
  findLesson,
  type Lesson,
  loadContent,
} from "./load.ts";
export * from "./schema.ts";
export { type LocalizedText, untranslated } from "./text.ts";
