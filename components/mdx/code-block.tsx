import { CommandBlock, FileBlock } from "../lesson/command-block.tsx";
import { commandsIn, highlightLine, readMeta } from "./highlight.ts";

/** Code with colours, line by line. */
function Code(props: { readonly language: string; readonly text: string }) {
  return props.text.split("\n").map((line, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: lines never move.
    <span key={index} className="block min-h-[1.6em]">
      {highlightLine(props.language, line).map((token, place) =>
        token.kind === undefined ? (
          token.text
        ) : (
          // biome-ignore lint/suspicious/noArrayIndexKey: tokens never move.
          <span key={place} className={token.kind}>
            {token.text}
          </span>
        ),
      )}
    </span>
  ));
}

/** A fenced block: commands to run, a file to open, or code to read. */
export function CodeBlock(props: {
  readonly language: string;
  readonly meta: string | undefined;
  readonly text: string;
}) {
  const { language } = props;
  const text = props.text.replace(/\n$/, "");
  const { run, file } = readMeta(props.meta);
  if (run) {
    return (
      <div className="code my-4 overflow-hidden rounded-md border border-line bg-code" translate="no">
        {commandsIn(text).map((command) => (
          <CommandBlock key={command} command={command}>
            <Code language={language} text={command} />
          </CommandBlock>
        ))}
      </div>
    );
  }
  const body = (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
    <pre className="code overflow-x-auto px-4 py-3" tabIndex={0} translate="no">
      <code>
        <Code language={language} text={text} />
      </code>
    </pre>
  );
  return (
    <div className="my-4 overflow-hidden rounded-md border border-line bg-code">
      {file === undefined ? (
        body
      ) : (
        <FileBlock file={file} text={`${text}\n`}>
          {body}
        </FileBlock>
      )}
    </div>
  );
}
