/** The parts of the two documents that the page shows, and how their references are followed. */

export interface Schema {
  $ref?: string;
  type?: string | string[];
  description?: string;
  const?: unknown;
  enum?: unknown[];
  oneOf?: Schema[];
  anyOf?: Schema[];
  allOf?: Schema[];
  not?: Schema;
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: boolean | Schema;
  format?: string;
  pattern?: string;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  uniqueItems?: boolean;
  "x-status"?: number;
}

export interface Media {
  schema: Schema;
  example?: unknown;
}

export interface Parameter {
  name: string;
  in: string;
  required?: boolean;
  description?: string;
  schema: Schema;
}

export interface Answer {
  description: string;
  headers?: Record<string, { description?: string; $ref?: string }>;
  content?: Record<string, Media>;
}

export interface Reference {
  $ref: string;
}

export interface Operation {
  tags: string[];
  operationId: string;
  summary: string;
  description?: string;
  security: Array<Record<string, string[]>>;
  parameters?: Array<Parameter | Reference>;
  requestBody?: { required?: boolean; content: Record<string, Media> };
  responses: Record<string, Answer | Reference>;
}

export const methods = ["get", "put", "post", "delete"] as const;
export type Method = (typeof methods)[number];
export type PathItem = Partial<Record<Method, Operation>> & { parameters?: Array<Parameter | Reference> };

interface Info {
  title: string;
  version: string;
  description: string;
}

export interface OpenApi {
  info: Info;
  tags: Array<{ name: string; description: string }>;
  paths: Record<string, PathItem>;
  components: {
    schemas: Record<string, Schema>;
    securitySchemes: Record<string, { type: string; description: string; in?: string; name?: string }>;
  };
}

export interface Message {
  /** What it is called on the wire, where another message has taken the name here. */
  name?: string;
  summary: string;
  description?: string;
  payload: Schema;
  /** `id` is a streamed event's own, which does not stand in its payload. */
  examples: Array<{ headers?: { id: string }; payload: unknown }>;
}

export interface MessageOperation {
  action: "send" | "receive";
  channel: Reference;
  summary: string;
  description?: string;
  messages: Reference[];
  reply?: { messages: Reference[] };
  "x-others"?: string[];
}

export interface AsyncApi {
  info: Info;
  channels: {
    seats: {
      address: string;
      description: string;
      parameters: Record<string, { description: string }>;
      bindings: { ws: { query: Schema } };
      messages: Record<string, Reference>;
      "x-close-codes": Array<{ code: number; meaning: string; client: string }>;
    };
    tracks: { address: string; description: string; messages: Record<string, Reference> };
    events: { address: string; description: string; messages: Record<string, Reference> };
  };
  operations: Record<string, MessageOperation>;
  components: { messages: Record<string, Message> };
}

/** The last part of a reference: the name of what it points to. */
export function nameOf({ $ref }: Reference): string {
  return $ref.slice($ref.lastIndexOf("/") + 1);
}

export function isReference(node: object): node is Reference {
  return "$ref" in node;
}

/** What a reference within the same document points to; anything else is given back as it is. */
export function resolve<T extends object>(document: object, node: T | Reference): T {
  if (!isReference(node)) return node;
  let at: unknown = document;
  for (const key of node.$ref.replace(/^#\//, "").split("/")) {
    at = (at as Record<string, unknown> | undefined)?.[key.replaceAll("~1", "/").replaceAll("~0", "~")];
  }
  if (typeof at !== "object" || at === null) throw new Error(`${node.$ref} points nowhere`);
  return resolve(document, at as T | Reference);
}

/** The error codes that a refusal's schema admits. */
export function codesOf(schema: Schema): string[] {
  const code = schema.allOf?.find((part) => part.properties?.["code"])?.properties?.["code"];
  return (code?.enum ?? (code?.const === undefined ? [] : [code.const])).map(String);
}

/** Bounds and format of a value, in words. */
export function boundsOf(schema: Schema): string[] {
  const { minimum, maximum, minLength, maxLength, minItems, maxItems } = schema;
  return [
    schema.format,
    minimum === undefined ? "" : `at least ${minimum}`,
    maximum === undefined ? "" : `at most ${maximum}`,
    minLength === undefined ? "" : minLength === 1 ? "not empty" : `at least ${minLength} characters`,
    maxLength === undefined ? "" : `at most ${maxLength} characters`,
    minItems === undefined ? "" : `at least ${minItems}`,
    maxItems === undefined ? "" : `at most ${maxItems}`,
    schema.uniqueItems ? "each once" : "",
  ].filter((bound): bound is string => Boolean(bound));
}
