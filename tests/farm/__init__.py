"""The farm: a thousand pages of many layouts, served in all the ways in which publishers fail, by a clock of its own.

pages.py    what the pages say          chrome.py   what stands around them and moves of itself
standins.py what is served in a page's place            modes*.py  the ways, each with its truth: an alarm or not
site.py     the publisher                               world.py   the real product, driven through simulated days
"""
