/** PNG in a palette of 256 colours: a picture of text and lines is a third of the size, and looks alike. */
import { crc32, deflateSync, inflateSync } from "node:zlib";

import type { Size } from "./charts.ts";

/** Pixels of a PNG, by its header. @throws Error for what is no PNG. */
export function pngSize(png: Buffer): Size {
  if (png.toString("latin1", 1, 4) !== "PNG" || png.toString("latin1", 12, 16) !== "IHDR")
    throw new Error("this is no PNG");
  return { width: png.readUInt32BE(16), height: png.readUInt32BE(20) };
}

/**
 * The same picture in the 256 colours that it has most of; any other becomes the nearest of these.
 *
 * @throws Error for a picture that is not 8 bits of red, green and blue, with or without opacity, as chromium writes.
 */
export function withPalette(png: Buffer): Buffer {
  const { width, height } = pngSize(png);
  const colors = pixels(png);
  const counts = new Map<number, number>();
  for (const color of colors) counts.set(color, (counts.get(color) ?? 0) + 1);
  const most = [...counts].toSorted(([, a], [, b]) => b - a).map(([color]) => color);
  const palette = most.slice(0, 256);
  const indices = new Map(most.map((color, index) => [color, index < 256 ? index : nearest(color, palette)]));
  // A line begins with its filter: none, since neighbours in a palette are not alike in number.
  const lines = Buffer.alloc((width + 1) * height);
  colors.forEach((color, at) => (lines[at + Math.floor(at / width) + 1] = indices.get(color) ?? 0));
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 3], 8);
  return Buffer.concat([
    png.subarray(0, 8),
    chunk("IHDR", header),
    chunk("PLTE", Buffer.from(palette.flatMap(channels))),
    chunk("IDAT", deflateSync(lines, { level: 9 })),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

const channels = (color: number): readonly number[] => [color >> 16, (color >> 8) & 255, color & 255];

function nearest(color: number, palette: readonly number[]): number {
  const [r = 0, g = 0, b = 0] = channels(color);
  let [best, least] = [0, Infinity];
  palette.forEach((each, index) => {
    const distance = (r - (each >> 16)) ** 2 + (g - ((each >> 8) & 255)) ** 2 + (b - (each & 255)) ** 2;
    if (distance < least) [best, least] = [index, distance];
  });
  return best;
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
}

/** Every pixel's colour as 0xRRGGBB, line by line. */
function pixels(png: Buffer): Uint32Array {
  const { width, height } = pngSize(png);
  const [bits, kind, , , interlaced] = png.subarray(24, 29);
  const bytes = kind === 2 ? 3 : 4;
  if (bits !== 8 || (kind !== 2 && kind !== 6) || interlaced !== 0)
    throw new Error(`a PNG of ${bits ?? 0} bits and colour type ${kind ?? 0} is not what chromium writes`);
  const data = inflateSync(imageData(png));
  const stride = width * bytes;
  const colors = new Uint32Array(width * height);
  let above = new Uint8Array(stride);
  for (let y = 0; y < height; y++) {
    const start = y * (stride + 1);
    const line = Uint8Array.from(data.subarray(start + 1, start + 1 + stride));
    unfilter(line, above, { filter: data[start] ?? 0, bytes });
    for (let x = 0; x < width; x++) {
      const [r = 0, g = 0, b = 0] = line.subarray(x * bytes, x * bytes + 3);
      colors[y * width + x] = (r << 16) | (g << 8) | b;
    }
    above = line;
  }
  return colors;
}

function imageData(png: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let at = 8; at < png.length; at += png.readUInt32BE(at) + 12) {
    if (png.toString("latin1", at + 4, at + 8) === "IDAT")
      parts.push(png.subarray(at + 8, at + 8 + png.readUInt32BE(at)));
  }
  return Buffer.concat(parts);
}

/** Undoes PNG's filters 0 to 4, in place (PNG specification, section 9). */
function unfilter(
  line: Uint8Array,
  above: Uint8Array,
  { filter, bytes }: { readonly filter: number; readonly bytes: number },
): void {
  if (filter === 0) return;
  for (let at = 0; at < line.length; at++) {
    const left = at < bytes ? 0 : (line[at - bytes] ?? 0);
    const up = above[at] ?? 0;
    const corner = at < bytes ? 0 : (above[at - bytes] ?? 0);
    const guess = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter] ?? 0;
    line[at] = (line[at] ?? 0) + guess;
  }
}

function paeth(left: number, up: number, corner: number): number {
  const [toLeft, toUp, toCorner] = [up - corner, left - corner, left + up - 2 * corner].map(Math.abs) as [
    number,
    number,
    number,
  ];
  return toLeft <= toUp && toLeft <= toCorner ? left : toUp <= toCorner ? up : corner;
}
