"""What the daemons of a site say, learnt from its logs: what is understood of it, what is not, and rules for the rest."""

from nbtrace.learning.bodies import TERMINALS
from nbtrace.learning.proposals import propose
from nbtrace.learning.shapes import names_of
from nbtrace.learning.understanding import understanding, unknown

__all__ = ["TERMINALS", "names_of", "propose", "understanding", "unknown"]
