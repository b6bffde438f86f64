"use client";

import { useSyncExternalStore } from "react";

function subscribe(listener: () => void): () => void {
  const observer = new MutationObserver(listener);
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
  return () => observer.disconnect();
}

const read = (): "light" | "dark" => (document.documentElement.dataset["theme"] === "dark" ? "dark" : "light");

/** Which scheme is on the screen now, for things that are not styled by CSS. */
export function useThemeName(): "light" | "dark" {
  return useSyncExternalStore(subscribe, read, () => "light" as const);
}
