import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { temporaryFolder } from "./processes";

export interface AudioTags {
  title?: string;
  artist?: string;
  album?: string;
}

const rate = 8000;

function chunk(kind: string, data: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.write(kind, "latin1");
  head.writeUInt32LE(data.length, 4);
  return Buffer.concat([head, data, Buffer.alloc(data.length % 2)]);
}

/** A mono WAV file: a sine, so many seconds of it, at half of full scale. Another pitch makes another file. */
export function wavFile(seconds: number, { title, artist, album }: AudioTags = {}, hertz = 440): Buffer {
  const samples = Buffer.alloc(2 * Math.round(seconds * rate));
  for (let i = 0; i < samples.length / 2; ++i) {
    samples.writeInt16LE(Math.round(16_000 * Math.sin((2 * Math.PI * hertz * i) / rate)), 2 * i);
  }
  const format = Buffer.alloc(16);
  for (const [at, value] of [1, 1].entries()) format.writeUInt16LE(value, 2 * at);
  format.writeUInt32LE(rate, 4);
  format.writeUInt32LE(2 * rate, 8);
  format.writeUInt16LE(2, 12);
  format.writeUInt16LE(16, 14);
  const names = Object.entries({ INAM: title, IART: artist, IPRD: album }).flatMap(([kind, text]) =>
    text === undefined ? [] : [chunk(kind, Buffer.from(`${text}\0`))],
  );
  const info = names.length > 0 ? chunk("LIST", Buffer.concat([Buffer.from("INFO"), ...names])) : Buffer.alloc(0);
  return chunk("RIFF", Buffer.concat([Buffer.from("WAVE"), chunk("fmt ", format), chunk("data", samples), info]));
}

export const encodings: Record<string, { codec: string[]; mimeType: string }> = {
  mp3: { codec: ["libmp3lame", "-id3v2_version", "3"], mimeType: "audio/mpeg" },
  m4a: { codec: ["aac"], mimeType: "audio/mp4" },
  ogg: { codec: ["libvorbis"], mimeType: "audio/ogg" },
  opus: { codec: ["libopus"], mimeType: "audio/ogg" },
  flac: { codec: ["flac"], mimeType: "audio/flac" },
};

/** The same as another format (an extension), by ffmpeg; `cover` is a picture to be put inside (mp3, m4a, flac). */
export function encodeAudio(wav: Buffer, format: string, tags: AudioTags = {}, cover?: Buffer): Buffer {
  const folder = temporaryFolder();
  try {
    const files = { wav: join(folder.path, "in.wav"), cover: join(folder.path, "cover.png") };
    const output = join(folder.path, `out.${format}`);
    writeFileSync(files.wav, wav);
    if (cover) writeFileSync(files.cover, cover);
    const metadata = Object.entries(tags).flatMap(([name, text]) => ["-metadata", `${name}=${text}`]);
    const picture = ["-i", files.cover, "-map", "0:a", "-map", "1:v", "-c:v", "copy", "-disposition:v", "attached_pic"];
    ffmpeg(
      "-i",
      files.wav,
      ...(cover ? picture : []),
      ...metadata,
      "-c:a",
      ...(encodings[format]?.codec ?? []),
      output,
    );
    return readFileSync(output);
  } finally {
    folder.remove();
  }
}

/** A small picture. */
export function pngFile(): Buffer {
  return ffmpeg("-f", "lavfi", "-i", "color=c=teal:s=16x16", "-frames:v", "1", "-f", "image2pipe", "-c:v", "png", "-");
}

/** A film without sound and with it, in the container that audio comes in too. */
export function filmFile(): Buffer {
  const folder = temporaryFolder();
  try {
    const output = join(folder.path, "film.mp4");
    const picture = ["-f", "lavfi", "-i", "color=c=teal:s=16x16:r=5:d=1"];
    ffmpeg(...picture, "-f", "lavfi", "-i", "sine=d=1", "-c:v", "mpeg4", "-c:a", "aac", output);
    return readFileSync(output);
  } finally {
    folder.remove();
  }
}

function ffmpeg(...args: string[]): Buffer {
  return execFileSync("ffmpeg", ["-hide_banner", "-loglevel", "error", ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
}
