// The scenario with the generated typescript-fetch client of v2.
import { randomUUID } from "node:crypto";
import {
  AccountToJSON,
  ApiKeyToJSON,
  ApiKeysApi,
  ArticleDetailToJSON,
  ArticleField,
  ArticlePageToJSON,
  ArticlesApi,
  AuthApi,
  Category,
  CollectionItemPageToJSON,
  CollectionItemToJSON,
  CollectionItemsApi,
  CollectionPageToJSON,
  CollectionToJSON,
  CollectionsApi,
  Configuration,
  CountMode,
  CreateCollectionItemStatusEnum,
  CreatedApiKeyToJSON,
  ItemStatus,
  MeApi,
  MeToJSON,
  ProblemFromJSON,
  ProblemToJSON,
  ResponseError,
  Scope,
  TokensToJSON,
} from "tidings-v2";
import type { ApiResponse, CreateCollection } from "tidings-v2";
import { given, say, variable } from "./say.js";

const ADDRESS = `${variable("TIDINGS_SDK_ADDRESS")}/v2`;
const SINCE = new Date("2026-01-01T00:00:00Z");
const LATER = new Date("2027-01-01T00:00:00Z");
const PASSWORD = "a long walk by the sea";

function configuration(key: string): Configuration {
  return new Configuration({ basePath: ADDRESS, accessToken: key });
}

/** Print an answer and give its body. */
async function shown<T>(step: string, answer: Promise<ApiResponse<T>>, toJson: (value: T) => object): Promise<T> {
  const answered = await answer;
  const body = await answered.value();
  say(step, answered.raw, toJson(body));
  return body;
}

/** Print an answer without a body. */
async function done(step: string, answer: Promise<ApiResponse<void>>): Promise<void> {
  say(step, (await answer).raw);
}

/** Print an answer that is no success. */
async function refused(step: string, answer: Promise<ApiResponse<unknown>>): Promise<void> {
  try {
    await answer;
  } catch (error) {
    if (!(error instanceof ResponseError)) throw error;
    const { response } = error;
    say(step, response, response.status === 304 ? undefined : ProblemToJSON(ProblemFromJSON(await response.json())));
    return;
  }
  throw new Error(`${step}: no error`);
}

async function account(nobody: Configuration): Promise<void> {
  const api = new AuthApi(nobody);
  const known = { email: `ada.${randomUUID()}@example.org`, password: PASSWORD };
  const registration = { ...known, name: "Ada Reader" };
  await shown("account made", api.registerAccountRaw({ registration }), AccountToJSON);
  await refused("account made twice", api.registerAccountRaw({ registration: known }));
  await refused("password wrong", api.logInRaw({ credentials: { ...known, password: "another" } }));
  const tokens = await shown("logged in", api.logInRaw({ credentials: known }), TokensToJSON);
  const person = configuration(tokens.accessToken);
  await shown("own lists", new CollectionsApi(person).listCollectionsRaw({}), CollectionPageToJSON);
  await shown("me", new MeApi(person).getMeRaw({}), MeToJSON);
  const { refreshToken } = tokens;
  const next = await shown("refreshed", api.refreshTokensRaw({ refreshTokens: { refreshToken } }), TokensToJSON);
  const again = configuration(next.accessToken);
  await done("logged out", new AuthApi(again).logOutRaw({}));
  await refused("log-in over", new MeApi(again).getMeRaw({}));
}

async function keys(account: Configuration): Promise<void> {
  const api = new ApiKeysApi(account);
  const wanted = { name: "SDK scenario", scopes: new Set([Scope.ArticlesRead]), expiresAt: LATER };
  const made = await shown("key made", api.createApiKeyRaw({ createApiKey: wanted }), CreatedApiKeyToJSON);
  const listed = await api.listApiKeysRaw({ limit: 100 });
  const found = (await listed.value()).data.find((key) => key.id === made.id);
  say("key listed", listed.raw, ApiKeyToJSON(given(found, "key")));
  const withIt = new ArticlesApi(configuration(made.key));
  await shown("key used", withIt.listArticlesRaw({ limit: 1 }), ArticlePageToJSON);
  await done("key revoked", api.revokeApiKeyRaw({ keyId: made.id }));
  await refused("key refused", withIt.listArticlesRaw({ limit: 1 }));
}

async function articles(account: Configuration): Promise<string> {
  const api = new ArticlesApi(account);
  let first: string | undefined;
  let cursor: string | undefined;
  do {
    const asked = cursor === undefined ? { limit: 100 } : { limit: 100, cursor };
    const page = await shown("page of articles", api.listArticlesRaw(asked), ArticlePageToJSON);
    first ??= page.data[0]?.id;
    cursor = page.page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  const articleId = given(first, "article");
  const got = await api.getArticleRaw({ articleId });
  say("article", got.raw, ArticleDetailToJSON(await got.value()));
  const ifNoneMatch = given(got.raw.headers.get("ETag") ?? undefined, "ETag");
  await refused("article not modified", api.getArticleRaw({ articleId, ifNoneMatch }));
  const narrowed = {
    category: Category.Technology,
    language: "en",
    from: SINCE,
    limit: 2,
    fields: new Set([ArticleField.Summary]),
    count: CountMode.Exact,
  };
  await shown("articles narrowed", api.listArticlesRaw(narrowed), ArticlePageToJSON);
  return articleId;
}

async function collection(account: Configuration, article: string): Promise<void> {
  const api = new CollectionsApi(account);
  const idempotencyKey = randomUUID();
  const createCollection = { name: "To read", description: "Before the review." };
  const made = await shown("list made", api.createCollectionRaw({ createCollection, idempotencyKey }), CollectionToJSON);
  await shown("list made again", api.createCollectionRaw({ createCollection, idempotencyKey }), CollectionToJSON);
  await refused("key reused", api.createCollectionRaw({ createCollection: { name: "Other" }, idempotencyKey }));
  const collectionId = made.id;
  await items(account, collectionId, article);
  const got = await api.getCollectionRaw({ collectionId });
  say("list", got.raw, CollectionToJSON(await got.value()));
  const ifMatch = given(got.raw.headers.get("ETag") ?? undefined, "ETag");
  const changed = { collectionId, ifMatch, updateCollection: { name: "Read" } };
  await shown("list changed", api.updateCollectionRaw(changed), CollectionToJSON);
  const lost = { collectionId, ifMatch, updateCollection: { name: "Lost" } };
  await refused("list changed too late", api.updateCollectionRaw(lost));
  await done("list removed", api.deleteCollectionRaw({ collectionId }));
  await refused("list not found", api.getCollectionRaw({ collectionId }));
}

async function items(account: Configuration, collectionId: string, article: string): Promise<void> {
  const api = new CollectionItemsApi(account);
  const inside = { collectionId, createCollectionItem: { articleId: article, tags: ["one"] } };
  await shown("article added", api.createCollectionItemRaw(inside), CollectionItemToJSON);
  const outside = {
    collectionId,
    createCollectionItem: {
      url: "https://www.example.org/cells",
      title: "How cells are made",
      status: CreateCollectionItemStatusEnum.Reading,
    },
  };
  const item = await shown("address added", api.createCollectionItemRaw(outside), CollectionItemToJSON);
  await refused("address added twice", api.createCollectionItemRaw(outside));
  let cursor: string | undefined;
  do {
    const asked = cursor === undefined ? { collectionId, limit: 1 } : { collectionId, limit: 1, cursor };
    const page = await shown("page of items", api.listCollectionItemsRaw(asked), CollectionItemPageToJSON);
    cursor = page.page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  const one = { collectionId, itemId: item.id };
  const updateCollectionItem = { status: ItemStatus.Done, tags: ["one", "two"] };
  await shown("item changed", api.updateCollectionItemRaw({ ...one, updateCollectionItem }), CollectionItemToJSON);
  await done("item removed", api.deleteCollectionItemRaw(one));
}

async function refusals(account: Configuration, reader: Configuration): Promise<void> {
  const invalid: CreateCollection = { name: "", description: "x".repeat(2001) };
  await refused("invalid", new CollectionsApi(account).createCollectionRaw({ createCollection: invalid }));
  await refused("forbidden", new CollectionsApi(reader).createCollectionRaw({ createCollection: { name: "No" } }));
}

async function budget(limited: Configuration): Promise<void> {
  const api = new ArticlesApi(limited);
  await shown("limited", api.listArticlesRaw({ limit: 1 }), ArticlePageToJSON);
  await shown("limited", api.listArticlesRaw({ limit: 2 }), ArticlePageToJSON);
  await refused("limited", api.listArticlesRaw({ limit: 3 }));
}

const holder = configuration(variable("TIDINGS_SDK_KEY"));
await account(holder);
await keys(holder);
const first = await articles(holder);
await collection(holder, first);
await refusals(holder, configuration(variable("TIDINGS_SDK_READER_KEY")));
await budget(configuration(variable("TIDINGS_SDK_LIMITED_KEY")));
