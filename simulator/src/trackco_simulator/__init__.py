"""Both Track.co APIs on loopback, with seeded accounts that know the records which must come of them."""

from trackco_simulator.behaviour import Behaviour
from trackco_simulator.cxm.account import CxmAccount, generate_cxm
from trackco_simulator.cxm.golden import golden_cxm
from trackco_simulator.faults import Faults
from trackco_simulator.hostile.cxm import hostile_cxm
from trackco_simulator.hostile.draft import Hostile
from trackco_simulator.hostile.nps import hostile_nps
from trackco_simulator.nps.account import NpsAccount, generate_nps
from trackco_simulator.outcome import CONTACT_FIELDS, Counts, Outcome
from trackco_simulator.server import ORGANIZATION_ID, TOKEN, Server, serve

__all__ = [
    "CONTACT_FIELDS",
    "ORGANIZATION_ID",
    "TOKEN",
    "Behaviour",
    "Counts",
    "CxmAccount",
    "Faults",
    "Hostile",
    "NpsAccount",
    "Outcome",
    "Server",
    "generate_cxm",
    "generate_nps",
    "golden_cxm",
    "hostile_cxm",
    "hostile_nps",
    "serve",
]
