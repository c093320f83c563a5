// A typed client: the paths, parameters, bodies and errors of the document, over fetch.
import createClient, { type Client as TypedClient } from "openapi-fetch";
import type { paths } from "./schema.js";

export type { components, operations, paths } from "./schema.js";
export type Client = TypedClient<paths>;

/** A client of the instance at `address` (https://news.example.org) that sends `key` with every request. */
export function tidings(address: string, key: string): Client {
  return createClient<paths>({ baseUrl: `${address}/VERSION`, headers: { Authorization: `Bearer ${key}` } });
}
