"use strict";
// Swagger UI sends real requests to this origin with the key that the reader enters; it is kept in the page only.
const trying = document.getElementById("trying");
SwaggerUIBundle({
  url: trying.dataset.document,
  domNode: trying,
  deepLinking: true,
  persistAuthorization: false,
  validatorUrl: null,
});
