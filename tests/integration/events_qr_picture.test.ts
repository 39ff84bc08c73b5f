// Phones read what the server draws: decoded by zbar, from both kinds of picture.
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { Shop } from "../support/ledger";
import { temporaryFolder } from "../support/processes";
import { Pulso } from "../support/pulso";

let server: Pulso;
let shop: Shop;
const folder = temporaryFolder();
beforeAll(async () => {
  server = await Pulso.start();
  shop = new Shop(server, "1");
});
afterAll(async () => {
  await server?.stop();
  folder.remove();
});

function decode(name: string, picture: Uint8Array): string {
  const file = join(folder.path, name);
  writeFileSync(file, picture);
  return execFileSync("zbarimg", ["--nodbus", "--quiet", "--raw", file]).toString().trim();
}

/** The picture's rectangles as a portable greymap, four pixels a module. */
function rasterise(svg: string): Uint8Array {
  const width = Number(/viewBox="0 0 (\d+) \1"/.exec(svg)?.[1]);
  const scale = 4;
  const side = width * scale;
  const pixels = new Uint8Array(side * side).fill(255);
  for (const [, x = "", y = "", run = ""] of svg.matchAll(/M(\d+) (\d+)h(\d+)v1h-\3z/g)) {
    for (let row = Number(y) * scale; row < (Number(y) + 1) * scale; ++row) {
      const from = row * side + Number(x) * scale;
      pixels.fill(0, from, from + Number(run) * scale);
    }
  }
  return Buffer.concat([Buffer.from(`P5\n${side} ${side}\n255\n`), pixels]);
}

describe.each<[string, object, string]>([
  ["an amount", { amount: 100.5 }, "amount=100.50&currency=BOB"],
  ["the smallest amount", { amount: 0.01 }, "amount=0.01&currency=BOB"],
  ["the largest amount", { amount: 10_000_000_000_000 }, "amount=10000000000000.00&currency=BOB"],
  ["an amount of the payer's choice", { modifyAmount: true }, "currency=BOB"],
])("of %s", (_, order, query) => {
  it("is read from a PNG and from an SVG, without a credential", async () => {
    const { qrId } = (await shop.post("/qr", order)).data;
    const png = await fetch(`${server.http}/qr/${qrId}.png`);
    const svg = await fetch(`${server.http}/qr/${qrId}.svg`);
    expect([png.headers.get("content-type"), svg.headers.get("content-type")]).toEqual(["image/png", "image/svg+xml"]);
    const wanted = `pulso://qr/${qrId}?${query}`;
    expect(decode("qr.png", new Uint8Array(await png.arrayBuffer()))).toBe(wanted);
    expect(decode("qr.pgm", rasterise(await svg.text()))).toBe(wanted);
  });
});

it("is not drawn of a QR that nobody has", async () => {
  for (const name of ["26010100000000000000.svg", "1.png", ".svg", `${"9".repeat(500)}.png`]) {
    expect((await fetch(`${server.http}/qr/${name}`)).status, name).toBeGreaterThanOrEqual(401);
  }
});
