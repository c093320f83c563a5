KEY_ID=$(call "$KEY" -d '{"name": "To be used up", "scopes": ["articles:read"]}' "$API/v2/api-keys" | first id)
