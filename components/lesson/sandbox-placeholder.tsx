"use client";

import { CloudOff, LoaderCircle } from "lucide-react";
import { useLanguage } from "../i18n/provider.tsx";
import { useStore } from "../live/use-store.ts";
import { useLesson } from "./context.tsx";

/** What a pane shows while there is no sandbox: that one is on its way, or that it could not be had. */
export function SandboxPlaceholder() {
  const { session } = useLesson();
  const { t } = useLanguage();
  const { phase } = useStore(session.state);
  const failed = phase === "failed";
  const Icon = failed ? CloudOff : LoaderCircle;
  return (
    <p className="flex h-full min-h-24 flex-col items-center justify-center gap-2 p-4 text-center text-sm text-ink-soft">
      <Icon size={22} className={failed ? "" : "animate-spin"} aria-hidden="true" />
      {failed ? t("sandbox.failed") : t("sandbox.starting")}
    </p>
  );
}
