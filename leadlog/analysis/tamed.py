"""litellm, tamed: the one place that imports it.

It fetches a price list when it is imported, reads `.env` files, prints advice, logs to stderr and
reads replies of any length. None of that here.
"""

import logging
import os
from functools import cache
from typing import Any


@cache
def load() -> Any:
    """Import litellm, quiet and offline; about three seconds the first time."""
    # A price list would be fetched, and a .env file of the working folder be read, at the import.
    os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
    os.environ["LITELLM_MODE"] = "PRODUCTION"
    import httpx
    import litellm

    from leadlog.analysis.bounded import BoundedTransport

    litellm.suppress_debug_info = True
    litellm.disable_hf_tokenizer_download = True  # it would fetch one to count tokens
    for name in ("LiteLLM", "LiteLLM Router", "LiteLLM Proxy", "openai", "httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    # One for providers that are asked through OpenAI's client, and one for all others.
    transport = BoundedTransport()
    litellm.client_session = httpx.Client(transport=transport, follow_redirects=True)
    litellm.sync_transport = transport
    return litellm
