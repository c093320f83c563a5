COLLECTION_ID=$(call "$KEY" -d '{"name": "Battery research"}' "$API/v2/collections" | first id)
FEED_TOKEN=$(call "$KEY" -X POST "$API/v2/collections/$COLLECTION_ID/public-feed" | first atom_url | sed 's|/atom$||; s|.*/||')
