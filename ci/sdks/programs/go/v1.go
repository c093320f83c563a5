// The scenario with the generated Go client of v1.
package main

import (
	"context"
	"time"

	"github.com/google/uuid"
	openapi "github.com/oapi-codegen/runtime/types"
	api "tidingsv1"
)

const password = "a long walk by the sea"

var (
	background = context.Background()
	since      = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	later      = time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
)

func clientWith(key string) *api.ClientWithResponses {
	address := variable("TIDINGS_SDK_ADDRESS") + "/v1"
	client, err := api.NewClientWithResponses(address, api.WithRequestEditorFn(bearer(key)))
	check(err)
	return client
}

func account(client *api.ClientWithResponses) {
	email := openapi.Email("ada." + uuid.NewString() + "@example.org")
	wanted := api.Registration{Email: email, Password: password, Name: pointer("Ada Reader")}
	made, err := client.RegisterAccountWithResponse(background, nil, wanted)
	check(err)
	shown("account made", made.HTTPResponse, made.JSON201)
	twice, err := client.RegisterAccountWithResponse(background, nil, api.Registration{Email: email, Password: password})
	check(err)
	shown("account made twice", twice.HTTPResponse, twice.JSON409)
	wrong, err := client.LogInWithResponse(background, nil, api.Credentials{Email: email, Password: "another"})
	check(err)
	shown("password wrong", wrong.HTTPResponse, wrong.JSON401)
	in, err := client.LogInWithResponse(background, nil, api.Credentials{Email: email, Password: password})
	check(err)
	tokens := shown("logged in", in.HTTPResponse, in.JSON200)
	person := clientWith(tokens.Token)
	lists, err := person.ListCollectionsWithResponse(background, nil)
	check(err)
	shown("own lists", lists.HTTPResponse, lists.JSON200)
}

func keys(client *api.ClientWithResponses) {
	wanted := api.CreateAPIKey{Name: "SDK scenario", Scopes: &[]api.Scope{api.ScopeArticlesRead}, ExpiresAt: &later}
	made, err := client.CreateAPIKeyWithResponse(background, nil, wanted)
	check(err)
	key := shown("key made", made.HTTPResponse, made.JSON201)
	listed, err := client.ListAPIKeysWithResponse(background, &api.ListAPIKeysParams{Limit: pointer(100)})
	check(err)
	for _, other := range listed.JSON200.Data {
		if other.ID == key.ID {
			say("key listed", listed.HTTPResponse, other)
		}
	}
	withIt := clientWith(key.Key)
	used, err := withIt.ListArticlesWithResponse(background, &api.ListArticlesParams{Limit: pointer(1)})
	check(err)
	shown("key used", used.HTTPResponse, used.JSON200)
	revoked, err := client.RevokeAPIKeyWithResponse(background, key.ID)
	check(err)
	say("key revoked", revoked.HTTPResponse, nil)
	refused, err := withIt.ListArticlesWithResponse(background, &api.ListArticlesParams{Limit: pointer(1)})
	check(err)
	shown("key refused", refused.HTTPResponse, refused.JSON401)
}

func articles(client *api.ClientWithResponses) string {
	first := ""
	for number, more := 1, true; more; number++ {
		answer, err := client.ListArticlesWithResponse(background, &api.ListArticlesParams{Limit: pointer(100), Page: &number})
		check(err)
		page := shown("page of articles", answer.HTTPResponse, answer.JSON200)
		if first == "" {
			first = page.Data[0].ID
		}
		more = page.Meta.HasMore
	}
	got, err := client.GetArticleWithResponse(background, first, nil)
	check(err)
	shown("article", got.HTTPResponse, got.JSON200)
	etag := got.HTTPResponse.Header.Get("ETag")
	same, err := client.GetArticleWithResponse(background, first, &api.GetArticleParams{IfNoneMatch: &etag})
	check(err)
	say("article not modified", same.HTTPResponse, nil)
	narrowed, err := client.ListArticlesWithResponse(background, &api.ListArticlesParams{
		Category: pointer(api.CategoryTechnology),
		Language: pointer("en"),
		From:     &since,
		Limit:    pointer(2),
	})
	check(err)
	shown("articles narrowed", narrowed.HTTPResponse, narrowed.JSON200)
	return first
}

func collection(client *api.ClientWithResponses, article string) {
	once := &api.CreateCollectionParams{IdempotencyKey: pointer(uuid.NewString())}
	wanted := api.CreateCollection{Name: "To read", Description: pointer("Before the review.")}
	made, err := client.CreateCollectionWithResponse(background, once, wanted)
	check(err)
	list := shown("list made", made.HTTPResponse, made.JSON201)
	again, err := client.CreateCollectionWithResponse(background, once, wanted)
	check(err)
	shown("list made again", again.HTTPResponse, again.JSON201)
	other, err := client.CreateCollectionWithResponse(background, once, api.CreateCollection{Name: "Other"})
	check(err)
	shown("key reused", other.HTTPResponse, other.JSON422)
	items(client, list.ID, article)
	got, err := client.GetCollectionWithResponse(background, list.ID, nil)
	check(err)
	shown("list", got.HTTPResponse, got.JSON200)
	match := &api.UpdateCollectionParams{IfMatch: pointer(got.HTTPResponse.Header.Get("ETag"))}
	changed, err := client.UpdateCollectionWithResponse(background, list.ID, match, api.UpdateCollection{Name: pointer("Read")})
	check(err)
	shown("list changed", changed.HTTPResponse, changed.JSON200)
	lost, err := client.UpdateCollectionWithResponse(background, list.ID, match, api.UpdateCollection{Name: pointer("Lost")})
	check(err)
	shown("list changed too late", lost.HTTPResponse, lost.JSON412)
	removed, err := client.DeleteCollectionWithResponse(background, list.ID, nil)
	check(err)
	say("list removed", removed.HTTPResponse, nil)
	missing, err := client.GetCollectionWithResponse(background, list.ID, nil)
	check(err)
	shown("list not found", missing.HTTPResponse, missing.JSON404)
}

func items(client *api.ClientWithResponses, list string, article string) {
	inside := api.CreateCollectionItem{ArticleID: &article, Tags: &[]string{"one"}}
	added, err := client.CreateCollectionItemWithResponse(background, list, nil, inside)
	check(err)
	shown("article added", added.HTTPResponse, added.JSON201)
	outside := api.CreateCollectionItem{
		URL:    pointer("https://www.example.org/cells"),
		Title:  pointer("How cells are made"),
		Status: pointer(api.CreateCollectionItemStatusReading),
	}
	address, err := client.CreateCollectionItemWithResponse(background, list, nil, outside)
	check(err)
	item := shown("address added", address.HTTPResponse, address.JSON201)
	twice, err := client.CreateCollectionItemWithResponse(background, list, nil, outside)
	check(err)
	shown("address added twice", twice.HTTPResponse, twice.JSON409)
	for number, more := 1, true; more; number++ {
		asked := &api.ListCollectionItemsParams{Limit: pointer(1), Page: &number}
		answer, err := client.ListCollectionItemsWithResponse(background, list, asked)
		check(err)
		page := shown("page of items", answer.HTTPResponse, answer.JSON200)
		more = page.Meta.HasMore
	}
	done := api.UpdateCollectionItem{Status: pointer(api.ItemStatusDone), Tags: &[]string{"one", "two"}}
	changed, err := client.UpdateCollectionItemWithResponse(background, item.ID, nil, done)
	check(err)
	shown("item changed", changed.HTTPResponse, changed.JSON200)
	removed, err := client.DeleteCollectionItemWithResponse(background, item.ID, nil)
	check(err)
	say("item removed", removed.HTTPResponse, nil)
}

func refusals(client *api.ClientWithResponses, reader *api.ClientWithResponses) {
	invalid := api.CreateCollection{Name: ""}
	answer, err := client.CreateCollectionWithResponse(background, nil, invalid)
	check(err)
	shown("invalid", answer.HTTPResponse, answer.JSON400)
	forbidden, err := reader.CreateCollectionWithResponse(background, nil, api.CreateCollection{Name: "No"})
	check(err)
	shown("forbidden", forbidden.HTTPResponse, forbidden.JSON403)
}

func budget(limited *api.ClientWithResponses) {
	for limit := 1; limit <= 3; limit++ {
		answer, err := limited.ListArticlesWithResponse(background, &api.ListArticlesParams{Limit: &limit})
		check(err)
		if limit < 3 {
			shown("limited", answer.HTTPResponse, answer.JSON200)
		} else {
			shown("limited", answer.HTTPResponse, answer.JSON429)
		}
	}
}

func main() {
	client := clientWith(variable("TIDINGS_SDK_KEY"))
	account(client)
	keys(client)
	first := articles(client)
	collection(client, first)
	refusals(client, clientWith(variable("TIDINGS_SDK_READER_KEY")))
	budget(clientWith(variable("TIDINGS_SDK_LIMITED_KEY")))
}
