"use client";

import "@xterm/xterm/css/xterm.css";
import { FitAddon } from "@xterm/addon-fit";
import { WebLinksAddon } from "@xterm/addon-web-links";
import { Terminal } from "@xterm/xterm";
import { useEffect, useRef, useState } from "react";
import { useLanguage } from "../i18n/provider.tsx";
import { useThemeName } from "../ui/use-theme-name.ts";
import { TerminalWire, type WireState } from "./store.ts";
import { terminalThemes } from "./theme.ts";
import { countColumns } from "./widths.ts";

/** Two presses of Escape within this time leave the terminal (ms). One alone belongs to what runs in it. */
const DOUBLE_ESCAPE_MS = 400;

interface ScreenProps {
  readonly sandbox: string;
  readonly terminal: string;
  readonly label: string;
  readonly visible: boolean;
  /** The page hears from the server. */
  readonly connected: boolean;
  /** Output is announced to screen readers. */
  readonly spoken: boolean;
  /** The first output is on the screen. */
  readonly onShown: () => void;
  readonly onGone: () => void;
  readonly onLeave: () => void;
}

/** One terminal on the screen. The session lives in the sandbox: mounting again shows the same one, scrollback included. */
export default function TerminalScreen(props: ScreenProps) {
  const { sandbox, terminal, label, visible, connected, spoken } = props;
  const { t } = useLanguage();
  const theme = useThemeName();
  const place = useRef<HTMLDivElement>(null);
  const screen = useRef<Terminal | undefined>(undefined);
  const line = useRef<TerminalWire | undefined>(undefined);
  const callbacks = useRef(props);
  callbacks.current = props;
  const [state, setState] = useState<WireState>("connecting");

  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    const xterm = new Terminal({
      allowProposedApi: true,
      cursorBlink: true,
      fontFamily: getComputedStyle(document.documentElement).getPropertyValue("--font-mono") || "monospace",
      fontSize: 13.5,
      lineHeight: 1.25,
      scrollback: 5000,
      macOptionIsMeta: true,
      screenReaderMode: callbacks.current.spoken,
      minimumContrastRatio: 4.5,
    });
    screen.current = xterm;
    const fit = new FitAddon();
    xterm.loadAddon(fit);
    xterm.loadAddon(new WebLinksAddon());
    countColumns(xterm);
    xterm.open(element);
    xterm.textarea?.setAttribute("aria-label", label);

    let shown = false;
    const wire = new TerminalWire(sandbox, terminal, {
      onOutput: (data) => {
        if (shown) return xterm.write(data);
        shown = true;
        xterm.write(data, () => callbacks.current.onShown());
      },
      // What was begun when the output broke off ends first.
      onLost: () => xterm.write(`\x18\r\n\x1b[2m${t("terminal.lost")}\x1b[0m\r\n`),
    });
    line.current = wire;
    const stopState = wire.state.subscribe(() => {
      setState(wire.state.get());
      if (wire.state.get() === "gone") callbacks.current.onGone();
    });
    xterm.onData((data) => wire.input(data));
    xterm.onResize(({ cols, rows }) => wire.resize(cols, rows));

    let lastEscape = 0;
    xterm.attachCustomKeyEventHandler((event) => {
      if (event.type !== "keydown") return true;
      if (event.key === "Escape") {
        const now = event.timeStamp;
        if (now - lastEscape < DOUBLE_ESCAPE_MS) {
          lastEscape = 0;
          xterm.blur();
          callbacks.current.onLeave();
          return false;
        }
        lastEscape = now;
        return true;
      }
      lastEscape = 0;
      const command = event.ctrlKey && event.shiftKey;
      if (command && event.code === "KeyC") {
        event.preventDefault();
        // Where the page is not served securely there is no clipboard to write to, but the browser's own copying.
        if (navigator.clipboard === undefined) document.execCommand("copy");
        else if (xterm.hasSelection()) void navigator.clipboard.writeText(xterm.getSelection());
        return false;
      }
      // Paste is the browser's own: it arrives as a paste event.
      return !(command && event.code === "KeyV");
    });

    const refit = () => {
      if (element.clientWidth <= 20 || element.clientHeight <= 20) return;
      fit.fit();
      // What was drawn while it was hidden was measured with no width at all.
      xterm.refresh(0, xterm.rows - 1);
    };
    const observer = new ResizeObserver(refit);
    observer.observe(element);
    document.fonts?.ready.then(refit, () => {});
    return () => {
      observer.disconnect();
      stopState();
      wire.close();
      line.current = undefined;
      xterm.dispose();
      screen.current = undefined;
    };
  }, [sandbox, terminal, label, t]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new terminal needs its colours too.
  useEffect(() => {
    if (screen.current !== undefined) screen.current.options.theme = terminalThemes[theme];
  }, [theme, sandbox, terminal, label, t]);

  useEffect(() => {
    if (screen.current !== undefined) screen.current.options.screenReaderMode = spoken;
  }, [spoken]);

  // Nothing is ever heard of an idle terminal: that its connection died is known from the live view's.
  useEffect(() => {
    if (!connected) line.current?.renew();
  }, [connected]);

  useEffect(() => {
    if (visible) screen.current?.scrollToBottom();
  }, [visible]);

  return (
    <div className="h-full px-3 py-2" data-terminal={terminal} data-wire={state}>
      <div ref={place} className="h-full" />
      {state === "lost" && (
        <p role="status" className="absolute top-2 right-3 rounded-md bg-waiting-soft px-2 py-1 text-xs text-waiting">
          {t("terminal.reconnecting")}
        </p>
      )}
    </div>
  );
}
