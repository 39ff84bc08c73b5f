// What an operator sets under [socketio] is what a client is told and held to.
import { expect, it } from "vitest";

import { Pulso } from "../support/pulso";
import { userToken } from "../support/tokens";

interface Handshake {
  sid: string;
  pingInterval: number;
  pingTimeout: number;
  maxPayload: number;
}

/** A session over polling: its handshake, and what CONNECT is answered with. */
async function connect(server: Pulso): Promise<{ handshake: Handshake; answer: string; url: string }> {
  const endpoint = `${server.http}/socket.io/?EIO=4&transport=polling`;
  const handshake = JSON.parse((await (await fetch(endpoint)).text()).slice(1)) as Handshake;
  const url = `${endpoint}&sid=${handshake.sid}`;
  await fetch(url, { method: "POST", body: `40${JSON.stringify({ token: userToken({ sub: "ana" }) })}` });
  return { handshake, answer: await (await fetch(url)).text(), url };
}

it("without settings: the numbers of Socket.IO's own server, and recovery", async () => {
  const server = await Pulso.start();
  const { handshake, answer } = await connect(server);
  expect(handshake).toMatchObject({ pingInterval: 25_000, pingTimeout: 20_000, maxPayload: 1_000_000 });
  expect(answer).toMatch(/^40\{"sid":"[^"]+","pid":"[^"]+"\}/);
  await server.stop();
});

it("with settings: theirs, and no recovery where its window is nothing", async () => {
  const env = {
    PULSO_SOCKETIO_PING_INTERVAL: "10s",
    PULSO_SOCKETIO_PING_TIMEOUT: "5s",
    PULSO_SOCKETIO_MESSAGE_BYTES: "2048",
    PULSO_SOCKETIO_RECOVERY_WINDOW: "0s",
  };
  const server = await Pulso.start({ env });
  const { handshake, answer, url } = await connect(server);
  expect(handshake).toMatchObject({ pingInterval: 10_000, pingTimeout: 5_000, maxPayload: 2048 });
  expect(answer).toMatch(/^40\{"sid":"[^"]+"\}/);
  expect((await fetch(url, { method: "POST", body: `42["x","${"a".repeat(2048)}"]` })).status).toBe(413);
  await server.stop();
});
