"""What of the community waits on staff: notices to be read."""

from facilitators.domain.community import noticeboard
from facilitators.models import Notice
from programmes.domain.workload import Waiting

WAITING = (
    Waiting(
        "notices-to-read",
        "notice to read for the noticeboard",
        "notices to read for the noticeboard",
        Notice,
        noticeboard.to_be_read,
        order=146,
        moment="written_at",
    ),
)
