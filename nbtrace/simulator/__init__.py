"""Write bundles of logs with a known truth: envelopes from the reference, message texts invented."""

from .dialect import dialect_names
from .listings import LISTINGS
from .options import Options
from .scenarios import BUNDLE_SCENARIOS, SCENARIOS
from .simulation import simulate, truth_path
from .truth import ImageTruth, Truth

__all__ = [
    "BUNDLE_SCENARIOS",
    "LISTINGS",
    "SCENARIOS",
    "ImageTruth",
    "Options",
    "Truth",
    "dialect_names",
    "simulate",
    "truth_path",
]
