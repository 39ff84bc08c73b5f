// The users' own clients of event streams, word for word out of their document, in Chromium: every type of event, from
// payments that the bank reports.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import react from "@vitejs/plugin-react";
import type { Browser, Page } from "playwright-core";
import type { InlineConfig } from "vite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { launchBrowser } from "../support/browser";
import { bundle } from "../support/bundle";
import { createKey } from "../support/keys";
import { Bank, type Data, Shop, bankSecret } from "../support/ledger";
import { eventually } from "../support/processes";
import { Pulso, hasSeeds, seedsFolder } from "../support/pulso";
import { adapted, seedBlock } from "../support/seeds";
import { userToken } from "../support/tokens";

const document = "server-sent-events.md";
if (!hasSeeds) console.warn(`skipped: the users' documents are not in ${seedsFolder}`);
const types = ["connection", "heartbeat", "qr_created", "qr_payment", "qr_status_change", "account_balance_update"];
const key = (): string => createKey(server, ["events:read"]);
const token = (): string => userToken({ sub: "5", account_id: 1 });

let server: Pulso;
let browser: Browser;

/** A page of the server's own origin, since the clients connect by a path; `logged` gets how its lines begin. */
async function open(html: string, script: string, logged: string[] = []): Promise<Page> {
  const page = await (await browser.newContext()).newPage();
  page.on("console", (message) => logged.push(message.text().split(":")[0] ?? ""));
  page.on("pageerror", (error) => console.error("in the page:", error));
  await page.route("**/seed.html", (route) => route.fulfill({ contentType: "text/html", body: html }));
  await page.route("**/seed.js", (route) => route.fulfill({ contentType: "text/javascript", body: script }));
  await page.goto(`${server.http}/seed.html`);
  return page;
}

/** A script of several sources, made in a folder below the tests so that packages are found. */
async function bundled(files: Record<string, string>, entry: string, further: InlineConfig = {}): Promise<string> {
  const folder = resolve(import.meta.dirname, `../../build/seeds-events-${Object.keys(files).join("-")}`);
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const define = { "process.env.NODE_ENV": '"development"', __VUE_OPTIONS_API__: "true" };
  const code = await bundle(folder, entry, { define, ...further });
  rmSync(folder, { recursive: true, force: true });
  return code;
}

/** What a shop and its bank do; gives the QR's id. */
async function sell(): Promise<string> {
  const qr = await new Shop(server, "1").createQr(100.5, { description: "Pago de servicios" });
  const { status } = await new Bank(server).pay(qr, `TXN_${qr}`, 100.5, { senderName: "Juan Pérez" });
  expect(status).toBe(200);
  return qr;
}

describe.skipIf(!hasSeeds)("the users' own clients", () => {
  beforeAll(async () => {
    server = await Pulso.start({
      env: { PULSO_EVENTS_BANK_SECRET: bankSecret, PULSO_EVENTS_HEARTBEAT_INTERVAL: "1s" },
    });
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  });

  describe("the JavaScript", () => {
    /** One of the three ways to connect, and the listeners; the line that closes the connection is left away. */
    function client(method: number, credential: string): string {
      const source = seedBlock(document, "**JavaScript/TypeScript**", "javascript");
      const [head = "", ...rest] = source.split("// Escuchar eventos de conexión\n");
      const ways = head.split(/^\/\/ Método \d.*\n/m).slice(1);
      const listeners = rest.join("").split("// Cerrar conexión\n")[0] ?? "";
      expect(ways).toHaveLength(3);
      const way = (ways[method - 1] ?? "").replace(/YOUR_API_KEY|YOUR_JWT_TOKEN/, credential);
      expect(way).toContain(credential);
      return way + listeners;
    }
    /** What the listeners call, so that it is known what they were given. */
    const pageFunctions = ["updateQRList", "showPaymentNotification", "updateBalance", "updateQRStatus"]
      .concat("updateBalanceDisplay")
      .map((name) => `globalThis.${name} = (...given) => calls.push(["${name}", ...given]);`)
      .join("\n");
    /** An EventSource that sends `headers`, as the third way asks for; the browsers' own leave them away. */
    const withHeaders = `import { EventSource as Standard } from "eventsource";
      globalThis.EventSource = class extends Standard {
        constructor(url, { headers } = {}) {
          const send = (input, init) => fetch(input, { ...init, headers: { ...init.headers, ...headers } });
          super(new URL(url, location.href), { fetch: send });
        }
      };\n`;

    it.each([
      [1, "an API key", key, ""],
      [2, "a JWT", token, ""],
      [2, "an API key", key, ""],
      [3, "a JWT, by an EventSource that sends headers", token, withHeaders],
    ] as const)("method %i, with %s, hears every event", async (method, _, credential, polyfill) => {
      const own = `globalThis.calls = [];\n${pageFunctions}\n`;
      const files: Record<string, string> = { "client.js": client(method, credential()) };
      files["main.js"] = `${polyfill === "" ? "" : 'import "./polyfill.js";\n'}import "./functions.js";
        import "./client.js";`;
      files["functions.js"] = own;
      if (polyfill !== "") files["polyfill.js"] = polyfill;
      const script = await bundled(files, "main.js");
      const logged: string[] = [];
      const page = await open('<!doctype html><script type="module" src="/seed.js"></script>', script, logged);
      await eventually(() => logged.includes("Conectado"));
      const qr = await sell();
      await eventually(() => logged.includes("Balance actualizado") && logged.includes("Latido"));
      const heard = ["Conectado", "QR creado", "Pago recibido", "Estado cambiado", "Balance actualizado", "Latido"];
      expect(heard.filter((line) => !logged.includes(line))).toEqual([]);
      expect(logged).not.toContain("Error en conexión SSE");
      const calls = await page.evaluate(() => (globalThis as unknown as { calls: unknown[][] }).calls);
      const balance = await new Shop(server, "1").balance();
      expect(calls).toEqual([
        ["updateQRList", expect.objectContaining({ qrId: qr, amount: 100.5, status: "active" })],
        ["showPaymentNotification", expect.objectContaining({ qrId: qr, senderName: "Juan Pérez" })],
        ["updateBalance", balance],
        ["updateQRStatus", qr, "used"],
        ["updateBalanceDisplay", balance],
      ]);
      await page.context().close();
    });
  });

  const reactPage = (): [Record<string, string>, string, InlineConfig] => {
    const main = `import { StrictMode } from "react";
      import { createRoot } from "react-dom/client";
      import { useSSEEvents } from "./hook";
      function App() {
        const state = useSSEEvents((globalThis as any).token);
        return <pre>{JSON.stringify(state)}</pre>;
      }
      createRoot(document.querySelector("#root")!).render(<StrictMode><App /></StrictMode>);`;
    const hook = seedBlock(document, "**React Hook**", "typescript");
    return [{ "hook.ts": hook, "main.tsx": main }, "main.tsx", { plugins: [react()] }];
  };
  const vuePage = (): [Record<string, string>, string, InlineConfig] => {
    const main = `import { createApp, h } from "vue";
      import { useSSEEvents } from "./composable";
      createApp({
        setup() {
          const { events, isConnected, error } = useSSEEvents((globalThis as any).token);
          return () => h("pre", JSON.stringify({
            events: events.value, isConnected: isConnected.value, error: error.value,
          }));
        },
      }).mount("#root");`;
    const composable = seedBlock(document, "**Vue.js Composable**", "typescript");
    return [{ "composable.ts": composable, "main.ts": main }, "main.ts", {}];
  };
  it.each([
    ["the React hook, with a JWT", reactPage, token],
    ["the React hook, with an API key", reactPage, key],
    ["the Vue composable, with a JWT", vuePage, token],
  ])("%s hears every event", async (_, sources, credential) => {
    const script = await bundled(...sources());
    const html = `<!doctype html><div id="root"></div><script>token = ${JSON.stringify(credential())}</script>
      <script type="module" src="/seed.js"></script>`;
    const page = await open(html, script);
    const state = async (): Promise<Data> => JSON.parse((await page.locator("pre").textContent()) ?? "");
    await eventually(async () => (await state()).isConnected as boolean);
    await eventually(async () => (await state()).events.some(({ type }: Data) => type === "connection"));
    const qr = await sell();
    const heard = async (): Promise<Set<string>> => new Set((await state()).events.map(({ type }: Data) => type));
    await eventually(async () => (await heard()).size === types.length);
    expect([...(await heard())].sort()).toEqual([...types].sort());
    const { events, isConnected, error } = await state();
    expect({ isConnected, error }).toEqual({ isConnected: true, error: null });
    const payment = events.find(({ type }: Data) => type === "qr_payment");
    expect(payment).toMatchObject({ id: `qr_payment_TXN_${qr}`, data: { qrId: qr, amount: 100.5, newStatus: "used" } });
    await page.context().close();
  });
});
