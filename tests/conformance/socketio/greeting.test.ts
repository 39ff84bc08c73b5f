// The suite mode greets a moment after CONNECT, for clients that wait for one message after the other and lose what
// comes in one segment with it; who does not wait is greeted first all the same.
import { afterAll, beforeAll, expect, it } from "vitest";
import WebSocket from "ws";

import { Echo } from "../../support/echo";

let server: Echo;
beforeAll(async () => {
  server = await Echo.start(["--socketio", "suite"]);
});
afterAll(async () => {
  await server?.stop();
});

/** Listens from now on, and for one message. */
const message = (socket: WebSocket): Promise<string> =>
  new Promise((resolve) => socket.once("message", (data) => resolve(String(data))));

it("a client is greeted before it is answered anything", async () => {
  const socket = new WebSocket(`ws://127.0.0.1:${server.port}/socket.io/?EIO=4&transport=websocket`);
  await message(socket);
  const heard: string[] = [];
  socket.on("message", (data) => heard.push(String(data)));
  socket.send("40");
  socket.send('42["message",1]');
  await expect.poll(() => heard.length, { timeout: 10_000 }).toBe(3);
  expect(heard.slice(1)).toEqual(['42["auth",{}]', '42["message-back",1]']);
  socket.close();
});
