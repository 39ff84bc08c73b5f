import type { Identity } from "./transport.js";

/** What is needed of `sessionStorage`. */
export type IdentityStorage = Pick<Storage, "getItem" | "setItem">;

const key = "pulso.seats.identity";

/** Nobody can guess it, so nobody else can come to use it; 'user_' + Date.now() collides on a busy day. */
export function freshClientId(): string {
  return `user_${randomUuid()}`;
}

/** The identity that an earlier page of this tab kept, so that a reload finds its own seats again. */
export function restoreIdentity(storage: IdentityStorage | null, clientId: string | null): Identity {
  const fresh: Identity = { clientId: clientId ?? freshClientId(), session: null };
  try {
    const kept = JSON.parse(storage?.getItem(key) ?? "null") as Partial<Identity> | null;
    const isUsable = typeof kept?.clientId === "string" && (clientId === null || clientId === kept.clientId);
    return isUsable ? { clientId: kept.clientId as string, session: kept.session ?? null } : fresh;
  } catch {
    return fresh;
  }
}

export function keepIdentity(storage: IdentityStorage | null, identity: Identity): void {
  try {
    storage?.setItem(key, JSON.stringify(identity));
  } catch {
    // A full or forbidden storage costs no more than the seats after a reload.
  }
}

/** `crypto.randomUUID` is missing on pages that are neither HTTPS nor localhost. */
function randomUuid(): string {
  if (typeof crypto.randomUUID === "function") return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
