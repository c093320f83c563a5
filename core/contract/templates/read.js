"use strict";
// Redoc renders the document that the page names. Everything comes from this origin.
const reading = document.getElementById("reading");
Redoc.init(reading.dataset.document, { hideDownloadButtons: true, nativeScrollbars: true }, reading);
