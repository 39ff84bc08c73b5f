// Node 20 runs no TypeScript; Vite's module runner, which is here anyway, does.
import { fileURLToPath } from "node:url";
import { runnerImport } from "vite";

const { module } = await runnerImport(fileURLToPath(new URL("demo.ts", import.meta.url)), { logLevel: "warn" });
await module.runDemo(Number(process.env.PORT ?? 8001));
