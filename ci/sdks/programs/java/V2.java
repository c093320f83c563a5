import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.time.OffsetDateTime;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import tidings.v2.ApiClient;
import tidings.v2.ApiException;
import tidings.v2.ApiResponse;
import tidings.v2.api.ApiKeysApi;
import tidings.v2.api.ArticlesApi;
import tidings.v2.api.AuthApi;
import tidings.v2.api.CollectionItemsApi;
import tidings.v2.api.CollectionsApi;
import tidings.v2.api.MeApi;
import tidings.v2.model.ApiKey;
import tidings.v2.model.ApiKeyPage;
import tidings.v2.model.ArticleDetail;
import tidings.v2.model.ArticleField;
import tidings.v2.model.ArticlePage;
import tidings.v2.model.Category;
import tidings.v2.model.Collection;
import tidings.v2.model.CollectionItem;
import tidings.v2.model.CollectionItemPage;
import tidings.v2.model.CountMode;
import tidings.v2.model.CreateApiKey;
import tidings.v2.model.CreateCollection;
import tidings.v2.model.CreateCollectionItem;
import tidings.v2.model.CreatedApiKey;
import tidings.v2.model.Credentials;
import tidings.v2.model.ItemStatus;
import tidings.v2.model.Problem;
import tidings.v2.model.RefreshTokens;
import tidings.v2.model.Registration;
import tidings.v2.model.Scope;
import tidings.v2.model.Tokens;
import tidings.v2.model.UpdateCollection;
import tidings.v2.model.UpdateCollectionItem;

/** The scenario with the generated Java client of v2. */
final class V2 {
  private static final String ADDRESS = Say.variable("TIDINGS_SDK_ADDRESS") + "/v2";
  private static final OffsetDateTime SINCE = OffsetDateTime.parse("2026-01-01T00:00:00Z");
  private static final OffsetDateTime LATER = OffsetDateTime.parse("2027-01-01T00:00:00Z");
  private static final String PASSWORD = "a long walk by the sea";
  private final ApiClient client = clientWith(Say.variable("TIDINGS_SDK_KEY"));
  private final Say say = new Say(client.getObjectMapper());

  /** A call of the client. */
  private interface Call<T> {
    ApiResponse<T> make() throws ApiException;
  }

  private static ApiClient clientWith(String key) {
    ApiClient client = new ApiClient();
    // Java asks to upgrade to HTTP/2 over plain http, which takes the body of a POST from the server's parser
    client.setHttpClientBuilder(HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1));
    client.updateBaseUri(ADDRESS);
    client.setRequestInterceptor(request -> request.header("Authorization", "Bearer " + key));
    return client;
  }

  private <T> T shown(String step, ApiResponse<T> answer) throws IOException {
    say.step(step, answer.getStatusCode(), answer.getHeaders(), answer.getData());
    return answer.getData();
  }

  private <T> void refused(String step, Call<T> call) throws IOException {
    try {
      call.make();
    } catch (ApiException error) {
      String body = Optional.ofNullable(error.getResponseBody()).orElse("");
      Problem problem = body.isEmpty() ? null : client.getObjectMapper().readValue(body, Problem.class);
      say.step(step, error.getCode(), error.getResponseHeaders().map(), problem);
      return;
    }
    throw new IllegalStateException(step + ": no error");
  }

  private static String etag(ApiResponse<?> answer) {
    return answer.getHeaders().get("etag").get(0);
  }

  private static ArticlesApi.APIListArticlesRequest first(int limit) {
    return ArticlesApi.APIListArticlesRequest.newBuilder().limit(limit).build();
  }

  private void account() throws IOException, ApiException {
    AuthApi api = new AuthApi(client);
    String email = "ada." + UUID.randomUUID() + "@example.org";
    Registration wanted = new Registration().email(email).password(PASSWORD);
    Registration named = new Registration().email(email).password(PASSWORD).name("Ada Reader");
    shown("account made", api.registerAccountWithHttpInfo(named, null));
    refused("account made twice", () -> api.registerAccountWithHttpInfo(wanted, null));
    Credentials wrong = new Credentials().email(email).password("another");
    refused("password wrong", () -> api.logInWithHttpInfo(wrong, null, null));
    Credentials known = new Credentials().email(email).password(PASSWORD);
    Tokens tokens = shown("logged in", api.logInWithHttpInfo(known, null, null));
    ApiClient person = clientWith(tokens.getAccessToken());
    CollectionsApi.APIListCollectionsRequest all = CollectionsApi.APIListCollectionsRequest.newBuilder().build();
    shown("own lists", new CollectionsApi(person).listCollectionsWithHttpInfo(all));
    shown("me", new MeApi(person).getMeWithHttpInfo((String) null));
    RefreshTokens last = new RefreshTokens().refreshToken(tokens.getRefreshToken());
    Tokens next = shown("refreshed", api.refreshTokensWithHttpInfo(last, null));
    ApiClient again = clientWith(next.getAccessToken());
    shown("logged out", new AuthApi(again).logOutWithHttpInfo((String) null));
    refused("log-in over", () -> new MeApi(again).getMeWithHttpInfo((String) null));
  }

  private void keys() throws IOException, ApiException {
    ApiKeysApi api = new ApiKeysApi(client);
    Set<Scope> scopes = new LinkedHashSet<>(List.of(Scope.ArticlesRead));
    CreateApiKey wanted = new CreateApiKey().name("SDK scenario").scopes(scopes).expiresAt(LATER);
    CreatedApiKey made = shown("key made", api.createApiKeyWithHttpInfo(wanted, null));
    ApiResponse<ApiKeyPage> listed = api.listApiKeysWithHttpInfo(null, 100, null);
    for (ApiKey key : listed.getData().getData()) {
      if (key.getId().equals(made.getId())) {
        say.step("key listed", listed.getStatusCode(), listed.getHeaders(), key);
      }
    }
    ArticlesApi withIt = new ArticlesApi(clientWith(made.getKey()));
    shown("key used", withIt.listArticlesWithHttpInfo(first(1)));
    shown("key revoked", api.revokeApiKeyWithHttpInfo(made.getId(), null));
    refused("key refused", () -> withIt.listArticlesWithHttpInfo(first(1)));
  }

  private String articles() throws IOException, ApiException {
    ArticlesApi api = new ArticlesApi(client);
    String first = null;
    String cursor = null;
    do {
      ArticlesApi.APIListArticlesRequest asked =
          ArticlesApi.APIListArticlesRequest.newBuilder().limit(100).cursor(cursor).build();
      ArticlePage page = shown("page of articles", api.listArticlesWithHttpInfo(asked));
      first = first == null ? page.getData().get(0).getId() : first;
      cursor = page.getPage().getNextCursor();
    } while (cursor != null);
    String id = first;
    ApiResponse<ArticleDetail> got = api.getArticleWithHttpInfo(id, null);
    shown("article", got);
    refused("article not modified", () -> api.getArticleWithHttpInfo(id, etag(got)));
    ArticlesApi.APIListArticlesRequest narrowed =
        ArticlesApi.APIListArticlesRequest.newBuilder()
            .category(Category.TECHNOLOGY)
            .language("en")
            .from(SINCE)
            .limit(2)
            .fields(Set.of(ArticleField.SUMMARY))
            .count(CountMode.EXACT)
            .build();
    shown("articles narrowed", api.listArticlesWithHttpInfo(narrowed));
    return id;
  }

  private void collection(String article) throws IOException, ApiException {
    CollectionsApi api = new CollectionsApi(client);
    String once = UUID.randomUUID().toString();
    CreateCollection wanted = new CreateCollection().name("To read").description("Before the review.");
    String id = shown("list made", api.createCollectionWithHttpInfo(wanted, once)).getId();
    shown("list made again", api.createCollectionWithHttpInfo(wanted, once));
    refused("key reused", () -> api.createCollectionWithHttpInfo(new CreateCollection().name("Other"), once));
    items(id, article);
    ApiResponse<Collection> got = api.getCollectionWithHttpInfo(id, null);
    shown("list", got);
    String match = etag(got);
    shown("list changed", api.updateCollectionWithHttpInfo(id, new UpdateCollection().name("Read"), match, null));
    UpdateCollection lost = new UpdateCollection().name("Lost");
    refused("list changed too late", () -> api.updateCollectionWithHttpInfo(id, lost, match, null));
    shown("list removed", api.deleteCollectionWithHttpInfo(id, null));
    refused("list not found", () -> api.getCollectionWithHttpInfo(id, null));
  }

  private void items(String list, String article) throws IOException, ApiException {
    CollectionItemsApi api = new CollectionItemsApi(client);
    CreateCollectionItem inside = new CreateCollectionItem().articleId(article).tags(List.of("one"));
    shown("article added", api.createCollectionItemWithHttpInfo(list, inside, null));
    CreateCollectionItem outside =
        new CreateCollectionItem()
            .url(URI.create("https://www.example.org/cells"))
            .title("How cells are made")
            .status(CreateCollectionItem.StatusEnum.READING);
    CollectionItem item = shown("address added", api.createCollectionItemWithHttpInfo(list, outside, null));
    refused("address added twice", () -> api.createCollectionItemWithHttpInfo(list, outside, null));
    String cursor = null;
    do {
      CollectionItemsApi.APIListCollectionItemsRequest asked =
          CollectionItemsApi.APIListCollectionItemsRequest.newBuilder().collectionId(list).limit(1).cursor(cursor).build();
      CollectionItemPage page = shown("page of items", api.listCollectionItemsWithHttpInfo(asked));
      cursor = page.getPage().getNextCursor();
    } while (cursor != null);
    UpdateCollectionItem done = new UpdateCollectionItem().status(ItemStatus.DONE).tags(List.of("one", "two"));
    shown("item changed", api.updateCollectionItemWithHttpInfo(list, item.getId(), done, null, null));
    shown("item removed", api.deleteCollectionItemWithHttpInfo(list, item.getId(), null));
  }

  private void refusals() throws IOException {
    CreateCollection invalid = new CreateCollection().name("").description("x".repeat(2001));
    refused("invalid", () -> new CollectionsApi(client).createCollectionWithHttpInfo(invalid, null));
    CollectionsApi reader = new CollectionsApi(clientWith(Say.variable("TIDINGS_SDK_READER_KEY")));
    refused("forbidden", () -> reader.createCollectionWithHttpInfo(new CreateCollection().name("No"), null));
  }

  private void budget() throws IOException, ApiException {
    ArticlesApi api = new ArticlesApi(clientWith(Say.variable("TIDINGS_SDK_LIMITED_KEY")));
    shown("limited", api.listArticlesWithHttpInfo(first(1)));
    shown("limited", api.listArticlesWithHttpInfo(first(2)));
    refused("limited", () -> api.listArticlesWithHttpInfo(first(3)));
  }

  /** Walk through the scenario. */
  public static void main(String[] arguments) throws IOException, ApiException {
    V2 walk = new V2();
    walk.account();
    walk.keys();
    walk.collection(walk.articles());
    walk.refusals();
    walk.budget();
  }
}
