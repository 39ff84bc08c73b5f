import { createHmac } from "node:crypto";

import { testSecret } from "./pulso";

/** A user's HS256 token as any other backend with the same secret would make it. */
export function userToken(claims: Record<string, unknown>, secret = testSecret): string {
  const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const now = Math.floor(Date.now() / 1000);
  const body = `${encode({ alg: "HS256", typ: "JWT" })}.${encode({ iat: now, exp: now + 3600, ...claims })}`;
  return `${body}.${createHmac("sha256", secret).update(body).digest("base64url")}`;
}
