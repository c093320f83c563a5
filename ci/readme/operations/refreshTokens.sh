REFRESH_TOKEN=$(enter "$EMAIL" login | first refresh_token)
