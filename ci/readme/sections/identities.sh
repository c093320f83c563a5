REDIRECT_URI=$API/docs/v2
consent() {   # at the sandbox's Reddit: sets STATE and CODE, which can be used once
  BACK=$(call "$TOKEN" -d '{"provider": "reddit", "redirect_uri": "'$REDIRECT_URI'"}' "$API/v2/me/identities/authorize" | agree)
  STATE=$(part state "$BACK") CODE=$(part code "$BACK")
}
consent
LINK='{"provider": "reddit", "state": "'$STATE'", "code": "'$CODE'"}'
IDENTITY_ID=$(call "$TOKEN" -d "$LINK" "$API/v2/me/identities" | first id)
