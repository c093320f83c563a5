SESSION_ID=$(call "$TOKEN" "$API/v2/me/sessions" | first id)   # the one that was opened last
PASSING_TOKEN=$(passing)   # somebody made up for what you would rather not do to yourself
