import { nameOf, type AsyncApi, type Message, type MessageOperation } from "./documents";
import { Example, Heading, Inline, Prose, Table } from "./Prose";
import { Fields, SchemaView } from "./SchemaView";

/** The document describes one connection each of three systems. */
export type Channel = keyof AsyncApi["channels"];

const askedOn = (api: AsyncApi, channel: Channel) =>
  Object.values(api.operations).filter(
    (operation) => operation.action === "receive" && nameOf(operation.channel) === channel,
  );

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

export function MessageTable({ api, channel }: { api: AsyncApi; channel: Channel }) {
  const rows = askedOn(api, channel).map(({ messages, reply, summary, "x-others": others }) => {
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

interface MessageListProps {
  api: AsyncApi;
  channel: Channel;
  direction: "client" | "server";
}

export function MessageList({ api, channel, direction }: MessageListProps) {
  const operationOf = new Map<string, MessageOperation>();
  for (const operation of askedOn(api, channel)) {
    for (const message of operation.messages) operationOf.set(nameOf(message), operation);
  }
  return Object.entries(api.components.messages)
    .filter(([type]) => type in api.channels[channel].messages)
    .filter(([type]) => operationOf.has(type) === (direction === "client"))
    .map(([type, message]) => {
      const text = operationOf.get(type)?.description ?? message.description;
      return (
        <article key={type} className="card docs-route" aria-labelledby={`message-${type}`}>
          <Heading level={3} id={`message-${type}`}>
            <code>{message.name ?? type}</code>
          </Heading>
          <p className="docs-summary">{message.summary}</p>
          <Prose text={text} />
          {message.payload.$ref ? <SchemaView schema={message.payload} /> : <Fields schema={message.payload} />}
          {message.examples.map(({ headers, payload }, index) => (
            <Example key={index} title={`For example${headers ? `, with the id ${headers.id}` : ""}`} value={payload} />
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
