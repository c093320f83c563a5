add() { call "$KEY" -d '{"url": "https://www.example.org/'$1'"}' "$API/v2/collections/$COLLECTION_ID/items" | first id; }
ARTICLE_ID=$(call "$KEY" "$API/v2/articles?limit=1" | first id)
COLLECTION_ID=$(call "$KEY" -d '{"name": "Battery research"}' "$API/v2/collections" | first id)
OTHER_ITEM_ID=$(add anodes) ITEM_ID=$(add cathodes)
