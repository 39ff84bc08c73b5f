import { Fragment, type ReactNode } from "react";
import { boundsOf, nameOf, type Schema } from "./documents";
import { Inline, Prose } from "./Prose";

/** A schema in a line: its name where it has one, else its type. */
export function TypeName({ schema }: { schema: Schema }): ReactNode {
  if (schema.$ref) {
    const name = nameOf({ $ref: schema.$ref });
    return <a href={`#schema-${name}`}>{name}</a>;
  }
  if (schema.const !== undefined) return <code>{JSON.stringify(schema.const)}</code>;
  if (schema.enum) return <OneOf parts={schema.enum.map((value) => ({ const: value }))} />;
  if (schema.anyOf ?? (schema.oneOf && !schema.type)) return <OneOf parts={schema.anyOf ?? schema.oneOf ?? []} />;
  if (schema.allOf) return <TypeName schema={schema.allOf[0] ?? {}} />;
  if (schema.items) {
    return (
      <>
        array of <TypeName schema={schema.items} />
      </>
    );
  }
  if (typeof schema.additionalProperties === "object") {
    return (
      <>
        object of <TypeName schema={schema.additionalProperties} />
      </>
    );
  }
  return [schema.type ?? "anything"].flat().join(" or ");
}

function OneOf({ parts }: { parts: Schema[] }) {
  return parts.map((part, index) => (
    <Fragment key={index}>
      {index > 0 && " or "}
      <TypeName schema={part} />
    </Fragment>
  ));
}

/** All that a schema says: its text, its values, its fields. */
export function SchemaView({ schema }: { schema: Schema }) {
  const values = schema.oneOf?.filter((part) => part.const !== undefined) ?? [];
  const bounds = [...boundsOf(schema), ...(schema.pattern ? [`\`${schema.pattern}\``] : [])];
  return (
    <>
      <Prose text={schema.description} />
      {!schema.properties && values.length === 0 && (
        <p className="docs-type">
          <TypeName schema={schema} />
          {bounds.length > 0 && <Inline text={`, ${bounds.join(", ")}`} />}
        </p>
      )}
      {values.length > 0 && (
        <dl className="docs-fields">
          {values.map((value) => (
            <Row key={String(value.const)} name={String(value.const)} text={value.description} />
          ))}
        </dl>
      )}
      {schema.properties && <Fields schema={schema} />}
    </>
  );
}

export function Fields({ schema }: { schema: Schema }) {
  return (
    <dl className="docs-fields">
      {Object.entries(schema.properties ?? {}).map(([name, field]) => (
        <Row
          key={name}
          name={name}
          isOptional={!schema.required?.includes(name)}
          type={<TypeName schema={field} />}
          bounds={boundsOf(field)}
          text={field.description}
        >
          <Nested schema={field} />
        </Row>
      ))}
    </dl>
  );
}

/** Fields and values of a schema that has no name of its own. */
function Nested({ schema }: { schema: Schema }) {
  const inner = schema.items ?? schema;
  if (inner.properties) return <Fields schema={inner} />;
  return schema.type === "string" && schema.oneOf ? (
    <SchemaView schema={{ oneOf: schema.oneOf, type: "string" }} />
  ) : null;
}

interface RowProps {
  name: string;
  isOptional?: boolean;
  type?: ReactNode;
  bounds?: string[];
  text?: string | undefined;
  children?: ReactNode;
}

export function Row({ name, isOptional = false, type, bounds = [], text, children }: RowProps) {
  return (
    <div>
      <dt>
        <code>{name}</code>
        {isOptional && <span className="docs-optional">optional</span>}
      </dt>
      <dd>
        {type && (
          <p className="docs-type">
            {type}
            {bounds.length > 0 && `, ${bounds.join(", ")}`}
          </p>
        )}
        <Prose text={text} />
        {children}
      </dd>
    </div>
  );
}
