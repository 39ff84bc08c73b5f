import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { type AddressInfo } from "node:net";
import { createServer } from "node:http";

import { type Browser, type Page, chromium } from "playwright-core";

const executable = process.env.PULSO_CHROMIUM ?? "/usr/bin/chromium";

/** Debian's Chromium, which keeps to itself: no updates, no reports. */
export async function launchBrowser(...further: string[]): Promise<Browser> {
  return chromium.launch({
    executablePath: executable,
    args: [
      ...["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"],
      ...["--disable-background-networking", "--disable-component-update", "--disable-sync"],
      ...further,
    ],
  });
}

/** One page for everyone who asks, from an origin of its own on loopback. */
export class PageServer {
  private constructor(
    readonly origin: string,
    readonly close: () => void,
  ) {}

  /** `files` maps paths to text; `/` is needed. */
  static async start(files: () => Record<string, string>): Promise<PageServer> {
    const server = createServer((request, response) => {
      const path = new URL(request.url ?? "/", "http://a").pathname;
      const text = files()[path];
      const type = path.endsWith(".js") ? "text/javascript" : "text/html";
      response.writeHead(text === undefined ? 404 : 200, { "content-type": `${type}; charset=utf-8` });
      response.end(text);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    return new PageServer(`http://127.0.0.1:${port}`, () => {
      server.closeAllConnections();
      server.close();
    });
  }
}

/** What axe-core finds wrong with the page as it is now, one line a finding. */
export async function accessibilityProblems(page: Page): Promise<string[]> {
  const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
  await page.evaluate(axe);
  return page.evaluate(async () => {
    type Finding = { id: string; help: string; nodes: Array<{ target: unknown[]; failureSummary?: string }> };
    const { axe } = globalThis as unknown as { axe: { run(): Promise<{ violations: Finding[] }> } };
    const { violations } = await axe.run();
    return violations.flatMap(({ id, nodes }) =>
      nodes.map((node) => `${id}: ${node.target.join(" ")}: ${node.failureSummary}`),
    );
  });
}

/** By how many pixels the page is wider than its window. */
export async function horizontalOverflow(page: Page): Promise<number> {
  return page.evaluate(() => {
    const { scrollWidth, clientWidth } = (
      globalThis as unknown as { document: { documentElement: { scrollWidth: number; clientWidth: number } } }
    ).document.documentElement;
    return scrollWidth - clientWidth;
  });
}
