"""The demo: an invented publisher, its profile in dated editions, and the real pipeline over them."""
