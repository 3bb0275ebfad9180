/**
 * A29: the report in a real browser, at a phone's and a desktop's width, light and dark, with and without JavaScript: axe-core
 * finds nothing, nothing has to be scrolled sideways, nothing is fetched. UPDATE_DOCS=1 draws the pictures of docs/report.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

import type { AxeResults } from "axe-core";
import { expect } from "chai";
import puppeteer, { type Browser, type Page } from "puppeteer-core";

import { pageOf } from "../../ops/src/report/html/page.ts";
import { flags } from "../support/dashboards/picture.ts";
import { withPalette } from "../support/dashboards/png.ts";
import { find } from "../support/find.ts";
import { renderedReport } from "../support/report.ts";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const pictures = fileURLToPath(new URL("../../docs/report/", import.meta.url));
/** A picture has to load fast in the docs. */
const largest = 250_000;

const stacks = ["production", "local"] as const;
const schemes = ["light", "dark"] as const;
const sizes = { phone: { width: 360, height: 740 }, desktop: { width: 1280, height: 900 } } as const;

describe("the report in a browser", function () {
  this.timeout(120_000);
  const folder = mkdtempSync(join(tmpdir(), "paw-report-"));
  let browser: Browser;

  before(async () => {
    for (const stack of stacks)
      writeFileSync(join(folder, `${stack}.html`), pageOf(await renderedReport(stack)));
    browser = await puppeteer.launch({
      executablePath: find("chromium"),
      args: [...flags],
      userDataDir: join(folder, "profile"),
    });
  });

  after(async () => {
    await browser.close();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  });

  /** Opens the report on a stack; what it asks for beside itself is collected. */
  async function opened(
    stack: string,
    size: keyof typeof sizes,
    { scheme = "light", script = true }: { readonly scheme?: string; readonly script?: boolean },
  ): Promise<{ readonly page: Page; readonly requests: string[] }> {
    const page = await browser.newPage();
    const requests: string[] = [];
    page.on("request", (request) => requests.push(request.url()));
    await page.setViewport(sizes[size]);
    await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
    await page.setJavaScriptEnabled(script);
    await page.goto(pathToFileURL(join(folder, `${stack}.html`)).href);
    return { page, requests };
  }

  /** Folds everything open: what is hidden is read as well, once somebody asks for it. */
  const unfold = (page: Page): Promise<void> =>
    page.evaluate(() => {
      document.querySelectorAll("details").forEach((details) => {
        details.open = true;
      });
    });

  /** Pixels by which the page is wider than its window, and what sticks out. */
  const overhang = (page: Page): Promise<{ wider: number; what: string[] }> =>
    page.evaluate(() => ({
      wider: document.documentElement.scrollWidth - document.documentElement.clientWidth,
      what: [...document.querySelectorAll("body *")]
        .filter(
          (element) => element.getBoundingClientRect().right > document.documentElement.clientWidth + 0.5,
        )
        .map((element) => `${element.tagName} ${element.textContent.slice(0, 60)}`),
    }));

  for (const stack of stacks) {
    for (const size of ["phone", "desktop"] as const) {
      for (const scheme of schemes) {
        it(`${stack}, ${size}, ${scheme}: axe-core finds nothing, and nothing is fetched or scrolled sideways`, async () => {
          const { page, requests } = await opened(stack, size, { scheme });
          await unfold(page);
          expect(await overhang(page)).to.deep.equal({ wider: 0, what: [] });
          await page.evaluate(axe);
          const { violations, passes } = await page.evaluate(() =>
            (globalThis as unknown as { axe: { run(): Promise<AxeResults> } }).axe.run(),
          );
          const found = violations.flatMap(({ id, help, nodes }) =>
            nodes.map(
              ({ target, failureSummary }) => `${id}: ${help}: ${String(target)} ${failureSummary ?? ""}`,
            ),
          );
          expect(found).to.deep.equal([]);
          // Rules that a page without contrast, headings or tables would not have met.
          expect(passes.map(({ id }) => id)).to.include.members([
            ...["color-contrast", "heading-order", "landmark-one-main", "region", "skip-link", "svg-img-alt"],
            "td-headers-attr",
          ]);
          expect(requests).to.deep.equal([pathToFileURL(join(folder, `${stack}.html`)).href]);
          await page.close();
        });
      }
    }

    it(`${stack} says the same without JavaScript`, async () => {
      const { page, requests } = await opened(stack, "phone", { script: false });
      const { page: other } = await opened(stack, "phone", {});
      const text = (each: Page): Promise<string> => each.evaluate(() => document.body.innerText);
      expect(await text(page)).to.equal(await text(other));
      expect(await text(page)).to.contain("What is proven, and what is not");
      expect(requests).to.have.length(1);
      await page.close();
      await other.close();
    });
  }

  it("goes by keyboard: first to its skip link, which leads to the report", async () => {
    const { page } = await opened("production", "phone", {});
    await page.keyboard.press("Tab");
    const first = await page.evaluate(() => {
      const { activeElement } = document;
      const { top } = activeElement?.getBoundingClientRect() ?? { top: -1 };
      const { outlineStyle } = getComputedStyle(activeElement ?? document.body);
      return { text: activeElement?.textContent, isSeen: top >= 0, outlineStyle };
    });
    expect(first).to.deep.equal({ text: "Skip to the report", isSeen: true, outlineStyle: "solid" });
    await page.keyboard.press("Enter");
    expect(await page.evaluate(() => document.activeElement?.id)).to.equal("main");
    await page.close();
  });

  it("prints what is folded away on a screen", async () => {
    const { page } = await opened("production", "desktop", {});
    const seen = (): Promise<boolean[]> =>
      page.evaluate(() =>
        [...document.querySelectorAll("details:not([open]) table")].map((table) => table.checkVisibility()),
      );
    expect(await seen())
      .to.have.length.greaterThan(2)
      .and.not.include(true);
    await page.emulateMediaType("print");
    expect(await seen()).not.to.include(false);
    await page.close();
  });

  it("is drawn for the docs where that is asked for", async function () {
    if (process.env.UPDATE_DOCS === undefined) this.skip();
    mkdirSync(pictures, { recursive: true });
    const shots = [
      ["phone-light", "phone", "light", "#checklist"],
      ["phone-dark", "phone", "dark", "#flows h3:last-of-type"],
      ["desktop-light", "desktop", "light", "body"],
      ["desktop-dark", "desktop", "dark", "#topology"],
      ["desktop-flows", "desktop", "light", "#flows"],
    ] as const;
    for (const [name, size, scheme, place] of shots) {
      const { page } = await opened("production", size, { scheme });
      await page.evaluate((selector) => document.querySelector(selector)?.scrollIntoView(), place);
      const png = withPalette(Buffer.from(await page.screenshot()));
      expect(png.length, name).to.be.lessThan(largest);
      writeFileSync(join(pictures, `${name}.png`), png);
      await page.close();
    }
  });
});
