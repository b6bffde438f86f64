"use client";

import { useLanguage } from "../i18n/provider.tsx";
import { MeaningIcon } from "../ui/meaning.tsx";
import { useStateWord } from "./cluster-map.tsx";
import type { Picture } from "./model.ts";

const cell = "border-b border-line px-3 py-1.5 text-left align-top";

/** The same as the picture, to be read row by row. */
export function ClusterTable({ picture }: { readonly picture: Picture }) {
  const { t } = useLanguage();
  const word = useStateWord();
  // By name, numbers as numbers: whoever reads a table looks for a Pod, not for a node.
  const pods = [...picture.nodes.flatMap((node) => node.pods), ...picture.unscheduled].sort((a, b) =>
    a.name.localeCompare(b.name, "en", { numeric: true }),
  );
  return (
    <div className="overflow-x-auto text-[13px]">
      <table className="w-full border-collapse">
        <caption className="sr-only">{t("map.table")}</caption>
        <thead>
          <tr className="text-ink-soft">
            {(
              ["map.name", "map.state", "map.nodeName", "map.image", "map.revision", "map.storage", "map.dns"] as const
            ).map((key) => (
              <th key={key} scope="col" className={`${cell} font-medium`}>
                {t(key)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {pods.map((pod) => (
            <tr key={pod.key}>
              <th scope="row" className={`${cell} font-mono font-medium`}>
                {pod.name}
              </th>
              <td className={cell}>
                <span className="flex items-center gap-1.5">
                  <MeaningIcon meaning={pod.state.meaning} />
                  {word(pod.state)}
                </span>
              </td>
              <td className={cell}>{pod.node ?? "–"}</td>
              <td className={`${cell} font-mono`}>{pod.image}</td>
              <td className={cell}>{pod.revision ?? "–"}</td>
              <td className={`${cell} font-mono`}>{pod.claims.join(", ") || "–"}</td>
              <td className={`${cell} font-mono`}>{pod.dns ?? "–"}</td>
            </tr>
          ))}
          {picture.claims.map((claim) => (
            <tr key={claim.key}>
              <th scope="row" className={`${cell} font-mono font-medium`}>
                {claim.name}
              </th>
              <td className={cell}>
                <span className="flex items-center gap-1.5">
                  <MeaningIcon meaning={claim.state.meaning} />
                  {word(claim.state)}
                </span>
              </td>
              <td className={cell}>–</td>
              <td className={cell}>{t("map.claim")}</td>
              <td className={cell}>–</td>
              <td className={`${cell} font-mono`}>{claim.volume ?? "–"}</td>
              <td className={cell}>–</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
