"use strict";
// Swagger UI sends real requests to this origin with the key that the reader enters; it is kept in the page only.
const trying = document.getElementById("trying");

// Swagger UI turns dark by a class, not by the media query.
const dark = window.matchMedia("(prefers-color-scheme: dark)");
const follow = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", follow);
follow();

// It fills each field with its example and sends what is filled in. An optional one is better left out: the cursor of
// an example belongs to no list here and is refused.
function withoutOptionalExamples(description) {
  const { parameters = {}, schemas = {} } = description.components;
  const operations = Object.values(description.paths).flatMap((path) => Object.values(path));
  const all = [...Object.values(parameters), ...operations.flatMap((operation) => operation.parameters ?? [])];
  for (const parameter of all.filter((one) => !one.required && one.schema)) {
    const name = parameter.schema.$ref?.split("/").pop();
    parameter.schema = { ...(name ? schemas[name] : parameter.schema) };
    delete parameter.schema.example;
    delete parameter.example;
  }
  return description;
}

fetch(trying.dataset.document)
  .then((answer) => answer.json())
  .then((description) =>
    SwaggerUIBundle({
      spec: withoutOptionalExamples(description),
      domNode: trying,
      deepLinking: true,
      persistAuthorization: false,
      validatorUrl: null,
    }),
  );
