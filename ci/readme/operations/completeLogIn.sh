BEGIN='{"redirect_uri": "'$REDIRECT_URI'"}'
BACK=$(curl -s -H 'Content-Type: application/json' -d "$BEGIN" "$API/v2/auth/github/authorize" | agree)
STATE=$(part state "$BACK") CODE=$(part code "$BACK")
