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

/** Pages of Chromium in which checks run, from another origin than the server's. What a page asks of its network is
 * done out here. */
export class CheckPages {
  /** Those that no check uses now: few connections to a server are allowed to all that share a context. */
  readonly #idle: CheckPage[] = [];

  private constructor(
    private readonly browser: Browser,
    private readonly server: PageServer,
  ) {}

  static async start(): Promise<CheckPages> {
    const script = await bundle(resolve(import.meta.dirname, ".."), "e2e/socketio_page_script.ts");
    const server = await PageServer.start(() => ({
      "/": '<script type="module" src="/a.js"></script>',
      "/a.js": script,
    }));
    return new CheckPages(await launchBrowser(), server);
  }

  /** "passed", or why it did not. */
  async run(check: Check, url: string, network: Network): Promise<string> {
    const taken = this.#idle.pop() ?? (await this.#open());
    taken.network = network;
    const outcome = await taken.page.evaluate(
      ([name, serverUrl, networkUrl]) =>
        (globalThis as unknown as PageWindow).runCheck(name as string, serverUrl as string, networkUrl as string).then(
          () => "passed",
          (error: Error) => error.message,
        ),
      [check.name, url, network.url],
    );
    this.#idle.push(taken);
    return outcome;
  }

  async close(): Promise<void> {
    await this.browser.close();
    this.server.close();
  }

  async #open(): Promise<CheckPage> {
    const page = await (await this.browser.newContext()).newPage();
    const opened: CheckPage = { page };
    await page.exposeFunction("breakNetwork", (how: keyof Omit<Network, "url">) => opened.network?.[how]?.());
    await page.goto(this.server.origin);
    return opened;
  }
}

/** Every check in a page of its own. */
export function describeChecksInChromium(target: Target, mode: Mode, checks: Check[]): void {
  describe(`socket.io-client 4 in Chromium at ${target.name}`, () => {
    let endpoint: Endpoint;
    let pages: CheckPages;
    beforeAll(async () => {
      endpoint = await target.start(mode);
      pages = await CheckPages.start();
    });
    afterAll(async () => {
      await pages?.close();
      await endpoint?.stop();
    });

    it.concurrent.each(checks)("$name", async (check) => {
      const proxy = await CutProxy.start(endpoint.port);
      const outcome = await pages.run(check, `http://127.0.0.1:${endpoint.port}`, networkThrough(proxy));
      proxy.close();
      expect(outcome).toBe("passed");
    });
  });
}
