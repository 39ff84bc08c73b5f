// Ten thousand inputs that no good client sends, always the same ones, while a good client goes on being served.
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { type Attack, clientHello, plainAttacks, tlsAttacks } from "../support/hostile";
import { eventually, temporaryFolder } from "../support/processes";
import { Pulso } from "../support/pulso";
import { Random } from "../support/random";
import { RawConnection } from "../support/raw_connection";
import { SeatsClient } from "../support/seats_client";
import { makeCertificate } from "../support/tls";

const inputCount = 10_000;
const warmUpCount = 3_000;
const tlsInputCount = 1_500;
const atOnce = 16;
const memoryGrowthMax = 1.05;
/** A sanitizer keeps what was freed, to catch who uses it. */
const isSanitized = Boolean(process.env.PULSO_SANITIZE);

const folder = temporaryFolder();
let plain: Pulso;
let secure: Pulso;
beforeAll(async () => {
  const env = { PULSO_AUTH_ANONYMOUS: "seats", PULSO_LIMITS_HEADER_TIMEOUT: "2s" };
  const { certificate, key } = makeCertificate(folder.path, "hostile");
  plain = await Pulso.start({ env });
  secure = await Pulso.start({ env, args: ["--tls-cert", certificate, "--tls-key", key] });
});
afterAll(async () => {
  await plain?.stop();
  await secure?.stop();
  folder.remove();
});

/** Says one input in one to three writes and the end of it; the server has to end its side too. */
async function strike(port: number, bytes: Buffer, random: Random): Promise<void> {
  const connection = await RawConnection.open(port);
  for (let rest = bytes, writes = random.between(1, 3); writes > 0; --writes) {
    const count = writes === 1 ? rest.length : random.below(rest.length + 1);
    connection.write(rest.subarray(0, count));
    rest = rest.subarray(count);
  }
  connection.finish();
  await connection.ended();
  connection.destroy();
}

/** Strikes `count` times, several at once; the inputs depend on the seed alone. */
async function attack(port: number, attacks: Array<[string, Attack]>, count: number, seed: number): Promise<void> {
  let next = 0;
  const strikes = async (): Promise<void> => {
    while (next < count) {
      const index = next++;
      const random = new Random(seed + index);
      const [name, make] = attacks[index % attacks.length] as [string, Attack];
      await strike(port, make(random), random).catch((error: unknown) => {
        throw new Error(`${name}, seed ${seed + index}: ${String(error)}`);
      });
    }
  };
  await Promise.all(Array.from({ length: atOnce }, strikes));
}

/** Selects and releases until told to stop; each step has to be answered. Gives the number of rounds. */
async function serveWell(server: string, isOver: () => boolean, options = {}): Promise<number> {
  const [good, watcher] = (await Promise.all(
    ["good", "watcher"].map((id) => SeatsClient.connect(server, id, {}, options)),
  )) as [SeatsClient, SeatsClient];
  await good.join("well_behaved");
  await watcher.join("well_behaved");
  let rounds = 0;
  for (; !isOver(); ++rounds) {
    expect(await good.select("well_behaved", "A1")).toMatchObject({ type: "seat_selected" });
    await watcher.next("seat_selected");
    good.send({ type: "release_seat", room_id: "well_behaved", seat_id: "A1" });
    await watcher.next("seat_released");
    // A person's pace, below the rate that the server allows.
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  await Promise.all([good.close(), watcher.close()]);
  return rounds;
}

async function during(server: string, work: Promise<void>, options = {}): Promise<void> {
  let isOver = false;
  const good = serveWell(server, () => isOver, options);
  await work.finally(() => {
    isOver = true;
  });
  expect(await good).toBeGreaterThan(0);
}

function residentKib(pid: number): number {
  return Number(/^Rss:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"))?.[1]);
}

describe("hostile input", () => {
  it("neither stops nor bloats the server, and a good client does not notice", async () => {
    const { pid } = plain.program;
    await during(plain.ws, attack(plain.port, plainAttacks, warmUpCount, 1));
    const warmKib = residentKib(pid);
    await during(plain.ws, attack(plain.port, plainAttacks, inputCount - warmUpCount - tlsInputCount, 1_000_000));
    await eventually(async () => {
      const { connections } = (await (await fetch(`${plain.http}/stats`)).json()) as { connections: number };
      return connections <= 2;
    });
    if (!isSanitized) expect(residentKib(pid) / warmKib).toBeLessThan(memoryGrowthMax);
  }, 600_000);

  it("to TLS, and TLS to where it is not spoken", async () => {
    const hello = await clientHello();
    const trusting = { rejectUnauthorized: false };
    await during(secure.ws.replace("ws:", "wss:"), attack(secure.port, tlsAttacks(hello), tlsInputCount, 2), trusting);
    await during(plain.ws, attack(plain.port, tlsAttacks(hello), 100, 3));
  }, 300_000);

  it("that comes a byte at a time is cut off", async () => {
    const slow = await Promise.all(Array.from({ length: 8 }, () => RawConnection.open(plain.port)));
    const text = "GET /health HTTP/1.1\r\nHost: a\r\nX-Slow: very, very slow indeed";
    let sent = 0;
    const timer = setInterval(() => {
      for (const connection of slow) connection.write(text.charAt(sent % text.length));
      ++sent;
    }, 50);
    const statuses = await Promise.all(slow.map(async (connection) => (await connection.answer()).status));
    clearInterval(timer);
    for (const status of statuses) expect([400, 408]).toContain(status);
    for (const connection of slow) connection.destroy();
  });

  it("leaves servers that end as they should", async () => {
    expect(await plain.program.end("SIGTERM")).toBe(0);
    expect(await secure.program.end("SIGTERM")).toBe(0);
  });
});
