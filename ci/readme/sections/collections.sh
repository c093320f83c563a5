COLLECTION_ID=$(call "$KEY" -d '{"name": "Battery research"}' "$API/v2/collections" | first id)
