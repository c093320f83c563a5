new_key() { call "$KEY" -d '{"name": "To rehearse with", "scopes": ["articles:read"]}' "$API/v2/api-keys" | first id; }
KEY_ID=$(new_key)
REHEARSAL_ID=$(call "$KEY" -d "{\"key_id\": \"$(new_key)\", \"duration_seconds\": 900}" "$API/v2/rehearsals" | first id)
