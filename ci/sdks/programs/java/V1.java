import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.time.OffsetDateTime;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import tidings.v1.ApiClient;
import tidings.v1.ApiException;
import tidings.v1.ApiResponse;
import tidings.v1.api.ApiKeysApi;
import tidings.v1.api.ArticlesApi;
import tidings.v1.api.AuthApi;
import tidings.v1.api.CollectionItemsApi;
import tidings.v1.api.CollectionsApi;
import tidings.v1.model.ApiError;
import tidings.v1.model.ApiKey;
import tidings.v1.model.ApiKeyList;
import tidings.v1.model.Article;
import tidings.v1.model.ArticleList;
import tidings.v1.model.Category;
import tidings.v1.model.Collection;
import tidings.v1.model.CollectionItem;
import tidings.v1.model.CollectionItemList;
import tidings.v1.model.CreateApiKey;
import tidings.v1.model.CreateCollection;
import tidings.v1.model.CreateCollectionItem;
import tidings.v1.model.CreatedApiKey;
import tidings.v1.model.Credentials;
import tidings.v1.model.ItemStatus;
import tidings.v1.model.Registration;
import tidings.v1.model.Scope;
import tidings.v1.model.Token;
import tidings.v1.model.UpdateCollection;
import tidings.v1.model.UpdateCollectionItem;

/** The scenario with the generated Java client of v1. */
final class V1 {
  private static final String ADDRESS = Say.variable("TIDINGS_SDK_ADDRESS") + "/v1";
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
      ApiError refusal = body.isEmpty() ? null : client.getObjectMapper().readValue(body, ApiError.class);
      say.step(step, error.getCode(), error.getResponseHeaders().map(), refusal);
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
    Token tokens = shown("logged in", api.logInWithHttpInfo(known, null, null));
    ApiClient person = clientWith(tokens.getToken());
    CollectionsApi.APIListCollectionsRequest all = CollectionsApi.APIListCollectionsRequest.newBuilder().build();
    shown("own lists", new CollectionsApi(person).listCollectionsWithHttpInfo(all));
  }

  private void keys() throws IOException, ApiException {
    ApiKeysApi api = new ApiKeysApi(client);
    Set<Scope> scopes = new LinkedHashSet<>(List.of(Scope.ARTICLES_READ));
    CreateApiKey wanted = new CreateApiKey().name("SDK scenario").scopes(scopes).expiresAt(LATER);
    CreatedApiKey made = shown("key made", api.createApiKeyWithHttpInfo(wanted, null));
    ApiResponse<ApiKeyList> listed = api.listApiKeysWithHttpInfo(1, 100, null);
    for (ApiKey key : listed.getData().getData()) {
      if (key.getId().equals(made.getId())) {
        say.step("key listed", listed.getStatusCode(), listed.getHeaders(), key);
      }
    }
    ArticlesApi withIt = new ArticlesApi(clientWith(made.getKey()));
    shown("key used", withIt.listArticlesWithHttpInfo(first(1)));
    shown("key revoked", api.revokeApiKeyWithHttpInfo(made.getId()));
    refused("key refused", () -> withIt.listArticlesWithHttpInfo(first(1)));
  }

  private String articles() throws IOException, ApiException {
    ArticlesApi api = new ArticlesApi(client);
    String first = null;
    int number = 0;
    boolean more;
    do {
      number += 1;
      ArticlesApi.APIListArticlesRequest asked =
          ArticlesApi.APIListArticlesRequest.newBuilder().limit(100).page(number).build();
      ArticleList page = shown("page of articles", api.listArticlesWithHttpInfo(asked));
      first = first == null ? page.getData().get(0).getId() : first;
      more = page.getMeta().getHasMore();
    } while (more);
    String id = first;
    ApiResponse<Article> got = api.getArticleWithHttpInfo(id, null);
    shown("article", got);
    refused("article not modified", () -> api.getArticleWithHttpInfo(id, etag(got)));
    ArticlesApi.APIListArticlesRequest narrowed =
        ArticlesApi.APIListArticlesRequest.newBuilder()
            .category(Category.TECHNOLOGY)
            .language("en")
            .from(SINCE)
            .limit(2)
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
    int number = 0;
    boolean more;
    do {
      number += 1;
      CollectionItemsApi.APIListCollectionItemsRequest asked =
          CollectionItemsApi.APIListCollectionItemsRequest.newBuilder().collectionId(list).limit(1).page(number).build();
      CollectionItemList page = shown("page of items", api.listCollectionItemsWithHttpInfo(asked));
      more = page.getMeta().getHasMore();
    } while (more);
    UpdateCollectionItem done = new UpdateCollectionItem().status(ItemStatus.DONE).tags(List.of("one", "two"));
    shown("item changed", api.updateCollectionItemWithHttpInfo(item.getId(), done, null, null));
    shown("item removed", api.deleteCollectionItemWithHttpInfo(item.getId(), null));
  }

  private void refusals() throws IOException {
    CreateCollection invalid = new CreateCollection().name("");
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
    V1 walk = new V1();
    walk.account();
    walk.keys();
    walk.collection(walk.articles());
    walk.refusals();
    walk.budget();
  }
}
