import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A port that was free a moment ago, on loopback. */
export async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      const port = typeof address === "object" && address ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

/** A folder of the test's own, with what removes it. */
export function temporaryFolder(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), "pulso-test-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** A started program whose output is kept for the moment that a test fails. */
export class Program {
  readonly exited: Promise<number | NodeJS.Signals>;
  output = "";
  #watchers: Array<() => void> = [];

  private constructor(readonly child: ChildProcess) {
    const collect = (chunk: Buffer): void => {
      this.output += chunk.toString();
      for (const watcher of this.#watchers) watcher();
    };
    child.stdout?.on("data", collect);
    child.stderr?.on("data", collect);
    this.exited = new Promise((resolve) => {
      child.once("exit", (code, signal) => resolve(signal ?? code ?? 0));
    });
  }

  static start(command: string, args: string[], options: { cwd?: string; env?: NodeJS.ProcessEnv } = {}): Program {
    return new Program(spawn(command, args, { ...options, stdio: ["ignore", "pipe", "pipe"] }));
  }

  get pid(): number {
    const { pid } = this.child;
    if (pid === undefined) throw new Error("the program has not started");
    return pid;
  }

  /** Resolves with the match as soon as the output has it; fails when the program ends first. */
  async waitForOutput(pattern: RegExp): Promise<RegExpMatchArray> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const match = this.output.match(pattern);
        if (match) resolve(match);
      };
      this.#watchers.push(look);
      look();
      void this.exited.then((status) => reject(new Error(`ended with ${status} before ${pattern}:\n${this.output}`)));
    });
  }

  /** Fails where a sanitizer has found something, which does not end a program of every kind. */
  mustBeSound(): void {
    if (/(Thread|Address|Leak)Sanitizer|runtime error:/.test(this.output)) throw new Error(this.output);
  }

  /** Sends the signal and waits for the end. */
  async end(signal: NodeJS.Signals = "SIGTERM"): Promise<number | NodeJS.Signals> {
    this.child.kill(signal);
    return this.exited;
  }
}

/** Polls until `question` gives something, for what no event tells; fails after `limitMs`. */
export async function eventually<T>(
  question: () => Promise<T | undefined | false | null> | T | undefined | false | null,
  limitMs = 20_000,
): Promise<T> {
  const end = Date.now() + limitMs;
  let last: unknown;
  while (Date.now() < end) {
    try {
      const answer = await question();
      if (answer !== undefined && answer !== false && answer !== null) return answer;
    } catch (error) {
      last = error;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`did not become true within ${limitMs} ms${last ? `: ${String(last)}` : ""}`);
}
