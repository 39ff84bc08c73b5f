import type { Fetch } from "../poll-transport.js";
import type { LibraryTrack } from "./messages.js";
import type { Token } from "./options.js";

const requestTimeoutMs = 10_000;

export interface LibraryQuery {
  /** Words that title, artist and album must all have among them. */
  search?: string;
  /** From 1. */
  page?: number;
  limit?: number;
}

export interface TrackPage {
  readonly tracks: readonly LibraryTrack[];
  /** On all pages. */
  readonly total: number;
}

/** How loud a track is as it goes along, for drawing. */
export interface Waveform {
  /** The loudest moment of each of many equal parts, 0 to 1. */
  readonly peaks: readonly number[];
}

/** A user's tracks on one server. Everything rejects with an `Error` that names the status if the server refuses. */
export class TrackLibrary {
  readonly #serverUrl: string;
  readonly #token: Token;
  readonly #fetch: Fetch;

  constructor(serverUrl: string, token: Token, fetch: Fetch = (url, init) => globalThis.fetch(url, init)) {
    this.#serverUrl = serverUrl;
    this.#token = token;
    this.#fetch = fetch;
  }

  async search({ search = "", page = 1, limit = 50 }: LibraryQuery = {}): Promise<TrackPage> {
    const query = new URLSearchParams({ page: String(page), limit: String(limit) });
    if (search !== "") query.set("search", search);
    return (await this.#get(`/api/tracks?${query}`)) as TrackPage;
  }

  async track(trackId: string): Promise<LibraryTrack> {
    return (await this.#get(`/api/tracks/${encodeURIComponent(trackId)}`)) as LibraryTrack;
  }

  /** In so many parts, at most 1,000; short tracks may have fewer. */
  async waveform(trackId: string, buckets = 200): Promise<Waveform> {
    return (await this.#get(`/api/tracks/${encodeURIComponent(trackId)}/waveform?buckets=${buckets}`)) as Waveform;
  }

  async #get(path: string): Promise<unknown> {
    const token = typeof this.#token === "function" ? await this.#token() : this.#token;
    const url = new URL(path, this.#serverUrl.replace(/^ws/, "http")).href;
    const response = await this.#fetch(url, {
      headers: { authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(requestTimeoutMs),
    });
    if (!response.ok) throw new Error(`${url} answered ${response.status}`);
    return response.json();
  }
}
