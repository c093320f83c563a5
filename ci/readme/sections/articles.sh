ARTICLE_ID=$(call "$KEY" "$API/v2/articles?limit=1" | first id)
