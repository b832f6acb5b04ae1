"""Who is told, and that they are: told once, in their own medium, and never lost.

The way of a change: subscriptions (who wants what) → route (which alerts it owes; pure) → the store's outbox →
deliver (the loop) → lane (a thread a channel) → render (pure) → channels → retry (when again; pure).
"""
