curl -s -X DELETE "$SANDBOX/mail"
DESK='{"name": "Harbour Desk", "slug": "desk-'$RANDOM$RANDOM'"}'
THEIRS=$(call "$COLLEAGUE_TOKEN" -d "$DESK" "$API/v2/organizations" | first id)
INVITATION='{"email": "'$EMAIL'", "role": "editor"}'
call "$COLLEAGUE_TOKEN" -o /dev/null -d "$INVITATION" "$API/v2/organizations/$THEIRS/invitations"
INVITATION_TOKEN=$(mailed "$EMAIL")
