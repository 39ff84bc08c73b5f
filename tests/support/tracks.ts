import { wavFile } from "./audio";
import type { Pulso } from "./pulso";
import { userToken } from "./tokens";

/** A track as REST shows it. */
export interface TrackAnswer {
  id: string;
  title: string;
  artist: string;
  album: string;
  duration: number;
  mimeType: string;
  audioUrl: string;
  size: number;
  shared: boolean;
  addedAt: string;
  coverUrl: string | null;
  waveformUrl: string;
}

export const bearer = (token: string): { Authorization: string } => ({ Authorization: `Bearer ${token}` });
/** Header fields of a user who may upload. */
export const writer = (sub: string, claims: Record<string, unknown> = {}): { Authorization: string } =>
  bearer(userToken({ sub, scope: "tracks:write", ...claims }));
export const reader = (sub: string): { Authorization: string } => bearer(userToken({ sub }));

/** Uploads as a page's form does. */
export async function upload(
  server: Pulso,
  headers: Record<string, string>,
  file: Buffer,
  { name = "song.bin", fields = {} }: { name?: string; fields?: Record<string, string> } = {},
): Promise<Response> {
  const form = new FormData();
  for (const [field, value] of Object.entries(fields)) form.append(field, value);
  form.append("file", new Blob([new Uint8Array(file)]), name);
  return fetch(`${server.http}/api/tracks`, { method: "POST", headers, body: form });
}

/** The same, of which success is expected. */
export async function uploaded(
  server: Pulso,
  headers: Record<string, string>,
  file: Buffer,
  name = "song.bin",
): Promise<TrackAnswer> {
  const answer = await upload(server, headers, file, { name });
  if (answer.status !== 201) throw new Error(`the upload was answered ${answer.status}: ${await answer.text()}`);
  return (await answer.json()) as TrackAnswer;
}

/** The id of a track that everybody may hear: a tone of so many seconds. */
export async function sharedTrack(server: Pulso, title: string, seconds: number, hertz: number): Promise<string> {
  const file = wavFile(seconds, { title }, hertz);
  const answer = await upload(server, writer("root", { roles: ["admin"] }), file, { fields: { shared: "true" } });
  if (answer.status !== 201) throw new Error(`the upload was answered ${answer.status}: ${await answer.text()}`);
  return ((await answer.json()) as TrackAnswer).id;
}
