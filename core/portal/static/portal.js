"use strict";
// What a page can do more where scripts run: fill the reader's key into the examples, and copy them. The key is kept in
// the field and in the text of this page, and nowhere else; the page's policy forbids every connection.

const FORM = /^tdk_(live|test)_[0-9A-Za-z]{36}$/;

function fillIn(field) {
  const input = field.querySelector("input");
  const said = field.querySelector("[role=status]");
  const places = [...document.querySelectorAll("[data-key]")];
  const example = places.map((place) => place.textContent);
  const show = () => {
    const key = input.value.trim();
    const fits = FORM.test(key);
    places.forEach((place, index) => {
      place.textContent = fits ? key : example[index];
      place.classList.toggle("filled", fits);
    });
    input.setAttribute("aria-invalid", String(key !== "" && !fits));
    if (key === "") said.textContent = "";
    else if (fits) said.textContent = `Filled into ${places.length} places below.`;
    else said.textContent = "A key is tdk_live_ or tdk_test_ and 36 letters and digits.";
  };
  input.addEventListener("input", show);
  // the page may come back from the browser's memory: the key does not
  window.addEventListener("pagehide", () => {
    input.value = "";
    show();
  });
  input.value = "";
  field.hidden = false;
}

function offerCopy(figure) {
  const button = document.createElement("button");
  const label = figure.querySelector("figcaption").textContent;
  button.type = "button";
  button.className = "copy";
  button.textContent = "Copy";
  button.setAttribute("aria-label", `Copy: ${label}`);
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(figure.querySelector("code").textContent);
    button.textContent = "Copied";
    setTimeout(() => (button.textContent = "Copy"), 2000);
  });
  figure.querySelector("figcaption").append(button);
}

document.querySelectorAll("[data-keyfield]").forEach(fillIn);
// the clipboard is there on https and on this machine only
if (navigator.clipboard) document.querySelectorAll("figure.code").forEach(offerCopy);
