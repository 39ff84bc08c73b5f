// permessage-deflate (RFC 7692) with an independent peer, over every combination of its parameters.
import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import WebSocket from "ws";

import { Echo } from "../support/echo";
import { Pulso } from "../support/pulso";
import { RawConnection, webSocketRequest } from "../support/raw_connection";
import { SeatsClient } from "../support/seats_client";
import { frame, inflated, opcode } from "../support/websocket_frames";

let echo: Echo;
beforeAll(async () => {
  echo = await Echo.start(["--websocket"]);
});
afterAll(async () => {
  expect(await echo?.stop()).toBe(0);
});

const messages = [
  Buffer.from(""),
  Buffer.from("A1"),
  Buffer.from(JSON.stringify({ type: "seat_selected", seat_id: "A1", room_id: "r" }).repeat(40)),
  Buffer.alloc(100_000, "seat "),
  randomBytes(40_000),
  Buffer.alloc(40_000, 0),
];

describe("an echo through the codec of another implementation", () => {
  const combinations = [false, true].flatMap((serverNoContextTakeover) =>
    [false, true].flatMap((clientNoContextTakeover) =>
      [8, 9, 10, 12, 15].flatMap((serverMaxWindowBits) =>
        [9, 10, 12, 15, true].map((clientMaxWindowBits) => ({
          serverNoContextTakeover,
          clientNoContextTakeover,
          serverMaxWindowBits,
          clientMaxWindowBits: clientMaxWindowBits as number,
        })),
      ),
    ),
  );
  it.each(combinations.map((options) => [JSON.stringify(options), options] as const))("%s", async (_name, options) => {
    const peer = new WebSocket(`ws://127.0.0.1:${echo.port}/`, { perMessageDeflate: { ...options, threshold: 0 } });
    const answers: Buffer[] = [];
    const closed = new Promise<number>((resolve, reject) => {
      peer.on("error", reject);
      peer.on("close", resolve);
    });
    peer.on("message", (data: Buffer, isBinary) => {
      expect(isBinary).toBe(true);
      answers.push(data);
      if (answers.length === 2 * messages.length) peer.close(1000);
    });
    peer.on("open", () => {
      expect(peer.extensions).toContain("permessage-deflate");
      // Twice, so that a kept context is used.
      for (const message of [...messages, ...messages]) peer.send(message, { binary: true });
    });
    expect(await closed).toBe(1000);
    expect(answers.map((answer, i) => answer.equals(messages[i % messages.length] as Buffer))).not.toContain(false);
  });
});

describe("what is agreed to", () => {
  const offers: Array<[offer: string, answer: string | undefined]> = [
    ["permessage-deflate", "permessage-deflate"],
    ["permessage-deflate; client_max_window_bits", "permessage-deflate"],
    ["permessage-deflate; server_max_window_bits=10", "permessage-deflate; server_max_window_bits=10"],
    ['permessage-deflate; server_max_window_bits="10"', "permessage-deflate; server_max_window_bits=10"],
    ["permessage-deflate; client_max_window_bits=10", "permessage-deflate; client_max_window_bits=10"],
    [
      "permessage-deflate; server_no_context_takeover; client_no_context_takeover",
      "permessage-deflate; server_no_context_takeover; client_no_context_takeover",
    ],
    ["x-webkit-deflate-frame, permessage-deflate", "permessage-deflate"],
    [
      "permessage-deflate; unknown=1, permessage-deflate; server_no_context_takeover",
      "permessage-deflate; server_no_context_takeover",
    ],
    ["permessage-deflate; server_max_window_bits=7", undefined],
    ["permessage-deflate; server_max_window_bits=16", undefined],
    ["permessage-deflate; server_max_window_bits=010", undefined],
    ["permessage-deflate; server_max_window_bits", undefined],
    ["permessage-deflate; client_max_window_bits=0", undefined],
    ["permessage-deflate; server_no_context_takeover=1", undefined],
    ["permessage-deflate; server_no_context_takeover; server_no_context_takeover", undefined],
    ["permessage-deflate; unknown", undefined],
    ["permessage-bzip2", undefined],
    ["permessage-deflate; =", undefined],
  ];
  it.each(offers)("%s → %s", async (offer, expected) => {
    const peer = await RawConnection.open(echo.port);
    peer.write(webSocketRequest("/", [`Sec-WebSocket-Extensions: ${offer}`]));
    const answer = await peer.head();
    expect(answer.status).toBe(101);
    expect(answer.headers["sec-websocket-extensions"]).toBe(expected);
    expect(answer.headers["sec-websocket-accept"]).toBe("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    peer.destroy();
  });
});

describe("the server itself", () => {
  it("keeps no context, and deflates what is longer than 1 KiB only", async () => {
    const server = await Pulso.start({ env: { PULSO_AUTH_ANONYMOUS: "seats", PULSO_SEATS_MAX_SEATS: "50" } });
    const ana = await SeatsClient.connect(server.ws, "ana");
    await ana.join("full");
    for (let seat = 1; seat <= 30; ++seat) await ana.select("full", `A${seat}`);

    const fields = ["Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits"];
    const luz = await RawConnection.open(server.port);
    luz.write(webSocketRequest("/ws/luz", fields));
    expect((await luz.head()).headers["sec-websocket-extensions"]).toBe(
      "permessage-deflate; server_no_context_takeover; client_no_context_takeover",
    );
    luz.write(frame({ opcode: opcode.text, payload: JSON.stringify({ type: "join_room", room_id: "full" }) }));
    const joined = await luz.frame();
    expect(joined.reserved).toBe(0);
    expect(JSON.parse(joined.payload.toString())).toMatchObject({ type: "room_joined" });
    const selections = await luz.frame();
    expect(selections.reserved).toBe(4);
    expect(JSON.parse(inflated(selections.payload)).selections).toHaveLength(30);
    luz.destroy();
    await ana.close();
    await server.stop();
  });
});
