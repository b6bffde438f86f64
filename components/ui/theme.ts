/** The colour scheme: what the person chose, else what the system says. Kept in localStorage under this key. */
const THEME_KEY = "statecraft.theme";
export type Theme = "system" | "light" | "dark";

/** Runs before the first paint, so that nothing flashes. Kept tiny: it is in every page. */
export const themeScript = `(function(){var d=document.documentElement,m=matchMedia("(prefers-color-scheme: dark)");function a(){var t;try{t=localStorage.getItem("${THEME_KEY}")}catch(e){}d.dataset.theme=t==="dark"||t==="light"?t:m.matches?"dark":"light"}a();m.addEventListener("change",a);addEventListener("statecraft:theme",a);addEventListener("storage",a)})()`;

export function readTheme(): Theme {
  try {
    const kept = localStorage.getItem(THEME_KEY);
    return kept === "dark" || kept === "light" ? kept : "system";
  } catch {
    return "system";
  }
}

export function writeTheme(theme: Theme): void {
  try {
    if (theme === "system") localStorage.removeItem(THEME_KEY);
    else localStorage.setItem(THEME_KEY, theme);
  } catch {
    // Storage may be forbidden; the choice then lasts as long as the page.
    if (theme !== "system") document.documentElement.dataset["theme"] = theme;
    return;
  }
  dispatchEvent(new Event("statecraft:theme"));
}
