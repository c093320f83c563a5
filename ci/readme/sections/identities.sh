REDIRECT_URI=$API/docs/v2
BACK=$(call "$TOKEN" -d '{"provider": "reddit", "redirect_uri": "'$REDIRECT_URI'"}' "$API/v2/me/identities/authorize" | agree)
STATE=$(part state "$BACK") CODE=$(part code "$BACK")
