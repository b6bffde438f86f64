"use client";

import { Languages } from "lucide-react";
import { usePathname } from "next/navigation";
import { useLanguage } from "../i18n/provider.tsx";

/** The same page in the other language. A full load, because the words of the whole page change. */
export function LanguageSwitch() {
  const { locale, t } = useLanguage();
  const path = usePathname();
  const other = locale === "en" ? "zh" : "en";
  const target = path.replace(/^\/(en|zh)(?=\/|$)/, `/${other}`);
  return (
    <a
      href={target}
      hrefLang={other === "zh" ? "zh-CN" : "en"}
      lang={other === "zh" ? "zh-CN" : "en"}
      className="button button-plain px-2"
      title={t("nav.languageLabel")}
      onClick={() => {
        // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is not in every browser yet.
        document.cookie = `statecraft.locale=${other}; path=/; max-age=31536000; samesite=lax`;
      }}
    >
      <Languages size={18} aria-hidden="true" />
      {t("nav.language")}
    </a>
  );
}
