import type { Token } from "@pulso/sdk";
import { useCallback, useEffect, useState } from "react";

export type TokenState =
  | { readonly kind: "asking" }
  | { readonly kind: "known"; readonly token: Token }
  /** This server makes no tokens: whoever is here brings one. */
  | { readonly kind: "wanted" };

/** The demonstration's token of `user`; elsewhere the one that is given on this page. */
export function useToken(serverUrl: string, user: string): [TokenState, (token: string) => void] {
  const [state, setState] = useState<TokenState>({ kind: "asking" });
  useEffect(() => {
    let current = true;
    // Asked anew for each connection: a demonstration that was started again has another secret.
    const token = () => demoToken(serverUrl, user);
    token().then(
      () => current && setState({ kind: "known", token }),
      () => current && setState({ kind: "wanted" }),
    );
    return () => {
      current = false;
    };
  }, [serverUrl, user]);
  const give = useCallback((token: string) => setState({ kind: "known", token }), []);
  return [state, give];
}

async function demoToken(serverUrl: string, user: string): Promise<string> {
  const answer = await fetch(`${serverUrl}/demo/token`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ user }),
  });
  if (!answer.ok) throw new Error(`no token: ${answer.status}`);
  return ((await answer.json()) as { token: string }).token;
}
