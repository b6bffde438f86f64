"use client";

import { Check, FileText, LoaderCircle, SquarePen } from "lucide-react";
import { useLanguage } from "../i18n/provider.tsx";
import type { EditsStore, OpenText } from "../live/edits.ts";
import { useStore } from "../live/use-store.ts";

/** The tab of a text that a command waits for; without `id` that of the files. */
export const tabId = (id: string | undefined) => `edit-tab-${id ?? "files"}`;

/** Above the editor while commands wait for texts: the files, and a tab for each text. */
export function EditTabs({ edits, file }: { readonly edits: EditsStore; readonly file: string | undefined }) {
  const { t } = useLanguage();
  const { open, active } = useStore(edits);
  const ids = [undefined, ...open.map(({ edit }) => edit.id as string)];
  return (
    <div role="tablist" aria-label={t("edit.tabs")} className="flex flex-none overflow-x-auto border-b border-line">
      {ids.map((id) => {
        const one = open.find(({ edit }) => edit.id === id);
        return (
          <button
            key={tabId(id)}
            id={tabId(id)}
            type="button"
            role="tab"
            aria-selected={id === active}
            aria-controls="edit-panel"
            tabIndex={id === active ? 0 : -1}
            className="tab flex-none"
            onClick={() => edits.select(id)}
            onKeyDown={(event) => {
              const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
              if (step === 0) return;
              const next = ids[(ids.indexOf(id) + step + ids.length) % ids.length];
              edits.select(next);
              document.getElementById(tabId(next))?.focus();
            }}
          >
            {one === undefined ? <FileText size={14} aria-hidden="true" /> : <SquarePen size={14} aria-hidden="true" />}
            {one === undefined
              ? (file ?? t("edit.files"))
              : t("edit.tab", { subject: one.edit.subject, command: one.edit.command })}
          </button>
        );
      })}
    </div>
  );
}

/** Which command waits for the text, and what the person may do: give it back, or not. */
export function EditBar({ edits, one }: { readonly edits: EditsStore; readonly one: OpenText }) {
  const { t } = useLanguage();
  const { edit, theirs, closing, problem } = one;
  const { id, command, subject } = edit;
  return (
    <>
      <div className="flex flex-none flex-wrap items-center gap-x-3 gap-y-1 border-b border-line bg-accent-soft px-3 py-1">
        <p className={`flex-[1_1_10rem] text-[13px] ${edit.returned ? "font-medium text-failed" : ""}`}>
          {t(edit.returned ? "edit.returned" : "edit.waits", { command })}
          <span className="sr-only" role="status">
            {t("edit.opened", { subject })}
          </span>
        </p>
        <span className="ml-auto flex gap-2">
          <button
            type="button"
            className="button min-h-8 px-3"
            title={t("edit.cancelTitle", { command })}
            disabled={closing !== undefined}
            onClick={() => void edits.cancel(id)}
          >
            {t("edit.cancel")}
          </button>
          <button
            type="button"
            className="button button-accent min-h-8 px-3"
            title={t("edit.saveTitle", { command })}
            disabled={closing !== undefined || theirs !== undefined}
            onClick={() => void edits.save(id)}
          >
            {closing === undefined ? (
              <Check size={15} aria-hidden="true" />
            ) : (
              <LoaderCircle size={15} className="animate-spin" aria-hidden="true" />
            )}
            {t(closing === undefined ? "edit.save" : "edit.saving")}
            {closing === undefined && (
              <kbd className="hidden font-mono text-[11.5px] opacity-80 sm:inline">Ctrl/⌘ S</kbd>
            )}
          </button>
        </span>
      </div>
      {theirs !== undefined && (
        <p
          role="alert"
          className="flex flex-none flex-wrap items-center gap-2 bg-waiting-soft px-3 py-1.5 text-[13px] text-waiting"
        >
          <span className="min-w-40 flex-1">{t("edit.conflict")}</span>
          <button type="button" className="button min-h-7" onClick={() => edits.resolve(id, "mine")}>
            {t("editor.keepMine")}
          </button>
          <button type="button" className="button min-h-7" onClick={() => edits.resolve(id, "theirs")}>
            {t("editor.takeTheirs")}
          </button>
        </p>
      )}
      {problem !== undefined && (
        <p role="alert" className="flex-none bg-failed-soft px-3 py-1.5 text-[13px] text-failed">
          {t("edit.problem", { message: problem })}
        </p>
      )}
    </>
  );
}
