import { nameOf, type AsyncApi, type Message, type MessageOperation } from "./documents";
import { Example, Heading, Inline, Prose, Table } from "./Prose";
import { Fields } from "./SchemaView";

const link = (type: string) => (
  <a key={type} href={`#message-${type}`}>
    <code>{type}</code>
  </a>
);

const listed = (types: string[]) => types.map((type, index) => [index > 0 && ", ", link(type)]);

/** `renew_seat {room_id, seat_id}`, as one would say it. */
function signature(type: string, message: Message | undefined) {
  const required = message?.payload.required ?? [];
  const fields = Object.keys(message?.payload.properties ?? {}).filter((field) => field !== "type");
  const named = fields.map((field) => (required.includes(field) ? field : `${field}?`));
  return (
    <>
      {link(type)} {named.length > 0 && <span className="docs-arguments">{`{${named.join(", ")}}`}</span>}
    </>
  );
}

export function MessageTable({ api }: { api: AsyncApi }) {
  const asked = Object.values(api.operations).filter(({ action }) => action === "receive");
  const rows = asked.map(({ messages, reply, summary, "x-others": others }) => {
    const type = messages[0] ? nameOf(messages[0]) : "";
    return {
      cells: [
        signature(type, api.components.messages[type]),
        summary,
        listed((reply?.messages ?? []).map(nameOf)),
        others ? listed(others) : "nothing",
      ],
    };
  });
  return (
    <Table
      caption="What a client may send, and what comes of it"
      columns={["client sends", "meaning", "answers", "others get"]}
      rows={rows}
    />
  );
}

export function MessageList({ api, direction }: { api: AsyncApi; direction: "client" | "server" }) {
  const operationOf = new Map<string, MessageOperation>();
  for (const operation of Object.values(api.operations)) {
    if (operation.action !== "receive") continue;
    for (const message of operation.messages) operationOf.set(nameOf(message), operation);
  }
  return Object.entries(api.components.messages)
    .filter(([type]) => operationOf.has(type) === (direction === "client"))
    .map(([type, message]) => {
      const text = operationOf.get(type)?.description ?? message.description;
      return (
        <article key={type} className="card docs-route" aria-labelledby={`message-${type}`}>
          <Heading level={3} id={`message-${type}`}>
            <code>{type}</code>
          </Heading>
          <p className="docs-summary">{message.summary}</p>
          <Prose text={text} />
          <Fields schema={message.payload} />
          {message.examples.map(({ payload }, index) => (
            <Example key={index} title="For example" value={payload} />
          ))}
        </article>
      );
    });
}

export function CloseCodes({ api }: { api: AsyncApi }) {
  const rows = api.channels.seats["x-close-codes"].map(({ code, meaning, client }) => ({
    id: `close-${code}`,
    cells: [<code key="code">{code}</code>, <Inline key="meaning" text={meaning} />, client],
  }));
  return <Table caption="Close codes of the WebSocket" columns={["code", "why", "what the client does"]} rows={rows} />;
}
