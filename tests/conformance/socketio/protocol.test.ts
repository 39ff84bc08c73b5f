// The Socket.IO protocol document, revision 5, line by line over bare WebSockets.
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { RawSocketio } from "./raw_client";
import { type Endpoint } from "./reference";
import { targets } from "./targets";

describe.each(targets)("$name", ({ name, start }) => {
  // Where Node's own does something else than the document says, or than is of use: see the README.
  const itHere = it.skipIf(name.includes("own server"));

  let endpoint: Endpoint;
  beforeAll(async () => {
    endpoint = await start("suite");
  });
  afterAll(async () => {
    await endpoint?.stop();
  });

  /** What the server says to these packets of one who is connected to `/`; the first so many. */
  async function answers(packets: Array<string | Buffer>, count: number): Promise<Array<string | Buffer>> {
    const socket = await RawSocketio.connected(endpoint.port);
    for (const packet of packets) socket.send(packet);
    const received: Array<string | Buffer> = [];
    while (received.length < count) received.push(await socket.next());
    socket.close();
    return received;
  }

  describe("CONNECT", () => {
    it("is answered with a session id and nothing else where state is not recovered", async () => {
      const socket = await RawSocketio.open(endpoint.port);
      socket.send("40");
      const answer = String(await socket.next());
      expect(JSON.parse(answer.slice(2))).toEqual({ sid: expect.stringMatching(/^[\w-]{20}$/) });
      expect(await socket.next()).toBe('42["auth",{}]');
      socket.close();
    });

    it.each([
      ["40", "", "{}"],
      ['40{"token":"123"}', "", '{"token":"123"}'],
      ['40/,{"token":"123"}', "", '{"token":"123"}'],
      ["40/custom,", "/custom,", "{}"],
      ["40/custom", "/custom,", "{}"],
      ['40/custom,{"token":"abc"}', "/custom,", '{"token":"abc"}'],
      ['40{"a":{"b":[1,null,"ž"]}}', "", '{"a":{"b":[1,null,"ž"]}}'],
    ])("%s reaches its namespace with its payload", async (packet, prefix, auth) => {
      const socket = await RawSocketio.open(endpoint.port);
      socket.send(packet);
      expect(String(await socket.next()).startsWith(`40${prefix}{"sid":"`)).toBe(true);
      expect(await socket.next()).toBe(`42${prefix}["auth",${auth}]`);
      socket.close();
    });

    it("gives every namespace a session id of its own", async () => {
      const socket = await RawSocketio.open(endpoint.port);
      const [one, other] = [await socket.connect("/"), await socket.connect("/custom")];
      expect(one.sid).not.toBe(other.sid);
      socket.close();
    });

    it.each(["/random", "/custom2", "/cust", "/Custom"])("to %s is refused", async (name) => {
      const socket = await RawSocketio.open(endpoint.port);
      socket.send(`40${name}`);
      expect(await socket.next()).toBe(`44${name},{"message":"Invalid namespace"}`);
      await socket.connect("/");
      socket.close();
    });

    it("that does not come in time ends the connection", async () => {
      const socket = await RawSocketio.open(endpoint.port);
      await socket.ended;
    });

    it("that is refused does not count as one in time", async () => {
      const socket = await RawSocketio.open(endpoint.port);
      socket.send("40/random");
      await socket.ended;
    });

    it("in time lets the connection live", async () => {
      const socket = await RawSocketio.connected(endpoint.port);
      await new Promise((resolve) => setTimeout(resolve, 1_300));
      socket.send('42["message",1]');
      expect(await socket.next()).toBe('42["message-back",1]');
      socket.close();
    });
  });

  describe("DISCONNECT", () => {
    it("leaves one namespace and keeps the other", async () => {
      const socket = await RawSocketio.connected(endpoint.port);
      await socket.connect("/custom");
      socket.send("41/custom,");
      socket.send('42["message","still here"]');
      expect(await socket.next()).toBe('42["message-back","still here"]');
      socket.close();
    });

    it("from the main namespace keeps the connection for others", async () => {
      const socket = await RawSocketio.connected(endpoint.port);
      socket.send("41");
      await socket.connect("/custom");
      socket.close();
    });

    itHere("may be followed by another CONNECT", async () => {
      const socket = await RawSocketio.open(endpoint.port);
      const first = await socket.connect("/");
      socket.send("41");
      expect((await socket.connect("/")).sid).not.toBe(first.sid);
      socket.close();
    });
  });

  describe("EVENT and ACK", () => {
    it.each([
      ['42["message",1,"2",{"3":[true]}]', '42["message-back",1,"2",{"3":[true]}]'],
      ['42["message"]', '42["message-back"]'],
      ['42/,["message",1]', '42["message-back",1]'],
      ['42["message",null,-5,"\\"\\\\"]', '42["message-back",null,-5,"\\"\\\\"]'],
      ['420["message-with-ack"]', "430[]"],
      ['42456["message-with-ack",1,"2",{"3":[false]}]', '43456[1,"2",{"3":[false]}]'],
      ['429007199254740991["message-with-ack",1]', "439007199254740991[1]"],
    ])("%s is answered", async (packet, answer) => {
      expect(await answers([packet], 1)).toEqual([answer]);
    });

    it("of names nobody listens for say nothing", async () => {
      const packets = ['42["unheard-of"]', "42[7,1]", '42["message",1]'];
      expect(await answers(packets, 1)).toEqual(['42["message-back",1]']);
    });

    it("of questions that nobody asked are ignored", async () => {
      expect(await answers(["43999[1]", '42["message",1]'], 1)).toEqual(['42["message-back",1]']);
    });
  });

  describe("BINARY_EVENT and BINARY_ACK", () => {
    const [one, two] = [Buffer.from([1, 2, 3]), Buffer.from([4, 5, 6])];
    const values = '{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}';

    it("come back", async () => {
      expect(await answers([`452-["message",${values}]`, one, two], 3)).toEqual([
        `452-["message-back",${values}]`,
        one,
        two,
      ]);
    });

    it("are acknowledged", async () => {
      expect(await answers([`452-789["message-with-ack",${values}]`, one, two], 3)).toEqual([
        `462-789[${values}]`,
        one,
        two,
      ]);
    });

    it("may hold nothing", async () => {
      const placeholder = '{"_placeholder":true,"num":0}';
      expect(await answers([`451-["message",${placeholder}]`, Buffer.alloc(0)], 2)).toEqual([
        `451-["message-back",${placeholder}]`,
        Buffer.alloc(0),
      ]);
    });

    it("may hold bytes deep inside", async () => {
      const inner = '{"a":[{"b":{"_placeholder":true,"num":0}}]}';
      expect(await answers([`451-["message",${inner}]`, one], 2)).toEqual([`451-["message-back",${inner}]`, one]);
    });
  });

  it("ends a connection whose pings are not answered", async () => {
    const socket = await RawSocketio.connected(endpoint.port);
    socket.answersPings = false;
    expect(await socket.next()).toBe("2");
    await socket.ended;
  });

  describe("ends the connection that says", () => {
    it.each([
      ["no packet type", "4"],
      ["an unknown packet type", "4abc"],
      ["a packet type past the last", "47"],
      ["an event that is no array", "42{}"],
      ["an event that is empty", "42[]"],
      ["an event with broken JSON", '42["message"'],
      ["an event with something behind it", '42["message"]x'],
      ["an event whose name is an object", "42[{}]"],
      ["an event with a broken id", '42abc["message-with-ack",1]'],
      ["an acknowledgement that is no array", '430{"a":1}'],
      ["the reserved name connect", '42["connect"]'],
      ["the reserved name disconnect", '42["disconnect"]'],
      ["the reserved name disconnecting", '42["disconnecting"]'],
      ["the reserved name connect_error", '42["connect_error"]'],
      ["a second CONNECT", "40"],
      ["CONNECT_ERROR", '44{"message":"x"}'],
      ["something in a namespace where it is not", '42/custom,["message"]'],
      ["attachments without a count", '45-["message"]'],
      ["attachments without a dash", '451["message"]'],
      ["a count of attachments that is no number", '45x-["message"]'],
      ["text where an attachment is due", '451-["message",{"_placeholder":true,"num":0}]', '42["message"]'],
      ["an attachment that nobody announced", Buffer.from([1])],
      ["a placeholder past the last", '451-["message",{"_placeholder":true,"num":1}]', Buffer.from([1])],
      ["a placeholder below the first", '451-["message",{"_placeholder":true,"num":-1}]', Buffer.from([1])],
    ] as Array<[string, ...Array<string | Buffer>]>)("%s", async (_name, ...packets) => {
      const socket = await RawSocketio.connected(endpoint.port);
      for (const packet of packets) socket.send(packet);
      await socket.ended;
    });

    itHere("an event without a payload", async () => {
      const socket = await RawSocketio.connected(endpoint.port);
      socket.send("42");
      await socket.ended;
    });

    it.each([
      ["an event before CONNECT", '42["message"]'],
      ["DISCONNECT before CONNECT", "41"],
      ["CONNECT with a payload that is no object", '40"text"'],
      ["CONNECT with an array", "40[]"],
    ])("%s", async (_name, packet) => {
      const silent = await RawSocketio.open(endpoint.port);
      const socket = await RawSocketio.open(endpoint.port);
      socket.send(packet);
      await socket.ended;
      expect(silent.isOver, "at once: the connect timeout of an older connection has not come yet").toBe(false);
      silent.close();
    });
  });
});
