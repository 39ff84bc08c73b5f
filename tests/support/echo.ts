import { Program } from "./processes";
import { echoBinary } from "./pulso";

/** One `pulso_echo` on a free port of loopback: the product's transport code without the product. */
export class Echo {
  private constructor(
    readonly program: Program,
    readonly port: number,
  ) {}

  static async start(args: string[]): Promise<Echo> {
    const program = Program.start(echoBinary, ["--listen", "127.0.0.1:0", ...args]);
    const match = await program.waitForOutput(/listening on 127\.0\.0\.1:(\d+)/);
    return new Echo(program, Number(match[1]));
  }

  async stop(): Promise<number | NodeJS.Signals> {
    const status = await this.program.end();
    this.program.mustBeSound();
    return status;
  }
}
