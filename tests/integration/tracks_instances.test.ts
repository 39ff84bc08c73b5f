// Two instances on one database and one media folder: what one takes in, the other has.
import { afterAll, beforeAll, expect, it } from "vitest";

import { wavFile } from "../support/audio";
import { Postgres } from "../support/postgres";
import { temporaryFolder } from "../support/processes";
import { Pulso } from "../support/pulso";
import { reader, type TrackAnswer, upload, uploaded, writer } from "../support/tracks";

const ana = writer("ana");
const content = wavFile(2, { title: "Ночной Поезд", artist: "Вокзал" });
const media = temporaryFolder();

let postgres: Postgres;
let one: Pulso;
let other: Pulso;
beforeAll(async () => {
  postgres = await Postgres.start();
  const env = { DATABASE_URL: postgres.url, PULSO_TRACKS_MEDIA_DIR: media.path };
  [one, other] = await Promise.all([Pulso.start({ env }), Pulso.start({ env })]);
});
afterAll(async () => {
  await one?.stop();
  await other?.stop();
  await postgres?.stop();
  media.remove();
});

it("a track uploaded to one is found, opened and deleted by the other", async () => {
  const track = await uploaded(one, ana, content);
  const found = await fetch(`${other.http}/tracks?search=${encodeURIComponent("вокзал ПОЕЗД")}`, { headers: ana });
  expect(((await found.json()) as { tracks: TrackAnswer[] }).tracks.map(({ id }) => id)).toEqual([track.id]);
  const audio = await fetch(`${other.http}${track.audioUrl}`, { headers: { Range: "bytes=4-" } });
  expect(audio.status).toBe(206);
  expect(Buffer.from(await audio.arrayBuffer()).equals(content.subarray(4))).toBe(true);
  expect((await fetch(`${other.http}${track.audioUrl}`)).headers.get("ETag")).toBe(
    (await fetch(`${one.http}${track.audioUrl}`)).headers.get("ETag"),
  );
  expect((await fetch(`${other.http}/tracks/${track.id}`, { headers: reader("luz") })).status).toBe(404);
  const gone = await fetch(`${other.http}/tracks/${track.id}`, { method: "DELETE", headers: ana });
  expect(gone.status).toBe(200);
  expect((await fetch(`${one.http}${track.audioUrl}`)).status).toBe(404);
});

it("the media cookie of one lets in at the other", async () => {
  const track = await uploaded(one, ana, content);
  const listed = await fetch(`${one.http}/tracks`, { headers: ana });
  const cookie = (listed.headers.get("Set-Cookie") ?? "").split(";")[0] ?? "";
  const audio = await fetch(`${other.http}/api/tracks/stream/${track.id}`, { headers: { Cookie: cookie } });
  expect(audio.status).toBe(200);
});

it("the same file sent to both at once is one track", async () => {
  const file = wavFile(1, { title: "Race" }, 333);
  const answers = await Promise.all([one, other, one, other].map((instance) => upload(instance, ana, file)));
  const ids = await Promise.all(answers.map(async (answer) => ((await answer.json()) as TrackAnswer).id));
  expect(new Set(ids).size).toBe(1);
  expect(answers.filter(({ status }) => status === 201).length).toBe(1);
});
