"use strict";
(() => {
  const each = (selector, act) => document.querySelectorAll(selector).forEach(act);

  // A filter keeps the rows of its first table that hold every word typed; rows of the
  // other tables follow by their keys.
  const startFilter = (box) => {
    const [own, ...others] = box.dataset.tables.split(" ").map((id) => [...document.getElementById(id).tBodies[0].rows]);
    const texts = own.map((row) => row.textContent.toLowerCase());
    const input = box.querySelector("input");
    const apply = () => {
      const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
      const kept = new Set();
      let count = 0;
      own.forEach((row, at) => {
        row.hidden = !words.every((word) => texts[at].includes(word));
        if (!row.hidden) {
          count += 1;
          kept.add(row.dataset.key);
        }
      });
      others.flat().forEach((row) => {
        row.hidden = words.length > 0 && !row.dataset.key.split(" ").some((key) => kept.has(key));
      });
      const told = `${count} of ${own.length} ${box.dataset.noun} shown`;
      box.querySelector("output").textContent = words.length ? told : "";
    };
    input.addEventListener("input", apply);
    box.hidden = false;
    apply();
  };

  // What is copied is the text shown. Where the browser refuses, the text is left selected for the keyboard.
  const startCopy = (button) => {
    const shown = document.getElementById(button.dataset.copy);
    const say = (text) => { button.parentNode.querySelector("[role=status]").textContent = text; };
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(shown.textContent);
        say("Copied");
      } catch (refused) {
        getSelection().selectAllChildren(shown);
        say(document.execCommand("copy") ? "Copied" : "Selected: copy it with Ctrl+C");
      }
    });
    button.hidden = false;
  };

  // Tabs as in the ARIA Authoring Practices: one is in the order of Tab, arrows, Home and End move among them.
  const startTabs = (group) => {
    const views = [...group.children];
    const list = document.createElement("div");
    list.setAttribute("role", "tablist");
    list.setAttribute("aria-label", group.dataset.label);
    const buttons = views.map((view) => {
      const button = document.createElement("button");
      Object.assign(button, { type: "button", id: `${view.id}-tab`, textContent: view.firstElementChild.textContent });
      button.setAttribute("role", "tab");
      button.setAttribute("aria-controls", view.id);
      view.setAttribute("role", "tabpanel");
      view.setAttribute("aria-labelledby", button.id);
      view.tabIndex = 0;
      list.append(button);
      return button;
    });
    const choose = (chosen) => buttons.forEach((button, at) => {
      button.setAttribute("aria-selected", String(at === chosen));
      button.tabIndex = at === chosen ? 0 : -1;
      views[at].hidden = at !== chosen;
    });
    buttons.forEach((button, at) => {
      button.addEventListener("click", () => choose(at));
      button.addEventListener("keydown", (event) => {
        const count = buttons.length;
        const next = { ArrowRight: at + 1, ArrowLeft: at + count - 1, Home: 0, End: count - 1 }[event.key];
        if (next === undefined) return;
        event.preventDefault();
        choose(next % count);
        buttons[next % count].focus();
      });
    });
    group.prepend(list);
    group.classList.add("ready");
    const aimed = document.getElementById(location.hash.slice(1));
    choose(Math.max(0, views.findIndex((view) => view.contains(aimed))));
  };

  // A picture is as large as it was drawn, or as wide as there is room.
  const startFit = (button) => {
    button.addEventListener("click", () => {
      const fits = document.getElementById(button.dataset.fit).classList.toggle("fitted");
      button.setAttribute("aria-pressed", String(fits));
    });
    button.hidden = false;
  };

  // What does not scroll is no stop of the Tab key.
  const scrolls = (one) => one.scrollWidth > one.clientWidth || one.scrollHeight > one.clientHeight;
  const watch = new ResizeObserver((seen) => seen.forEach(({ target }) => { target.tabIndex = scrolls(target) ? 0 : -1; }));

  each(".scroll, .copyable pre", (one) => watch.observe(one));
  each(".tabs", startTabs);
  each(".filter", startFilter);
  each("[data-copy]", startCopy);
  each("[data-fit]", startFit);
  addEventListener("beforeprint", () => each("details", (one) => { one.open = true; }));
})();
