package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strconv"
)

// say prints a step as one line of JSON: what the answer said, and the body as the client's own types have it.
func say(step string, response *http.Response, body any) {
	headers := map[string]string{}
	for _, name := range []string{"Location", "Idempotency-Replayed", "Deprecation", "Sunset"} {
		if value := response.Header.Get(name); value != "" {
			headers[name] = value
		}
	}
	if wait := response.Header.Get("Retry-After"); wait != "" {
		seconds, err := strconv.Atoi(wait)
		check(err)
		headers["Retry-After"] = strconv.FormatBool(seconds > 0)
	}
	line, err := json.Marshal(map[string]any{"step": step, "status": response.StatusCode, "headers": headers, "body": body})
	check(err)
	fmt.Println(string(line))
}

// shown prints a step whose answer has to have this body, and gives the body.
func shown[T any](step string, response *http.Response, body *T) T {
	if body == nil {
		panic(fmt.Sprintf("%s: the answer %s has another type", step, response.Status))
	}
	say(step, response, *body)
	return *body
}

// check ends the program with an error.
func check(err error) {
	if err != nil {
		panic(err)
	}
}

// bearer adds a key to every request.
func bearer(key string) func(context.Context, *http.Request) error {
	return func(_ context.Context, request *http.Request) error {
		request.Header.Set("Authorization", "Bearer "+key)
		return nil
	}
}

// variable gives a variable of the environment.
func variable(name string) string {
	value, found := os.LookupEnv(name)
	if !found {
		panic(name + " is not set")
	}
	return value
}

// pointer is for members that may be absent.
func pointer[T any](value T) *T { return &value }
