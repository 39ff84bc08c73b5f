import { readFileSync } from "node:fs";
import { resolve } from "node:path";

import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { parse } from "yaml";

// biome-ignore lint/suspicious/noExplicitAny: the documents' shape is what the tests are about
type Node = any;

const root = resolve(import.meta.dirname, "../..");
const base = "https://pulso.invalid/protocol/";
/** Of the headers of an event that has no `id:`. */
const withoutId = { properties: { id: { const: "" } } };
const methods = ["get", "put", "post", "delete", "patch", "head", "options"];

export interface Operation {
  method: string;
  /** As the router spells it: `/room/{room_id}`. */
  path: string;
  responses: Record<string, Node>;
  requestBody?: Node;
}

/**
 * The two documents of `protocol/` as schemas. Objects are closed here: clients ignore fields that they do not know,
 * but the server sends none that is not documented.
 */
export class Contract {
  readonly openapi = read("openapi.yaml");
  readonly asyncapi = read("asyncapi.yaml");
  readonly #ajv = new Ajv2020({ strict: false, allErrors: true });
  readonly #compiled = new Map<Node, ValidateFunction>();

  constructor() {
    addFormats.default(this.#ajv);
    this.#ajv.addSchema(this.openapi, `${base}openapi.yaml`);
    this.#ajv.addSchema(this.asyncapi, `${base}asyncapi.yaml`);
  }

  /** What a schema has against a value; empty when it fits. */
  complaints(schema: Node, value: unknown): string[] {
    let validate = this.#compiled.get(schema);
    if (!validate) {
      validate = this.#ajv.compile(schema);
      this.#compiled.set(schema, validate);
    }
    if (validate(value)) return [];
    return (validate.errors ?? []).map((e) => `${e.instancePath || "it"} ${e.message} ${JSON.stringify(e.params)}`);
  }

  get operations(): Operation[] {
    return Object.entries<Node>(this.openapi.paths).flatMap(([path, item]) =>
      methods.flatMap((method) => (item[method] ? [{ ...item[method], method: method.toUpperCase(), path }] : [])),
    );
  }

  operation(method: string, path: string): Operation {
    const found = this.operations.find((o) => o.method === method && o.path === path);
    if (!found) throw new Error(`${method} ${path} is not documented`);
    return found;
  }

  /** What stands where a `$ref` points, however many there are in a row. */
  resolved(node: Node): Node {
    let at = node;
    while (at?.$ref !== undefined) at = this.#target(at.$ref);
    return at;
  }

  /** Schema and examples of every body that the documents describe, named by where they stand. */
  *bodies(): Generator<{ name: string; schema: Node; examples: unknown[] }> {
    for (const { method, path, responses, requestBody } of this.operations) {
      for (const [place, node] of Object.entries({ request: requestBody, ...responses })) {
        for (const [type, media] of Object.entries<Node>(this.resolved(node)?.content ?? {})) {
          const examples = media.example === undefined ? [] : [media.example];
          yield { name: `${method} ${path} ${place} ${type}`, schema: media.schema, examples };
        }
      }
    }
    for (const [type, message] of Object.entries<Node>(this.asyncapi.components.messages)) {
      const examples = (message.examples ?? []).map((example: Node) => example.payload);
      yield { name: `message ${type}`, schema: message.payload, examples };
      const ids = (message.examples ?? []).map((example: Node) => example.headers ?? { id: "" });
      yield { name: `id of message ${type}`, schema: message.headers ?? withoutId, examples: ids };
    }
  }

  /** Complaints about an HTTP answer: an undocumented status or type, a body that does not fit. */
  async checkAnswer(method: string, path: string, answer: Response): Promise<string[]> {
    const response = this.resolved(this.operation(method, path).responses[String(answer.status)]);
    if (!response) return [`status ${answer.status} is not documented: ${await answer.text()}`];
    const text = await answer.text();
    if (!response.content) return text === "" ? [] : [`status ${answer.status} has a body: ${text}`];
    const type = answer.headers.get("Content-Type")?.split(";")[0] ?? "";
    const media = response.content[type];
    if (!media) return [`type ${type} is not documented for status ${answer.status}`];
    return this.complaints(media.schema, type === "application/json" ? JSON.parse(text) : text);
  }

  /** Complaints about a message in either direction. */
  checkMessage(message: { type: string }): string[] {
    const documented = this.asyncapi.components.messages[message.type];
    return documented ? this.complaints(documented.payload, message) : [`message ${message.type} is not documented`];
  }

  /** Complaints about an event of an account's stream; `id` is empty where it had no `id:` of its own. */
  checkEvent({ id, type, data }: { id: string; type: string; data: string }): string[] {
    const documented = this.asyncapi.components.messages[type === "error" ? "ended" : type];
    if (!documented) return [`event ${type} is not documented`];
    const ofId = this.complaints(documented.headers ?? withoutId, { id });
    return [...ofId, ...this.complaints(documented.payload, JSON.parse(data))];
  }

  /** Names of the messages that a side of a channel sends, replies among the server's. */
  messageTypes(channel: "seats" | "tracks" | "events", direction: "client" | "server"): string[] {
    const types = new Set<string>();
    for (const operation of Object.values<Node>(this.asyncapi.operations)) {
      if (!operation.channel.$ref.endsWith(`/${channel}`)) continue;
      const lists = direction === "client" ? [] : [operation.reply?.messages ?? []];
      if ((operation.action === "receive") === (direction === "client")) lists.push(operation.messages);
      for (const message of lists.flat()) types.add(message.$ref.split("/").pop());
    }
    return [...types].sort();
  }

  /** Code and HTTP status of an enumeration of error codes. */
  errorCodes(schema: "SeatsErrorCode" | "TracksErrorCode" | "EventsErrorCode" | "ServerErrorCode"): string[] {
    const codes: Node[] = this.openapi.components.schemas[schema].oneOf;
    return codes.map((code) => `${code.const} ${code["x-status"]}`).sort();
  }

  #target(reference: string): Node {
    const [file = "", pointer = ""] = reference.slice(base.length).split("#");
    const document = file === "openapi.yaml" ? this.openapi : this.asyncapi;
    const found = pointer
      .split("/")
      .slice(1)
      .reduce<Node>((node, key) => node?.[key.replaceAll("~1", "/").replaceAll("~0", "~")], document);
    if (found === undefined) throw new Error(`${reference} points nowhere`);
    return found;
  }
}

function read(file: string): Node {
  const document = parse(readFileSync(resolve(root, "protocol", file), "utf8"));
  prepare(document, new URL(file, base).href);
  return document;
}

/** Closes objects, and makes references absolute, so that any part of the document is a schema by itself. */
function prepare(node: Node, url: string): void {
  if (typeof node !== "object" || node === null) return;
  if (typeof node.$ref === "string") node.$ref = new URL(node.$ref, url).href;
  if ([node.type].flat().includes("object") && node.properties && node.additionalProperties === undefined) {
    node.additionalProperties = false;
  }
  for (const child of Object.values(node)) prepare(child, url);
}
