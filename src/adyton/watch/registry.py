"""The detectors, in the order in which their signals are listed."""

from adyton.watch.alike import Alike
from adyton.watch.clients import Clients
from adyton.watch.probes import Probes
from adyton.watch.signals import Detector
from adyton.watch.volume import Volume

DETECTORS: tuple[Detector, ...] = (Probes(), Volume(), Clients(), Alike())
