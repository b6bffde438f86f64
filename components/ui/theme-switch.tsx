"use client";

import { Monitor, Moon, Sun } from "lucide-react";
import { useSyncExternalStore } from "react";
import { useLanguage } from "../i18n/provider.tsx";
import { readTheme, type Theme, writeTheme } from "./theme.ts";

const order: readonly Theme[] = ["system", "light", "dark"];
const icons = { system: Monitor, light: Sun, dark: Moon } as const;

function subscribe(listener: () => void): () => void {
  addEventListener("statecraft:theme", listener);
  addEventListener("storage", listener);
  return () => {
    removeEventListener("statecraft:theme", listener);
    removeEventListener("storage", listener);
  };
}

/** One button that goes round: system, light, dark. */
export function ThemeSwitch() {
  const { t } = useLanguage();
  const theme = useSyncExternalStore(subscribe, readTheme, () => "system" as const);
  const Icon = icons[theme];
  const next = order[(order.indexOf(theme) + 1) % order.length] ?? "system";
  const label = `${t("nav.theme")}: ${t(`nav.theme.${theme}`)}`;
  return (
    <button type="button" className="icon-button" aria-label={label} title={label} onClick={() => writeTheme(next)}>
      <Icon size={18} aria-hidden="true" />
    </button>
  );
}
