import type { ReactNode } from "react";
import type { AsyncApi, OpenApi } from "./documents";
import { CloseCodes, MessageList, MessageTable } from "./Messages";
import { Heading, Inline, Prose, Table } from "./Prose";
import { RouteName, RouteView, routesOf } from "./Routes";
import { Fields, SchemaView } from "./SchemaView";

const slug = (name: string) => name.toLowerCase().replace(/\W+/g, "-");

/** The whole reference. Rendered when the pages are built: what arrives in the browser is HTML. */
export function ReferencePage({ openapi, asyncapi }: { openapi: OpenApi; asyncapi: AsyncApi }) {
  return (
    <>
      <a href="#content" className="skip">
        Skip to content
      </a>
      <header className="mx-auto flex w-full max-w-7xl items-center gap-3 px-4 py-3 sm:px-6 sm:py-4">
        <a href="/" className="flex items-center gap-2.5 rounded-lg">
          <img src="/favicon.svg" alt="" className="size-8" />
          <span className="font-display text-lg font-semibold tracking-tight">Pulso</span>
        </a>
        <button type="button" id="theme" className="chip ml-auto" hidden>
          Light or dark
        </button>
      </header>
      <div className="docs-layout">
        <Contents openapi={openapi} />
        <main id="content" tabIndex={-1}>
          <h1 className="font-display text-3xl font-semibold tracking-tight sm:text-4xl">API reference</h1>
          <p className="muted mt-3">
            Version {openapi.info.version}. Made from <a href="/docs/openapi.yaml">openapi.yaml</a> and{" "}
            <a href="/docs/asyncapi.yaml">asyncapi.yaml</a>, to which the server is held by tests.
          </p>
          <Section id="http" title="HTTP">
            <Prose text={openapi.info.description} />
            <Credentials openapi={openapi} />
          </Section>
          {openapi.tags.map(({ name, description }) => (
            <Section key={name} id={slug(name)} title={name}>
              <Prose text={description} />
              {routesOf(openapi, name).map((route) => (
                <RouteView key={route.operation.operationId} api={openapi} route={route} />
              ))}
            </Section>
          ))}
          <SocketSections asyncapi={asyncapi} />
          <Section id="errors" title="Error codes">
            <ErrorCodes openapi={openapi} />
          </Section>
          <Section id="schemas" title="Schemas">
            {Object.entries(openapi.components.schemas).map(([name, schema]) => (
              <article key={name} className="card docs-route" aria-labelledby={`schema-${name}`}>
                <Heading level={3} id={`schema-${name}`}>
                  {name}
                </Heading>
                <SchemaView schema={schema} />
              </article>
            ))}
          </Section>
        </main>
      </div>
    </>
  );
}

function Section({ id, title, children }: { id: string; title: string; children: ReactNode }) {
  return (
    <section className="docs-section" aria-labelledby={id}>
      <Heading level={2} id={id}>
        {title}
      </Heading>
      {children}
    </section>
  );
}

const socketSections = [
  ["websocket", "WebSocket"],
  ["client-messages", "Messages of the client"],
  ["server-messages", "Messages of the server"],
  ["close-codes", "Close codes"],
  ["socketio", "Socket.IO"],
  ["client-events", "Events of the client"],
  ["server-events", "Events of the server"],
  ["event-stream", "Event stream"],
  ["errors", "Error codes"],
  ["schemas", "Schemas"],
] as const;

function Contents({ openapi }: { openapi: OpenApi }) {
  return (
    <nav className="docs-contents" aria-label="Contents">
      <details open>
        <summary>Contents</summary>
        <ul>
          <li>
            <a href="#http">HTTP</a>
          </li>
          {openapi.tags.map(({ name }) => (
            <li key={name}>
              <a href={`#${slug(name)}`}>{name}</a>
              <ul>
                {routesOf(openapi, name).map(({ method, path, operation }) => (
                  <li key={operation.operationId}>
                    <a href={`#${operation.operationId}`}>
                      <RouteName method={method} path={path} />
                    </a>
                  </li>
                ))}
              </ul>
            </li>
          ))}
          {socketSections.map(([id, title]) => (
            <li key={id}>
              <a href={`#${id}`}>{title}</a>
            </li>
          ))}
        </ul>
      </details>
    </nav>
  );
}

function Credentials({ openapi }: { openapi: OpenApi }) {
  const rows = Object.entries(openapi.components.securitySchemes).map(([id, scheme]) => ({
    cells: [
      <code key={id}>
        {scheme.type === "http"
          ? "Authorization: Bearer …"
          : scheme.in === "query"
            ? `?${scheme.name}=…`
            : `${scheme.name}: …`}
      </code>,
      <Inline key="text" text={scheme.description} />,
    ],
  }));
  return <Table caption="Where a credential may stand" columns={["credential", "meaning"]} rows={rows} />;
}

function SocketSections({ asyncapi }: { asyncapi: AsyncApi }) {
  const { address, description, parameters, bindings } = asyncapi.channels.seats;
  const inPath = Object.entries(parameters).map(([name, parameter]) => [name, { type: "string", ...parameter }]);
  return (
    <>
      <Section id="websocket" title="WebSocket">
        <p className="docs-prose">
          <code>{address}</code>
        </p>
        <Prose text={asyncapi.info.description} />
        <Prose text={description} />
        <Fields
          schema={{
            properties: { ...Object.fromEntries(inPath), ...bindings.ws.query.properties },
            required: Object.keys(parameters),
          }}
        />
        <MessageTable api={asyncapi} channel="seats" />
        <Prose text={asyncapi.operations["announce"]?.description} />
      </Section>
      <Section id="client-messages" title="Messages of the client">
        <MessageList api={asyncapi} channel="seats" direction="client" />
      </Section>
      <Section id="server-messages" title="Messages of the server">
        <MessageList api={asyncapi} channel="seats" direction="server" />
      </Section>
      <Section id="close-codes" title="Close codes">
        <CloseCodes api={asyncapi} />
      </Section>
      <Section id="socketio" title="Socket.IO">
        <p className="docs-prose">
          <code>{asyncapi.channels.tracks.address}</code>
        </p>
        <Prose text={asyncapi.channels.tracks.description} />
        <MessageTable api={asyncapi} channel="tracks" />
      </Section>
      <Section id="client-events" title="Events of the client">
        <MessageList api={asyncapi} channel="tracks" direction="client" />
      </Section>
      <Section id="server-events" title="Events of the server">
        <MessageList api={asyncapi} channel="tracks" direction="server" />
      </Section>
      <Section id="event-stream" title="Event stream">
        <p className="docs-prose">
          <code>{asyncapi.channels.events.address}</code>
        </p>
        <Prose text={asyncapi.channels.events.description} />
        <MessageList api={asyncapi} channel="events" direction="server" />
      </Section>
    </>
  );
}

/** All enumerations in one table; what several know is told once. */
function ErrorCodes({ openapi }: { openapi: OpenApi }) {
  const { SeatsErrorCode, TracksErrorCode, EventsErrorCode, ServerErrorCode } = openapi.components.schemas;
  const codes = new Map(
    [ServerErrorCode, EventsErrorCode, TracksErrorCode, SeatsErrorCode].flatMap((schema) =>
      (schema?.oneOf ?? []).map((code) => [code.const, code] as const),
    ),
  );
  const rows = [...codes.values()].map((code) => ({
    id: `error-${String(code.const)}`,
    cells: [
      <a key="code" href={`#error-${String(code.const)}`}>
        <code>{String(code.const)}</code>
      </a>,
      code["x-status"],
      <Inline key="text" text={code.description ?? ""} />,
    ],
  }));
  return <Table caption="Error codes" columns={["code", "HTTP status", "meaning"]} rows={rows} />;
}
