// Holds the documents of protocol/ and the server to each other, in both directions.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { wavFile } from "../support/audio";
import { Contract } from "../support/contract";
import { Pulso } from "../support/pulso";
import { RawConnection, webSocketRequest } from "../support/raw_connection";
import { type Message, SeatsClient } from "../support/seats_client";
import { userToken } from "../support/tokens";

const contract = new Contract();

const source = (path: string): string => readFileSync(resolve(import.meta.dirname, "../../src", path), "utf8");
/** The groups of every match, joined by spaces. */
const matches = (text: string, pattern: RegExp): string[] =>
  [...text.matchAll(pattern)].map((match) => match.slice(1).join(" "));
const sorted = (items: Iterable<string>): string[] => [...new Set(items)].sort();

describe("the documents in themselves", () => {
  it("hold schemas that compile, and examples that fit them", () => {
    for (const { name, schema, examples } of contract.bodies()) {
      expect(() => contract.complaints(schema, null), name).not.toThrow();
      for (const example of examples) expect(contract.complaints(schema, example), name).toEqual([]);
    }
  });

  it("have one version, the server's", () => {
    const [version] = matches(source("../CMakeLists.txt"), /project\(pulso VERSION (\S+)/g);
    expect([contract.openapi.info.version, contract.asyncapi.info.version]).toEqual([version, version]);
  });
});

describe("the documents and the sources", () => {
  it("name the same routes", () => {
    const seats = source("features/seats/seats_http.cpp");
    const tracks = source("features/tracks/tracks_library_http.cpp") + source("features/tracks/playback_http.cpp");
    const events =
      source("features/events/events_http.cpp") +
      source("features/events/ledger_http.cpp") +
      source("features/events/webhook_http.cpp");
    const core = source("app/core_routes.cpp") + source("app/demo_routes.cpp");
    const routes = [
      ...matches(seats + tracks + events, /add\((?:router, )?"([A-Z]+)", "([^"]+)"/g),
      ...matches(seats, /socket\.pattern = "([^"]+)"/g).map((path) => `GET ${path}`),
      ...matches(core, /\.method = "([A-Z]+)",\s*\.pattern = "([^"]+)"/g),
    ];
    expect(sorted(contract.operations.map(({ method, path }) => `${method} ${path}`))).toEqual(sorted(routes));
    const { seats: seatsSocket } = contract.asyncapi.channels;
    expect([seatsSocket.address]).toEqual(matches(seats, /socket\.pattern = "([^"]+)"/g));
  });

  it("name the same error codes, with the same status", () => {
    const entries = matches(source("features/seats/seats_errors.cpp"), /Entry\{SeatsErrc::\w+, "(\w+)", (\d+)/g);
    expect(contract.errorCodes("SeatsErrorCode")).toEqual(sorted(entries));
    const ofTracks = matches(source("features/tracks/tracks_errors.cpp"), /Entry\{TracksErrc::\w+, "(\w+)", (\d+)/g);
    expect(contract.errorCodes("TracksErrorCode")).toEqual(sorted(ofTracks));
    const ofEvents = matches(source("features/events/events_errors.cpp"), /Entry\{EventsErrc::\w+, "(\w+)", (\d+)/g);
    expect(contract.errorCodes("EventsErrorCode")).toEqual(sorted(ofEvents));
    const files = [
      "net/http_connection",
      "net/http_dispatch",
      "net/http2_exchange",
      "net/http_parser",
      "net/static_files",
      "net/websocket_handshake",
      "app/core_routes",
      "app/demo_routes",
      "app/pages",
    ];
    const refusal = /(?:refusal|fail)\(\s*(\d+),\s*"(\w+)"/g;
    const codes = files.flatMap((file) => matches(source(`${file}.cpp`), refusal));
    const codeFirst = codes.map((code) => code.split(" ").reverse().join(" "));
    expect(contract.errorCodes("ServerErrorCode")).toEqual(sorted(codeFirst));
  });

  it("name the same messages", () => {
    const messages = source("features/seats/seats_messages.cpp");
    expect(contract.messageTypes("seats", "client")).toEqual(sorted(matches(messages, /KindName\{"(\w+)"/g)));
    const sent = [...matches(messages, /"type":"(\w+)"/g), ...matches(messages, /return "(seat_\w+)"/g)];
    expect(contract.messageTypes("seats", "server")).toEqual(sorted(sent));
  });

  it("name the same Socket.IO events", () => {
    const socket = source("features/tracks/playback_socket.cpp");
    const handled = matches(socket, /(?:add\(name_space, |name_space\.on\()"(\w+)"/g);
    expect(contract.messageTypes("tracks", "client")).toEqual(sorted(handled));
    const publisher = source("features/tracks/playback_publisher.cpp");
    const sent = [
      ...matches(publisher, /return "(\w+)"/g),
      ...matches(socket, /(?:emit_unlogged\(|answer_state\(.*, )"(\w+)"/g),
    ];
    const named = sent.filter((event) => event !== "user_").map((event) => (event === "error" ? "refused" : event));
    expect(contract.messageTypes("tracks", "server")).toEqual(sorted(named));
  });

  it("name the same close codes of our own", () => {
    const constants = matches(source("net/websocket_connection.h"), /constexpr std::uint16_t \w+ = (\d+)/g);
    const own = (code: string): boolean => Number(code) >= 4000;
    const documented: Array<{ code: number }> = contract.asyncapi.channels.seats["x-close-codes"];
    expect(documented.map(({ code }) => String(code)).filter(own)).toEqual(constants.filter(own));
  });
});

const orderOf = (seat: string, reference: string): object => ({ client_id: "ana", seats: [seat], reference });
const seatMap = { rows: [{ row: "A", seats: [{ seat_id: "A1" }, null, { seat_id: "A2", blocked: true }] }] };
const shop = { Authorization: `Bearer ${userToken({ sub: "shop", scope: "seats:write stats:read metrics:read" })}` };
const uploader = { Authorization: `Bearer ${userToken({ sub: "uploader", scope: "tracks:write" })}` };
const merchant = { Authorization: `Bearer ${userToken({ sub: "m", account_id: "1", scope: "events:write" })}` };
const price = { type: "price", data: { amount: 1.5 } };
const unknownQr = "26010100000000000000";
const noon = "2040-01-01T12:00:00.000Z";
const stranger = { Authorization: `Bearer ${userToken({ sub: "stranger" })}` };
const forged = { Authorization: `Bearer ${userToken({ sub: "u" }, "another-secret-of-32-bytes-or-so")}` };

describe("a running server", () => {
  let server: Pulso;
  const asked = new Set<string>();
  beforeAll(async () => {
    server = await Pulso.start({
      env: { PULSO_AUTH_ANONYMOUS: "seats", PULSO_SEATS_HOLD_TTL: "1500ms", PULSO_SEATS_MAX_SEATS: "2" },
    });
  });
  afterAll(async () => {
    await server?.stop();
  });

  interface Question {
    /** Values for the path's parameters, in order. */
    at?: string[];
    query?: string;
    headers?: Record<string, string>;
    body?: unknown;
  }

  /** Asks a documented route; fails unless the answer is a documented one. */
  async function ask(route: string, { at = [], query = "", headers = {}, body }: Question = {}): Promise<Response> {
    const [method = "", path = ""] = route.split(" ");
    const values = at.values();
    const target = path.replace(/\{\w+\}/g, () => encodeURIComponent(String(values.next().value)));
    const isText = typeof body === "string" || body === undefined || body instanceof Uint8Array;
    const text = (isText ? body : JSON.stringify(body)) as BodyInit | undefined;
    const answer = await fetch(`${server.http}${target}${query}`, { method, headers, body: text ?? null });
    const complaints = await contract.checkAnswer(method, path, answer.clone());
    expect(complaints, `${method} ${target} answered ${answer.status} ${await answer.clone().text()}`).toEqual([]);
    asked.add(route);
    return answer;
  }

  const questions: Array<[string, number, Question?]> = [
    ["GET /health", 200],
    ["GET /ready", 200],
    ["GET /stats", 200],
    ["GET /stats", 200, { headers: shop }],
    ["GET /metrics", 401],
    ["GET /metrics", 403, { headers: stranger }],
    ["GET /metrics", 200, { headers: shop }],
    ["POST /demo/token", 404, { body: { user: "ana" } }],
    ["GET /ws/{client_id}", 426, { at: ["ana"] }],
    ["PUT /room/{room_id}", 401, { at: ["hall"], body: {} }],
    ["PUT /room/{room_id}", 403, { at: ["hall"], body: {}, headers: stranger }],
    ["PUT /room/{room_id}", 400, { at: ["hall"], body: "{", headers: shop }],
    ["PUT /room/{room_id}", 422, { at: ["hall"], body: { seat_map: {} }, headers: shop }],
    ["PUT /room/{room_id}", 201, { at: ["hall"], body: { title: "Hall", seat_map: seatMap }, headers: shop }],
    ["PUT /room/{room_id}", 200, { at: ["hall"], body: { title: "Hall", seat_map: seatMap }, headers: shop }],
    ["PUT /room/{room_id}", 201, { at: ["members"], body: { access: { roles: ["member"] } }, headers: shop }],
    ["GET /rooms", 401],
    ["GET /rooms", 403, { headers: stranger }],
    ["GET /rooms", 200, { headers: shop }],
    ["GET /room/{room_id}", 200, { at: ["hall"] }],
    ["GET /room/{room_id}", 200, { at: ["undeclared"] }],
    ["GET /room/{room_id}", 401, { at: ["hall"], headers: forged }],
    ["GET /room/{room_id}", 403, { at: ["members"], headers: stranger }],
    ["GET /room/{room_id}", 422, { at: ["no spaces"] }],
    ["GET /room/{room_id}/selections", 200, { at: ["hall"] }],
    ["GET /room/{room_id}/selections", 200, { at: ["hall"], query: "?wait=1&version=1&client_id=ana" }],
    ["GET /room/{room_id}/selections", 422, { at: ["hall"], query: "?client_id=a%20b" }],
    ["GET /room/{room_id}/selections", 403, { at: ["members"] }],
    ["POST /room/{room_id}/seats/{seat_id}", 422, { at: ["hall", "A1"], body: {} }],
    ["POST /room/{room_id}/seats/{seat_id}", 400, { at: ["hall", "A1"], body: "[" }],
    ["POST /room/{room_id}/seats/{seat_id}", 404, { at: ["hall", "Z9"], body: { client_id: "ana" } }],
    ["POST /room/{room_id}/seats/{seat_id}", 409, { at: ["hall", "A2"], body: { client_id: "ana" } }],
    ["POST /room/{room_id}/seats/{seat_id}", 403, { at: ["members", "A1"], body: { client_id: "ana" } }],
    ["DELETE /room/{room_id}/seats/{seat_id}", 409, { at: ["hall", "A1"] }],
    ["DELETE /room/{room_id}/seats/{seat_id}", 422, { at: ["hall", "A1"], body: { client_id: 7 } }],
    ["POST /room/{room_id}/seats/{seat_id}/renew", 409, { at: ["hall", "A1"] }],
    ["GET /tracks/current-state", 401],
    ["GET /tracks/current-state", 200, { headers: stranger }],
    ["POST /tracks/play/{track_id}", 401, { at: ["none"] }],
    ["POST /tracks/play/{track_id}", 404, { at: ["none"], headers: stranger }],
    ["POST /tracks/play/{track_id}", 400, { at: ["none"], body: "{", headers: stranger }],
    ["POST /tracks/play/{track_id}", 422, { at: ["none"], body: { currentTime: -1 }, headers: stranger }],
    ["POST /tracks/play/{track_id}", 413, { at: ["none"], body: " ".repeat(20_000), headers: stranger }],
    ["POST /tracks/pause/{track_id}", 401, { at: ["none"] }],
    ["POST /tracks/pause/{track_id}", 404, { at: ["none"], headers: stranger }],
    ["POST /tracks/update-state/{track_id}", 422, { at: ["none"], body: { currentTime: 1 }, headers: stranger }],
    [
      "POST /tracks/update-state/{track_id}",
      404,
      { at: ["none"], body: { currentTime: 1, isPlaying: true }, headers: stranger },
    ],
    ["POST /room/{room_id}/confirm", 401, { at: ["hall"], body: {} }],
    ["POST /room/{room_id}/confirm", 422, { at: ["hall"], body: {}, headers: shop }],
    ["POST /room/{room_id}/confirm", 413, { at: ["hall"], body: " ".repeat(70_000), headers: shop }],
    ["POST /room/{room_id}/confirm", 409, { at: ["hall"], body: orderOf("A1", "r0"), headers: shop }],
    ["DELETE /room/{room_id}/sold/{seat_id}", 401, { at: ["hall", "A1"] }],
    ["DELETE /room/{room_id}/sold/{seat_id}", 404, { at: ["hall", "A1"], headers: shop }],
    ["GET /tracks", 401],
    ["GET /tracks", 422, { query: "?page=0", headers: shop }],
    ["POST /tracks", 401, { body: "RIFF" }],
    ["POST /tracks", 403, { body: "RIFF", headers: stranger }],
    ["POST /tracks", 400, { body: "", headers: uploader }],
    ["POST /tracks", 400, { body: "--", headers: { ...uploader, "Content-Type": "multipart/form-data" } }],
    ["POST /tracks", 403, { body: "RIFF", headers: uploader, query: "?shared=true" }],
    ["POST /tracks", 415, { body: "no audio", headers: uploader }],
    ["POST /tracks", 422, { body: "RIFF", headers: uploader, query: "?shared=perhaps" }],
    ["GET /tracks/{track_id}", 401, { at: ["none"] }],
    ["DELETE /tracks/{track_id}", 401, { at: ["none"] }],
    ["DELETE /tracks/{track_id}", 403, { at: ["none"], headers: stranger }],
    ["GET /tracks/stream/{track_id}", 401, { at: ["none"] }],
    ["GET /tracks/{track_id}/cover", 401, { at: ["none"] }],
    ["GET /tracks/{track_id}/cover", 404, { at: ["none"], headers: stranger }],
    ["GET /tracks/{track_id}/waveform", 401, { at: ["none"] }],
    ["GET /tracks/{track_id}/waveform", 404, { at: ["none"], headers: stranger }],
    ["GET /tracks/{track_id}/waveform", 422, { at: ["none"], query: "?buckets=0" }],
    ["GET /events/stream", 401],
    ["GET /events/stream", 403, { headers: stranger }],
    ["GET /events/stats", 401],
    ["GET /events/stats", 403, { headers: stranger }],
    ["GET /events/stats", 200, { headers: merchant }],
    ["POST /events/publish", 401, { body: {} }],
    ["POST /events/publish", 400, { body: "{", headers: merchant }],
    ["POST /events/publish", 403, { body: { ...price, accountId: 2 }, headers: merchant }],
    ["POST /events/publish", 413, { body: Array.from({ length: 101 }, () => price), headers: merchant }],
    ["POST /events/publish", 422, { body: { ...price, type: "qr_payment" }, headers: merchant }],
    ["POST /events/publish", 200, { body: price, headers: merchant }],
    ["POST /events/publish", 200, { body: [price, price], headers: merchant }],
    ["GET /account", 401],
    ["GET /account", 403, { headers: stranger }],
    ["GET /account", 200, { headers: merchant }],
    ["GET /account/movements", 401],
    ["GET /account/movements", 422, { query: "?limit=0", headers: merchant }],
    ["GET /account/movements", 200, { headers: merchant }],
    ["GET /webhooks", 401],
    ["GET /webhooks", 200, { headers: merchant }],
    ["POST /webhooks", 403, { body: { url: "https://a.example" }, headers: stranger }],
    ["POST /webhooks", 400, { body: "{", headers: merchant }],
    ["POST /webhooks", 422, { body: { url: "http://a.example" }, headers: merchant }],
    ["POST /webhooks", 413, { body: " ".repeat(20_000), headers: merchant }],
    ["POST /webhooks", 201, { body: { url: "https://a.invalid/x", types: ["qr_payment"] }, headers: merchant }],
    ["GET /webhooks", 200, { headers: merchant }],
    ["DELETE /webhooks/{webhook_id}", 401, { at: ["none"] }],
    ["DELETE /webhooks/{webhook_id}", 404, { at: ["none"], headers: merchant }],
    ["GET /webhooks/{webhook_id}/dead-letters", 404, { at: ["none"], headers: merchant }],
    ["POST /webhooks/{webhook_id}/dead-letters/{event_id}/resend", 404, { at: ["none", "e"], headers: merchant }],
    ["POST /webhooks/{webhook_id}/dead-letters/resend", 401, { at: ["none"], body: { eventId: "a/b" } }],
    ["POST /webhooks/{webhook_id}/dead-letters/resend", 404, { at: ["none"], body: {}, headers: merchant }],
    ["GET /account/payments", 401],
    ["GET /account/payments", 200, { headers: merchant }],
    ["GET /qr", 401],
    ["GET /qr", 422, { query: "?status=lost", headers: merchant }],
    ["GET /qr", 404, { query: `?before=${unknownQr}`, headers: merchant }],
    ["GET /qr", 200, { headers: merchant }],
    ["POST /qr", 401, { body: {} }],
    ["POST /qr", 403, { body: { amount: 1 }, headers: stranger }],
    ["POST /qr", 400, { body: "{", headers: merchant }],
    ["POST /qr", 422, { body: { amount: 1.005 }, headers: merchant }],
    ["POST /qr", 413, { body: " ".repeat(20_000), headers: merchant }],
    ["POST /qr", 201, { body: { amount: 1.5, transactionId: "sale", dueDate: noon }, headers: merchant }],
    ["POST /qr", 200, { body: { amount: 1.5, transactionId: "sale", dueDate: noon }, headers: merchant }],
    ["POST /qr", 409, { body: { amount: 2, transactionId: "sale" }, headers: merchant }],
    ["POST /qr", 422, { body: { amount: 2, currency: "USD" }, headers: merchant }],
    ["GET /qr", 200, { headers: merchant }],
    ["GET /qr/{qr_id}", 401, { at: [unknownQr] }],
    ["GET /qr/{qr_id}", 404, { at: [unknownQr], headers: merchant }],
    ["GET /qr/{qr_id}.svg", 404, { at: [unknownQr] }],
    ["GET /qr/{qr_id}.png", 404, { at: [unknownQr] }],
    ["GET /qr/{qr_id}/payments", 401, { at: [unknownQr] }],
    ["GET /qr/{qr_id}/payments", 404, { at: [unknownQr], headers: merchant }],
    ["POST /qr/{qr_id}/payments", 503, { at: [unknownQr], body: {} }],
    ["POST /qr/{qr_id}/settlement", 503, { at: [unknownQr], body: {} }],
    ["POST /qr/{qr_id}/cancellation", 401, { at: [unknownQr] }],
    ["POST /qr/{qr_id}/cancellation", 404, { at: [unknownQr], headers: merchant }],
    ["POST /qr/{qr_id}/payments/{transaction_id}/refund", 401, { at: [unknownQr, "t"] }],
    ["POST /qr/{qr_id}/payments/{transaction_id}/refund", 404, { at: [unknownQr, "t"], headers: merchant }],
    ["POST /qr/{qr_id}/payments/{transaction_id}/refund", 400, { at: [unknownQr, "t"], body: "{", headers: merchant }],
    ["POST /qr/{qr_id}/refunds", 401, { at: [unknownQr] }],
    ["POST /qr/{qr_id}/refunds", 404, { at: [unknownQr], body: { transactionId: "a/b" }, headers: merchant }],
    ["POST /qr/{qr_id}/refunds", 422, { at: [unknownQr], body: {}, headers: merchant }],
    ["POST /demo/bank/{qr_id}/payments", 404, { at: [unknownQr] }],
  ];
  it.each(questions)("%s answers %i as documented", async (route, status, question) => {
    expect((await ask(route, question)).status).toBe(status);
  });

  it.each([
    [401, "/ws/ana?token=abc.def.ghi", []],
    [403, "/ws/ana", ["Origin: https://elsewhere.invalid"]],
    [422, "/ws/no%20spaces", []],
  ])("refuses a WebSocket handshake with %i as documented", async (status, path, fields) => {
    const connection = await RawConnection.open(server.port);
    connection.write(webSocketRequest(path, fields));
    const { headers, body, ...answer } = await connection.answer();
    connection.destroy();
    expect(answer.status).toBe(status);
    const response = new Response(body.toString(), { status, headers });
    expect(await contract.checkAnswer("GET", "/ws/{client_id}", response)).toEqual([]);
  });

  it("takes, renews, sells and frees a seat over HTTP with documented answers", async () => {
    const at = ["hall", "A1"];
    const session = { "X-Pulso-Session": "" };
    const body = { client_id: "ana", user_info: { name: "Ana" } };
    const taken = await ask("POST /room/{room_id}/seats/{seat_id}", { at, body });
    expect(taken.status).toBe(200);
    session["X-Pulso-Session"] = taken.headers.get("X-Pulso-Session") ?? "";
    const rival = await ask("POST /room/{room_id}/seats/{seat_id}", { at, body: { client_id: "luz" } });
    expect(await rival.json()).toMatchObject({ code: "seat_taken", seat_id: "A1", expires_at: expect.any(String) });
    const own = await ask("GET /room/{room_id}/selections", { at, headers: session });
    expect(await own.json()).toMatchObject({ selections: [{ hold_id: expect.any(String) }] });
    const known = { "If-None-Match": own.headers.get("ETag") ?? "", ...session };
    expect((await ask("GET /room/{room_id}/selections", { at, headers: known })).status).toBe(304);
    expect((await ask("POST /room/{room_id}/seats/{seat_id}/renew", { at, headers: session })).status).toBe(200);
    expect((await ask("DELETE /room/{room_id}/seats/{seat_id}", { at, headers: session })).status).toBe(200);

    await ask("POST /room/{room_id}/seats/{seat_id}", { at, headers: session, body: { client_id: "ana" } });
    const order = orderOf("A1", "r1");
    expect((await ask("POST /room/{room_id}/confirm", { at, headers: shop, body: order })).status).toBe(200);
    expect((await ask("POST /room/{room_id}/confirm", { at, headers: shop, body: order })).status).toBe(200);
    expect((await ask("GET /room/{room_id}/selections", { at })).status).toBe(200);
    expect((await ask("DELETE /room/{room_id}/sold/{seat_id}", { at, headers: shop })).status).toBe(200);
  });

  it("takes, shows, sends and deletes a track with documented answers", async () => {
    const headers = { Authorization: `Bearer ${userToken({ sub: "ana", scope: "tracks:write" })}` };
    const body = new Uint8Array(wavFile(1, { title: "Tide" }));
    const added = await ask("POST /tracks", { headers, body });
    expect(added.status).toBe(201);
    expect((await ask("POST /tracks", { headers, body })).status).toBe(200);
    const { id } = (await added.json()) as { id: string };
    const at = [id];
    const whole = await ask("GET /tracks/stream/{track_id}", { at, headers });
    const tag = whole.headers.get("ETag") ?? "";
    const conditions: Array<[number, Record<string, string>]> = [
      [206, { Range: "bytes=0-9" }],
      [304, { "If-None-Match": tag }],
      [412, { "If-Match": '"other"' }],
      [416, { Range: "bytes=9999999-" }],
    ];
    for (const [status, condition] of conditions) {
      const answer = await ask("GET /tracks/stream/{track_id}", { at, headers: { ...headers, ...condition } });
      expect(answer.status).toBe(status);
    }
    expect((await ask("GET /tracks", { headers })).status).toBe(200);
    expect((await ask("GET /tracks/{track_id}", { at, headers })).status).toBe(200);
    expect((await ask("GET /tracks/{track_id}/waveform", { at, headers, query: "?buckets=5" })).status).toBe(200);
    expect((await ask("GET /tracks/{track_id}/cover", { at, headers })).status).toBe(404);
    expect((await ask("DELETE /tracks/{track_id}", { at, headers })).status).toBe(200);
    for (const route of ["GET /tracks/{track_id}", "GET /tracks/stream/{track_id}", "DELETE /tracks/{track_id}"]) {
      expect((await ask(route, { at, headers })).status).toBe(404);
    }
  });

  it("has been asked at every documented route", () => {
    expect(sorted(asked)).toEqual(sorted(contract.operations.map(({ method, path }) => `${method} ${path}`)));
  });

  it("sends every documented message in its documented shape, and no other", async () => {
    const room = "walk";
    const ana = await SeatsClient.connect(server.ws, "ana");
    const luz = await SeatsClient.connect(server.ws, "luz");
    const say = (client: SeatsClient, message: Message): void => {
      expect(contract.checkMessage(message)).toEqual([]);
      client.send(message);
    };
    const { joined } = await ana.join(room);
    await luz.join(room);
    say(ana, { type: "select_seat", room_id: room, seat_id: "B1", user_info: { name: "Ana", vip: true } });
    say(ana, { type: "renew_seat", room_id: room, seat_id: "B1" });
    say(ana, { type: "release_seat", room_id: room, seat_id: "B1" });
    say(luz, { type: "select_seat", room_id: room, seat_id: "B2" });
    await ana.next("seat_selected", (m) => m.client_id === "luz");
    say(ana, { type: "select_seat", room_id: room, seat_id: "B2" });
    await ana.next("error");
    const incomplete = { type: "select_seat", room_id: room };
    for (const bad of ["{", { type: "dance" }, incomplete, { type: "leave_room", room_id: "other" }]) {
      ana.send(bad);
      await ana.next("error");
    }
    await luz.next("seat_released", (m) => m.reason === "expired");
    say(ana, { type: "select_seat", room_id: room, seat_id: "B3" });
    await luz.next("seat_selected", (m) => m.seat_id === "B3");
    await ask("POST /room/{room_id}/confirm", { at: [room], headers: shop, body: orderOf("B3", "r2") });
    await luz.next("seat_sold");
    await luz.join(room);
    await ask("DELETE /room/{room_id}/sold/{seat_id}", { at: [room, "B3"], headers: shop });
    await luz.next("seat_released", (m) => m.reason === "unsold");
    say(ana, { type: "ping" });
    say(ana, { type: "leave_room", room_id: room });
    await ana.next("room_left");

    const back = await SeatsClient.connect(server.ws, "ana", { session: ana.session });
    say(back, { type: "resume", room_id: room, offset: joined.offset });
    await back.next("room_joined", (m) => m.recovered === true);
    await back.settle();
    for (const client of [ana, luz, back]) await client.close();

    const received = [...ana.received, ...luz.received, ...back.received];
    for (const message of received) expect(contract.checkMessage(message), JSON.stringify(message)).toEqual([]);
    expect(sorted(received.map((message) => message.type))).toEqual(contract.messageTypes("seats", "server"));
  });
});

describe("a server without anonymous use", () => {
  it("takes the credential as the first message, and refuses one that does not hold as documented", async () => {
    const server = await Pulso.start();
    const ana = await SeatsClient.connect(server.ws, "ana");
    const auth = { type: "auth", token: userToken({ sub: "u1" }) };
    expect(contract.checkMessage(auth)).toEqual([]);
    ana.send(auth);
    const { joined } = await ana.join("hall");
    expect(contract.checkMessage(joined as Message)).toEqual([]);
    const forger = await SeatsClient.connect(server.ws, "eve");
    forger.send({ type: "auth", token: userToken({ sub: "u1" }, "another-secret-of-32-bytes-or-so") });
    const refusal = await forger.next("error");
    expect(refusal.code).toBe("unauthorized");
    expect(contract.checkMessage(refusal)).toEqual([]);
    expect(await forger.closed).toMatchObject({ code: 4401 });
    const answer = await fetch(`${server.http}/room/hall`);
    expect(answer.status).toBe(401);
    expect(await contract.checkAnswer("GET", "/room/{room_id}", answer)).toEqual([]);
    await ana.close();
    await server.stop();
  });
});
