call "$PASSING_TOKEN" -o /dev/null -X DELETE "$API/v2/me"
