"use client";

import { useLanguage } from "../../components/i18n/provider.tsx";
import { Mark } from "../../components/ui/mark.tsx";

export default function PageError({ reset }: { readonly error: Error; readonly reset: () => void }) {
  const { t } = useLanguage();
  return (
    <main id="content" className="mx-auto flex min-h-dvh max-w-xl flex-col items-start justify-center gap-4 px-6">
      <Mark size={56} className="text-failed" />
      <h1 className="text-2xl font-semibold">{t("error.title")}</h1>
      <p className="text-ink-soft">{t("error.text")}</p>
      <button type="button" className="button button-accent" onClick={reset}>
        {t("error.again")}
      </button>
    </main>
  );
}
