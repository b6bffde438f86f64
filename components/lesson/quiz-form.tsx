"use client";

import { useState } from "react";
import { useLanguage } from "../i18n/provider.tsx";
import { useStore } from "../live/use-store.ts";
import type { CheckStatus } from "../ui/meaning.tsx";
import { useLesson } from "./context.tsx";
import type { Quiz } from "./model.ts";

/** A question. Each answer is judged by the server, which explains it. */
export function QuizForm(props: {
  readonly exercise: string;
  readonly check: string;
  readonly quiz: Quiz;
  readonly status: CheckStatus;
}) {
  const { exercise, check, quiz } = props;
  const { t } = useLanguage();
  const { session } = useLesson();
  const { phase } = useStore(session.state);
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const [typed, setTyped] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  const options = quiz.kind === "single" || quiz.kind === "multiple";
  const answer = quiz.kind === "single" ? chosen[0] : quiz.kind === "multiple" ? chosen : typed.trim();
  const ready = options ? chosen.length > 0 : typed.trim() !== "";
  const name = `${exercise}-${check}`;

  return (
    <form
      className="mt-2 ml-7 text-[15px]"
      onSubmit={(event) => {
        event.preventDefault();
        if (!ready || session.api === undefined) return;
        setBusy(true);
        setProblem(undefined);
        session.api
          .answer(exercise, check, quiz.kind === "number" ? Number(answer) : answer)
          .then(
            ({ verdict }) => session.takeVerdict(verdict),
            (error: unknown) => setProblem(error instanceof Error ? error.message : String(error)),
          )
          .finally(() => setBusy(false));
      }}
    >
      <fieldset>
        <legend className="mb-2">{quiz.question}</legend>
        {options ? (
          <div className="space-y-1">
            {quiz.options.map((option) => (
              <label
                key={option.id}
                className="flex items-start gap-2.5 rounded-md px-2 py-1.5 hover:bg-sunken has-checked:bg-accent-soft"
              >
                <input
                  type={quiz.kind === "single" ? "radio" : "checkbox"}
                  name={name}
                  value={option.id}
                  checked={chosen.includes(option.id)}
                  className="mt-1.5 accent-[var(--accent)]"
                  onChange={(event) =>
                    setChosen(
                      quiz.kind === "single"
                        ? [option.id]
                        : event.target.checked
                          ? [...chosen, option.id]
                          : chosen.filter((id) => id !== option.id),
                    )
                  }
                />
                <span>{option.text}</span>
              </label>
            ))}
          </div>
        ) : (
          <input
            type="text"
            inputMode={quiz.kind === "number" ? "numeric" : "text"}
            aria-label={t(quiz.kind === "number" ? "exercise.numberAnswer" : "exercise.textAnswer")}
            className="w-40 rounded-md border border-line-strong bg-surface px-2 py-1 font-mono"
            value={typed}
            autoComplete="off"
            onChange={(event) => setTyped(event.target.value)}
          />
        )}
      </fieldset>
      {problem !== undefined && (
        <p role="alert" className="mt-2 text-sm text-failed">
          {t("exercise.failed", { message: problem })}
        </p>
      )}
      <button type="submit" className="button mt-2" disabled={!ready || busy || phase !== "ready"}>
        {busy ? t("exercise.checking") : t("exercise.answer")}
      </button>
    </form>
  );
}
