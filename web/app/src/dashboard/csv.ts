import type { Movement } from "@pulso/sdk";

const columns = [
  "number",
  "timestamp",
  "movementType",
  "amount",
  "currency",
  "previousBalance",
  "newBalance",
  "qrId",
  "transactionId",
  "description",
] as const satisfies ReadonlyArray<keyof Movement>;

/**
 * A table as RFC 4180 has it, with the mark by which spreadsheets know UTF-8. Texts that a spreadsheet would take for a
 * formula begin with an apostrophe, and long numbers that it would round too.
 */
export async function movementsCsv(parts: AsyncIterable<readonly Movement[]>): Promise<Blob> {
  const texts = [`\ufeff${line(columns)}`];
  for await (const movements of parts) {
    texts.push(movements.map((movement) => line(columns.map((column) => cell(movement[column])))).join(""));
  }
  return new Blob(texts, { type: "text/csv;charset=utf-8" });
}

const line = (cells: readonly string[]): string => `${cells.join(",")}\r\n`;

function cell(value: string | number): string {
  if (typeof value === "number") return String(value);
  const isRisky = /^[=+\-@\t\r]/.test(value) || /^\d{16,}$/.test(value);
  const text = isRisky ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export function download(name: string, file: Blob): void {
  const url = URL.createObjectURL(file);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
