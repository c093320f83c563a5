PASSING_TOKEN=$(passing)
SESSION_ID=$(call "$PASSING_TOKEN" "$API/v2/me/sessions" | first id)
