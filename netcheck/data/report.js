"use strict";
(() => {
  // A hop of a picture is a link to its details; these are opened, those of the same way closed, and the keyboard goes there.
  const show = (details) => {
    for (const other of details.parentNode.querySelectorAll(".hop-details")) other.open = other === details;
    details.querySelector("summary").focus({ preventScroll: true });
    details.scrollIntoView({ block: "nearest" });
  };
  for (const link of document.querySelectorAll(".hop a")) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      show(document.getElementById(link.getAttribute("href").slice(1)));
    });
  }
})();
