// Answers that are made while they are sent (RFC 9112 §7.1), as `pulso_echo --http` gives them.
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { Echo } from "../support/echo";
import { RawConnection } from "../support/raw_connection";

let echo: Echo;
beforeAll(async () => {
  echo = await Echo.start(["--http"]);
});
afterAll(async () => {
  await echo?.stop();
});

const request = (target: string, body: string, version = "1.1"): string =>
  [`POST ${target} HTTP/${version}`, "Host: a", `Content-Length: ${body.length}`, "", body].join("\r\n");

describe("an answer in pieces", () => {
  it("goes out chunked, and the connection goes on", async () => {
    const connection = await RawConnection.open(echo.port);
    connection.write(request("/pieces?bytes=4", "hello world") + request("/pieces?bytes=100", "again"));
    const head = await connection.head();
    expect(head.headers).toMatchObject({ "transfer-encoding": "chunked", connection: "keep-alive" });
    expect(head.headers).not.toHaveProperty("content-length");
    expect((await connection.chunks()).map(String)).toEqual(["hell", "o wo", "rld"]);
    await connection.head();
    expect((await connection.chunks()).map(String)).toEqual(["again"]);
    connection.destroy();
  });

  it("may be empty", async () => {
    const connection = await RawConnection.open(echo.port);
    connection.write(request("/pieces", ""));
    await connection.head();
    expect(await connection.chunks()).toEqual([]);
    connection.destroy();
  });

  it("is whole when it is large", async () => {
    const body = "0123456789".repeat(400_000);
    const answer = await fetch(`http://127.0.0.1:${echo.port}/pieces?bytes=70000`, { method: "POST", body });
    expect(await answer.text()).toBe(body);
  });

  it("ends with the connection for HTTP/1.0", async () => {
    const connection = await RawConnection.open(echo.port);
    connection.write(request("/pieces?bytes=4", "hello world", "1.0"));
    const head = await connection.head();
    expect(head.headers).not.toHaveProperty("transfer-encoding");
    expect(head.headers.connection).toBe("close");
    expect((await connection.ended()).toString()).toBe("hello world");
    connection.destroy();
  });

  it("takes a chunked request to a chunked answer", async () => {
    const connection = await RawConnection.open(echo.port);
    connection.write("POST /pieces?bytes=3 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (const piece of ["2\r\nab\r\n", "3;x=y\r\ncde\r\n", "0\r\n", "\r\n"]) connection.write(piece);
    await connection.head();
    expect((await connection.chunks()).map(String)).toEqual(["abc", "de"]);
    connection.destroy();
  });
});
