"""What turns an OpenAPI document into a running API. Knows documents and HTTP, and no feature of the product."""

import warnings

# Connexion imports the test client of Starlette, which asks for another library: nothing that belongs into our log
warnings.filterwarnings("ignore", message="Using `httpx` with `starlette.testclient`")
