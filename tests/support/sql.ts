import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";

import type { Postgres } from "./postgres";
import type { Pulso } from "./pulso";

/** The rows of a statement, their columns as text, on the database that the server has. */
export function sqlRows(database: Pulso | Postgres, statement: string): string[][] {
  const [program, args] =
    "folder" in database
      ? ["sqlite3", ["-cmd", ".timeout 5000", join(database.folder, "pulso.db"), statement]]
      : [
          join("/usr/lib/postgresql", readdirSync("/usr/lib/postgresql").sort().at(-1) ?? "", "bin/psql"),
          ["-XAtq", "-v", "ON_ERROR_STOP=1", "-d", database.url, "-c", statement],
        ];
  const output = execFileSync(program as string, args as string[], { stdio: ["ignore", "pipe", "pipe"] })
    .toString()
    .trim();
  return output === "" ? [] : output.split("\n").map((row) => row.split("|"));
}
