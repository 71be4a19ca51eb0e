"""What the pages of imports say of what they cannot show."""

from core.messages import Sentence

PREVIEW_OF_EARLIER_VERSION = Sentence(
    "preview_of_earlier_version", "This look is of an earlier version of the service. Upload the file again."
)
