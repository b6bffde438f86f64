import { CircleCheck, CircleDashed, CircleX, Ghost, TriangleAlert } from "lucide-react";
import type { Meaning } from "../cluster-map/model.ts";

const icons = { ready: CircleCheck, waiting: CircleDashed, failed: CircleX, gone: Ghost } as const;
const colours = { ready: "text-ready", waiting: "text-waiting", failed: "text-failed", gone: "text-gone" } as const;

/** A meaning as icon and colour; the word stands beside it. */
export function MeaningIcon(props: { readonly meaning: Meaning; readonly size?: number }) {
  const Icon = icons[props.meaning];
  return <Icon size={props.size ?? 16} className={`flex-none ${colours[props.meaning]}`} aria-hidden="true" />;
}

export type CheckStatus = "waiting" | "pass" | "fail" | "error" | "unknown";
const statusIcons = {
  waiting: CircleDashed,
  unknown: CircleDashed,
  pass: CircleCheck,
  fail: CircleX,
  error: TriangleAlert,
} as const;
const statusColours = {
  waiting: "text-ink-soft",
  unknown: "text-ink-soft",
  pass: "text-ready",
  fail: "text-failed",
  error: "text-gone",
} as const;

/** The status of a check or exercise as an icon. */
export function StatusIcon(props: { readonly status: CheckStatus; readonly size?: number }) {
  const Icon = statusIcons[props.status];
  return <Icon size={props.size ?? 18} className={`flex-none ${statusColours[props.status]}`} aria-hidden="true" />;
}
