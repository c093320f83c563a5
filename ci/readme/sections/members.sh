curl -s -X DELETE "$SANDBOX/mail"
DESK='{"name": "Harbour Desk", "slug": "desk-'$RANDOM$RANDOM'"}'
ORGANIZATION_ID=$(call "$TOKEN" -d "$DESK" "$API/v2/organizations" | first id)
INVITATION='{"email": "'$COLLEAGUE_EMAIL'", "role": "editor"}'
call "$TOKEN" -o /dev/null -d "$INVITATION" "$API/v2/organizations/$ORGANIZATION_ID/invitations"
call "$COLLEAGUE_TOKEN" -o /dev/null -d '{"token": "'$(mailed "$COLLEAGUE_EMAIL")'"}' "$API/v2/invitations/accept"
ACCOUNT_ID=$(call "$COLLEAGUE_TOKEN" "$API/v2/me" | first id)
