import { defineConfig } from "vitest/config";

// tsc writes one module per source file (and its types); this adds the single file
// that a page can load with <script type="module">.
export default defineConfig({
  build: {
    emptyOutDir: false,
    sourcemap: true,
    lib: { entry: "src/index.ts", formats: ["es"], fileName: () => "pulso.js" },
  },
  test: { include: ["test/**/*.test.{ts,tsx}"] },
});
