"""One polite request: client.py for pages, transport.py for webhooks, address.py for whom we may speak to."""
