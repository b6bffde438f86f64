"use client";

import { X } from "lucide-react";
import { type ReactNode, useEffect, useId, useRef } from "react";

/** A modal dialog on the platform's own element: focus trap, Escape and the backdrop come with it. */
export function Dialog(props: {
  readonly open: boolean;
  readonly title: string;
  readonly closeLabel: string;
  readonly onClose: () => void;
  readonly children: ReactNode;
}) {
  const element = useRef<HTMLDialogElement>(null);
  const title = useId();
  useEffect(() => {
    const dialog = element.current;
    if (dialog === null) return;
    if (props.open && !dialog.open) dialog.showModal();
    if (!props.open && dialog.open) dialog.close();
  }, [props.open]);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: a click beside the dialog closes it; the keyboard has Escape.
    <dialog
      ref={element}
      aria-labelledby={title}
      className="m-auto w-[min(32rem,calc(100vw-2rem))] rounded-lg border border-line bg-surface p-0 text-ink shadow-card"
      onClose={props.onClose}
      onClick={(event) => event.target === element.current && props.onClose()}
    >
      {props.open && (
        <div className="p-5">
          <div className="flex items-start gap-4">
            <h2 id={title} className="flex-1 text-lg font-semibold">
              {props.title}
            </h2>
            <button
              type="button"
              className="icon-button -mt-1 -mr-2"
              aria-label={props.closeLabel}
              onClick={props.onClose}
            >
              <X size={18} aria-hidden="true" />
            </button>
          </div>
          {props.children}
        </div>
      )}
    </dialog>
  );
}
