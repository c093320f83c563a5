"""What turns an OpenAPI document into a running API. Knows documents and HTTP, and no feature of the product."""
