LINK='{"provider": "reddit", "state": "'$STATE'", "code": "'$CODE'"}'
IDENTITY_ID=$(call "$TOKEN" -d "$LINK" "$API/v2/me/identities" | first id)
