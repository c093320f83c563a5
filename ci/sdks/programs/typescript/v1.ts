// The scenario with openapi-fetch and the generated types of v1.
import { randomUUID } from "node:crypto";
import { tidings } from "tidings-v1";
import type { Client, components } from "tidings-v1";
import { given, say, variable } from "./say.js";

type ApiError = components["schemas"]["ApiError"];

const ADDRESS = variable("TIDINGS_SDK_ADDRESS");
const SINCE = "2026-01-01T00:00:00Z";
const LATER = "2027-01-01T00:00:00Z";
const PASSWORD = "a long walk by the sea";

/** An answer that has to be an error: `error` is an ApiError, or this does not compile. */
function refused(step: string, answer: { error?: ApiError | undefined; response: Response }): void {
  say(step, answer.response, given(answer.error, step));
}

function etag(response: Response): string {
  return given(response.headers.get("ETag") ?? undefined, "ETag");
}

async function account(client: Client): Promise<void> {
  const known = { email: `ada.${randomUUID()}@example.org`, password: PASSWORD };
  const made = await client.POST("/auth/register", { body: { ...known, name: "Ada Reader" } });
  say("account made", made.response, given(made.data, "account"));
  refused("account made twice", await client.POST("/auth/register", { body: known }));
  refused("password wrong", await client.POST("/auth/login", { body: { ...known, password: "another" } }));
  const logged = await client.POST("/auth/login", { body: known });
  const tokens = given(logged.data, "tokens");
  say("logged in", logged.response, tokens);
  const person = tidings(ADDRESS, tokens.token);
  const lists = await person.GET("/collections");
  say("own lists", lists.response, given(lists.data, "lists"));
}

async function keys(client: Client): Promise<void> {
  const made = await client.POST("/api-keys", {
    body: { name: "SDK scenario", scopes: ["articles:read"], expires_at: LATER },
  });
  const key = given(made.data, "key");
  say("key made", made.response, key);
  const listed = await client.GET("/api-keys", { params: { query: { limit: 100 } } });
  say("key listed", listed.response, listed.data?.data.find((other) => other.id === key.id));
  const withIt = tidings(ADDRESS, key.key);
  const used = await withIt.GET("/articles", { params: { query: { limit: 1 } } });
  say("key used", used.response, given(used.data, "articles"));
  const path = { key_id: key.id };
  const revoked = await client.DELETE("/api-keys/{key_id}", { params: { path } });
  say("key revoked", revoked.response);
  refused("key refused", await withIt.GET("/articles", { params: { query: { limit: 1 } } }));
}

async function articles(client: Client): Promise<string> {
  let first: string | undefined;
  let number = 0;
  let more: boolean;
  do {
    number += 1;
    const query = { limit: 100, page: number };
    const answer = await client.GET("/articles", { params: { query } });
    const page = given(answer.data, "articles");
    say("page of articles", answer.response, page);
    first ??= page.data[0]?.id;
    more = page.meta.has_more;
  } while (more);
  const path = { article_id: given(first, "article") };
  const got = await client.GET("/articles/{article_id}", { params: { path } });
  say("article", got.response, given(got.data, "article"));
  const header = { "If-None-Match": etag(got.response) };
  const same = await client.GET("/articles/{article_id}", { params: { path, header } });
  say("article not modified", same.response);
  const narrowed = await client.GET("/articles", {
    params: {
      query: { category: "technology", language: "en", from: SINCE, limit: 2 },
    },
  });
  say("articles narrowed", narrowed.response, given(narrowed.data, "articles"));
  return path.article_id;
}

async function collection(client: Client, article: string): Promise<void> {
  const params = { header: { "Idempotency-Key": randomUUID() } };
  const body = { name: "To read", description: "Before the review." };
  const made = await client.POST("/collections", { params, body });
  const list = given(made.data, "list");
  say("list made", made.response, list);
  const again = await client.POST("/collections", { params, body });
  say("list made again", again.response, given(again.data, "list"));
  refused("key reused", await client.POST("/collections", { params, body: { ...body, name: "Other" } }));
  await items(client, list.id, article);
  const path = { collection_id: list.id };
  const got = await client.GET("/collections/{collection_id}", { params: { path } });
  say("list", got.response, given(got.data, "list"));
  const matching = { path, header: { "If-Match": etag(got.response) } };
  const changed = await client.PATCH("/collections/{collection_id}", { params: matching, body: { name: "Read" } });
  say("list changed", changed.response, given(changed.data, "list"));
  const lost = await client.PATCH("/collections/{collection_id}", { params: matching, body: { name: "Lost" } });
  refused("list changed too late", lost);
  const removed = await client.DELETE("/collections/{collection_id}", { params: { path } });
  say("list removed", removed.response);
  refused("list not found", await client.GET("/collections/{collection_id}", { params: { path } }));
}

async function items(client: Client, list: string, article: string): Promise<void> {
  const path = { collection_id: list };
  const items = "/collections/{collection_id}/items";
  const inside = await client.POST(items, {
    params: { path },
    body: { article_id: article, tags: ["one"], status: "unread" },
  });
  say("article added", inside.response, given(inside.data, "item"));
  const body = { url: "https://www.example.org/cells", title: "How cells are made", status: "reading" as const };
  const outside = await client.POST(items, { params: { path }, body });
  const item = given(outside.data, "item");
  say("address added", outside.response, item);
  refused("address added twice", await client.POST(items, { params: { path }, body }));
  let number = 0;
  let more: boolean;
  do {
    number += 1;
    const query = { limit: 1, page: number };
    const answer = await client.GET(items, { params: { path, query } });
    const page = given(answer.data, "items");
    say("page of items", answer.response, page);
    more = page.meta.has_more;
  } while (more);
  const one = { path: { item_id: item.id } };
  const changed = await client.PATCH("/items/{item_id}", {
    params: one,
    body: { status: "done", tags: ["one", "two"] },
  });
  say("item changed", changed.response, given(changed.data, "item"));
  const removed = await client.DELETE("/items/{item_id}", { params: one });
  say("item removed", removed.response);
}

async function refusals(client: Client, reader: Client): Promise<void> {
  const invalid = { name: "" };
  refused("invalid", await client.POST("/collections", { body: invalid }));
  refused("forbidden", await reader.POST("/collections", { body: { name: "No" } }));
}

async function budget(limited: Client): Promise<void> {
  for (const limit of [1, 2, 3]) {
    const answer = await limited.GET("/articles", { params: { query: { limit } } });
    say("limited", answer.response, answer.data ?? answer.error);
  }
}

const client = tidings(ADDRESS, variable("TIDINGS_SDK_KEY"));
await account(client);
await keys(client);
const first = await articles(client);
await collection(client, first);
await refusals(client, tidings(ADDRESS, variable("TIDINGS_SDK_READER_KEY")));
await budget(tidings(ADDRESS, variable("TIDINGS_SDK_LIMITED_KEY")));
