import { existsSync } from "node:fs";
import { resolve } from "node:path";

import { Program, eventually, temporaryFolder } from "./processes";
import { userToken } from "./tokens";

const root = resolve(import.meta.dirname, "../..");

/** The server under test: the one that the build which runs the tests has made. */
export const pulsoBinary = process.env.PULSO_BINARY ?? resolve(root, "build/dev/pulso");
export const echoBinary = process.env.PULSO_ECHO ?? resolve(root, "build/dev/pulso_echo");

/** The users' documents, kept beside the repository; tests that need them are skipped where they are absent. */
export const seedsFolder = process.env.PULSO_SEEDS ?? resolve(root, "../shared/seeds");
export const hasSeeds = existsSync(seedsFolder);

export const testSecret = "a-secret-of-at-least-32-bytes-for-tests";

export interface PulsoOptions {
  /** Further arguments of `pulso serve`. */
  args?: string[];
  env?: Record<string, string>;
  /** Where it runs and keeps its database; one of its own when not given. */
  folder?: string;
  /** Serve the demonstration: rooms, a generated secret, anonymous use. */
  demo?: boolean;
  port?: number;
}

/** One `pulso serve`, on a free port of loopback, in a folder of its own. */
export class Pulso {
  private constructor(
    readonly program: Program,
    readonly port: number,
    readonly folder: string,
    private readonly removeFolder: () => void,
    private readonly options: PulsoOptions,
  ) {}

  static async start(options: PulsoOptions = {}): Promise<Pulso> {
    const temporary = options.folder ? { path: options.folder, remove: () => {} } : temporaryFolder();
    const secret = options.demo ? {} : { JWT_SECRET: testSecret };
    const program = Program.start(
      pulsoBinary,
      [
        "serve",
        ...(options.demo ? ["--demo"] : []),
        "--listen",
        `127.0.0.1:${options.port ?? 0}`,
        ...(options.args ?? []),
      ],
      {
        cwd: temporary.path,
        env: {
          PATH: process.env.PATH,
          ...sanitizerOptions(),
          PULSO_LIMITS_CONNECTIONS_PER_IP: "0",
          PULSO_LIMITS_REQUESTS_PER_SECOND: "0",
          ...secret,
          ...options.env,
        },
      },
    );
    const match = await program.waitForOutput(/listening.*?127\.0\.0\.1:(\d+)/);
    return new Pulso(program, Number(match[1]), temporary.path, temporary.remove, options);
  }

  /** The same server again, on the same port and folder, after it has ended. */
  async restart(): Promise<Pulso> {
    const again = await Pulso.start({ ...this.options, folder: this.folder, port: this.port });
    return new Pulso(again.program, again.port, this.folder, this.removeFolder, this.options);
  }

  /** What it was started with beside what every server is. */
  get env(): Record<string, string> {
    return this.options.env ?? {};
  }

  get http(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get ws(): string {
    return `ws://127.0.0.1:${this.port}`;
  }

  async ready(): Promise<void> {
    await eventually(async () => (await fetch(`${this.http}/ready`)).ok);
  }

  /** What `/metrics` says of a series, named as it stands there. */
  async metric(series: string): Promise<number> {
    const headers = { Authorization: `Bearer ${userToken({ sub: "metrics", scope: "metrics:read" })}` };
    const text = await (await fetch(`${this.http}/metrics`, { headers })).text();
    const line = text.split("\n").find((candidate) => candidate.startsWith(`${series} `));
    if (line === undefined) throw new Error(`no ${series} in ${text}`);
    return Number(line.slice(series.length));
  }

  /** kill -9: nothing is flushed, nobody is told. */
  async kill(): Promise<void> {
    await this.program.end("SIGKILL");
    this.program.mustBeSound();
  }

  /** Ends it in good order; fails where it does not end so, or a sanitizer had something to say. */
  async stop(): Promise<void> {
    const status = await this.program.end("SIGTERM");
    this.removeFolder();
    this.program.mustBeSound();
    if (status !== 0 && status !== "SIGKILL") throw new Error(`ended with ${status}:\n${this.program.output}`);
  }
}

function sanitizerOptions(): Record<string, string> {
  const names = ["ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS", "LSAN_OPTIONS"];
  return Object.fromEntries(names.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));
}
