import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { fileURLToPath } from "node:url";
import { defaultClientConditions, type Connect, type Plugin } from "vite";
import { defineConfig } from "vitest/config";
import { referencePlugin } from "./src/docs/reference-plugin.ts";

const server = process.env["PULSO_URL"] ?? "http://127.0.0.1:8001";
const isTest = process.env["VITEST"] !== undefined;
const file = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Pulso serves a page with and without the slash at the end; so do Vite's own servers here. */
function pagesWithoutSlash(): Plugin {
  const addSlash: Connect.NextHandleFunction = (request, _response, next) => {
    request.url = request.url?.replace(/^\/(seats|player|dashboard|docs)(?=\?|$)/, "/$1/");
    next();
  };
  return {
    name: "pages-without-slash",
    configureServer: ({ middlewares }) => void middlewares.use(addSlash),
    configurePreviewServer: ({ middlewares }) => void middlewares.use(addSlash),
  };
}

export default defineConfig({
  appType: "mpa",
  plugins: [react(), tailwindcss(), pagesWithoutSlash(), referencePlugin(file("../../protocol"))],
  // The SDK from its sources: nothing has to be built before this. Tests need Node's `ws`, not its browser stub.
  resolve: {
    conditions: ["pulso-source", ...defaultClientConditions.filter((name) => !(isTest && name === "browser"))],
  },
  server: {
    proxy: {
      "^/(room|rooms|health|api|demo)(/|$)": server,
      "/socket.io": { target: server, ws: true },
      "/ws": { target: server, ws: true },
    },
  },
  build: {
    // The server's Content-Security-Policy takes fonts from files only.
    assetsInlineLimit: 0,
    rollupOptions: {
      input: ["index.html", "seats/index.html", "player/index.html", "dashboard/index.html", "docs/index.html"].map(
        file,
      ),
    },
  },
  test: { include: ["test/**/*.test.{ts,tsx}"], environment: "happy-dom", testTimeout: 30_000 },
});
