"use client";

import { Bomb, Wrench, Zap } from "lucide-react";
import type { Fault } from "../../lib/sandbox/types.ts";
import type { Picture } from "../cluster-map/model.ts";
import { useLanguage } from "../i18n/provider.tsx";
import { useStore } from "../live/use-store.ts";
import { breakable, faultWords, type Selection } from "./model.ts";
import type { FaultStore } from "./store.ts";

interface FaultProps {
  readonly store: FaultStore;
  readonly faults: readonly Fault[];
  readonly picture: Picture;
}

/** What is broken on purpose right now, each with its repair. Nothing while all is whole. */
export function FaultBar({ store, faults, picture }: FaultProps) {
  const { t } = useLanguage();
  const { problem } = useStore(store);
  if (faults.length === 0 && problem === undefined) return null;
  return (
    <section
      aria-label={t("faults.broken")}
      className="flex flex-none flex-wrap items-center gap-x-2 gap-y-1 border-y border-line bg-failed-soft px-3 py-1.5 text-[13px]"
    >
      {faults.length > 0 && (
        <span className="flex items-center gap-1.5 font-medium text-failed">
          <Zap size={15} aria-hidden="true" />
          {t("faults.broken")}
        </span>
      )}
      <ul className="flex flex-wrap gap-1.5">
        {faults.map((fault) => {
          const words = faultWords(fault, picture);
          const text = t(words.key, words.values);
          return (
            <li key={text} className="flex items-center gap-1 rounded border border-line bg-surface py-0.5 pr-0.5 pl-2">
              {text}
              <button
                type="button"
                className="button button-plain min-h-6 px-1.5 text-xs"
                aria-label={t("faults.healThis", { fault: text })}
                onClick={() => void store.change(fault, false)}
              >
                <Wrench size={13} aria-hidden="true" />
                {t("faults.heal")}
              </button>
            </li>
          );
        })}
      </ul>
      {problem !== undefined && (
        <p role="alert" className="text-failed">
          {t("faults.refused", { problem })}
        </p>
      )}
    </section>
  );
}

/** What can be broken about the selected thing. */
export function FaultMenu({ store, faults, picture, selection }: FaultProps & { readonly selection: Selection }) {
  const { t } = useLanguage();
  const { switches, pushes } = breakable(selection, picture, faults);
  if (switches.length + pushes.length === 0) return null;
  return (
    <fieldset className="mt-2.5 flex flex-wrap items-center gap-1.5 border-0 p-0">
      <legend className="float-left mr-1 flex items-center gap-1.5 py-1 text-ink-soft">
        <Bomb size={15} aria-hidden="true" />
        {t("faults.title")}
      </legend>
      {switches.map(({ fault, action, active }) => (
        <button
          key={JSON.stringify(fault)}
          type="button"
          aria-pressed={active}
          className={`button min-h-7 px-2 text-xs ${active ? "border-failed text-failed" : ""}`}
          onClick={() => void store.change(fault, !active)}
        >
          {t(action.key, action.values)}
        </button>
      ))}
      {pushes.map(({ incident, action }) => (
        <button
          key={incident.kind}
          type="button"
          className="button min-h-7 px-2 text-xs"
          onClick={() => void store.strike(incident)}
        >
          {t(action.key, action.values)}
        </button>
      ))}
    </fieldset>
  );
}
