"use client";

import { ChevronDown, Crosshair, LoaderCircle, RefreshCw, SquareTerminal } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import type { ExerciseVerdict, Verdict } from "../../lib/grading/types.ts";
import { useLanguage } from "../i18n/provider.tsx";
import type { SolutionStep } from "../live/api.ts";
import { useStore } from "../live/use-store.ts";
import { type CheckStatus, StatusIcon } from "../ui/meaning.tsx";
import { CommandBlock } from "./command-block.tsx";
import { useLesson } from "./context.tsx";
import type { LessonCheck, LessonExercise } from "./model.ts";
import { QuizForm } from "./quiz-form.tsx";

/** What an exercise's mark shows; what was not begun yet has not failed. */
export function statusOf(verdict: ExerciseVerdict | undefined, begun: ReadonlySet<string>): CheckStatus {
  if (verdict === undefined) return "unknown";
  return verdict.status === "fail" && !begun.has(verdict.exercise) ? "unknown" : verdict.status;
}

/** What went wrong with something asked of the server, in words for the person. */
function useAction(): {
  readonly busy: boolean;
  readonly problem: string | undefined;
  readonly act: (action: () => Promise<void>) => void;
} {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  return {
    busy,
    problem,
    act: (action) => {
      setBusy(true);
      setProblem(undefined);
      action()
        .catch((error: unknown) => setProblem(error instanceof Error ? error.message : String(error)))
        .finally(() => setBusy(false));
    },
  };
}

/** The card of an exercise, where the text asks for the work. */
export function Exercise({ id }: { readonly id: string }) {
  const { lesson, session } = useLesson();
  const { t } = useLanguage();
  const verdict = useStore(session.verdicts).get(id);
  const begun = useStore(session.begun);
  const { phase } = useStore(session.state);
  const { busy, problem, act } = useAction();
  const justPassed = useJustPassed(statusOf(verdict, begun));
  const index = lesson.exercises.findIndex((one) => one.id === id);
  const exercise = lesson.exercises[index];
  if (exercise === undefined) return null;
  const status = statusOf(verdict, begun);
  const evaluate = () =>
    act(async () => {
      session.begin(id);
      const answer = await session.api?.evaluate(id);
      if (answer !== undefined) session.takeVerdict(answer.verdict);
    });
  const onlyQuiz = exercise.checks.every((check) => check.quiz !== undefined);
  return (
    <section
      id={`exercise-${id}`}
      data-exercise={id}
      data-status={status}
      data-just-passed={justPassed || undefined}
      aria-labelledby={`exercise-title-${id}`}
      className="exercise-card scroll-mt-6 rounded-lg border border-line bg-surface shadow-card transition-colors duration-200"
    >
      <header className="flex items-start gap-3 px-4 pt-4">
        <span className="mt-0.5">
          <StatusIcon status={status} size={22} />
        </span>
        <div className="min-w-0 flex-1">
          <p className="text-[13px] leading-5 text-ink-soft">
            {t("exercise.exercise")} {index + 1} ·{" "}
            <span data-testid="status" className={status === "pass" ? "font-medium text-ready" : ""}>
              {t(`exercise.status.${status}`)}
            </span>
          </p>
          <h3 id={`exercise-title-${id}`} className="!mt-0">
            {exercise.title}
          </h3>
          <p className="mt-1 text-[15.5px]">{exercise.task}</p>
        </div>
      </header>
      <ul className="!mt-3 !list-none border-t border-line !pl-0">
        {exercise.checks.map((check) => (
          <CheckRow
            key={check.id}
            exercise={exercise}
            check={check}
            verdict={verdict?.checks.find((one) => one.check === check.id)}
            begun={begun.has(id)}
          />
        ))}
      </ul>
      {phase === "starting" && <p className="px-4 pb-3 text-sm text-ink-soft">{t("exercise.connecting")}</p>}
      {problem !== undefined && (
        <p role="alert" className="px-4 pb-3 text-sm text-failed">
          {t("exercise.failed", { message: problem })}
        </p>
      )}
      <Help exercise={exercise} />
      {!onlyQuiz && status !== "pass" && (
        <footer className="flex items-center gap-2 border-t border-line px-3 py-2">
          <button
            type="button"
            className="button button-plain min-h-8 px-2 text-[13px]"
            disabled={busy || phase !== "ready"}
            onClick={evaluate}
          >
            <RefreshCw size={14} className={busy ? "animate-spin" : ""} aria-hidden="true" />
            {busy ? t("exercise.checking") : t("exercise.check")}
          </button>
          {verdict !== undefined && (
            <span className="ml-auto pr-1 text-[13px] text-ink-soft tabular-nums">
              {t("exercise.points", { points: verdict.points, maximum: verdict.maximumPoints })}
            </span>
          )}
        </footer>
      )}
    </section>
  );
}

/** True for a moment after the status became "pass" while one was looking. */
function useJustPassed(status: CheckStatus): boolean {
  const before = useRef(status);
  const [now, setNow] = useState(false);
  useEffect(() => {
    const was = before.current;
    before.current = status;
    if (status !== "pass" || was === "pass" || was === "unknown") return;
    setNow(true);
    const timer = setTimeout(() => setNow(false), 1000);
    return () => clearTimeout(timer);
  }, [status]);
  return now;
}

function CheckRow(props: {
  readonly exercise: LessonExercise;
  readonly check: LessonCheck;
  readonly verdict: Verdict | undefined;
  readonly begun: boolean;
}) {
  const { exercise, check, verdict, begun } = props;
  const { locale, t } = useLanguage();
  const { session } = useLesson();
  const actual: CheckStatus = verdict?.status ?? "unknown";
  const status = actual === "fail" && !begun ? "unknown" : actual;
  const subject = verdict?.subject;
  const told = status === "fail" || status === "error" || (check.quiz !== undefined && status === "pass");
  return (
    <li className="!mt-0 px-4 py-2.5 [&+&]:border-t [&+&]:border-line" data-check={check.id} data-status={actual}>
      <div className="flex items-start gap-2.5">
        <span className="mt-[3px]">
          <StatusIcon status={status} size={17} />
        </span>
        <p className="min-w-0 flex-1 text-[15px] leading-6">
          {check.title}
          <span className="sr-only"> ({t(`exercise.status.${status}`)})</span>
        </p>
      </div>
      {check.quiz !== undefined && (
        <QuizForm exercise={exercise.id} check={check.id} quiz={check.quiz} status={status} />
      )}
      {told && verdict !== undefined && (
        <div className="mt-1.5 ml-7 space-y-1.5 text-[14px] leading-[1.55]">
          <p className={status === "fail" ? "text-ink" : "text-ink-soft"}>{verdict.message[locale]}</p>
          {(verdict.expected !== undefined || verdict.observed !== undefined) && (
            <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-3 gap-y-0.5">
              {verdict.expected !== undefined && (
                <>
                  <dt className="text-ink-soft">{t("exercise.expected")}</dt>
                  <dd className="break-words">{verdict.expected[locale]}</dd>
                </>
              )}
              {verdict.observed !== undefined && (
                <>
                  <dt className="text-ink-soft">{t("exercise.observed")}</dt>
                  <dd className="font-mono text-[13px] break-words">{verdict.observed}</dd>
                </>
              )}
            </dl>
          )}
          <p className="flex flex-wrap items-center gap-x-1 empty:hidden">
            {subject?.name !== undefined && (
              <button
                type="button"
                className="button button-plain -ml-2 min-h-8 max-w-full justify-start px-2 text-left text-[13px] whitespace-normal"
                onClick={() => session.wish({ type: "show", subject })}
              >
                <Crosshair size={14} className="flex-none" aria-hidden="true" />
                {subject.kind} {subject.name}
                {subject.field !== undefined && <code className="[overflow-wrap:anywhere]">{subject.field}</code>}
              </button>
            )}
            {verdict.command !== undefined && (
              <button
                type="button"
                className="button button-plain -ml-2 min-h-8 max-w-full items-start justify-start px-2 text-left text-[13px] whitespace-normal"
                title={t("command.run")}
                onClick={() => void session.run(verdict.command ?? "")}
              >
                <SquareTerminal size={14} className="mt-[3px] flex-none" aria-hidden="true" />
                <span className="min-w-0 [overflow-wrap:anywhere]">
                  {t("exercise.look")}: <code>{verdict.command}</code>
                </span>
              </button>
            )}
          </p>
        </div>
      )}
    </li>
  );
}

/** Hints, one at a time, and the solution, which asks first. */
function Help({ exercise }: { readonly exercise: LessonExercise }) {
  const { locale, t } = useLanguage();
  const { session } = useLesson();
  const { busy, problem, act } = useAction();
  const [hints, setHints] = useState<readonly string[]>([]);
  const [asking, setAsking] = useState(false);
  const [steps, setSteps] = useState<readonly SolutionStep[]>();
  const { phase } = useStore(session.state);
  useEffect(() => {
    if (phase !== "ready") return;
    // What was unfolded before is unfolded again; where that cannot be known, one starts folded.
    session.api?.help(exercise.id).then(
      (before) => {
        setHints((now) => (now.length > 0 ? now : before.hints.map((hint) => hint[locale])));
        if (before.solution !== undefined) setSteps(before.solution);
      },
      () => {},
    );
  }, [session, phase, exercise.id, locale]);
  if (exercise.hints === 0 && !exercise.hasSolution) return null;

  const nextHint = () =>
    act(async () => {
      const answer = await session.api?.hint(exercise.id, hints.length);
      if (answer !== undefined) setHints([...hints, answer.hint[locale]]);
    });
  const reveal = () =>
    act(async () => {
      const answer = await session.api?.solution(exercise.id);
      setAsking(false);
      if (answer !== undefined) setSteps(answer.steps);
    });

  return (
    <div className="border-t border-line px-3 py-2 text-[14px]">
      {hints.length > 0 && (
        <ol className="!mb-2 !list-none space-y-2 !pl-1">
          {hints.map((hint, index) => (
            <li key={hint} className="!mt-0 rounded-md bg-sunken px-3 py-2">
              <span className="mb-0.5 block text-[12.5px] text-ink-soft">
                {t("exercise.hintNumber", { number: index + 1, total: Math.max(exercise.hints, index + 1) })}
              </span>
              {hint}
            </li>
          ))}
        </ol>
      )}
      {problem !== undefined && (
        <p role="alert" className="px-1 text-failed">
          {t("exercise.failed", { message: problem })}
        </p>
      )}
      {asking ? (
        <p className="flex flex-wrap items-center gap-2 px-1">
          <span className="min-w-48 flex-1">{t("exercise.solutionSure")}</span>
          <button type="button" className="button" onClick={reveal} disabled={busy}>
            {t("exercise.yes")}
          </button>
          <button type="button" className="button button-plain" onClick={() => setAsking(false)}>
            {t("exercise.no")}
          </button>
        </p>
      ) : (
        <p className="flex flex-wrap gap-1">
          {hints.length < exercise.hints && (
            <button
              type="button"
              className="button button-plain min-h-8 px-2 text-[13px]"
              onClick={nextHint}
              disabled={busy || phase !== "ready"}
            >
              {busy ? (
                <LoaderCircle size={14} className="animate-spin" aria-hidden="true" />
              ) : (
                <ChevronDown size={14} aria-hidden="true" />
              )}
              {hints.length === 0 ? t("exercise.hint") : t("exercise.nextHint")}
            </button>
          )}
          {exercise.hasSolution && steps === undefined && (
            <button
              type="button"
              className="button button-plain min-h-8 px-2 text-[13px]"
              onClick={() => setAsking(true)}
              disabled={phase !== "ready"}
            >
              {t("exercise.solution")}
            </button>
          )}
        </p>
      )}
      {steps !== undefined && <Solution steps={steps} />}
    </div>
  );
}

function Solution({ steps }: { readonly steps: readonly SolutionStep[] }) {
  const { locale, t } = useLanguage();
  const { session } = useLesson();
  return (
    <div className="px-1 pb-1">
      <h4 className="font-semibold">{t("exercise.solutionTitle")}</h4>
      <p className="text-[13px] text-ink-soft">{t("exercise.solutionNote")}</p>
      <ol className="mt-2 space-y-3">
        {steps.map((step, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: steps never move.
          <li key={index}>
            {step.say[locale]}
            {step.run !== undefined && (
              <div className="code mt-1 rounded-md border border-line bg-code">
                <CommandBlock command={step.run} />
              </div>
            )}
            {step.file !== undefined && step.content !== undefined && (
              <div className="mt-1 rounded-md border border-line bg-code">
                {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard. */}
                <pre className="code max-h-72 overflow-auto px-3 py-2" tabIndex={0}>
                  {step.content}
                </pre>
                <p className="border-t border-line p-1">
                  <button
                    type="button"
                    className="button button-plain min-h-8 px-2 text-[13px]"
                    onClick={() => {
                      const { file, content } = step;
                      if (file === undefined || content === undefined) return;
                      void session.api
                        ?.writeFile(file, content)
                        .then(() => session.wish({ type: "openFile", path: file }));
                    }}
                  >
                    {t("exercise.writeFile", { file: step.file })}
                  </button>
                </p>
              </div>
            )}
          </li>
        ))}
      </ol>
    </div>
  );
}
