"""
task: Polychain
points: 0-2
diagnosis: endpoints|formula|half|bend|new t|t = 0|not written
why: An empty class, which is the single point that Base gives.
"""


class Polychain(Base):
    pass
