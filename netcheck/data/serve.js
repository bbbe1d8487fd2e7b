"use strict";
(() => {
  // The page asks every second whether it still shows what the files say. It never changes by itself while somebody reads it:
  // it says so, and a button brings what is new. No answer is said as well: what is shown may be of yesterday then.
  const live = document.getElementById("live");
  const form = document.getElementById("question");
  const isAnswer = document.getElementById("packets") !== null;
  let shown = "";

  const say = (text, faults, action) => {
    const told = JSON.stringify([text, faults, action]);
    if (told === shown) return;
    shown = told;
    live.replaceChildren();
    live.hidden = text === "";
    const line = document.createElement("p");
    line.textContent = text;
    live.append(line);
    for (const fault of faults) {
      const block = document.createElement("pre");
      block.textContent = fault;
      block.tabIndex = 0;
      live.append(block);
    }
    if (action) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = action;
      button.addEventListener("click", () => { isAnswer ? form.requestSubmit() : location.assign(location.pathname); });
      live.append(button);
    }
  };

  const ask = async () => {
    const slow = setTimeout(() => say("The files are being read again: this page may be stale.", [], ""), 1500);
    try {
      const reply = await fetch("state", { cache: "no-store", signal: AbortSignal.timeout(600000) });
      if (!reply.ok) throw new Error(String(reply.status));
      const state = await reply.json();
      if (String(state.version) === live.dataset.version) say("", [], "");
      else if (state.faults.length) say("A file has changed and cannot be read: this page is stale.", state.faults, "");
      else say("A file has changed: this page is stale.", [], isAnswer ? "Ask again" : "Show what is new");
    } catch (gone) {
      say("netcheck serve does not answer: this page may be stale.", [], "");
    } finally {
      clearTimeout(slow);
    }
    setTimeout(ask, 1000);
  };
  ask();
})();
