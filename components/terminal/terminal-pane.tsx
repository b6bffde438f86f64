"use client";

import { Plus, SquarePen, X } from "lucide-react";
import { useEffect, useMemo, useState } from "react";
import { useLanguage } from "../i18n/provider.tsx";
import { SandboxPlaceholder } from "../lesson/sandbox-placeholder.tsx";
import type { LessonSession } from "../live/session.ts";
import { useStore } from "../live/use-store.ts";
import { useCode } from "../ui/use-code.ts";
import { isSpoken, writeSpoken } from "./spoken.ts";
import { Terminals } from "./store.ts";

const loadScreen = () => import("./terminal-screen.tsx");

interface PaneProps {
  readonly session: LessonSession;
  /** The page has time for it: its code is loaded, whether there is a sandbox yet or not. */
  readonly wanted: boolean;
  /** A terminal has something on its screen. */
  readonly onShown: () => void;
}

/** Of many tabs the one in front is not left outside of what is seen. */
const seen = (tab: HTMLElement | null) => tab?.scrollIntoView({ block: "nearest", inline: "nearest" });

const focusTerminal = (id: string) =>
  document.querySelector<HTMLElement>(`[data-terminal="${CSS.escape(id)}"] .xterm-helper-textarea`)?.focus();

/** The terminals of the sandbox: tabs, and the screen of the one in front. */
export function TerminalPane(props: PaneProps) {
  const { session, wanted, onShown } = props;
  // Asked for here, so that the code comes while the sandbox is made.
  useCode(loadScreen, wanted);
  const { sandboxId } = useStore(session.state);
  const terminals = useMemo(
    () => (sandboxId === undefined || session.api === undefined ? undefined : new Terminals(sandboxId, session.api)),
    [sandboxId, session],
  );
  if (terminals === undefined || sandboxId === undefined) return <SandboxPlaceholder />;
  return <Tabs session={session} sandbox={sandboxId} terminals={terminals} wanted={wanted} onShown={onShown} />;
}

function Tabs(props: {
  readonly session: LessonSession;
  readonly sandbox: string;
  readonly terminals: Terminals;
  readonly wanted: boolean;
  readonly onShown: () => void;
}) {
  const { session, sandbox, terminals, wanted, onShown } = props;
  const { t } = useLanguage();
  const { tabs, active, problem } = useStore(terminals);
  const { loads, connected } = useStore(session.state);
  const edits = useStore(session.edits);
  const waiting = edits.open.find(({ edit }) => edit.terminal === active);
  const [left, setLeft] = useState(0);
  const [spoken, setSpoken] = useState(isSpoken);
  const TerminalScreen = useCode(loadScreen, wanted);

  useEffect(() => {
    session.runner = (command) => terminals.type(command);
    return () => {
      session.runner = undefined;
    };
  }, [session, terminals]);

  useEffect(
    () =>
      session.onWish((wish) => {
        if (wish.type !== "terminal" || wish.terminal === undefined) return;
        const { terminal } = wish;
        terminals.select(terminal);
        requestAnimationFrame(() => {
          // Its command may have opened the next text meanwhile (kubectl edit gives back what is invalid).
          const busy = session.edits.get().open.some(({ edit }) => edit.terminal === terminal);
          if (!busy) focusTerminal(terminal);
        });
      }),
    [session, terminals],
  );

  // biome-ignore lint/correctness/useExhaustiveDependencies: after each load another window, or a reset, may have opened and closed some.
  useEffect(() => {
    if (!wanted) return;
    terminals
      .meet()
      .catch(() => {})
      .then(() => terminals.ensure())
      .catch(() => {});
  }, [wanted, terminals, loads]);

  return (
    <div className="flex h-full min-h-0 flex-col">
      <div className="flex flex-none items-center border-b border-line bg-surface pr-2 min-[900px]:pr-10">
        <div role="tablist" aria-label={t("lesson.terminal")} className="flex min-w-0 overflow-x-auto">
          {tabs.map((tab) => (
            <button
              key={tab.id}
              type="button"
              role="tab"
              aria-selected={tab.id === active}
              aria-controls={`terminal-${tab.id}`}
              id={`terminal-tab-${tab.id}`}
              tabIndex={tab.id === active ? 0 : -1}
              ref={tab.id === active ? seen : null}
              className="tab flex-none"
              onClick={() => terminals.select(tab.id)}
              onKeyDown={(event) => {
                const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
                const next = tabs[(tabs.indexOf(tab) + step + tabs.length) % tabs.length];
                if (step === 0 || next === undefined) return;
                terminals.select(next.id);
                document.getElementById(`terminal-tab-${next.id}`)?.focus();
              }}
            >
              {t("terminal.tab", { number: tab.number })}
            </button>
          ))}
          {tabs.length === 0 && <span className="tab">{t("lesson.terminal")}</span>}
        </div>
        {tabs.length > 1 && active !== undefined && (
          <button
            type="button"
            className="icon-button h-7 w-7"
            aria-label={t("terminal.close", { number: tabs.find((tab) => tab.id === active)?.number ?? 1 })}
            onClick={() => terminals.close(active)}
          >
            <X size={14} aria-hidden="true" />
          </button>
        )}
        <button
          type="button"
          className="icon-button h-7 w-7"
          aria-label={t("terminal.new")}
          title={t("terminal.new")}
          onClick={() => void terminals.open().catch(() => {})}
        >
          <Plus size={16} aria-hidden="true" />
        </button>
        {/* For those who do not see the screen: a tab stop that nobody else notices. */}
        <button
          type="button"
          className="button min-h-7 flex-none px-2 text-xs not-focus-visible:sr-only"
          aria-pressed={spoken}
          onClick={() => {
            writeSpoken(!spoken);
            setSpoken(!spoken);
          }}
        >
          {t("terminal.spoken")}
        </button>
        {waiting === undefined ? (
          tabs.length < 4 && (
            <span className="ml-auto hidden flex-none px-2 text-xs text-ink-soft xl:inline">
              {t("terminal.escape")}
            </span>
          )
        ) : (
          <button
            type="button"
            className="mr-1 ml-auto flex min-w-0 items-center gap-1.5 rounded-md bg-accent-soft px-2 py-1 text-xs text-ink hover:underline"
            title={t("edit.show")}
            onClick={() => session.wish({ type: "edit", id: waiting.edit.id })}
          >
            <SquarePen size={13} className="flex-none" aria-hidden="true" />
            <span className="truncate">{t("edit.inEditor", { subject: waiting.edit.subject })}</span>
          </button>
        )}
      </div>
      {/* Esc Esc brings the focus here, out of the terminal. */}
      <div tabIndex={-1} ref={(element) => void (left > 0 && element?.focus())} key={`left-${left}`} />
      {problem !== undefined && (
        <p
          role="alert"
          className="flex flex-none flex-wrap items-center gap-2 bg-failed-soft px-3 py-1.5 text-[13px] text-failed"
        >
          <span className="min-w-40 flex-1">
            {problem.kind === "unreachable"
              ? t("terminal.unreachable")
              : problem.code === "too-many-terminals"
                ? t("terminal.tooMany")
                : t("terminal.refused", { message: problem.message })}
          </span>
          <button type="button" className="button min-h-7" onClick={() => void terminals.open().catch(() => {})}>
            {t("sandbox.retry")}
          </button>
          {tabs.length > 0 && (
            <button type="button" className="button button-plain min-h-7" onClick={() => terminals.dismiss()}>
              {t("sandbox.dismiss")}
            </button>
          )}
        </p>
      )}
      <div className="relative min-h-0 flex-1 bg-[var(--terminal)]">
        {tabs.length === 0 && problem === undefined && (
          <p role="status" className="p-4 text-sm text-ink-soft">
            {t("terminal.loading")}
          </p>
        )}
        {tabs.map((tab) => (
          <div
            key={tab.id}
            role="tabpanel"
            id={`terminal-${tab.id}`}
            aria-labelledby={`terminal-tab-${tab.id}`}
            hidden={tab.id !== active}
            className="absolute inset-0"
          >
            {TerminalScreen !== undefined && (
              <TerminalScreen
                sandbox={sandbox}
                terminal={tab.id}
                label={t("terminal.tab", { number: tab.number })}
                visible={tab.id === active}
                connected={connected}
                spoken={spoken}
                onShown={onShown}
                onGone={() => {
                  terminals.forget(tab.id);
                  // Nobody is left without a terminal.
                  terminals.ensure().catch(() => {});
                }}
                onLeave={() => setLeft((count) => count + 1)}
              />
            )}
          </div>
        ))}
      </div>
    </div>
  );
}
