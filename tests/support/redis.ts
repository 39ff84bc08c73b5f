import { Program, freePort, temporaryFolder } from "./processes";

/** A real redis-server on its append-only file, as it is shipped: nothing acknowledged is lost by a kill. */
export class Redis {
  private constructor(
    public program: Program,
    readonly port: number,
    readonly folder: string,
    private readonly removeFolder: () => void,
    private readonly args: string[],
  ) {}

  static async start(args: string[] = []): Promise<Redis> {
    const temporary = temporaryFolder();
    const port = await freePort();
    const program = await launch(port, temporary.path, args);
    return new Redis(program, port, temporary.path, temporary.remove, args);
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}/0`;
  }

  async kill(): Promise<void> {
    await this.program.end("SIGKILL");
  }

  async restart(): Promise<void> {
    this.program = await launch(this.port, this.folder, this.args);
  }

  freeze(): void {
    this.program.child.kill("SIGSTOP");
  }

  thaw(): void {
    this.program.child.kill("SIGCONT");
  }

  /** Its answer as redis-cli prints it. */
  async command(...words: string[]): Promise<string> {
    const cli = Program.start("redis-cli", ["-p", String(this.port), ...words]);
    const status = await cli.exited;
    if (status !== 0) throw new Error(`redis-cli ended with ${status}: ${cli.output}`);
    return cli.output.trim();
  }

  async stop(): Promise<void> {
    this.thaw();
    await this.program.end("SIGKILL");
    this.removeFolder();
  }
}

async function launch(port: number, folder: string, args: string[]): Promise<Program> {
  const program = Program.start("redis-server", [
    ...["--port", String(port), "--bind", "127.0.0.1", "--dir", folder, "--save", ""],
    ...["--appendonly", "yes", "--appendfsync", "always", ...args],
  ]);
  await program.waitForOutput(/Ready to accept connections/);
  return program;
}
