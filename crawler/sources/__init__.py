"""Sources at work: which are asked, how they are read, what is written down of them, and how new ones are found."""
