"""The instance itself: is it ready, what does it offer, how is it doing?"""
