"""`test`: do the intents of a file hold on a site?"""
