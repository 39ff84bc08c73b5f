import { Fragment } from "react";
import {
  codesOf,
  methods,
  resolve,
  type Answer,
  type Method,
  type OpenApi,
  type Operation,
  type PathItem,
} from "./documents";
import { Example, Heading, Inline, Prose } from "./Prose";
import { Row, SchemaView, TypeName } from "./SchemaView";

export interface Route {
  method: Method;
  path: string;
  item: PathItem;
  operation: Operation;
}

export function routesOf(api: OpenApi, tag: string): Route[] {
  return Object.entries(api.paths).flatMap(([path, item]) =>
    methods.flatMap((method) => {
      const operation = item[method];
      return operation?.tags.includes(tag) ? [{ method, path, item, operation }] : [];
    }),
  );
}

export function RouteName({ method, path }: { method: Method; path: string }) {
  return (
    <>
      <span className="docs-method" data-method={method}>
        {method.toUpperCase()}
      </span>{" "}
      <span className="docs-path">
        {path.split(/(?=\/)/).map((segment, index) => (
          <Fragment key={index}>
            <wbr />
            {segment}
          </Fragment>
        ))}
      </span>
    </>
  );
}

export function RouteView({ api, route }: { api: OpenApi; route: Route }) {
  const { method, path, item, operation } = route;
  const parameters = [...(item.parameters ?? []), ...(operation.parameters ?? [])].map((parameter) =>
    resolve(api, parameter),
  );
  const body = operation.requestBody?.content["application/json"];
  return (
    <article className="card docs-route" aria-labelledby={operation.operationId}>
      <Heading level={3} id={operation.operationId}>
        <RouteName method={method} path={path} />
      </Heading>
      <p className="docs-summary">{operation.summary}</p>
      <Prose text={operation.description} />
      <p className="docs-prose">
        <Access security={operation.security} />
      </p>
      {parameters.length > 0 && (
        <section>
          <h4>Parameters</h4>
          <dl className="docs-fields">
            {parameters.map((parameter) => (
              <Row
                key={`${parameter.in} ${parameter.name}`}
                name={parameter.name}
                isOptional={!parameter.required}
                type={
                  <>
                    {parameter.in}, <TypeName schema={parameter.schema} />
                  </>
                }
                text={parameter.description}
              />
            ))}
          </dl>
        </section>
      )}
      {body && (
        <section>
          <h4>Body{operation.requestBody?.required ? "" : ", optional"}</h4>
          <SchemaView schema={body.schema.$ref ? resolve(api, { $ref: body.schema.$ref }) : body.schema} />
          {body.example !== undefined && <Example title="For example" value={body.example} />}
        </section>
      )}
      <section>
        <h4>Answers</h4>
        <dl className="docs-fields">
          {Object.entries(operation.responses).map(([status, answer]) => (
            <AnswerRow key={status} status={status} answer={resolve(api, answer)} />
          ))}
        </dl>
      </section>
    </article>
  );
}

/** Examples stand where an answer says more than its error code. */
function AnswerRow({ status, answer }: { status: string; answer: Answer }) {
  const [type, media] = Object.entries(answer.content ?? {})[0] ?? [];
  const codes = media ? codesOf(media.schema) : [];
  const isSuccess = status.startsWith("2");
  return (
    <Row
      name={status === "default" ? "other" : status}
      text={answer.description}
      type={
        media &&
        (codes.length > 0 ? (
          <Codes codes={codes} />
        ) : type === "application/json" ? (
          <TypeName schema={media.schema} />
        ) : (
          type
        ))
      }
    >
      {isSuccess && answer.headers && (
        <p className="docs-prose">
          With {Object.keys(answer.headers).map((name, index) => [index > 0 && ", ", <code key={name}>{name}</code>])}.
        </p>
      )}
      {isSuccess && media?.schema.properties && <SchemaView schema={media.schema} />}
      {isSuccess && media?.example !== undefined && <Example title="For example" value={media.example} />}
    </Row>
  );
}

export function Codes({ codes }: { codes: string[] }) {
  return codes.map((code, index) => (
    <span key={code}>
      {index > 0 && ", "}
      <a href={`#error-${code}`}>
        <code>{code}</code>
      </a>
    </span>
  ));
}

function Access({ security }: { security: Operation["security"] }) {
  const scopes = [...new Set(security.flatMap((scheme) => Object.values(scheme).flat()))];
  const isOpen = security.length === 0;
  const mayBeNobody = security.some((scheme) => Object.keys(scheme).length === 0);
  const scope = scopes.map((name) => `\`${name}\``).join(" or ");
  if (isOpen) return "Needs no credential.";
  if (scope)
    return (
      <Inline
        text={
          mayBeNobody ? `Says more to a credential with scope ${scope}.` : `Needs a credential with scope ${scope}.`
        }
      />
    );
  return "Needs a credential, or a server that allows anonymous use of seats.";
}
