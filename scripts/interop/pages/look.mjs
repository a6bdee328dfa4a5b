// Looks at pages in Chromium at two widths, light and dark: axe-core finds no violation, nothing overflows sideways,
// and the console is silent.
//
//   node look.mjs TOOLS NAME=URL…
//
// TOOLS has node_modules with axe-core and puppeteer-core. With SHOTS=FOLDER, pictures are written there.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";

const [tools, ...named] = process.argv.slice(2);
const require = createRequire(resolve(tools, "node_modules/x.js"));
const puppeteer = require("puppeteer-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const WIDTHS = [1280, 390];
const SCHEMES = ["light", "dark"];

const browser = await puppeteer.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"],
});
const faults = [];
let looks = 0;
for (const argument of named) {
  const at = argument.indexOf("=");
  const [name, url] = [argument.slice(0, at), argument.slice(at + 1)];
  for (const width of WIDTHS) {
    for (const scheme of SCHEMES) {
      const page = await browser.newPage();
      const where = `${name}, ${width} px, ${scheme}`;
      page.on("console", (message) => {
        if (message.location().url !== url) faults.push(`${where}: console: ${message.text()}`); // its own status is no fault
      });
      await page.setBypassCSP(true); // for axe alone: the pages themselves run no script
      await page.setViewport({ width, height: width > 500 ? 900 : 844 });
      await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
      await page.goto(url, { waitUntil: "load" });
      if (process.env.SHOTS) await page.screenshot({ path: join(process.env.SHOTS, `${name}-${width}-${scheme}.png`) });
      const sideways = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      if (sideways > 0) faults.push(`${where}: ${sideways} px too wide`);
      // Everything that can be opened is looked at too.
      await page.evaluate(() => document.querySelectorAll("details").forEach((details) => (details.open = true)));
      const open = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      if (open > 0) faults.push(`${where}, opened: ${open} px too wide`);
      await page.evaluate(axe);
      const found = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
      for (const violation of found.violations) {
        const nodes = violation.nodes.slice(0, 3).map((node) => `${node.html} ${node.any[0]?.message ?? ""}`);
        faults.push(`${where}: ${violation.id}: ${violation.help} (${violation.nodes.length})\n    ${nodes.join("\n    ")}`);
      }
      looks += 1;
      await page.close();
    }
  }
}
await browser.close();
if (faults.length > 0) {
  console.error(faults.join("\n"));
  process.exit(1);
}
console.log(`${looks} looks`);
