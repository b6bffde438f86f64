"use client";

import { useLanguage } from "../i18n/provider.tsx";
import { Dialog } from "../ui/dialog.tsx";

const shortcuts = [
  { keys: ["Ctrl/⌘", "S"], key: "help.save" },
  { keys: ["Ctrl/⌘", "↵"], key: "help.apply" },
  { keys: ["Esc", "Esc"], key: "help.leaveTerminal" },
  { keys: ["Ctrl", "⇧", "C / V"], key: "help.copyPaste" },
  { keys: ["Alt", "1…4"], key: "help.panes" },
  { keys: ["?"], key: "help.help" },
] as const;

export function HelpDialog(props: { readonly open: boolean; readonly onClose: () => void }) {
  const { t } = useLanguage();
  return (
    <Dialog open={props.open} onClose={props.onClose} title={t("help.title")} closeLabel={t("help.close")}>
      <dl className="mt-3 grid grid-cols-[auto_1fr] items-center gap-x-5 gap-y-2.5 text-[15px]">
        {shortcuts.map((shortcut) => (
          <div key={shortcut.key} className="contents">
            <dt className="flex gap-1">
              {shortcut.keys.map((key, index) => (
                <kbd
                  // biome-ignore lint/suspicious/noArrayIndexKey: the same key may stand twice.
                  key={index}
                  className="rounded-sm border border-line bg-sunken px-1.5 py-0.5 font-mono text-[13px]"
                >
                  {key}
                </kbd>
              ))}
            </dt>
            <dd>{t(shortcut.key)}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
