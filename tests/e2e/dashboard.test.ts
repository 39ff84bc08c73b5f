// The shop's till: two windows of one shop follow the bank and each other, another shop's window sees nothing of it.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { accessibilityProblems, horizontalOverflow, launchBrowser } from "../support/browser";
import { eventually } from "../support/processes";
import { Pulso } from "../support/pulso";

let server: Pulso;
let browser: Browser;
beforeAll(async () => {
  server = await Pulso.start({ demo: true });
  browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

async function open(user: string, more: object = {}): Promise<Page> {
  const page = await (await browser.newContext({ locale: "en-US", ...more })).newPage();
  page.on("pageerror", (error) => console.error("in the page:", error));
  await page.goto(`${server.http}/dashboard?user=${user}`);
  await page.getByTestId("balance").waitFor();
  return page;
}

async function createQr(page: Page, amount: string, description: string): Promise<void> {
  await page
    .getByLabel(/^Amount \(BOB\)$/)
    .first()
    .fill(amount);
  await page.getByLabel("Description").fill(description);
  await page.getByRole("button", { name: "Create QR code" }).click();
  await page.getByRole("dialog").getByRole("heading").waitFor();
}
const closeDialog = (page: Page): Promise<void> => page.getByRole("button", { name: "Close", exact: true }).click();
const payment = (page: Page, payer: string) => page.getByRole("listitem").filter({ hasText: payer });
const balance = (page: Page): Promise<string | null> => page.getByTestId("balance").textContent();
const hasBalance = (page: Page, amount: string): Promise<unknown> =>
  eventually(async () => (await balance(page))?.replace(/\s/g, " ") === `BOB ${amount}`);
const number = (text: string | null): number => Number(text?.replace(/[^\d.-]/g, ""));
/** The day's takings on the page: their sum, and what its table says of the hours. */
const takings = async (page: Page): Promise<[sum: number, ofHours: number]> => {
  const hours = await page.getByRole("table", { name: "Today, by the hour" }).getByRole("cell").allTextContents();
  return [number(await page.getByTestId("takings").textContent()), hours.map(number).reduce((a, b) => a + b, 0)];
};
const hasTakings = (page: Page, amount: number): Promise<unknown> =>
  eventually(async () => (await takings(page)).every((sum) => sum === amount));
/** Where it is noon or shortly after now: what these tests do is done on one day. */
function noonZone(): string {
  const hours = 12 - new Date().getUTCHours();
  return `Etc/GMT${hours > 0 ? "-" : "+"}${Math.abs(hours)}`; // signs the other way round, as POSIX has them
}
async function exported(page: Page): Promise<string> {
  const waiting = page.waitForEvent("download");
  await page.getByRole("button", { name: "Export CSV" }).click();
  return readFileSync((await (await waiting).path()) ?? "", "utf8");
}

describe("the till", () => {
  it("shows a payment in every window of the shop, and in no other", async () => {
    const [ana, second, rival] = [await open("shop-1"), await open("shop-1"), await open("shop-2")];
    await createQr(ana, "100.50", "Lunch");
    const picture = ana.getByRole("img", { name: /QR code to pay/ });
    await eventually(() =>
      picture.evaluate((image) => (image as unknown as { naturalWidth: number }).naturalWidth > 0),
    );
    // A phone reads what is on the screen.
    const file = join(server.folder, "screen.png");
    writeFileSync(file, await picture.screenshot());
    const read = execFileSync("zbarimg", ["--nodbus", "--quiet", "--raw", file]).toString().trim();
    expect(read).toMatch(/^pulso:\/\/qr\/\d{20}\?amount=100\.50&currency=BOB$/);
    await closeDialog(ana);

    await second.getByRole("button", { name: /^Lunch/ }).waitFor();
    await second.getByRole("textbox", { name: "Payer" }).fill("Juan Pérez");
    await second.getByRole("button", { name: "Pay", exact: true }).click();
    for (const page of [ana, second]) {
      await payment(page, "Juan Pérez").waitFor();
      await hasBalance(page, "100.50");
      await page.getByText(/Juan Pérez has paid/).waitFor();
      await page.getByRole("button", { name: /Lunch.*Paid/s }).waitFor();
    }
    expect((await balance(rival))?.replace(/\s/g, " ")).toBe("BOB 0.00");
    expect(await payment(rival, "Juan Pérez").count()).toBe(0);
    expect(await rival.getByText("No payments yet").count()).toBe(1);

    await payment(ana, "Juan Pérez")
      .getByRole("button", { name: /^Refund/ })
      .click();
    await ana.getByRole("group").getByRole("button", { name: "Refund", exact: true }).click();
    for (const page of [ana, second]) {
      await hasBalance(page, "0.00");
      await payment(page, "Juan Pérez")
        .getByText(/Refunded/)
        .waitFor();
    }
    for (const page of [ana, second, rival]) await page.context().close();
  });

  it("sums up all of today's takings, and exports all movements, however many they are", async () => {
    const day = { timezoneId: noonZone() };
    const first = await open("shop-1", day);
    await first.getByText("More options").click();
    await first.getByLabel("Can be paid more than once").check();
    await createQr(first, "2", "Coffee");
    const id = await first.getByRole("img", { name: /QR code to pay/ }).getAttribute("src");
    const address = `${server.http}/demo/bank/${/(\d{20})\.svg/.exec(id ?? "")?.[1]}/payments`;
    const pay = async (): Promise<void> => {
      expect((await fetch(address, { method: "POST", body: JSON.stringify({ senderName: "Luis" }) })).status).toBe(200);
    };
    await pay();
    await hasTakings(first, 2); // Juan Pérez has his back
    for (let i = 1; i < 210; ++i) await pay();
    await hasTakings(first, 420);
    const second = await open("shop-1", day);
    await hasTakings(second, 420);
    expect((await exported(second)).trim().split("\r\n").slice(1)).toHaveLength(212);
    for (const page of [first, second]) await page.context().close();
  });

  it("takes back a QR, says what is wrong with one, and lets the payer choose", async () => {
    const page = await open("shop-2");
    await page.getByRole("button", { name: "Create QR code" }).click();
    await page.getByText("Enter an amount above zero").waitFor();
    const refused = page.waitForResponse((answer) => answer.url().endsWith("/qr") && answer.status() === 422);
    await page
      .getByLabel(/^Amount \(BOB\)$/)
      .first()
      .fill("1.005");
    await page.getByRole("button", { name: "Create QR code" }).click();
    await refused;
    await createQr(page, "12", "Notebook");
    await page.getByRole("button", { name: "Cancel QR code" }).click();
    await page.getByRole("dialog").getByText("Cancelled").waitFor();
    await closeDialog(page);
    await page.getByText("More options").click();
    await page.getByLabel("The payer chooses the amount").check();
    await createQr(page, "", "Gift");
    await closeDialog(page);
    await page
      .getByLabel(/^Amount \(BOB\)$/)
      .last()
      .fill("3.33");
    await page.getByRole("button", { name: "Pay", exact: true }).click();
    await hasBalance(page, "3.33");
    await page.context().close();
  });

  it("catches up after the server was killed, with what happened meanwhile", async () => {
    const page = await open("shop-2");
    await createQr(page, "40", "Atlas");
    const id = await page.getByRole("img", { name: /QR code to pay/ }).getAttribute("src");
    const qr = /(\d{20})\.svg/.exec(id ?? "")?.[1];
    await closeDialog(page);
    const before = await balance(page);
    await server.kill();
    await page.getByText(/Connecting|Reconnecting/).waitFor();
    expect(await balance(page)).toBe(before); // what is known stays
    server = await server.restart();
    const body = JSON.stringify({ senderName: "Luz Choque" });
    expect((await fetch(`${server.http}/demo/bank/${qr}/payments`, { method: "POST", body })).status).toBe(200);
    await payment(page, "Luz Choque").waitFor();
    await hasBalance(page, "43.33");
    await page.context().close();
  });

  it("gives its movements as a table that spreadsheets read and cannot be harmed by", async () => {
    const page = await open("shop-2");
    const text = await exported(page);
    expect(text.startsWith("\ufeffnumber,timestamp,movementType,amount,")).toBe(true);
    const rows = text.trim().split("\r\n").slice(1);
    expect(rows).toHaveLength(2);
    expect(rows[0]).toMatch(/^2,[^,]+,qr_payment,40,BOB,3\.33,43\.33,'\d{20},/);
    await page.context().close();
  });

  it.each([
    ["a phone", { viewport: { width: 360, height: 740 }, colorScheme: "light", reducedMotion: "reduce" }],
    ["a desktop in the dark", { viewport: { width: 1280, height: 900 }, colorScheme: "dark", reducedMotion: "reduce" }],
  ])("is for everybody on %s", async (_, more) => {
    const page = await open("shop-2", more);
    await payment(page, "Luz Choque").waitFor();
    // However long what people have written is, nothing is wider than the page.
    await createQr(page, "48000.75", "Atlas ".repeat(30));
    await closeDialog(page);
    await page.getByRole("textbox", { name: "Payer" }).fill("Bartolomé".repeat(12));
    await page.getByRole("button", { name: "Pay", exact: true }).click();
    await payment(page, "Bartolomé").first().waitFor();
    expect(await horizontalOverflow(page)).toBe(0);
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.locator(".qr-row").first().click();
    await page.getByRole("dialog").waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await page.context().close();
  });
});
