import { resolve } from "node:path";
import { type Browser, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { type Check, type Network } from "../conformance/socketio/checks/world";
import { type Endpoint, type Mode } from "../conformance/socketio/reference";
import { networkThrough } from "../conformance/socketio/run_checks";
import { type Target } from "../conformance/socketio/targets";
import { PageServer, launchBrowser } from "../support/browser";
import { bundle } from "../support/bundle";
import { CutProxy } from "../support/cut_proxy";

/** What `socketio_page_script.ts` puts into the page. */
interface PageWindow {
  runCheck: (name: string, url: string, networkUrl: string) => Promise<void>;
}

interface CheckPage {
  page: Page;
  network?: Network;
}

/**
 * Every check in a page of Chromium, which comes from another origin than the server's. What the page asks of its
 * network is done out here.
 */
export function describeChecksInChromium(target: Target, mode: Mode, checks: Check[]): void {
  describe(`socket.io-client 4 in Chromium at ${target.name}`, () => {
    let endpoint: Endpoint;
    let browser: Browser;
    let pages: PageServer;
    beforeAll(async () => {
      const script = await bundle(resolve(import.meta.dirname, ".."), "e2e/socketio_page_script.ts");
      endpoint = await target.start(mode);
      pages = await PageServer.start(() => ({ "/": '<script type="module" src="/a.js"></script>', "/a.js": script }));
      browser = await launchBrowser();
    });
    afterAll(async () => {
      await browser?.close();
      pages?.close();
      await endpoint?.stop();
    });

    /** A page that no other check uses now: few connections to a server are allowed to all that share a context. */
    const idle: CheckPage[] = [];
    async function takePage(): Promise<CheckPage> {
      const known = idle.pop();
      if (known) return known;
      const page = await (await browser.newContext()).newPage();
      const taken: CheckPage = { page };
      await page.exposeFunction("breakNetwork", (how: keyof Omit<Network, "url">) => taken.network?.[how]());
      await page.goto(pages.origin);
      return taken;
    }

    it.concurrent.each(checks)("$name", async ({ name }) => {
      const proxy = await CutProxy.start(endpoint.port);
      const taken = await takePage();
      taken.network = networkThrough(proxy);
      const outcome = await taken.page.evaluate(
        ([check, url, networkUrl]) =>
          (globalThis as unknown as PageWindow).runCheck(check as string, url as string, networkUrl as string).then(
            () => "passed",
            (error: Error) => error.message,
          ),
        [name, `http://127.0.0.1:${endpoint.port}`, proxy.url],
      );
      proxy.close();
      idle.push(taken);
      expect(outcome).toBe("passed");
    });
  });
}
