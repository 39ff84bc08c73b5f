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
export function movementsCsv(movements: readonly Movement[]): string {
  const rows = movements.map((movement) => columns.map((column) => cell(movement[column])));
  return `\ufeff${[columns, ...rows].map((row) => `${row.join(",")}\r\n`).join("")}`;
}

function cell(value: string | number): string {
  if (typeof value === "number") return String(value);
  const isRisky = /^[=+\-@\t\r]/.test(value) || /^\d{16,}$/.test(value);
  const text = isRisky ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export function download(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: "text/csv;charset=utf-8" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
