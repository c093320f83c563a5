"use strict";
// Redoc renders the document that the page names. Everything comes from this origin.
const reading = document.getElementById("reading");
const options = { hideDownloadButtons: true, nativeScrollbars: true, theme: { spacing: { sectionVertical: 12 } } };
Redoc.init(reading.dataset.document, options, reading);
