// Opens one page in Chromium, does the steps asked for, and prints what happened as JSON.
//
// Standard input: {"modules": folder, "chromium": program, "url": …, "scheme": "light" | "dark", "width": …, "height": …,
// "scripts": bool, "bypass": bool, "steps": [{"do": …, …}]}. `bypass` turns the page's own policy off, for axe alone.
// Standard output: {"console", "faults", "requests", "violations", "dialogs", "results"}.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const asked = JSON.parse(readFileSync(0, "utf8"));
const require = createRequire(`${asked.modules}/`);
const { chromium } = require("playwright-core");
const found = { console: [], faults: [], requests: [], violations: [], dialogs: [], results: {} };

const focused = () => {
  const at = document.activeElement;
  return { tag: at.localName, id: at.id, role: at.getAttribute("role"), text: (at.textContent || "").trim().slice(0, 80) };
};

// Rules of axe that WCAG does not ask for ("best-practice") are run too: they are cheap to keep.
const axe = async (page) => {
  await page.evaluate(readFileSync(require.resolve("axe-core/axe.min.js"), "utf8"));
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
  return violations.map((one) => ({
    id: one.id, impact: one.impact, help: one.help, nodes: one.nodes.slice(0, 5).map((node) => node.html.slice(0, 200)),
  }));
};

const steps = {
  click: (page, step) => page.click(step.on),
  fill: (page, step) => page.fill(step.on, step.text),
  type: (page, step) => page.keyboard.type(step.text),
  press: async (page, step) => {
    for (let time = 0; time < (step.times ?? 1); time += 1) await page.keyboard.press(step.key);
  },
  select: (page, step) => page.selectOption(step.on, step.value),
  wait: (page, step) => page.waitForSelector(step.on, { state: step.state ?? "visible" }),
  read: (page, step) => page.$$eval(step.on, (some) => some.filter((one) => one.checkVisibility()).map((one) => one.innerText)),
  media: (page, step) => page.emulateMedia({ media: step.media }),
  evaluate: (page, step) => page.evaluate(step.script),
  focused: (page) => page.evaluate(focused),
  clipboard: (page) => page.evaluate(() => navigator.clipboard.readText()),
  screenshot: (page, step) => page.screenshot({ path: step.file, fullPage: step.full ?? true }).then(() => step.file),
  pdf: (page, step) => page.pdf({ path: step.file, format: "A4", landscape: step.landscape ?? false }).then(() => step.file),
  axe,
};

const browser = await chromium.launch({ executablePath: asked.chromium, args: ["--no-sandbox"] });
try {
  const context = await browser.newContext({
    colorScheme: asked.scheme, viewport: { width: asked.width, height: asked.height },
    bypassCSP: asked.bypass, javaScriptEnabled: asked.scripts, reducedMotion: "reduce",
    permissions: ["clipboard-read", "clipboard-write"],
  });
  context.setDefaultTimeout(20000);
  const page = await context.newPage();
  page.on("console", (one) => found.console.push({ level: one.type(), text: one.text() }));
  page.on("pageerror", (error) => found.faults.push(String(error)));
  page.on("dialog", (one) => { found.dialogs.push(one.message()); one.dismiss(); });
  context.on("request", (one) => found.requests.push(one.url()));
  await page.exposeBinding("tellViolation", (_, text) => found.violations.push(text));
  await page.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (event) => {
      globalThis.tellViolation(`${event.violatedDirective} refuses ${event.blockedURI} ${event.sample}`);
    });
  });
  await page.goto(asked.url, { waitUntil: "load" });
  for (const [number, step] of asked.steps.entries()) {
    try {
      const told = await steps[step.do](page, step);
      if (step.as) found.results[step.as] = told;
    } catch (error) {
      throw new Error(`step ${number + 1} ${JSON.stringify(step)}: ${error.message}`);
    }
  }
  await page.waitForTimeout(50);
} finally {
  await browser.close();
}
process.stdout.write(JSON.stringify(found));
