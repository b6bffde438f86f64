"use client";

import {
  Activity,
  BookOpen,
  Boxes,
  Maximize2,
  Minimize2,
  RotateCw,
  SquareTerminal,
  TextCursorInput,
} from "lucide-react";
import { type ReactNode, useCallback, useEffect, useRef, useState } from "react";
import { EditorPane } from "../editor/editor-pane.tsx";
import { LeftTexts } from "../editor/left-texts.tsx";
import type { MessageKey } from "../i18n/locale.ts";
import { useLanguage } from "../i18n/provider.tsx";
import { useStore } from "../live/use-store.ts";
import { TerminalPane } from "../terminal/terminal-pane.tsx";
import { TimelinePane } from "../timeline/timeline-pane.tsx";
import { StatusIcon } from "../ui/meaning.tsx";
import { useIdle } from "../ui/use-idle.ts";
import { ClusterPane } from "./cluster-pane.tsx";
import { useLesson } from "./context.tsx";
import { statusOf } from "./exercise-card.tsx";
import { type Pane, upperPanes } from "./layout-store.ts";
import { Splitter } from "./splitter.tsx";
import { showExercise, TopBar } from "./top-bar.tsx";

const panes: readonly { readonly pane: Pane; readonly key: MessageKey; readonly icon: typeof BookOpen }[] = [
  { pane: "text", key: "lesson.text", icon: BookOpen },
  { pane: "editor", key: "lesson.editor", icon: TextCursorInput },
  { pane: "cluster", key: "lesson.cluster", icon: Boxes },
  { pane: "timeline", key: "lesson.timeline", icon: Activity },
  { pane: "terminal", key: "lesson.terminal", icon: SquareTerminal },
];

/** The frame of a lesson: text on one side, editor, cluster, timeline and terminal on the other. */
export function LessonShell({ children }: { readonly children: ReactNode }) {
  const { layout, lesson } = useLesson();
  const { t } = useLanguage();
  const state = useStore(layout);
  const idle = useIdle();
  const [turn, terminalShown] = useEditorsTurn(idle);

  useEffect(() => {
    const order: readonly Pane[] = ["editor", "cluster", "timeline", "terminal"];
    const onKey = (event: KeyboardEvent) => {
      if (!event.altKey || event.ctrlKey || event.metaKey) return;
      const pane = order[Number(event.code.replace("Digit", "")) - 1];
      if (pane === undefined) return;
      event.preventDefault();
      layout.show(pane);
      if (pane === "terminal") document.querySelector<HTMLElement>(".pane-terminal .xterm-helper-textarea")?.focus();
      else document.getElementById(`tab-${pane}`)?.focus();
    };
    addEventListener("keydown", onKey, true);
    return () => removeEventListener("keydown", onKey, true);
  }, [layout]);

  return (
    <div className="lesson">
      <TopBar />
      <Notices />
      <NarrowTabs />
      <main id="content" className="panes" data-maximised={state.maximised} data-narrow={state.narrow}>
        <h1 className="heading-of-hidden-text sr-only">{lesson.title}</h1>
        <section
          aria-label={t("lesson.text")}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
          tabIndex={0}
          className="pane pane-text focus-visible:-outline-offset-2"
        >
          <MaximiseButton part="text" />
          {children}
        </section>
        <Splitter name="column" label={t("lesson.resizeColumns")} />
        <div className="panes-right">
          <section className="pane pane-upper bg-surface" aria-label={t(`lesson.${state.upper}`)}>
            <PinnedExercise />
            <UpperTabs />
            <MaximiseButton part="upper" />
            {upperPanes.map((pane) => (
              <div
                key={pane}
                id={`panel-${pane}`}
                role="tabpanel"
                aria-labelledby={`tab-${pane}`}
                hidden={state.upper !== pane}
                className="min-h-0 flex-1"
              >
                {pane === "editor" ? (
                  <EditorPane wanted={turn && state.upper === "editor"} />
                ) : pane === "cluster" ? (
                  <ClusterPane visible={state.upper === "cluster"} />
                ) : (
                  <TimelinePane visible={state.upper === "timeline"} />
                )}
              </div>
            ))}
          </section>
          <Splitter name="row" label={t("lesson.resizeRows")} />
          <section className="pane pane-terminal" aria-label={t("lesson.terminal")}>
            {state.narrow === "terminal" && <PinnedExercise />}
            <MaximiseButton part="terminal" />
            <TerminalFrame wanted={idle} onShown={terminalShown} />
          </section>
        </div>
      </main>
    </div>
  );
}

/** How long the editor lets the terminal go first (ms). */
const TERMINAL_FIRST_MS = 2500;

/**
 * The editor's code keeps the page busy for as long as everything else together: it comes when the terminal has shown
 * its prompt, when that takes too long, or when somebody touches the page.
 */
function useEditorsTurn(idle: boolean): readonly [turn: boolean, next: () => void] {
  const [turn, setTurn] = useState(false);
  const next = useCallback(() => setTurn(true), []);
  useEffect(() => {
    if (!idle || turn) return;
    const timer = setTimeout(next, TERMINAL_FIRST_MS);
    addEventListener("pointerdown", next, { once: true });
    return () => {
      clearTimeout(timer);
      removeEventListener("pointerdown", next);
    };
  }, [idle, turn, next]);
  return [turn, next];
}

function TerminalFrame({ wanted, onShown }: { readonly wanted: boolean; readonly onShown: () => void }) {
  const { session } = useLesson();
  return (
    <div className="min-h-0 flex-1">
      <TerminalPane session={session} wanted={wanted} onShown={onShown} />
    </div>
  );
}

function UpperTabs() {
  const { layout } = useLesson();
  const { t } = useLanguage();
  const { upper } = useStore(layout);
  return (
    <div role="tablist" aria-label={t("lesson.panes")} className="upper-tabs flex flex-none border-b border-line pr-10">
      {upperPanes.map((pane, index) => (
        <button
          key={pane}
          id={`tab-${pane}`}
          type="button"
          role="tab"
          aria-selected={upper === pane}
          aria-controls={`panel-${pane}`}
          tabIndex={upper === pane ? 0 : -1}
          className="tab"
          onClick={() => layout.show(pane)}
          onKeyDown={(event) => {
            const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
            const next = upperPanes[(index + step + upperPanes.length) % upperPanes.length];
            if (step === 0 || next === undefined) return;
            layout.show(next);
            document.getElementById(`tab-${next}`)?.focus();
          }}
        >
          {t(`lesson.${pane}`)}
          {pane === "editor" && <EditMark />}
        </button>
      ))}
    </div>
  );
}

/** Beside the editor's name: a command waits for a text there. */
function EditMark({ className = "" }: { readonly className?: string }) {
  const { session } = useLesson();
  const { t } = useLanguage();
  const { open } = useStore(session.edits);
  if (open.length === 0) return null;
  return (
    <span className={`inline-block h-2 w-2 rounded-full bg-accent-line ${className}`}>
      <span className="sr-only">{t("edit.open")}</span>
    </span>
  );
}

function NarrowTabs() {
  const { layout } = useLesson();
  const { t } = useLanguage();
  const { narrow } = useStore(layout);
  return (
    <nav aria-label={t("lesson.panes")} className="narrow-tabs overflow-x-auto border-b border-line bg-surface">
      {panes.map(({ pane, key, icon: Icon }) => (
        <button
          key={pane}
          type="button"
          aria-current={narrow === pane ? "true" : undefined}
          className="flex min-w-16 flex-1 flex-col items-center gap-0.5 border-b-2 border-transparent px-1 py-1.5 text-[11.5px] text-ink-soft aria-[current]:border-accent-line aria-[current]:text-ink"
          onClick={() => layout.show(pane)}
        >
          <span className="relative">
            <Icon size={18} aria-hidden="true" />
            {pane === "editor" && <EditMark className="absolute -top-0.5 -right-1.5" />}
          </span>
          {t(key)}
        </button>
      ))}
    </nav>
  );
}

/** On narrow screens: what one is working on, while the text is out of sight. */
function PinnedExercise() {
  const { lesson, session, layout } = useLesson();
  const verdicts = useStore(session.verdicts);
  const begun = useStore(session.begun);
  const current = lesson.exercises.find((exercise) => statusOf(verdicts.get(exercise.id), begun) !== "pass");
  const shown = current ?? lesson.exercises.at(-1);
  if (shown === undefined) return null;
  return (
    <button
      type="button"
      className="pinned-exercise w-full flex-none items-center gap-2 border-b border-line bg-sunken px-3 py-2 text-left text-[13.5px]"
      onClick={() => {
        layout.show("text");
        showExercise(shown.id);
      }}
    >
      <StatusIcon status={statusOf(verdicts.get(shown.id), begun)} size={17} />
      <span className="line-clamp-2 flex-1">{shown.task}</span>
    </button>
  );
}

function MaximiseButton({ part }: { readonly part: "text" | "upper" | "terminal" }) {
  const { layout } = useLesson();
  const { t } = useLanguage();
  const { maximised } = useStore(layout);
  const on = maximised === part;
  const label = t(on ? "lesson.restore" : "lesson.maximise");
  return (
    <button
      type="button"
      className={`pane-controls icon-button z-10 h-7 w-7 ${part === "text" ? "sticky top-1 -mb-7 ml-auto mr-1 flex-none" : "absolute top-1 right-1"}`}
      aria-label={label}
      title={label}
      aria-pressed={on}
      onClick={() => layout.toggleMaximised(part)}
    >
      {on ? <Minimize2 size={15} aria-hidden="true" /> : <Maximize2 size={15} aria-hidden="true" />}
    </button>
  );
}

/** What one must know about the connection and the cluster. */
function Notices() {
  const { session } = useLesson();
  const { t } = useLanguage();
  const { phase, problem, connected, restored, sandboxId } = useStore(session.state);
  const wasConnected = useRef(false);
  if (connected) wasConnected.current = true;
  const offline = phase === "ready" && !connected && sandboxId !== undefined && wasConnected.current;
  return (
    <div role="status">
      <LeftTexts session={session} />
      {phase === "failed" && (
        <p className="flex items-center gap-3 border-b border-line bg-failed-soft px-4 py-2 text-sm text-failed">
          <span>
            {t("sandbox.failed")} {problem}
          </span>
          <button type="button" className="button" onClick={() => session.start()}>
            <RotateCw size={14} aria-hidden="true" />
            {t("sandbox.retry")}
          </button>
        </p>
      )}
      {offline && (
        <p className="border-b border-line bg-waiting-soft px-4 py-2 text-sm text-waiting">{t("sandbox.offline")}</p>
      )}
      {restored && (
        <p className="flex items-center gap-3 border-b border-line bg-accent-soft px-4 py-2 text-sm">
          {t("sandbox.restored")}
          <button type="button" className="button" onClick={() => session.state.update({ restored: false })}>
            {t("sandbox.dismiss")}
          </button>
        </p>
      )}
    </div>
  );
}
