// TLS on the server's own listener, and certificates that change while it runs.
import { readFileSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { type TLSSocket, connect } from "node:tls";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import WebSocket from "ws";

import { eventually, temporaryFolder } from "../support/processes";
import { Pulso } from "../support/pulso";
import { RawConnection } from "../support/raw_connection";
import { SeatsClient } from "../support/seats_client";
import { makeCertificate } from "../support/tls";

const folder = temporaryFolder();
let server: Pulso;
let files: { certificate: string; key: string };
beforeAll(async () => {
  files = makeCertificate(folder.path, "first");
  server = await Pulso.start({
    args: ["--tls-cert", files.certificate, "--tls-key", files.key],
    env: { PULSO_AUTH_ANONYMOUS: "seats" },
  });
});
afterAll(async () => {
  await server?.stop();
  folder.remove();
});

async function handshake(
  options: { ALPNProtocols?: string[]; maxVersion?: "TLSv1.1" | "TLSv1.2" } = {},
): Promise<TLSSocket> {
  const socket = connect({ host: "127.0.0.1", port: server.port, rejectUnauthorized: false, ...options });
  await new Promise<void>((resolve, reject) => {
    socket.once("secureConnect", () => resolve());
    socket.once("error", reject);
  });
  return socket;
}

async function servedName(): Promise<string> {
  const socket = await handshake();
  const name = String(socket.getPeerCertificate().subject.CN);
  socket.destroy();
  return name;
}

const wss = (): string => `wss://127.0.0.1:${server.port}`;
const trusting = (): WebSocket.ClientOptions => ({ ca: readFileSync(files.certificate) });

describe("a TLS listener", () => {
  it("serves HTTPS to a client that checks the certificate", async () => {
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const options = { ca: readFileSync(files.certificate), agent: false };
      const asked = request(`https://127.0.0.1:${server.port}/health`, options, (answer) => {
        answer.resume();
        answer.on("end", () => resolve(answer.statusCode));
      });
      asked.on("error", reject);
      asked.end();
    });
    expect(status).toBe(200);
  });

  it("carries the seats over wss", async () => {
    const ana = await SeatsClient.connect(wss(), "ana", {}, trusting());
    const luz = await SeatsClient.connect(wss(), "luz", {}, trusting());
    await ana.join("tls");
    await luz.join("tls");
    expect(await ana.select("tls", "A1")).toMatchObject({ type: "seat_selected" });
    expect(await luz.next("seat_selected")).toMatchObject({ seat_id: "A1", client_id: "ana" });
    await Promise.all([ana.close(), luz.close()]);
  });

  it("takes http/1.1 by ALPN and speaks TLS 1.2 and later only", async () => {
    const socket = await handshake({ ALPNProtocols: ["spdy/3", "http/1.1"] });
    expect(socket.alpnProtocol).toBe("http/1.1");
    expect(["TLSv1.2", "TLSv1.3"]).toContain(socket.getProtocol());
    socket.destroy();
    await expect(handshake({ maxVersion: "TLSv1.1" })).rejects.toThrow();
  });

  it("ends a plain-text peer and one that says nothing sensible, and serves on", async () => {
    for (const bytes of ["GET / HTTP/1.1\r\nHost: a\r\n\r\n", "\x16\x03\x01\xff\xff".repeat(100), "\0".repeat(500)]) {
      const peer = await RawConnection.open(server.port);
      peer.write(Buffer.from(bytes, "latin1"));
      await peer.ended();
      peer.destroy();
    }
    expect(await servedName()).toBe("first");
  });
});

describe("SIGHUP", () => {
  it("serves the new certificate to new connections while the old ones live on", async () => {
    const ana = await SeatsClient.connect(wss(), "ana", {}, trusting());
    await ana.join("reload");
    expect(await servedName()).toBe("first");
    makeCertificate(folder.path, "second");
    server.program.child.kill("SIGHUP");
    await eventually(async () => (await servedName()) === "second");
    expect(await ana.select("reload", "A1")).toMatchObject({ type: "seat_selected" });
    await ana.close();
  });

  it("keeps the old certificate when the new one is broken", async () => {
    writeFileSync(files.certificate, "not a certificate");
    server.program.child.kill("SIGHUP");
    await server.program.waitForOutput(/reloading failed.*certificate/);
    expect(await servedName()).toBe("second");
  });
});
