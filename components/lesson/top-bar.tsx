"use client";

import { Keyboard, RotateCcw } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { useLanguage } from "../i18n/provider.tsx";
import { useStore } from "../live/use-store.ts";
import { LanguageSwitch } from "../ui/language-switch.tsx";
import { Mark } from "../ui/mark.tsx";
import { StatusIcon } from "../ui/meaning.tsx";
import { ThemeSwitch } from "../ui/theme-switch.tsx";
import { useLesson } from "./context.tsx";
import { statusOf } from "./exercise-card.tsx";
import { HelpDialog } from "./help-dialog.tsx";
import { ResetDialog } from "./reset-dialog.tsx";

/** The top line of a lesson: where one is, how far one is, time, reset, help. */
export function TopBar() {
  const { lesson } = useLesson();
  const { locale, t } = useLanguage();
  const [dialog, setDialog] = useState<"reset" | "help">();
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const target = event.target as HTMLElement | null;
      if (event.key !== "?" || target?.closest("input, textarea, [contenteditable], .monaco-editor, .xterm")) return;
      setDialog("help");
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);
  return (
    <header className="flex h-12 items-center gap-3 border-b border-line bg-surface px-3">
      <a href={`/${locale}`} aria-label={t("nav.home")} className="flex-none">
        <Mark size={26} />
      </a>
      <nav aria-label={t("lesson.breadcrumb")} className="min-w-0 text-[13px]">
        <ol className="flex items-center gap-1.5 whitespace-nowrap">
          <li className="hidden lg:block">
            <a href={`/${locale}/learn`} className="text-ink-soft hover:text-ink">
              {lesson.courseTitle}
            </a>
          </li>
          <li className="hidden items-center gap-1.5 lg:flex">
            <span aria-hidden="true" className="text-line-strong">
              /
            </span>
            <a href={`/${locale}/learn`} className="text-ink-soft hover:text-ink">
              {lesson.moduleTitle}
            </a>
          </li>
          <li className="flex min-w-0 items-center gap-1.5" aria-current="page">
            <span aria-hidden="true" className="hidden text-line-strong lg:inline">
              /
            </span>
            <span className="truncate font-medium">
              {lesson.number} {lesson.title}
            </span>
          </li>
        </ol>
      </nav>
      <ProgressRail />
      <div className="ml-auto flex flex-none items-center gap-1">
        <ClusterPulse />
        <SpeedControl />
        <button
          type="button"
          className="icon-button"
          aria-label={t("reset.label")}
          title={t("reset.label")}
          onClick={() => setDialog("reset")}
        >
          <RotateCcw size={17} aria-hidden="true" />
        </button>
        <button
          type="button"
          className="icon-button hidden sm:inline-flex"
          aria-label={t("lesson.help")}
          title={`${t("lesson.help")} (?)`}
          onClick={() => setDialog("help")}
        >
          <Keyboard size={18} aria-hidden="true" />
        </button>
        <span className="hidden sm:block">
          <LanguageSwitch />
        </span>
        <ThemeSwitch />
      </div>
      <ResetDialog open={dialog === "reset"} onClose={() => setDialog(undefined)} />
      <HelpDialog open={dialog === "help"} onClose={() => setDialog(undefined)} />
    </header>
  );
}

/** Every exercise of the lesson as one mark; a click goes to its card. */
function ProgressRail() {
  const { lesson, session, layout } = useLesson();
  const { t } = useLanguage();
  const verdicts = useStore(session.verdicts);
  const begun = useStore(session.begun);
  return (
    <nav aria-label={t("lesson.progress")} className="hidden md:block">
      <ol className="flex items-center gap-0.5">
        {lesson.exercises.map((exercise, index) => {
          const status = statusOf(verdicts.get(exercise.id), begun);
          const label = `${index + 1}. ${exercise.title}: ${t(`exercise.status.${status}`)}`;
          return (
            <li key={exercise.id}>
              <button
                type="button"
                className="icon-button h-7 w-7"
                aria-label={label}
                title={label}
                onClick={() => {
                  layout.show("text");
                  showExercise(exercise.id);
                }}
              >
                <StatusIcon status={status} size={17} />
              </button>
            </li>
          );
        })}
      </ol>
    </nav>
  );
}

const FLASH_MS = 1200;

/** Scrolls to an exercise's card and makes it stand out for a moment. */
export function showExercise(id: string): void {
  requestAnimationFrame(() => {
    const card = document.getElementById(`exercise-${id}`);
    if (card === null) return;
    card.scrollIntoView({ behavior: "smooth", block: "start" });
    card.dataset["flash"] = "";
    setTimeout(() => delete card.dataset["flash"], FLASH_MS);
  });
}

/** Whether something is going on in the cluster, and what it waits for. */
function ClusterPulse() {
  const { session } = useLesson();
  const { t } = useLanguage();
  const { activity, connected } = useStore(session.state);
  if (!connected || activity === undefined) return null;
  const waiting = activity.waiting[0];
  const text = activity.busy
    ? waiting === undefined
      ? t("sandbox.busy")
      : t("sandbox.waitingFor", { reason: waiting.reason })
    : t("sandbox.settled");
  return (
    <span className="hidden max-w-56 items-center gap-1.5 pr-1 text-xs text-ink-soft xl:flex" data-busy={activity.busy}>
      <span
        aria-hidden="true"
        className={`h-2 w-2 flex-none rounded-full ${activity.busy ? "animate-pulse bg-waiting" : "bg-ready"}`}
      />
      <span className="truncate">{text}</span>
    </span>
  );
}

const speeds = [
  { speed: 0, short: "‖", key: "speed.paused" },
  { speed: 1, short: "1×", key: "speed.normal" },
  { speed: 4, short: "4×", key: "speed.four" },
  { speed: 20, short: "20×", key: "speed.twenty" },
] as const;

function SpeedControl() {
  const { session } = useLesson();
  const { t } = useLanguage();
  const { activity, capabilities, phase } = useStore(session.state);
  const [asked, setAsked] = useState<number>();
  const actual = activity?.speed ?? 1;
  const current = useRef(actual);
  if (current.current !== actual) {
    current.current = actual;
    if (asked !== undefined) setAsked(undefined);
  }
  if (capabilities?.speed === false) return null;
  return (
    <select
      aria-label={t("speed.label")}
      title={t("speed.label")}
      className="h-8 rounded-md border border-line bg-surface px-1.5 text-[13px]"
      disabled={phase !== "ready"}
      value={asked ?? speeds.find((one) => one.speed === actual)?.speed ?? 1}
      onChange={(event) => {
        const speed = Number(event.target.value);
        setAsked(speed);
        session.api?.setSpeed(speed).catch(() => setAsked(undefined));
      }}
    >
      {speeds.map((one) => (
        <option key={one.speed} value={one.speed} label={one.short} title={t(one.key)}>
          {one.short}
        </option>
      ))}
    </select>
  );
}
