// The users' own clients, word for word out of their document, against the server.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { runInThisContext } from "node:vm";
import react from "@vitejs/plugin-react";
import vue from "@vitejs/plugin-vue";
import type { Browser, Page } from "playwright-core";
import { type InlineConfig } from "vite";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import WebSocket from "ws";

import { PageServer, launchBrowser } from "../support/browser";
import { bundle } from "../support/bundle";
import { eventually } from "../support/processes";
import { Pulso, hasSeeds, seedsFolder } from "../support/pulso";
import { SeatsClient } from "../support/seats_client";
import { adapted, seedBlock } from "../support/seeds";

const document = "seat-selection-websocket.md";
const seedUrl = "ws://localhost:8001";
if (!hasSeeds) console.warn(`skipped: the users' documents are not in ${seedsFolder}`);

let server: Pulso;
let browser: Browser;
let pages: PageServer;
let files: Record<string, string> = {};

/** Two pages, each in a context of its own, as two visitors have them. */
async function openTwo(path = "/"): Promise<[Page, Page]> {
  const open = async (): Promise<Page> => {
    const page = await (await browser.newContext()).newPage();
    page.on("pageerror", (error) => console.error("in the page:", error));
    await page.goto(pages.origin + path);
    return page;
  };
  return [await open(), await open()];
}

describe.skipIf(!hasSeeds)("the users' own clients", () => {
  beforeAll(async () => {
    pages = await PageServer.start(() => files);
    server = await Pulso.start({ env: { PULSO_AUTH_ANONYMOUS: "seats", CLIENT_URL: pages.origin } });
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
    pages?.close();
  });

  it("the HTML test client: a seat selected in one page shows in both", async () => {
    const html = seedBlock(document, "Cliente de Prueba HTML", "html");
    files = { "/": adapted(html, seedUrl, server.ws) };
    const [ana, luz] = await openTwo();
    for (const page of [ana, luz]) {
      await page.getByRole("button", { name: "Conectar", exact: true }).click();
      await page.getByText("Unido a sala: test_room").waitFor();
    }
    expect(await ana.locator("#status").textContent()).toBe("Conectado");
    await ana.locator("#seat_B3").click();
    for (const page of [ana, luz]) {
      await page.locator("#seat_B3.selected").waitFor();
      expect(await page.locator("#seat_B3").getAttribute("class")).toBe("seat selected");
    }
    await ana.getByRole("button", { name: "Desconectar" }).click();
    await ana.getByText("Desconectado", { exact: false }).first().waitFor();
    await Promise.all([ana.context().close(), luz.context().close()]);
  });

  it("the HTML test client, opened from a file, against the demonstration", async () => {
    const demo = await Pulso.start({ demo: true });
    const file = join(demo.folder, "client.html");
    writeFileSync(file, adapted(seedBlock(document, "Cliente de Prueba HTML", "html"), seedUrl, demo.ws));
    const page = await browser.newPage();
    await page.goto(pathToFileURL(file).href);
    await page.getByRole("button", { name: "Conectar", exact: true }).click();
    await page.getByText("Unido a sala: test_room").waitFor();
    await page.locator("#seat_E10").click();
    await page.locator("#seat_E10.selected").waitFor();
    await page.close();
    await demo.stop();
  });

  it("the basic JavaScript client: what one does reaches the other's callback", async () => {
    // The class needs a browser's global WebSocket, which the `ws` package is.
    const source = seedBlock(document, "Cliente JavaScript Básico", "javascript");
    const Client = runInThisContext(`(WebSocket, console) => { ${source}; return SeatSelectionClient; }`)(WebSocket, {
      log: () => {},
      error: () => {},
    });
    type Received = { type: string; [field: string]: unknown };
    const start = async (): Promise<{ client: InstanceType<typeof Client>; received: Received[] }> => {
      const client = new Client(server.ws);
      // Two of them in one millisecond would share their id, which is another test's subject.
      await eventually(() => Date.now() > Number(client.clientId.slice("user_".length)));
      const received: Received[] = [];
      client.setMessageCallback((message: Received) => received.push(message));
      client.connect();
      await eventually(() => client.ws.readyState === WebSocket.OPEN);
      client.joinRoom("funcion_123");
      await eventually(() => received.some(({ type }) => type === "current_selections"));
      return { client, received };
    };
    const [ana, luz] = [await start(), await start()];
    expect(ana.received[0]).toMatchObject({
      type: "room_joined",
      room_id: "funcion_123",
      client_id: ana.client.clientId,
    });

    const user = { name: "Juan Pérez", email: "juan@example.com" };
    ana.client.selectSeat("A1", user);
    const seen = await eventually(() => luz.received.find(({ type }) => type === "seat_selected"));
    const expected = { seat_id: "A1", room_id: "funcion_123", client_id: ana.client.clientId };
    expect(seen).toMatchObject({ ...expected, user_info: user });
    expect(await eventually(() => ana.received.find(({ type }) => type === "seat_selected"))).toMatchObject(expected);

    ana.client.ping();
    expect(await eventually(() => ana.received.find(({ type }) => type === "pong"))).toHaveProperty("timestamp");
    ana.client.releaseSeat("A1");
    expect(await eventually(() => luz.received.find(({ type }) => type === "seat_released"))).toMatchObject(expected);
    luz.client.leaveRoom();
    expect(await eventually(() => luz.received.find(({ type }) => type === "room_left"))).toMatchObject({
      room_id: "funcion_123",
    });

    let closed = false;
    ana.client.setCloseCallback(() => {
      closed = true;
    });
    ana.client.disconnect();
    await eventually(() => closed);
    luz.client.disconnect();
  });

  describe("components with the SDK's class in the place of theirs", () => {
    // A folder below the tests, so that packages are found from there.
    const source = resolve(import.meta.dirname, "../../build/seeds");
    beforeEach(() => vi.stubEnv("NODE_ENV", "production"));
    afterEach(() => vi.unstubAllEnvs());
    afterAll(() => rmSync(source, { recursive: true, force: true }));

    /** Bundles what has been written into `source`, for a page that loads it. */
    const bundled = (entry: string, plugins: InlineConfig["plugins"]): Promise<string> =>
      bundle(source, entry, {
        plugins,
        define: { "process.env.NODE_ENV": '"production"' },
        resolve: { conditions: ["pulso-source"] },
      });

    function write(name: string, text: string): void {
      mkdirSync(source, { recursive: true });
      writeFileSync(join(source, name), text);
    }

    const page = (script: string): Record<string, string> => ({
      "/": '<!doctype html><html lang="es"><body><div id="app"></div><script type="module" src="/bundle.js"></script></body></html>',
      "/bundle.js": script,
    });

    /** A seat that is taken in one page is marked in the other, and free again once it is released. */
    async function seesTheOther(room: string): Promise<void> {
      const other = await SeatsClient.connect(server.ws, `other_${room}`);
      await other.join(room);
      expect(await other.select(room, "C3", { name: "María" })).toMatchObject({ type: "seat_selected" });
      const [ana, luz] = await openTwo();
      const seat = (of: Page, id: string) => of.getByRole("button", { name: id, exact: true });
      for (const visitor of [ana, luz]) {
        await visitor.locator("button.other-selected", { hasText: /^\s*C3\s*$/ }).waitFor();
        expect(await seat(visitor, "C3").isDisabled()).toBe(true);
      }
      await seat(ana, "B2").click();
      await luz.locator("button.other-selected", { hasText: /^\s*B2\s*$/ }).waitFor();
      expect(await other.next("seat_selected", (m) => m.seat_id === "B2")).toMatchObject({
        user_info: { name: "Usuario Actual", email: "usuario@example.com" },
      });
      other.send({ type: "release_seat", room_id: room, seat_id: "C3" });
      for (const visitor of [ana, luz]) {
        await visitor.locator("button:not(.other-selected)", { hasText: /^\s*C3\s*$/ }).waitFor();
      }
      await Promise.all([ana.context().close(), luz.context().close(), other.close()]);
    }

    it("the React component", async () => {
      const component = seedBlock(document, "Ejemplo de Uso en React", "jsx");
      // Where the class comes from is the one thing that the component leaves open.
      write("SeatSelection.jsx", `import { SeatSelectionClient } from './SeatSelectionClient.js';\n${component}`);
      write("SeatSelectionClient.js", sdkFor(server));
      write(
        "react.jsx",
        `import { createRoot } from 'react-dom/client';
         import SeatSelection from './SeatSelection.jsx';
         createRoot(document.getElementById('app')).render(<SeatSelection funcionId="react_room" />);`,
      );
      files = page(await bundled("react.jsx", [react()]));
      await seesTheOther("react_room");
    });

    it("the Vue component", async () => {
      write("SeatSelection.vue", seedBlock(document, "Ejemplo de Uso en Vue.js", "vue"));
      write("SeatSelectionClient.js", sdkFor(server));
      write(
        "vue.js",
        `import { createApp } from 'vue';
         import SeatSelection from './SeatSelection.vue';
         createApp(SeatSelection, { funcionId: 'vue_room' }).mount('#app');`,
      );
      files = page(await bundled("vue.js", [vue()]));
      await seesTheOther("vue_room");
    });
  });
});

/** The components give no address: theirs is a constant of the class. */
function sdkFor({ ws }: Pulso): string {
  return `import { SeatSelectionClient as Client } from '@pulso/sdk';
    export class SeatSelectionClient extends Client {
      constructor(serverUrl = '${ws}') { super(serverUrl); }
    }`;
}
