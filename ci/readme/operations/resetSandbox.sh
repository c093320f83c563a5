TEST_KEY=$(call "$KEY" -d '{"name": "CI", "mode": "test", "scopes": ["keys:write"]}' "$API/v2/api-keys" | first key)
