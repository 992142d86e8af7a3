"""The workspace database: the only place that speaks SQL."""

from desktop.store.connections import ConnectionRow
from desktop.store.deliveries import DeliveryRow
from desktop.store.drafts import Draft
from desktop.store.due import DueRow
from desktop.store.edits import EditRow
from desktop.store.links import Link
from desktop.store.mirror_object import MirrorState
from desktop.store.rests import Rest
from desktop.store.runs import RunRow
from desktop.store.store import Sizes, Store
from desktop.store.sweeps import Sweep
from desktop.store.syncs import SyncRow

__all__ = [
    "ConnectionRow",
    "DeliveryRow",
    "Draft",
    "DueRow",
    "EditRow",
    "Link",
    "MirrorState",
    "Rest",
    "RunRow",
    "Sizes",
    "Store",
    "Sweep",
    "SyncRow",
]
