import { readFileSync } from "node:fs";
import { join } from "node:path";

import { seedsFolder } from "./pulso";

/** A fenced block of a user's document, word for word: the first one in `language` behind `heading`. */
export function seedBlock(document: string, heading: string, language: string): string {
  const text = readFileSync(join(seedsFolder, document), "utf8");
  const section = text.indexOf(`# ${heading}\n`);
  const fence = `\n\`\`\`${language}\n`;
  const start = text.indexOf(fence, section);
  const end = text.indexOf("\n```", start + fence.length);
  if (section < 0 || start < 0 || end < 0) throw new Error(`${document} has no ${language} under "${heading}"`);
  return text.slice(start + fence.length, end);
}

/** The text with its one `from` replaced; fails when it is not there, or more than once. */
export function adapted(text: string, from: string, to: string): string {
  const parts = text.split(from);
  if (parts.length !== 2) throw new Error(`"${from}" stands there ${parts.length - 1} times`);
  return parts.join(to);
}
