import { readFileSync } from "node:fs";
import { renderToStaticMarkup } from "react-dom/server";
import type { Plugin } from "vite";
import { parse } from "yaml";
import type { AsyncApi, OpenApi } from "./documents";
import { ReferencePage } from "./ReferencePage";

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
      order: "pre",
      handler(html, { path }) {
        if (path !== "/docs/index.html") return html;
        const openapi = parse(text("openapi.yaml")) as OpenApi;
        const asyncapi = parse(text("asyncapi.yaml")) as AsyncApi;
        const markup = renderToStaticMarkup(<ReferencePage openapi={openapi} asyncapi={asyncapi} />);
        return html.replace("<!--reference-->", () => markup);
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
