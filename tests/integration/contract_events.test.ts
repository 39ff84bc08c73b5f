// Holds the documents of protocol/ and an account's event stream to each other, as contract.test.ts does with the rest.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";

import { describe, expect, it } from "vitest";

import { runCommand } from "../support/command";
import { Contract } from "../support/contract";
import { EventStreamClient, type StreamEvent } from "../support/event_stream";
import { Bank, Shop, bankSecret } from "../support/ledger";
import { Pulso } from "../support/pulso";
import { userToken } from "../support/tokens";

const contract = new Contract();
const token = userToken({ sub: "m", account_id: "1" });

const source = (name: string): string =>
  readFileSync(resolve(import.meta.dirname, "../../src/features/events", name), "utf8");
const matches = (text: string, pattern: RegExp): string[] => [...text.matchAll(pattern)].map(([, name = ""]) => name);
/** By their names in the documents, where another message has the name `error`. */
const documented = (types: string[]): string[] =>
  [...new Set(types.map((type) => (type === "error" ? "ended" : type)))].sort();

describe("the documents on an account's stream", () => {
  it("name the events that its sources do", () => {
    const ofLedger = matches(source("ledger_events.cpp"), /\.type = "(\w+)"/g);
    const stream = source("account_stream.cpp");
    const ofStream = matches(stream, /\bsay\((?:\{\}|"\w+_"[^"]*),\s*"(\w+)"/g);
    expect(contract.messageTypes("events", "server")).toEqual(documented([...ofLedger, ...ofStream]));
  });

  it("never refuse it for a while only, since an EventSource would give up for good", () => {
    const { responses } = contract.operation("GET", "/events/stream");
    expect(Object.keys(responses)).toEqual(["200", "401", "403", "default"]);
  });
});

describe("an account's stream", () => {
  it("carries every documented event in its documented shape, and no other", async () => {
    const server = await Pulso.start({
      env: { PULSO_EVENTS_BANK_SECRET: bankSecret, PULSO_EVENTS_HEARTBEAT_INTERVAL: "1s" },
    });
    const [key = ""] = (await runCommand(server, "key", "create", "--account", "1", "--scope", "qr:write")).split("\n");
    const client = await EventStreamClient.open(`${server.http}/events/stream?api-key=${key}&lastEventId=gone`);
    const events: StreamEvent[] = [];
    const until = async (type: string): Promise<void> => {
      do events.push(await client.next());
      while (events.at(-1)?.type !== type);
    };
    const [till, bank] = [new Shop(server, "1"), new Bank(server)];
    const qr = await till.createQr(5, { dueDate: "2040-01-01T12:00:00.000Z" });
    const further = await till.createQr(0.5, { singleUse: false });
    expect((await bank.pay(qr, "t1", 5)).status).toBe(200);
    expect((await bank.pay(further, "t2", 0.5, { senderName: "Ana", senderBankCode: "B" })).status).toBe(200);
    expect((await bank.settle(qr)).status).toBe(200);
    expect((await till.refund(qr, "t1", { amount: 1.5 })).status).toBe(200);
    for (let updates = 0; updates < 3; ++updates) await until("account_balance_update");
    await until("heartbeat");
    const [keyId = ""] = (await runCommand(server, "key", "list")).split(/\s+/);
    await runCommand(server, "key", "revoke", keyId);
    await until("error");
    const user = await EventStreamClient.open(`${server.http}/events/stream`, { Authorization: `Bearer ${token}` });
    events.push(await user.next());
    user.close();

    for (const [i, event] of events.entries()) {
      const own = { ...event, id: event.id === events[i - 1]?.id ? "" : event.id };
      expect(contract.checkEvent(own), JSON.stringify(own)).toEqual([]);
    }
    expect(documented(events.map(({ type }) => type))).toEqual(contract.messageTypes("events", "server"));
    await server.stop();
  });
});
