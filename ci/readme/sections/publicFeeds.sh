COLLECTION_ID=$(call "$KEY" -d '{"name": "Battery research"}' "$API/v2/collections" | first id)
publish() { call "$KEY" -X POST "$API/v2/collections/$COLLECTION_ID/public-feed" | first atom_url | sed 's|/atom$||; s|.*/||'; }
FEED_TOKEN=$(publish)   # each call of POST gives another address, and the one before ends
