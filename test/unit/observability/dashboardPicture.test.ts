/** Issue "a picture of each dashboard": a page becomes a PNG of its own size, by a browser where there is one. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32, deflateSync, inflateSync } from "node:zlib";

import { expect } from "chai";

import { overview } from "../../../observability/dashboards/overview.ts";
import { pageSize, renderPage } from "../../support/dashboards/page.ts";
import { canTakePictures, takePicture } from "../../support/dashboards/picture.ts";
import { pngSize, withPalette } from "../../support/dashboards/png.ts";
import { siteOf } from "../../support/observability.ts";

function chunk(type: string, data: readonly number[] | Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type), Buffer.from(data)]);
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  check.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, check]);
}

/** A PNG with these bytes as its filtered lines. */
function pngOf(size: { width: number; height: number; kind?: number }, lines: readonly number[]): Buffer {
  const { width, height, kind = 2 } = size;
  return Buffer.concat([
    Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]),
    chunk("IHDR", [0, 0, 0, width, 0, 0, 0, height, 8, kind, 0, 0, 0]),
    chunk("IDAT", deflateSync(Buffer.from(lines))),
    chunk("IEND", []),
  ]);
}

/** Data of all chunks of a type, after a look at every check sum. */
function dataOf(png: Buffer, type: string): Buffer {
  const found: Buffer[] = [];
  for (let at = 8; at < png.length;) {
    const length = png.readUInt32BE(at);
    expect(png.readUInt32BE(at + 8 + length)).to.equal(crc32(png.subarray(at + 4, at + 8 + length)));
    if (png.toString("latin1", at + 4, at + 8) === type) found.push(png.subarray(at + 8, at + 8 + length));
    at += length + 12;
  }
  return Buffer.concat(found);
}

/** Colours of a PNG with a palette and without filters, line by line. */
function colorsOf(png: Buffer): number[][][] {
  const { width, height } = pngSize(png);
  expect([...dataOf(png, "IHDR").subarray(8)], "8 bits, palette").to.deep.equal([8, 3, 0, 0, 0]);
  const palette = dataOf(png, "PLTE");
  const lines = inflateSync(dataOf(png, "IDAT"));
  return Array.from({ length: height }, (_, y) =>
    Array.from({ length: width }, (_each, x) => {
      const index = lines[y * (width + 1) + 1 + x] ?? 0;
      return [...palette.subarray(3 * index, 3 * index + 3)];
    }),
  );
}

describe("pictures of dashboards", () => {
  describe("withPalette", () => {
    it("reads lines of all five filters", () => {
      const alike = [
        [10, 20, 30],
        [40, 50, 60],
      ];
      // Filtered by hand, by section 9 of the PNG specification: none, left, above, mean of both, Paeth's choice.
      const lines = [
        [0, 10, 20, 30, 40, 50, 60],
        [1, 10, 20, 30, 30, 30, 30],
        [2, 0, 0, 0, 0, 0, 0],
        [3, 5, 10, 15, 15, 15, 15],
        [4, 0, 0, 0, 0, 0, 0],
        // 200,0,0 twice: red is guessed from the left, green and blue from the corner.
        [4, 190, 236, 226, 0, 236, 226],
      ];
      expect(colorsOf(withPalette(pngOf({ width: 2, height: 6 }, lines.flat())))).to.deep.equal([
        alike,
        alike,
        alike,
        alike,
        alike,
        [
          [200, 0, 0],
          [200, 0, 0],
        ],
      ]);
    });

    it("leaves opacity out", () => {
      const png = pngOf({ width: 2, height: 1, kind: 6 }, [0, 1, 2, 3, 255, 4, 5, 6, 255]);
      expect(colorsOf(withPalette(png))).to.deep.equal([
        [
          [1, 2, 3],
          [4, 5, 6],
        ],
      ]);
    });

    it("keeps the colours that there are most of, and takes the nearest for others", () => {
      // 255 colours twice, and 16 that are there once: white's neighbour becomes white.
      const often = Array.from({ length: 255 }, (_, index) => [index, 0, 0]);
      const rare = Array.from({ length: 16 }, (_, index) => [255, 255, 255 - index]);
      const all = [...often, ...often, ...rare];
      const png = withPalette(
        pngOf(
          { width: 1, height: 255 },
          all.slice(0, 255).flatMap((each) => [0, ...each]),
        ),
      );
      expect(colorsOf(png).flat()).to.deep.equal(often);
      const lines = [0, ...all.slice(0, 255).flat(), 0, ...rare.flat(), ...all.slice(0, 239).flat()];
      const mixed = colorsOf(withPalette(pngOf({ width: 255, height: 2 }, lines)));
      expect(mixed[0]).to.deep.equal(often);
      const white = new Set(mixed[1]?.slice(0, 16).map(String));
      expect(white.size).to.equal(1);
      expect([...white][0]).to.match(/^255,255,2[45]\d$/);
    });

    it("refuses what chromium does not write", () => {
      expect(() => withPalette(pngOf({ width: 1, height: 1, kind: 0 }, [0, 1]))).to.throw("colour type 0");
      expect(() => withPalette(Buffer.from("<html>this is a page, not a picture</html>"))).to.throw(
        "this is no PNG",
      );
    });
  });

  describe("takePicture", () => {
    let folder: string;

    before(function () {
      if (!canTakePictures()) {
        console.info("      not evaluated: no chromium on this machine");
        this.skip();
      }
      folder = mkdtempSync(join(tmpdir(), "paw-pictures-test-"));
    });
    after(() => {
      if (folder) rmSync(folder, { recursive: true });
    });

    it("shows the page from its first line to its last, without a blank end", async function () {
      this.timeout(120_000);
      const file = join(folder, "bars.png");
      const bar = (color: string): string => `<div style="background:${color};height:400px"></div>`;
      const html = `<!doctype html><body style="margin:0">${bar("#102030")}${bar("#405060")}</body>`;
      await takePicture(html, file, { width: 700, height: 800 });
      const colors = colorsOf(readFileSync(file));
      const at = (x: number, y: number): number[] | undefined => colors[y]?.[x];
      expect([at(0, 0), at(699, 399)]).to.deep.equal([
        [0x10, 0x20, 0x30],
        [0x10, 0x20, 0x30],
      ]);
      expect([at(0, 400), at(699, 799)]).to.deep.equal([
        [0x40, 0x50, 0x60],
        [0x40, 0x50, 0x60],
      ]);
      expect([colors.length, colors[0]?.length]).to.deep.equal([800, 700]);
    });

    it("of a dashboard has the size of its grid, ends with the page's ground, and is below 250 kB", async function () {
      this.timeout(120_000);
      const spec = overview(siteOf("production"));
      const file = join(folder, "overview.png");
      const html = renderPage({ spec, panels: [], choices: [], range: { start: 0, end: 600, step: 60 } });
      await takePicture(html, file, pageSize(spec));
      const png = readFileSync(file);
      expect(pngSize(png)).to.deep.equal(pageSize(spec));
      expect(png.length).to.be.below(250_000);
      const colors = colorsOf(png);
      const ground = [0xf3, 0xf5, 0xf7];
      // The last panel ends twenty pixels above the end.
      const plain = colors.map((line) => line.every((color) => String(color) === String(ground)));
      expect(plain.lastIndexOf(false)).to.equal(colors.length - 21);
    });
  });
});
