import type { ReactNode } from "react";

/** The documents' texts: paragraphs, and code between backticks. */
export function Prose({ text, className = "" }: { text: string | undefined; className?: string }) {
  if (!text) return null;
  return text
    .trim()
    .split(/\n\s*\n/)
    .map((paragraph) => (
      <p key={paragraph} className={`docs-prose ${className}`}>
        <Inline text={paragraph} />
      </p>
    ));
}

export function Inline({ text }: { text: string }) {
  return text.split("`").map((part, index) => (index % 2 === 1 ? <code key={index}>{part}</code> : part));
}

/** A heading that can be linked to: its text is the link. */
export function Heading({ level, id, children }: { level: 2 | 3; id: string; children: ReactNode }) {
  const Tag = `h${level}` as const;
  return (
    <Tag id={id} className="docs-heading">
      <a href={`#${id}`}>{children}</a>
    </Tag>
  );
}

export function Example({ title, value }: { title: string; value: unknown }) {
  return (
    <figure className="docs-example">
      <figcaption>{title}</figcaption>
      <pre>
        <code>{typeof value === "string" ? value : JSON.stringify(value, null, 2)}</code>
      </pre>
    </figure>
  );
}

/** A table that folds into a list of blocks on a narrow screen; `columns` name the cells there. */
export function Table({
  caption,
  columns,
  rows,
}: {
  caption: string;
  columns: string[];
  rows: Array<{ id?: string; cells: ReactNode[] }>;
}) {
  return (
    <table className="docs-table">
      <caption className="sr-only">{caption}</caption>
      <thead>
        <tr>
          {columns.map((column) => (
            <th key={column} scope="col">
              {column}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map(({ id, cells }, row) => (
          <tr key={row} id={id}>
            {cells.map((cell, index) => (
              <td key={columns[index]} data-column={columns[index]}>
                {cell}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
