"use client";

import { useEffect, useRef, useState } from "react";
import { clampSize, readSize, type SizeName, sizes, writeSize } from "./sizes.ts";

/** A bar between two panes: drag it, move it with the arrow keys, double click brings back the first size. */
export function Splitter(props: { readonly name: SizeName; readonly label: string }) {
  const { name, label } = props;
  const vertical = name === "column";
  const bar = useRef<HTMLDivElement>(null);
  const [size, setSize] = useState<number>(sizes[name].initial);
  useEffect(() => setSize(readSize(name)), [name]);

  const put = (value: number) => {
    const size = clampSize(name, value);
    setSize(size);
    writeSize(name, size);
  };

  return (
    // biome-ignore lint/a11y/useSemanticElements: hr cannot be moved; this is the separator widget of ARIA.
    <div
      ref={bar}
      role="separator"
      tabIndex={0}
      aria-label={label}
      aria-orientation={vertical ? "vertical" : "horizontal"}
      aria-valuenow={Math.round(size)}
      aria-valuemin={sizes[name].least}
      aria-valuemax={sizes[name].most}
      className={`splitter splitter-${name}`}
      onDoubleClick={() => put(sizes[name].initial)}
      onKeyDown={(event) => {
        const steps: Readonly<Record<string, number>> = vertical
          ? { ArrowLeft: -2, ArrowRight: 2 }
          : { ArrowUp: -2, ArrowDown: 2 };
        const step = steps[event.key];
        if (step === undefined) return;
        event.preventDefault();
        put(size + step);
      }}
      onPointerDown={(event) => {
        event.preventDefault();
        bar.current?.setPointerCapture(event.pointerId);
      }}
      onPointerMove={(event) => {
        const parent = bar.current?.parentElement;
        if (parent === null || parent === undefined || bar.current?.hasPointerCapture(event.pointerId) !== true) return;
        const box = parent.getBoundingClientRect();
        put(vertical ? ((event.clientX - box.left) / box.width) * 100 : ((event.clientY - box.top) / box.height) * 100);
      }}
    />
  );
}
