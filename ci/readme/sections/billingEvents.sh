ORGANIZATION_ID=$(call "$TOKEN" "$API/v2/organizations" | first id)
