/** Sizes of the panes: CSS variables on the root element, so that they are right before React arrives: nothing jumps. */
const KEY = "statecraft.panes";

/** In per cent of the window, with the smallest and largest sensible value. */
export const sizes = {
  column: { variable: "--pane-column", initial: 40, least: 24, most: 64 },
  row: { variable: "--pane-row", initial: 58, least: 18, most: 84 },
} as const;
export type SizeName = keyof typeof sizes;

export const clampSize = (name: SizeName, value: number): number =>
  Math.round(Math.min(sizes[name].most, Math.max(sizes[name].least, value)) * 10) / 10;

/** Runs before the first paint. */
export const sizesScript = `try{var s=JSON.parse(localStorage.getItem("${KEY}")||"{}"),r=document.documentElement.style;if(s.column>0)r.setProperty("--pane-column",s.column+"%");if(s.row>0)r.setProperty("--pane-row",s.row+"%")}catch(e){}`;

export function readSize(name: SizeName): number {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? "{}") as Partial<Record<SizeName, number>>;
    return clampSize(name, kept[name] ?? sizes[name].initial);
  } catch {
    return sizes[name].initial;
  }
}

export function writeSize(name: SizeName, value: number): void {
  const size = clampSize(name, value);
  document.documentElement.style.setProperty(sizes[name].variable, `${size}%`);
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? "{}") as object;
    localStorage.setItem(KEY, JSON.stringify({ ...kept, [name]: size }));
  } catch {
    // Storage may be forbidden: the size then lasts as long as the page.
  }
}
