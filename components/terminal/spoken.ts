/**
 * Whether output of terminals is announced to screen readers. xterm then keeps all rows as text a second time, which
 * takes its time: it is done for those who ask for it, and remembered.
 */
const KEY = "statecraft.spoken";

export function isSpoken(): boolean {
  try {
    return localStorage.getItem(KEY) === "yes";
  } catch {
    // Storage may be forbidden, or there is none: this runs on the server too.
    return false;
  }
}

export function writeSpoken(spoken: boolean): void {
  try {
    localStorage.setItem(KEY, spoken ? "yes" : "no");
  } catch {
    // Storage may be forbidden: the choice then lasts as long as the page.
  }
}
