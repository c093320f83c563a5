call "$TOKEN" -o /dev/null "$API/v2/articles?q=batteries"
SEARCH_ID=$(call "$TOKEN" "$API/v2/me/searches" | first id)
