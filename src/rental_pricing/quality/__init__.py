"""Quality: is this delivery worth using?"""
