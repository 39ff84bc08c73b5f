import { join } from "node:path";
import { type InlineConfig, build } from "vite";

/** One script for a page, made of `entry` in `folder` with all that it imports; packages are found from there. */
export async function bundle(folder: string, entry: string, further: InlineConfig = {}): Promise<string> {
  const result = await build({
    root: folder,
    configFile: false,
    logLevel: "error",
    ...further,
    build: {
      write: false,
      minify: false,
      lib: { entry: join(folder, entry), formats: ["es"], fileName: "bundle" },
    },
  });
  const [output] = [result].flat();
  const chunk = output && "output" in output ? output.output.find(({ type }) => type === "chunk") : undefined;
  if (!chunk || chunk.type !== "chunk") throw new Error("nothing was bundled");
  return chunk.code;
}
