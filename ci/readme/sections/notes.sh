ARTICLE_ID=$(call "$KEY" "$API/v2/articles?limit=1" | first id)
NOTE_ID=$(call "$KEY" -d '{"article_id": "'$ARTICLE_ID'", "body": "Ask."}' "$API/v2/notes" | first id)
