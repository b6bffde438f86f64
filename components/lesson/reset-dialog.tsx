"use client";

import { useState } from "react";
import { useLanguage } from "../i18n/provider.tsx";
import type { ResetTarget } from "../live/api.ts";
import { useStore } from "../live/use-store.ts";
import { Dialog } from "../ui/dialog.tsx";
import { useLesson } from "./context.tsx";

const ladder: readonly ResetTarget[] = ["files", "exercise", "start"];

/** The reset ladder: each step names what it takes away, and can be taken back for a while. */
export function ResetDialog(props: { readonly open: boolean; readonly onClose: () => void }) {
  const { t } = useLanguage();
  const { session } = useLesson();
  const { capabilities, phase } = useStore(session.state);
  const steps = ladder.filter((target) => target !== "exercise" || capabilities?.rewind !== false);
  const [busy, setBusy] = useState(false);
  const [undo, setUndo] = useState<string>();
  const [note, setNote] = useState<string>();

  const act = (action: () => Promise<string>) => {
    setBusy(true);
    setNote(undefined);
    action()
      .then(setNote, (error: unknown) =>
        setNote(t("exercise.failed", { message: error instanceof Error ? error.message : String(error) })),
      )
      .finally(() => setBusy(false));
  };
  const reset = (to: ResetTarget) =>
    act(async () => {
      const answer = await session.api?.reset(to);
      setUndo(answer?.undoToken);
      return t("reset.done");
    });
  const takeBack = (token: string) =>
    act(async () => {
      await session.api?.undoReset(token);
      setUndo(undefined);
      return t("reset.undone");
    });

  return (
    <Dialog open={props.open} onClose={props.onClose} title={t("reset.title")} closeLabel={t("reset.close")}>
      <p className="mt-1 text-[15px] text-ink-soft">{t("reset.intro")}</p>
      <ul className="mt-4 space-y-2">
        {steps.map((target) => (
          <li key={target}>
            <button
              type="button"
              className="w-full rounded-md border border-line px-4 py-3 text-left hover:border-line-strong hover:bg-sunken disabled:opacity-55"
              disabled={busy || phase !== "ready"}
              onClick={() => reset(target)}
            >
              <span className="block font-medium">{t(`reset.${target}`)}</span>
              <span className="block text-[14px] text-ink-soft">{t(`reset.${target}Loses`)}</span>
            </button>
          </li>
        ))}
      </ul>
      <p role="status" className="mt-4 flex min-h-8 items-center gap-3 text-[15px]">
        {note}
        {undo !== undefined && (
          <button type="button" className="button" disabled={busy} onClick={() => takeBack(undo)}>
            {t("reset.undo")}
          </button>
        )}
      </p>
    </Dialog>
  );
}
