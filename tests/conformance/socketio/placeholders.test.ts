// An object that looks like a placeholder, in a packet that announced no attachments, is data like any other.
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { RawSocketio } from "./raw_client";
import { type Endpoint } from "./reference";
import { targets } from "./targets";

describe.each(targets)("$name", ({ start }) => {
  let endpoint: Endpoint;
  beforeAll(async () => {
    endpoint = await start("app");
  });
  afterAll(async () => {
    await endpoint?.stop();
  });

  it.each(['{"_placeholder":true,"num":5}', '{"_placeholder":true}', '{"_placeholder":true,"num":-1}'])(
    "%s is passed on in an event and in an acknowledgement, and both sides stay",
    async (value) => {
      const [asked, asker] = [await RawSocketio.connected(endpoint.port), await RawSocketio.connected(endpoint.port)];
      asked.send('421["join","placeholders"]');
      expect(await asked.next()).toBe("431[]");
      asker.send(`422["gather","placeholders",${value}]`);
      const question = String(await asked.next());
      expect(question).toContain(`["question",${value}`);
      asked.send(`43${/^42(\d+)/.exec(question)?.[1]}[${value}]`);
      expect(await asker.next()).toBe(`432[null,[${value}]]`);
      for (const socket of [asked, asker]) {
        socket.send(`423["message-with-ack",${value}]`);
        expect(await socket.next()).toBe(`433[${value}]`);
        socket.send('424["leave","placeholders"]');
        expect(await socket.next()).toBe("434[]");
        socket.close();
      }
    },
  );
});
