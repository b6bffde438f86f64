/** What of a lesson travels to the page: in one language, and nothing that would give an answer away. */

interface QuizOption {
  readonly id: string;
  readonly text: string;
}
export interface Quiz {
  readonly question: string;
  readonly kind: "single" | "multiple" | "number" | "text";
  readonly options: readonly QuizOption[];
}
export interface LessonCheck {
  readonly id: string;
  readonly title: string;
  readonly points: number;
  readonly command: string | undefined;
  readonly quiz: Quiz | undefined;
}
export interface LessonExercise {
  readonly id: string;
  readonly title: string;
  readonly task: string;
  readonly hints: number;
  readonly hasSolution: boolean;
  readonly checks: readonly LessonCheck[];
}
export interface LessonLink {
  readonly title: string;
  readonly number: string;
  readonly href: string;
}
export interface LessonModel {
  readonly course: string;
  readonly slug: string;
  readonly number: string;
  readonly title: string;
  readonly courseTitle: string;
  readonly moduleTitle: string;
  readonly minutes: number;
  readonly objectives: readonly string[];
  /** The workspace file the editor opens first. */
  readonly open: string | undefined;
  readonly exercises: readonly LessonExercise[];
  readonly previous: LessonLink | undefined;
  readonly next: LessonLink | undefined;
}
