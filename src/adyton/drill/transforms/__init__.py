"""What happens to a text between the copy and the post, one transformation per file.

Enters: a copy's text of a drill world, dice. Leaves: the text as it was posted.

Promises: written apart from any code that marks or reads; each names its class of mark survival
(`M` of the drill's rule table), so that what can be attributed is known before anybody tries.
Never: a text that is not of a drill world.
"""

from adyton.drill.transforms.kinds import Survival, Transform
from adyton.drill.transforms.registry import TRANSFORMS, transform_named

__all__ = ["TRANSFORMS", "Survival", "Transform", "transform_named"]
