curl -s -X DELETE "$SANDBOX/mail"
COLLECTION_ID=$(call "$KEY" -d '{"name": "Battery research"}' "$API/v2/collections" | first id)
for GUEST in "$EMAIL" "$COLLEAGUE_EMAIL"; do
  call "$KEY" -o /dev/null -d '{"email": "'$GUEST'", "role": "editor"}' "$API/v2/collections/$COLLECTION_ID/invitations"
done
INVITATION_TOKEN=$(mailed "$EMAIL")   # yours waits; the colleague accepts at once
call "$COLLEAGUE_TOKEN" -o /dev/null -d '{"token": "'$(mailed "$COLLEAGUE_EMAIL")'"}' "$API/v2/collections/accept-invitation"
ACCOUNT_ID=$(call "$COLLEAGUE_TOKEN" "$API/v2/me" | first id)
INVITATION='{"email": "friend@example.org", "role": "viewer"}'
COLLECTION_INVITATION_ID=$(call "$KEY" -d "$INVITATION" "$API/v2/collections/$COLLECTION_ID/invitations" | first id)
