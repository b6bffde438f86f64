import type { LocalizedText } from "../../course/index.ts";
import type { CheckType, Outcome, SpecOf } from "./check-type.ts";

type Quiz = SpecOf<"quiz">;

const unanswered: Outcome = { status: "waiting", facts: {}, message: { en: "Not answered yet.", zh: "还没有回答。" } };
const unreadable: Outcome = {
  status: "waiting",
  facts: {},
  message: { en: "This is no answer to this kind of question.", zh: "这不是这类问题的答案。" },
};

const join = (texts: readonly LocalizedText[]): LocalizedText => ({
  en: texts.map((each) => each.en).join(" "),
  zh: texts.map((each) => each.zh).join(""),
});

/** Judges an answer: option id, list of option ids, number or text, by the quiz's kind. Pure. */
export function judge(quiz: Quiz, answer: unknown): Outcome {
  if (answer === undefined) return unanswered;
  const rule = quiz.answer;
  switch (rule.kind) {
    case "single": {
      const chosen = rule.options.find((option) => option.id === answer);
      if (chosen === undefined) return unreadable;
      return {
        status: chosen.correct ? "pass" : "fail",
        facts: {},
        message: chosen.explanation,
        observed: chosen.text.en,
      };
    }
    case "multiple": {
      if (!Array.isArray(answer)) return unreadable;
      const wrong = rule.options.filter((option) => option.correct !== answer.includes(option.id));
      const right = rule.options.filter((option) => option.correct);
      return {
        status: wrong.length === 0 ? "pass" : "fail",
        facts: {},
        message: join((wrong.length === 0 ? right : wrong).map((option) => option.explanation)),
      };
    }
    case "number": {
      const value = typeof answer === "number" ? answer : Number(String(answer).trim() || Number.NaN);
      if (Number.isNaN(value)) return unreadable;
      const passed = Math.abs(value - rule.value) <= rule.tolerance;
      return { status: passed ? "pass" : "fail", facts: {}, message: rule.explanation, observed: String(value) };
    }
    case "text": {
      const said = String(answer).trim();
      if (said === "") return unanswered;
      const passed = rule.accept.some((accepted) => accepted.trim().toLowerCase() === said.toLowerCase());
      return { status: passed ? "pass" : "fail", facts: {}, message: rule.explanation, observed: said };
    }
  }
}

/** A question about consequences. */
export const quizCheck: CheckType<Quiz> = {
  type: "quiz",
  trigger: () => ({ on: "answer" }),
  evaluate: async (spec, { answers }) => judge(spec, answers.get(spec.id)),
};
