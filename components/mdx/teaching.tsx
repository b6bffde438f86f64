import { ChevronRight, Flame, Lightbulb, Mountain } from "lucide-react";
import type { ReactNode } from "react";

/** A question to answer in the head before looking. The answer unfolds. */
export function Predict(props: { readonly question: string; readonly children: ReactNode }) {
  return (
    <details className="group rounded-md border border-line bg-surface">
      <summary className="flex list-none items-start gap-3 px-4 py-3 font-medium marker:content-none">
        <Lightbulb size={20} className="mt-[3px] flex-none text-accent" aria-hidden="true" />
        <span className="flex-1">{props.question}</span>
        <ChevronRight
          size={18}
          className="mt-1 flex-none text-ink-soft transition-transform group-open:rotate-90"
          aria-hidden="true"
        />
      </summary>
      <div className="space-y-3 px-4 pb-4 pl-12">{props.children}</div>
    </details>
  );
}

function Box(props: { readonly icon: ReactNode; readonly title: string; readonly children: ReactNode }) {
  return (
    <section className="rounded-md border border-line bg-surface px-4 py-3">
      <h3 className="!mt-0 flex items-center gap-2">
        {props.icon}
        {props.title}
      </h3>
      <div className="mt-2 space-y-3 text-[15.5px]">{props.children}</div>
    </section>
  );
}

/** A remark beside the way. */
export function Aside(props: { readonly children: ReactNode }) {
  return (
    <div role="note" className="border-l-[3px] border-accent-line pl-4 text-[15.5px] text-ink-soft [&>*+*]:mt-2">
      {props.children}
    </div>
  );
}

/** Where this bites in production. */
export function Production(props: { readonly title: string; readonly children: ReactNode }) {
  return (
    <Box title={props.title} icon={<Flame size={20} className="flex-none text-waiting" aria-hidden="true" />}>
      {props.children}
    </Box>
  );
}

/** Something harder, without instructions. */
export function Challenge(props: { readonly title: string; readonly children: ReactNode }) {
  return (
    <Box title={props.title} icon={<Mountain size={20} className="flex-none text-accent" aria-hidden="true" />}>
      {props.children}
    </Box>
  );
}
