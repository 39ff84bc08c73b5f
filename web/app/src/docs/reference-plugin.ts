import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { runnerImport, type Plugin } from "vite";
import { parse } from "yaml";

const names = ["openapi.yaml", "asyncapi.yaml"] as const;

/**
 * Puts the reference into `docs/index.html` where it says `<!--reference-->`, and the documents of the folder
 * `protocol` beside it. The page needs neither a parser nor a renderer in the browser.
 */
export function referencePlugin(protocol: string): Plugin {
  const text = (name: string) => readFileSync(`${protocol}/${name}`, "utf8");
  return {
    name: "pulso-reference",
    transformIndexHtml: {
      order: "post",
      async handler(html, { path }) {
        if (path !== "/docs/index.html") return html;
        const renderer = fileURLToPath(new URL("render.tsx", import.meta.url));
        const { module } = await runnerImport<typeof import("./render")>(renderer, { configFile: false });
        const markup = module.renderReference(parse(text("openapi.yaml")), parse(text("asyncapi.yaml")));
        // Vite drops the attribute by which the page is not painted before its theme is known.
        const waiting = html.replace(/<script type="module"(?= crossorigin)/, '$& blocking="render"');
        return waiting.replace("<!--reference-->", () => markup);
      },
    },
    buildStart() {
      for (const name of names) this.addWatchFile(`${protocol}/${name}`);
    },
    generateBundle() {
      for (const name of names) this.emitFile({ type: "asset", fileName: `docs/${name}`, source: text(name) });
    },
    configureServer({ middlewares }) {
      middlewares.use("/docs", (request, response, next) => {
        const name = names.find((file) => request.url === `/${file}`);
        if (!name) return next();
        response.setHeader("Content-Type", "application/yaml");
        response.end(text(name));
      });
    },
  };
}
