DESK='{"name": "Harbour Desk", "slug": "desk-'$RANDOM$RANDOM'"}'
ORGANIZATION_ID=$(call "$TOKEN" -d "$DESK" "$API/v2/organizations" | first id)
INVITATION='{"email": "'$COLLEAGUE_EMAIL'", "role": "editor"}'
INVITATION_ID=$(call "$TOKEN" -d "$INVITATION" "$API/v2/organizations/$ORGANIZATION_ID/invitations" | first id)
