"""The exam: edits of known kinds made to profiles of many layouts, and what the engine must say of them.

python -m tests.exam --help
"""
