// What one Socket.IO connection may send, whatever it sends, and what others lose by it: nothing.
import { describe, expect, it } from "vitest";
import WebSocket from "ws";

import { eventually } from "../support/processes";
import { Pulso } from "../support/pulso";
import { userToken } from "../support/tokens";
import { TracksDevice } from "../support/tracks_device";

/** A Socket.IO connection whose packets the test writes itself. */
class PacketConnection {
  readonly received: string[] = [];
  readonly ended: Promise<number>;
  readonly #peer: WebSocket;
  #wake: () => void = () => {};

  constructor(server: Pulso) {
    this.#peer = new WebSocket(`${server.ws}/socket.io/?EIO=4&transport=websocket`);
    this.#peer.on("message", (data: Buffer) => {
      this.received.push(data.toString());
      this.#wake();
    });
    this.ended = new Promise((resolve) => this.#peer.on("close", resolve));
  }

  static async open(server: Pulso): Promise<PacketConnection> {
    const connection = new PacketConnection(server);
    await connection.next(/^0/);
    return connection;
  }

  send(packet: string, times = 1): void {
    for (let i = 0; i < times; ++i) this.#peer.send(packet);
  }

  /** The first packet that matches, which has come or comes. */
  async next(pattern: RegExp): Promise<string> {
    while (true) {
      const found = this.received.find((packet) => pattern.test(packet));
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}

const strict = { PULSO_LIMITS_MESSAGES_PER_SECOND: "1", PULSO_LIMITS_MESSAGES_BURST: "5" };
const connectPacket = `40${JSON.stringify({ token: userToken({ sub: "ana" }) })}`;

describe("a connection that sends far too much is closed", () => {
  it.each([
    ["events that nobody knows", connectPacket, '42["nonsense"]'],
    ["refused messages", connectPacket, '42["setVolume",{"volume":"loud"}]'],
    ["acknowledgements of nothing", connectPacket, "431[]"],
    ["connects to nowhere", "40/nowhere,", "40/nowhere,"],
    ["connects with a bad token", '40{"token":"bad"}', '40{"token":"bad"}'],
    ["messages of who is nobody", "40", '42["playTrack",{"trackId":"x"}]'],
  ])("%s", async (_, first, packet) => {
    const server = await Pulso.start({ env: { ...strict, PULSO_AUTH_ANONYMOUS: "meetings" } });
    const connection = await PacketConnection.open(server);
    connection.send(first);
    await connection.next(/^4[04]/);
    connection.send(packet, 3_000);
    await connection.ended;
    expect(await server.metric("pulso_socketio_excess_messages_total")).toBeGreaterThan(500);
    expect(await server.metric("pulso_socketio_excess_closes_total")).toBe(1);
    await server.stop();
  });

  it("after it was told so", async () => {
    const server = await Pulso.start({ env: strict });
    const connection = await PacketConnection.open(server);
    connection.send(connectPacket);
    await connection.next(/^40/);
    connection.send('42["nonsense"]', 6);
    expect(await connection.next(/^42\["error"/)).toContain('"rate_limited"');
    connection.send('427["nonsense"]');
    expect(await connection.next(/^437/)).toContain('"rate_limited"');
    connection.send("40/nowhere,");
    expect(await connection.next(/^44\/nowhere/)).toContain('"rate_limited"');
    await server.stop();
  });
});

it("what is refused takes nobody's recovery", async () => {
  const env = { PULSO_LIMITS_MESSAGES_PER_SECOND: "0", PULSO_SOCKETIO_RECOVERY_MESSAGES: "100" };
  const server = await Pulso.start({ env });
  const lost = await TracksDevice.connect(server, "ana");
  const other = await TracksDevice.connect(server, "ana");
  await other.ask("setVolume", { volume: 0.5 }); // with its offset, from which the lost one can go on
  await lost.next("volumeUpdated");
  lost.socket.io.reconnection(false);
  const gone = new Promise((resolve) => lost.socket.once("disconnect", resolve));
  lost.socket.io.engine.close();
  await gone;
  await eventually(async () => (await server.metric('pulso_connections{system="tracks",transport="socketio"}')) === 1);
  for (let i = 0; i < 300; ++i) await other.ask("setVolume", { volume: "loud" });
  const connected = new Promise<void>((resolve) => lost.socket.once("connect", resolve));
  lost.socket.connect();
  await connected;
  expect(lost.socket.recovered).toBe(true);
  for (const device of [lost, other]) device.close();
  await server.stop();
});
