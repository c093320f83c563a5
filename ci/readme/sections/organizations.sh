DESK='{"name": "Harbour Desk", "slug": "desk-'$RANDOM$RANDOM'"}'
ORGANIZATION_ID=$(call "$TOKEN" -d "$DESK" "$API/v2/organizations" | first id)
