// Drives Chromium: reads a visit as JSON from each line of standard input, opens the page in a context of its own, does the
// steps asked for, and prints a line of JSON with what happened. Arguments: the folder of the npm packages, the browser.
//
// A visit: {"url", "scheme": "light" | "dark", "width", "height", "scripts": bool, "bypass": bool, "steps": [{"do": …, …}]}.
// `bypass` turns the page's own policy off, for axe alone. What is printed: {"console", "faults", "requests", "violations",
// "dialogs", "results"}, or {"error"} where a step could not be done.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";

const [modules, program] = process.argv.slice(2);
const require = createRequire(`${modules}/`);
const { chromium } = require("playwright-core");

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

const watch = async (page, found) => {
  page.on("console", (one) => found.console.push({ level: one.type(), text: one.text() }));
  page.on("pageerror", (error) => found.faults.push(String(error)));
  page.on("dialog", (one) => { found.dialogs.push(one.message()); one.dismiss(); });
  page.context().on("request", (one) => found.requests.push(one.url()));
  await page.exposeBinding("tellViolation", (_, text) => found.violations.push(text));
  await page.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (event) => {
      globalThis.tellViolation(`${event.violatedDirective} refuses ${event.blockedURI} ${event.sample}`);
    });
  });
};

const visit = async (browser, asked) => {
  const found = { console: [], faults: [], requests: [], violations: [], dialogs: [], results: {} };
  const context = await browser.newContext({
    colorScheme: asked.scheme, viewport: { width: asked.width, height: asked.height },
    bypassCSP: asked.bypass, javaScriptEnabled: asked.scripts, reducedMotion: "reduce",
    permissions: ["clipboard-read", "clipboard-write"],
  });
  try {
    context.setDefaultTimeout(60000); // other work may keep the machine busy
    const page = await context.newPage();
    await watch(page, found);
    await page.goto(asked.url, { waitUntil: "load" });
    for (const [number, step] of asked.steps.entries()) {
      try {
        const told = await steps[step.do](page, step);
        if (step.as) found.results[step.as] = told;
      } catch (error) {
        return { error: `step ${number + 1} ${JSON.stringify(step)}: ${error.message}` };
      }
    }
    await page.waitForTimeout(50);
    return found;
  } catch (error) {
    return { error: error.message };
  } finally {
    await context.close();
  }
};

const browser = await chromium.launch({ executablePath: program, args: ["--no-sandbox"] });
try {
  for await (const line of createInterface({ input: process.stdin })) {
    process.stdout.write(`${JSON.stringify(await visit(browser, JSON.parse(line)))}\n`);
  }
} finally {
  await browser.close();
}
