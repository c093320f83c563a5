SOURCE_ID=$(call "$KEY" "$API/v2/sources?limit=1" | first id)
