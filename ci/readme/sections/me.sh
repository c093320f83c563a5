SESSION_ID=$(call "$TOKEN" "$API/v2/me/sessions" | first id)   # the one that $TOKEN belongs to
