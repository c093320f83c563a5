"use strict";
// Redoc renders the document that the page names. Everything comes from this origin. It has one theme for good: where
// the reader's scheme changes it is drawn anew.
const reading = document.getElementById("reading");
const dark = window.matchMedia("(prefers-color-scheme: dark)");

function theme() {
  const style = getComputedStyle(document.documentElement);
  const color = (name) => style.getPropertyValue(`--${name}`).trim();
  const [paper, ink, soft, line, panel, accent] = ["paper", "ink", "soft", "line", "panel", "accent"].map(color);
  return {
    spacing: { sectionVertical: 12 },
    colors: {
      primary: { main: accent },
      success: { main: color("ok") },
      warning: { main: color("warn") },
      error: { main: color("bad") },
      text: { primary: ink, secondary: soft },
      border: { light: line, dark: line },
      gray: { 50: panel, 100: panel },
      responses: {
        success: { color: color("ok"), backgroundColor: panel, tabTextColor: "#74d39c" },
        error: { color: color("bad"), backgroundColor: panel, tabTextColor: "#ff9a98" },
        redirect: { color: color("warn"), backgroundColor: panel, tabTextColor: "#eebb62" },
        info: { color: accent, backgroundColor: panel, tabTextColor: "#7ad3b7" },
      },
    },
    schema: { linesColor: line, nestedBackground: panel, typeNameColor: soft, typeTitleColor: soft, requireLabelColor: color("bad") },
    typography: {
      fontSize: "16px",
      fontFamily: style.getPropertyValue("--sans"),
      headings: { fontFamily: style.getPropertyValue("--serif"), fontWeight: "500" },
      code: { fontFamily: style.getPropertyValue("--mono"), color: color("code-string"), backgroundColor: panel, wrap: true },
      links: { color: accent, visited: accent, hover: accent },
    },
    sidebar: { backgroundColor: panel, textColor: ink, activeTextColor: accent },
    rightPanel: { backgroundColor: dark.matches ? "#0b0f10" : "#1c2326", textColor: "#e7ebe8" },
    codeBlock: { backgroundColor: dark.matches ? "#151b1d" : "#141a1c" },
    fab: { backgroundColor: panel, color: accent },
  };
}

function draw() {
  Redoc.init(reading.dataset.document, { hideDownloadButtons: true, nativeScrollbars: true, theme: theme() }, reading);
}

dark.addEventListener("change", draw);
draw();
