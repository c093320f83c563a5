FEED_ID=$(call "$KEY" -d '{"url": "https://feeds.example.org/'$RANDOM$RANDOM'.xml"}' "$API/v2/feeds" | first id)
