import { closeCodes } from './close-codes.js';
import type { Command, ErrorCode, SeatCommand, Selection } from './messages.js';
import { urlOf, type Identity, type Transport, type TransportListener } from './transport.js';

export type Fetch = (url: string, init?: RequestInit) => Promise<Response>;

export interface PollTransportOptions {
  serverUrl: string;
  identity: Identity;
  token: string | null;
  fetch: Fetch;
}

interface Selections {
  selections: Selection[];
  sold: string[];
  version: number;
}

const sessionHeader = 'X-Pulso-Session';
/** How long the server may hold an answer back while nothing changes. */
const waitSeconds = 25;
/** A request that takes this long has died on the way. */
const requestTimeoutMs = (waitSeconds + 10) * 1000;

/**
 * The same messages where WebSocket is blocked: one long poll for each room, commands as HTTP requests. What others
 * do arrives as `current_selections`, the whole state each time. A request that fails ends the transport; trying
 * again is its owner's task. HTTP has no renewal: `renew_seat` is answered by an `unavailable` error.
 */
export class PollTransport implements Transport {
  readonly #options: PollTransportOptions;
  readonly #listener: TransportListener;
  readonly #rooms = new Map<string, AbortController>();
  readonly #closing = new AbortController();
  /** Commands go out one after the other, as they would on a socket. */
  #lastCommand: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(options: PollTransportOptions, listener: TransportListener) {
    this.#options = options;
    this.#listener = listener;
  }

  open(): void {
    void this.#guard(this.#closing.signal, async () => {
      const response = await this.#request('GET', '/health', this.#closing.signal);
      if (!response.ok) return this.#end(closeCodes.abnormal, `health: ${response.status}`);
      if (!this.#closed) this.#listener.onOpen();
    });
  }

  send(command: Command): void {
    switch (command.type) {
      case 'join_room':
      case 'resume':
        this.#start(command.room_id);
        break;
      case 'leave_room':
        this.#rooms.get(command.room_id)?.abort();
        this.#rooms.delete(command.room_id);
        this.#listener.onMessage({
          type: 'room_left',
          room_id: command.room_id,
          client_id: this.#options.identity.clientId,
        });
        break;
      case 'ping':
        break;
      case 'renew_seat':
        this.#fail(command, 'unavailable', 'a hold can be renewed over WebSocket only');
        break;
      default:
        this.#lastCommand = this.#lastCommand.then(() =>
          this.#guard(this.#closing.signal, () => this.#perform(command)),
        );
    }
  }

  close(): void {
    this.#closed = true;
    this.#closing.abort();
    for (const room of this.#rooms.values()) room.abort();
    this.#rooms.clear();
  }

  #start(roomId: string): void {
    this.#rooms.get(roomId)?.abort();
    const room = new AbortController();
    this.#rooms.set(roomId, room);
    void this.#guard(room.signal, () => this.#follow(roomId, room.signal));
  }

  /** Reports a room's state now and after each change, until `left`. */
  async #follow(roomId: string, left: AbortSignal): Promise<void> {
    const path = `/room/${encodeURIComponent(roomId)}/selections`;
    let version: number | null = null;
    while (!left.aborted) {
      const query = version === null ? '' : `?wait=${waitSeconds}&version=${version}`;
      const response = await this.#request('GET', path + query, left);
      if (response.status === 304) continue;
      if (!response.ok) {
        if (this.#isFatal(response)) return;
        const body = await this.#json(response);
        const { code, message } = describe(body);
        this.#listener.onMessage({ type: 'error', code, message, room_id: roomId });
        return;
      }
      const state = (await response.json()) as Selections;
      if (left.aborted) return;
      if (version === null) this.#joined(roomId, state.version);
      version = state.version;
      const { selections, sold } = state;
      this.#listener.onMessage({ type: 'current_selections', room_id: roomId, selections, sold, offset: version, version });
    }
  }

  #joined(roomId: string, offset: number): void {
    const { clientId, session } = this.#options.identity;
    this.#listener.onMessage({
      type: 'room_joined',
      room_id: roomId,
      client_id: clientId,
      offset,
      ...(session === null ? {} : { session }),
    });
  }

  async #perform(command: Exclude<SeatCommand, { type: 'renew_seat' }>): Promise<void> {
    const { room_id, seat_id } = command;
    const client_id = this.#options.identity.clientId;
    const path = `/room/${encodeURIComponent(room_id)}/seats/${encodeURIComponent(seat_id)}`;
    const selecting = command.type === 'select_seat';
    const response = await this.#request(selecting ? 'POST' : 'DELETE', path, this.#closing.signal, {
      client_id,
      ...(selecting ? { user_info: command.user_info } : {}),
    });
    if (this.#closed) return;
    const body = await this.#json(response);
    if (!response.ok) {
      if (this.#isFatal(response)) return;
      const { code, message, expires_at } = describe(body);
      this.#fail(command, code, message, expires_at);
      return;
    }
    // Without its offset: the next poll brings the whole state, numbered.
    delete body['offset'];
    const event = selecting ? { type: 'seat_selected' as const, user_info: command.user_info } : { type: 'seat_released' as const };
    this.#listener.onMessage({ ...body, ...event, room_id, seat_id, client_id });
  }

  #fail(command: SeatCommand, code: ErrorCode, message: string, expires_at?: string): void {
    this.#listener.onMessage({
      type: 'error',
      code,
      message,
      room_id: command.room_id,
      seat_id: command.seat_id,
      ...(expires_at === undefined ? {} : { expires_at }),
    });
  }

  async #request(method: string, path: string, signal: AbortSignal, body?: object): Promise<Response> {
    const { identity, token } = this.#options;
    const headers: Record<string, string> = {};
    if (identity.session !== null) headers[sessionHeader] = identity.session;
    if (token !== null) headers['Authorization'] = `Bearer ${token}`;
    if (body) headers['Content-Type'] = 'application/json';
    const timeout = new AbortController();
    const abort = () => timeout.abort();
    const timer = setTimeout(abort, requestTimeoutMs);
    signal.addEventListener('abort', abort);
    try {
      const response = await this.#options.fetch(urlOf(this.#options.serverUrl, 'http', path), {
        method,
        headers,
        signal: timeout.signal,
        ...(body ? { body: JSON.stringify(body) } : {}),
      });
      identity.session = response.headers.get(sessionHeader) ?? identity.session;
      return response;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
    }
  }

  /** An answer that concerns the connection and not the one request ends it. */
  #isFatal(response: Response): boolean {
    if (response.status === 401) this.#end(closeCodes.unauthorized, 'unauthorized');
    else if (response.status === 503) this.#end(closeCodes.serviceRestart, 'unavailable');
    else return false;
    return true;
  }

  async #json(response: Response): Promise<Record<string, unknown>> {
    return (await response.json().catch(() => ({}))) as Record<string, unknown>;
  }

  /** Runs `work`; its failure ends the transport, unless it was cancelled. */
  async #guard(cancelled: AbortSignal, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (fault) {
      if (cancelled.aborted) return;
      this.#listener.onFault(fault);
      this.#end(closeCodes.abnormal, 'request failed');
    }
  }

  #end(code: number, reason: string): void {
    if (this.#closed) return;
    this.close();
    this.#listener.onClose(code, reason);
  }
}

/** A refusal's body is `{success: false, code, message, …}`. */
function describe(body: Record<string, unknown>): { code: ErrorCode; message: string; expires_at?: string } {
  const expiresAt = body['expires_at'];
  return {
    code: (typeof body['code'] === 'string' ? body['code'] : 'unavailable') as ErrorCode,
    message: typeof body['message'] === 'string' ? body['message'] : '',
    ...(typeof expiresAt === 'string' ? { expires_at: expiresAt } : {}),
  };
}
