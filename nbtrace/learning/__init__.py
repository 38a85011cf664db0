"""What the daemons of a site say, learnt from its logs: what is understood of it, what is not, and rules for the rest."""

from nbtrace.learning.proposals import propose
from nbtrace.learning.understanding import understanding, unknown

__all__ = ["propose", "understanding", "unknown"]
