"use client";

import { useState } from "react";
import { useLanguage } from "../i18n/provider.tsx";
import type { LessonSession } from "../live/session.ts";
import { useStore } from "../live/use-store.ts";

/** Texts that were written and not used, because their command was cancelled or ended: nothing is thrown away unasked. */
export function LeftTexts({ session }: { readonly session: LessonSession }) {
  const { t } = useLanguage();
  const { left } = useStore(session.edits);
  const [problem, setProblem] = useState<string>();
  const keep = async (id: string) => {
    try {
      const path = await session.edits.keepAsFile(id);
      setProblem(undefined);
      if (path !== undefined) session.wish({ type: "openFile", path });
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    }
  };
  return left.map(({ id, subject, command, why }) => (
    <p
      key={id}
      className="flex flex-wrap items-center gap-x-3 gap-y-1.5 border-b border-line bg-accent-soft px-4 py-2 text-sm"
    >
      <span className="min-w-48 flex-1">
        {t(why === "gone" ? "edit.leftGone" : "edit.leftCancelled", { command, subject })}
        {problem !== undefined && (
          <span className="block text-failed">{t("editor.saveFailed", { message: problem })}</span>
        )}
      </span>
      <button type="button" className="button" onClick={() => void keep(id)}>
        {t("edit.keepAsFile")}
      </button>
      <button type="button" className="button button-plain" onClick={() => session.edits.drop(id)}>
        {t("edit.drop")}
      </button>
    </p>
  ));
}
