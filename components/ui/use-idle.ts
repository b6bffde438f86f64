"use client";

import { useEffect, useState } from "react";

/** The latest moment at which what waits for idleness begins (ms). */
const LATEST_MS = 1200;

/** Becomes true once the page is interactive and has nothing to do, or the person touched it. */
export function useIdle(): boolean {
  const [idle, setIdle] = useState(false);
  useEffect(() => {
    if (idle) return;
    const now = () => setIdle(true);
    const handle =
      "requestIdleCallback" in window
        ? requestIdleCallback(now, { timeout: LATEST_MS })
        : (setTimeout(now, LATEST_MS / 2) as unknown as number);
    addEventListener("pointerdown", now, { once: true });
    return () => {
      if ("cancelIdleCallback" in window) cancelIdleCallback(handle);
      else clearTimeout(handle);
      removeEventListener("pointerdown", now);
    };
  }, [idle]);
  return idle;
}
